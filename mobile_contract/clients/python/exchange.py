"""The core, without any input or output: what is asked, how an answer is judged, and when to ask again.

Everything that a client does is a flow: a generator that yields steps (send this, wait so long, work this out) and is
sent what came of them. Two thin drivers take the steps: one blocks, the other awaits.
"""

import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec

from mobile_contract.clients.python.deprecation import Notices
from mobile_contract.clients.python.errors import AnswerUnreadable, Unavailable, Unreachable, refusal
from mobile_contract.clients.python.photos import SHRINK_EDGE, ReadPhoto
from mobile_contract.clients.python.retrying import Retries, is_transient, retry_after_seconds
from mobile_contract.clients.python.tolerant import decode
from mobile_contract.problems import Problem

T = TypeVar("T")

JSON, ZIP, BINARY = "application/json", "application/zip", "application/octet-stream"

Progress = Callable[[int, int], None]
"""Called with the bytes of the body that were sent, and all of them; from 0 again where it is sent again."""


class Form(NamedTuple):
    """Parts named ``field``, and a JSON part where there is one: its name and its bytes."""

    photos: tuple[ReadPhoto, ...]
    part: tuple[str, bytes] | None = None
    field: str = "photo"


class Body(NamedTuple):
    """Bytes, or a file's, of one media type."""

    content: bytes | Path
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One operation of the contract. ``kind``: what its answer is; ``bytes`` are given as they come.

    ``repeatable``: whether to send it again where it is unknown what became of it; what has a key is.
    ``deadline``: seconds for all tries together; None: those of :class:`Retries`. ``headers``: beside those that every
    call has. ``to``: the file into which a success goes, in place of being given; it bears its name once it is whole.
    """

    operation: str
    method: str
    path: str
    kind: type[T]
    query: tuple[tuple[str, str], ...] = ()
    body: Form | Body | None = None
    key: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    repeatable: bool = True
    deadline: float | None = None
    progress: Progress | None = None
    to: Path | None = None


class Send(NamedTuple):
    """A step: send a call, and give an :class:`Answer`, or a :class:`Lost` where none came within ``seconds``."""

    call: Call[Any]
    headers: Mapping[str, str]
    seconds: float


class Wait(NamedTuple):
    """A step: do nothing for so many seconds."""

    seconds: float


class Work(NamedTuple):
    """A step: give what a function gives, which reads files or computes for a while."""

    function: Callable[[], Any]


class Answer(NamedTuple):
    """What came; names of headers in lower case. ``content`` is empty where it went into a file."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Lost(NamedTuple):
    """No answer came. ``unsent``: the service cannot have seen the request, because there was no connection;
    ``hopeless``: nor would it the next time, as where its certificate is not trusted.
    """

    error: Exception
    unsent: bool = False
    hopeless: bool = False


Flow = Generator[Send | Wait | Work, Any, T]


@dataclass(frozen=True, kw_only=True)
class Core:
    """What flows share. ``shrink``: pixels of photos' long edges, None to send them as they are; ``clock`` and
    ``chance`` (0..1) are the machine's.
    """

    token: str | None = None
    shrink: int | None = SHRINK_EDGE
    retries: Retries = field(default_factory=Retries)
    notices: Notices = field(default_factory=Notices)
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def headers(self, call: Call[Any]) -> dict[str, str]:
        """Those that every try of a call has."""
        accepted = "*/*" if call.kind is bytes else JSON
        headers = {"Accept": accepted, "Accept-Language": "en"}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": call.key} if call.key else {}
        headers |= dict(call.headers)
        return headers | ({"Content-Type": call.body.media_type} if isinstance(call.body, Body) else {})


def ask(core: Core, call: Call[T]) -> Flow[T]:
    """Send a call until there is an answer that counts, or no time or tries are left.

    Raises:
        Refused, Unavailable, Unreachable, AnswerUnreadable: see :mod:`mobile_contract.clients.python.errors`.

    """
    return (yield from ask_tagged(core, call))[0]


def ask_tagged(core: Core, call: Call[T]) -> Flow[tuple[T, str]]:
    """The same, with the answer's ETag; empty where it has none."""
    retries, tries = core.retries, 0
    until = core.clock() + (retries.deadline if call.deadline is None else call.deadline)
    headers = core.headers(call)
    while True:
        tries += 1
        came = yield Send(call, headers, max(until - core.clock(), 0.001))
        if isinstance(came, Answer):
            core.notices.see(call.operation, came.headers)
            if 200 <= came.status < 300:
                return _read(came, call.kind), came.headers.get("etag", "")
        failure, again, least = _judge(came, call, tries)
        pause = retries.pause(tries, least, core.chance())
        if not again or tries >= retries.tries or core.clock() + pause >= until:
            raise failure
        yield Wait(pause)


def _judge(came: Answer | Lost, call: Call[Any], tries: int) -> tuple[Exception, bool, float | None]:
    """The error that it is where it stays at that, whether to ask again, and how long to wait at least."""
    if isinstance(came, Lost):
        said = f"no answer to {call.method} {call.path}: {str(came.error) or type(came.error).__name__}"
        lost = Unreachable(said, tries=tries, idempotency_key=call.key)
        lost.__cause__ = came.error
        return lost, (call.repeatable or came.unsent) and not came.hopeless, None
    problem = read_problem(came)
    transient = is_transient(came.status, problem)
    made = Unavailable if transient else refusal(came.status)
    failure = made(
        came.status, problem, request_id=came.headers.get("x-request-id"), tries=tries, idempotency_key=call.key
    )
    least = retry_after_seconds(came.headers.get("retry-after"), time.time())
    done_nothing = came.status in (408, 425, 429)
    return failure, transient and (call.repeatable or done_nothing), least


def read_problem(came: Answer) -> Problem | None:
    """The problem document; None where it is none."""
    try:
        return decode(came.content, Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _read(came: Answer, kind: type[T]) -> T:
    if kind is bytes:
        return came.content  # type: ignore[return-value]  # T is bytes here
    try:
        return decode(came.content, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise AnswerUnreadable(f"the answer is no {kind.__name__}: {error}") from error


def segment(text: str) -> str:
    """Text as one segment of a path: part numbers may hold slashes."""
    return quote(text, safe="")


def json_body(value: object) -> Body:
    """A JSON body."""
    return Body(msgspec.json.encode(value), JSON)

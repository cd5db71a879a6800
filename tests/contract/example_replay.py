"""Plays examples: sends what they say, and writes what comes back so that it is the same every time."""

import re
import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import httpx
import msgspec
from msgspec import UNSET

from mobile_contract.examples import Body, Example, Part, Request, Response
from tests.contract.example_files import content_of
from tests.contract.example_services import PATIENCE_SECONDS, Send

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
SECRETS = {
    re.compile(r"pcd_[0-9A-Za-z]{49}"): "pcd_DeviceExampleExampleExampleExampleExampleEx1Ehpwq",
    re.compile(r"pce_[0-9A-Za-z]{49}"): "pce_EnrolShownExampleExampleExampleExampleExamp3yDDF3",
    re.compile(r"pck_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}"): (
        "pck_KeyAsShown01_ExampleExampleExampleExampleExampleExampleE01KN8X"
    ),
    re.compile(r"pck_[0-9A-Za-z]{12}$"): "pck_KeyAsShown01",
}
"""Tokens and keys, and what stands for each of a kind."""
SHOWN_TIME = "2026-03-02T08:15:00Z"
HEADERS = (
    "Content-Type",
    "Location",
    "Allow",
    "Retry-After",
    "Idempotency-Replayed",
    "ETag",
    "Cache-Control",
    "WWW-Authenticate",
    "Set-Cookie",
    "Deprecation",
    "Sunset",
)
"""Those that an example shows; the rest is the server's own affair."""


class Names:
    """Real ids and validators, and what stands for them in an example."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._numbers = count(1)

    def give(self, shown: str, real: str) -> None:
        """Let one stand for the other."""
        self._shown[real] = shown

    def real(self, text: str) -> str:
        """A text of an example, with the ids that there really are."""
        for real, shown in self._shown.items():
            text = text.replace(shown, real)
        return text

    def shown(self, value: Any) -> Any:
        """A JSON value as an example shows it: ids are numbered as they come, and it is always the same moment."""
        if isinstance(value, str):
            harmless = TIME.sub(SHOWN_TIME, value)
            for secret, shown in SECRETS.items():
                harmless = secret.sub(shown, harmless)
            return self._shown.get(value) or UUID.sub(lambda found: self._stand_in(found.group()), harmless)
        if isinstance(value, list):
            return [self.shown(one) for one in value]
        if isinstance(value, dict):
            return {self.shown(key): self.shown(one) for key, one in value.items()}
        return value

    def _stand_in(self, real: str) -> str:
        if real not in self._shown:
            self._shown[real] = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
        return self._shown[real]


def play(example: Example, send: Send) -> Response:
    """Send an example's requests; gives the last answer, with stand-ins for ids and times."""
    names = Names()
    for step in example.before:
        answer = _until(step.until, step.request, send, names)
        for shown, pointer in step.gives.items():
            names.give(shown, _given(answer, pointer))
    return _as_shown(_send(example.request, send, names), names)


def _given(answer: httpx.Response, pointer: str) -> str:
    return str(_at(answer.json(), pointer) if pointer.startswith("/") else answer.headers[pointer])


def _until(wanted: Mapping[str, Any], request: Request, send: Send, names: Names) -> httpx.Response:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = _send(request, send, names)
        # A catalog that an example before this one made is as good as a new one.
        assert answer.is_success or answer.status_code == 409, answer.text
        if not wanted or all(_at(answer.json(), pointer) == value for pointer, value in wanted.items()):
            return answer
        assert time.monotonic() < give_up, answer.text
        time.sleep(0.02)


def _send(request: Request, send: Send, names: Names) -> httpx.Response:
    headers, content = _encoded(request.body, names) if isinstance(request.body, Body) else ({}, b"")
    given = {name: names.real(value) for name, value in request.headers.items()}
    return send(request.method, names.real(request.path), {**headers, **given}, content)


def _encoded(body: Body, names: Names) -> tuple[dict[str, str], bytes]:
    if isinstance(body.file, str):
        return {}, content_of(body.file)
    if isinstance(body.form, list):
        files = [(part.name, (_file_name(part), _content(part, names), part.type)) for part in body.form]
        sent = httpx.Request("POST", "http://any", files=files)
        return {"Content-Type": sent.headers["Content-Type"]}, sent.read()
    return {"Content-Type": "application/json"}, _json(body.json, names)


def _file_name(part: Part) -> str | None:
    return part.file if isinstance(part.file, str) else None


def _content(part: Part, names: Names) -> bytes:
    return content_of(part.file) if isinstance(part.file, str) else _json(part.json, names)


def _json(value: Any, names: Names) -> bytes:
    return names.real(msgspec.json.encode(value).decode()).encode()


def _as_shown(answer: httpx.Response, names: Names) -> Response:
    headers = {name: names.shown(answer.headers[name]) for name in HEADERS if name in answer.headers}
    is_json = "json" in answer.headers.get("Content-Type", "")
    return Response(status=answer.status_code, headers=headers, body=names.shown(answer.json()) if is_json else UNSET)


def _at(value: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def differences(told: Any, got: Any, place: str = "") -> Iterator[str]:
    """In what an answer is not as the example tells it: other keys, another length, kind or text. Numbers may differ,
    cursors and seconds, which hold some, and validators, which are of drawn pictures.
    """
    if isinstance(told, dict) and isinstance(got, dict):
        yield from (f"{place}/{key}: is missing" for key in told.keys() - got.keys())
        yield from (f"{place}/{key}: is not in the example" for key in got.keys() - told.keys())
        for key in told.keys() & got.keys():
            yield from differences(told[key], got[key], f"{place}/{key}")
    elif isinstance(told, list) and isinstance(got, list) and len(told) == len(got):
        for at, (one, other) in enumerate(zip(told, got, strict=True)):
            yield from differences(one, other, f"{place}/{at}")
    elif not _alike(told, got, place):
        yield f"{place}: {got!r} instead of {told!r}"


def _alike(told: Any, got: Any, place: str) -> bool:
    if isinstance(told, bool) or isinstance(got, bool):
        return told is got
    if isinstance(told, int | float) and isinstance(got, int | float):
        return place != "/status" or told == got
    return type(told) is type(got) and (told == got or place.endswith(("/next", "/ETag", "/Retry-After")))


def unlike(told: Response, got: Response) -> list[str]:
    """:func:`differences` of two answers."""
    return sorted(differences(msgspec.to_builtins(told), msgspec.to_builtins(got)))

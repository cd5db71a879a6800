"""A deployment under check: asks it, and remembers what it answered."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from mobile_contract.clients.python.retrying import is_transient, retry_after_seconds
from mobile_contract.clients.python.tolerant import decode
from mobile_contract.limits import LOOKUP_SECONDS
from mobile_contract.problems import Problem
from service.tls.trust import nobody

TRIES = 5
LONGEST_PAUSE = 5.0
FORM_PHOTO = "photo"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An answer. ``what``: the request in words; names of headers in lower case."""

    what: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def media_type(self) -> str:
        """Without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> dict[str, Any]:
        """The body's object; empty where it is none."""
        try:
            found = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def problem(self) -> Problem | None:
        """The problem document; None where it is none."""
        try:
            return decode(self.content, Problem)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    @property
    def is_success(self) -> bool:
        """2xx, or a 304."""
        return 200 <= self.status < 300 or self.status == 304

    def __str__(self) -> str:
        """The request and what came of it, shortly."""
        code = self.json.get("code", "")
        return f"{self.what}: {self.status}" + (f" {code}" if code else "")


@dataclass(kw_only=True)
class Site:
    """A deployment. ``catalog``: the one to look up in; None where there is none, for the reason ``without``.

    ``own``: it is the check's, and may be taught. ``longest_pause``: seconds, whatever it says.
    ``run``: an id of this run, of which keys and numbers are made.
    """

    http: httpx.Client
    catalog: str | None = None
    without: str = ""
    own: bool = False
    longest_pause: float = LONGEST_PAUSE
    run: str = field(default_factory=lambda: uuid4().hex[:12])
    seen: list[Seen] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _keys: int = 0

    def new_key(self) -> str:
        """A key, or a client's id, that was never used."""
        self._keys += 1
        return f"contract-check-{self.run}-{self._keys}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        patient: bool = True,
        **body: Any,
    ) -> Seen:
        """Ask; ``patient``: again with the same key where the answer says that it may pass. ``body``: as httpx has it.

        Raises:
            httpx.HTTPError: no answer came.

        """
        sent = dict(headers or {}) | ({"Idempotency-Key": key} if key else {})
        for tried in range(1, TRIES + 1):
            start = time.monotonic()
            answer = self.http.request(method, path, headers=sent, **body)
            seen = Seen(
                what=f"{method} {path.partition('?')[0]}",
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                content=answer.content,
                seconds=time.monotonic() - start,
            )
            self.seen.append(seen)
            if not patient or seen.is_success or tried == TRIES or not is_transient(seen.status, seen.problem):
                break
            named = retry_after_seconds(seen.headers.get("retry-after"), time.time())
            time.sleep(min(self.longest_pause, 0.5 if named is None else named))
        return seen

    def look_up(
        self, *photos: bytes, options: Mapping[str, Any] | None = None, key: str | None = None, patient: bool = True
    ) -> Seen:
        """Look photos up by a form, or options alone by JSON."""
        said = msgspec.json.encode(options or {})
        body: dict[str, Any]
        if photos:
            parts = [(FORM_PHOTO, (f"{at}", photo, "application/octet-stream")) for at, photo in enumerate(photos)]
            body = {"files": [*parts, ("request", (None, said, "application/json"))]}
        else:
            body = {"content": said, "headers": {"Content-Type": "application/json"}}
        return self.ask("POST", self.lookups, key=key, patient=patient, **body)

    def look_up_raw(
        self, photo: bytes, *, key: str | None = None, media_type: str = "image/jpeg", **query: str
    ) -> Seen:
        """Look a photo up by a raw body and options in the address."""
        headers = {"Content-Type": media_type}
        return self.ask("POST", self.lookups, key=key, headers=headers, content=photo, params=query)

    def teach(self, number: str, *photos: bytes, key: str | None = None) -> Seen:
        """Teach a product of the catalog."""
        parts = [(FORM_PHOTO, (f"{at}", photo, "application/octet-stream")) for at, photo in enumerate(photos)]
        said = msgspec.json.encode({"partNumber": number, "name": f"contract check {number}"})
        files = [*parts, ("product", (None, said, "application/json"))]
        return self.ask("POST", f"/v1/catalogs/{self.catalog}/products", key=key, files=files)

    def confirm(self, lookup_id: str, said: Mapping[str, Any], *, key: str | None = None) -> Seen:
        """Say what a photo showed."""
        headers = {"Content-Type": "application/json"}
        content = msgspec.json.encode(said)
        return self.ask("POST", f"/v1/lookups/{lookup_id}/confirmation", key=key, headers=headers, content=content)

    @property
    def lookups(self) -> str:
        """Where lookups of the catalog are asked."""
        return f"/v1/catalogs/{self.catalog}/lookups"


def client(url: str, token: str | None) -> httpx.Client:
    """HTTP to a deployment, patient beyond the contract's time, so that what is late is seen to be."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = httpx.Timeout(LOOKUP_SECONDS * 2, connect=5)
    verify = nobody() if url.startswith("http://") else True
    return httpx.Client(base_url=url, headers=headers, timeout=timeout, verify=verify)


def is_number(value: object) -> bool:
    """Whether JSON has a finite number there."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

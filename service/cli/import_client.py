"""A client of imports, as the command line uses it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, TypeVar
from uuid import UUID

import click
import httpx
import msgspec
from msgspec import UNSET

from mobile_contract.imports import ImportList, ImportProgress, ImportStatus
from mobile_contract.problems import Problem
from mobile_contract.self_tests import SelfTest
from service.settings import SettingsError, load_settings
from service.tls.trust import nobody, trust

T = TypeVar("T")

CHUNK_BYTES: Final = 256 * 1024
TIMEOUT_SECONDS: Final = 60.0
SILENCE_SECONDS: Final = 45.0
"""Heartbeats of the service come more often: a line that is silent for so long is dead."""
LINES_LOST: Final = 30
AGAIN_SECONDS: Final = 1.0
TYPES: Final = {
    ".zip": "application/zip",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/csv",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
}


class ImportClient:
    """Imports of one catalog of one service."""

    def __init__(self, client: httpx.Client, catalog: str) -> None:
        """Use :func:`importing`."""
        self._client = client
        self._place = f"/v1/catalogs/{catalog}"
        self.catalog = catalog

    def create_catalog(self) -> None:
        """Make the catalog, if there is none of this name."""
        answer = self._client.post("/v1/catalogs", json={"name": self.catalog})
        if answer.status_code != httpx.codes.CONFLICT:
            _check(answer)

    def start(self, path: Path, options: dict[str, str], sent: Callable[[int], None]) -> ImportStatus:
        """Send a file; ``sent`` is told of bytes as they go."""
        kind = TYPES.get(path.suffix.lower(), "application/octet-stream")
        with path.open("rb") as file:
            answer = self._client.post(
                f"{self._place}/imports",
                params=options,
                content=_chunks(file, sent),
                headers={"Content-Type": kind, "Content-Length": str(path.stat().st_size)},
            )
        return _give(answer, ImportStatus)

    def page(self, after: str | None = None) -> ImportList:
        """A page of imports, newest first."""
        asked = {} if after is None else {"after": after}
        return _give(self._client.get(f"{self._place}/imports", params=asked), ImportList)

    def find(self, said: str) -> UUID:
        """The import that an id, or its beginning, means.

        Raises:
            click.ClickException: none, or one of several.

        """
        try:
            return UUID(said)
        except ValueError:
            pass
        found, after = [], None
        while True:
            page = self.page(after)
            found += [one.id for one in page.imports if str(one.id).startswith(said.lower())]
            if page.next is UNSET:
                break
            after = page.next
        if len(found) != 1:
            raise click.ClickException(f"{said!r} is the beginning of {len(found)} imports of {self.catalog}")
        return found[0]

    def show(self, import_id: UUID) -> ImportStatus:
        """How far an import is."""
        return _give(self._client.get(f"{self._place}/imports/{import_id}"), ImportStatus)

    def self_test(self) -> SelfTest:
        """The catalog's newest self-test, of which there has to be one."""
        return _give(self._client.get(f"{self._place}/self-test"), SelfTest)

    def change(self, import_id: UUID, how: str) -> ImportStatus:
        """Pause, resume, cancel or retry an import."""
        return _give(self._client.post(f"{self._place}/imports/{import_id}/{how}"), ImportStatus)

    def failed_rows(self, import_id: UUID, *, warnings: bool, out: IO[bytes]) -> None:
        """Write the table of failed rows."""
        asked = {"warnings": str(warnings).lower()}
        with self._client.stream("GET", f"{self._place}/imports/{import_id}/failed-rows", params=asked) as answer:
            if not answer.is_success:
                answer.read()
                _check(answer)
            for chunk in answer.iter_bytes():
                out.write(chunk)

    def watch(self, import_id: UUID, until: str) -> Iterator[ImportProgress]:
        """Progress until the end; a line that ends before is taken up again, for half a minute where nobody answers."""
        last_id, failures = "", 0
        while failures < LINES_LOST:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
            place = f"{self._place}/imports/{import_id}/events"
            try:
                with self._client.stream(
                    "GET", place, params={"until": until}, headers=headers, timeout=SILENCE_SECONDS
                ) as answer:
                    if not answer.is_success:
                        answer.read()
                        _check(answer)
                    for name, event_id, data in _events(answer.iter_lines()):
                        yield msgspec.json.decode(data, type=ImportProgress)
                        last_id, failures = event_id, 0
                        if name == "end":
                            return
            except httpx.TransportError:
                failures += 1
                time.sleep(AGAIN_SECONDS)


@contextmanager
def importing(url: str, token: str | None, catalog: str) -> Iterator[ImportClient]:
    """A client while the block runs.

    Raises:
        click.ClickException: the service refuses, or does not answer.

    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        verify = trust(load_settings().certificates) if url.startswith("https:") else nobody()
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, verify=verify, headers=headers) as client:
            yield ImportClient(client, catalog)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is `photocode serve` running?") from error


def _give(answer: httpx.Response, kind: type[T]) -> T:
    _check(answer)
    return msgspec.json.decode(answer.content, type=kind)


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.MsgspecError as error:
        raise click.ClickException(f"the service answered {answer.status_code}") from error
    raise click.ClickException(f"{problem.title}: {problem.detail} ({problem.code})")


def _chunks(file: IO[bytes], sent: Callable[[int], None]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
        sent(len(chunk))


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Server-sent events with data: name, id, data."""
    said: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            said[name] = value.removeprefix(" ")
            continue
        if "data" in said:
            yield said.get("event", ""), said.get("id", ""), said["data"]
        said = {}

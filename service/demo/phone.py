"""The service over HTTP, as a phone and an administrator's tool use it."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, TypeVar
from uuid import uuid4

import httpx
import msgspec
from msgspec import UNSET, structs

from mobile_contract.calibrations import Calibration, NewCalibration
from mobile_contract.candidates import Candidate, CandidatePage
from mobile_contract.catalogs import Catalog, Enrichment
from mobile_contract.confirmations import Confirmation, NewConfirmation
from mobile_contract.facets import CatalogFacets
from mobile_contract.health import Ready
from mobile_contract.import_previews import ImportPreview, PreviewState
from mobile_contract.imports import ENDED, ImportMode, ImportStatus
from mobile_contract.lookups import Lookup, LookupOptions
from mobile_contract.problems import Code, Problem
from mobile_contract.self_tests import SelfTest
from mobile_contract.similar import SimilarProducts
from service.demo.data_set import media_type_of
from service.settings import load_settings
from service.tls.trust import nobody, trust

T = TypeVar("T")

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


class ServiceRefused(Exception):
    """The service answered with a problem document."""

    def __init__(self, problem: Problem) -> None:
        """``problem``: as it came."""
        super().__init__(f"{problem.title}: {problem.detail} ({problem.code})")
        self.problem = problem


class Phone:
    """A client of one service."""

    def __init__(self, client: httpx.Client) -> None:
        """Use :func:`connect`."""
        self._client = client

    def ready(self) -> Ready:
        """Which model answers."""
        return self._give(self._client.get("/readyz"), Ready)

    def catalog(self, name: str) -> Catalog | None:
        """A catalog, or None where there is none of this name."""
        answer = self._client.get(f"/v1/catalogs/{name}")
        return None if answer.status_code == 404 else self._give(answer, Catalog)

    def create_catalog(self, name: str, title: str) -> Catalog:
        """Make a catalog."""
        return self._give(self._client.post("/v1/catalogs", json={"name": name, "title": title}), Catalog)

    def import_archive(self, catalog: str, archive: bytes, watch: Callable[[ImportStatus], None]) -> ImportStatus:
        """Upload a catalog and wait until its rows have landed; ``watch`` sees every status."""
        headers = {"Content-Type": "application/zip"}
        started = self._client.post(f"/v1/catalogs/{catalog}/imports", content=archive, headers=headers)
        status = self._give(started, ImportStatus)
        while status.state not in ENDED:
            watch(status)
            time.sleep(POLL_SECONDS)
            status = self._give(self._client.get(started.headers["Location"]), ImportStatus)
        watch(status)
        return status

    def export(self, catalog: str, file: IO[bytes], *, form: str, table: str, watch: Callable[[int], None]) -> None:
        """Write a catalog into a file, as it comes; ``watch`` is told how many bytes came since it was told last."""
        asked = {"format": form, "table": table}
        with self._client.stream("GET", f"/v1/catalogs/{catalog}/export", params=asked) as answer:
            if not answer.is_success:
                answer.read()
                self._give(answer, Problem)
            for chunk in answer.iter_bytes():
                file.write(chunk)
                watch(len(chunk))

    def wait_for_enrichment(
        self, catalog: str, watch: Callable[[Enrichment], None], *, patience: float = PATIENCE_SECONDS
    ) -> Enrichment | None:
        """Wait until a catalog's surfaces are described, or nothing has moved for ``patience`` seconds.

        ``watch`` sees every state; the last one is given. None: the service does not use surfaces.
        """
        pending, moved = -1, time.monotonic()
        while True:
            found = self._give(self._client.get(f"/v1/catalogs/{catalog}"), Catalog).enrichment
            if found is UNSET:
                return None
            watch(found)
            if found.pending != pending:
                pending, moved = found.pending, time.monotonic()
            if not pending or time.monotonic() - moved > patience:
                return found
            time.sleep(POLL_SECONDS)

    def look_up(self, catalog: str, *photos: Path, options: LookupOptions | None = None) -> tuple[Lookup, float]:
        """Post a photo, or several of one part, as the app does (a form, an idempotency key, an own id); gives answer
        and milliseconds.
        """
        start = time.perf_counter()
        answer = self._client.post(
            f"/v1/catalogs/{catalog}/lookups",
            files=[
                *(("photo", (photo.name, photo.read_bytes(), media_type_of(photo))) for photo in photos),
                ("request", (None, msgspec.json.encode(_own(options or LookupOptions())), "application/json")),
            ],
            headers={"Idempotency-Key": str(uuid4())},
        )
        return self._give(answer, Lookup), (time.perf_counter() - start) * 1000

    def ask(self, catalog: str, options: LookupOptions) -> tuple[Lookup, float]:
        """The same for a photo that the service gets from a public https address, or for a text alone."""
        start = time.perf_counter()
        answer = self._client.post(
            f"/v1/catalogs/{catalog}/lookups",
            content=msgspec.json.encode(_own(options)),
            headers={"Content-Type": "application/json", "Idempotency-Key": str(uuid4())},
        )
        return self._give(answer, Lookup), (time.perf_counter() - start) * 1000

    def further_candidates(self, answer: Lookup, *, limit: int) -> list[Candidate]:
        """All candidates after those of an answer, in pages of ``limit``."""
        further: list[Candidate] = []
        after = answer.next
        while after is not UNSET:
            asked: dict[str, str | int] = {"after": after, "limit": limit}
            page = self._give(self._client.get(f"/v1/lookups/{answer.id}/candidates", params=asked), CandidatePage)
            further += page.candidates
            after = page.next
        return further

    def similar(
        self,
        catalog: str,
        part_number: str,
        *,
        limit: int = 5,
        after: str | None = None,
        categories: Sequence[str] = (),
        metadata: Sequence[tuple[str, str]] = (),
        facets: Sequence[str] = (),
    ) -> SimilarProducts:
        """The products that look most like one; a page of them, narrowed."""
        asked = _conditions(categories, metadata) | {"partNumber": part_number, "limit": str(limit), "facet": facets}
        asked |= {"after": after} if after else {}
        return self._give(self._client.get(f"/v1/catalogs/{catalog}/similar", params=asked), SimilarProducts)

    def facets(
        self,
        catalog: str,
        *,
        categories: Sequence[str] = (),
        metadata: Sequence[tuple[str, str]] = (),
        keys: Sequence[str] = (),
        limit: int = 10,
    ) -> CatalogFacets:
        """What a catalog can be narrowed by."""
        asked = _conditions(categories, metadata) | {"key": keys, "limit": str(limit)}
        return self._give(self._client.get(f"/v1/catalogs/{catalog}/facets", params=asked), CatalogFacets)

    def calibration(self, catalog: str) -> Calibration:
        """What a catalog's verdicts are fitted on."""
        return self._give(self._client.get(f"/v1/catalogs/{catalog}/calibration"), Calibration)

    def want(self, catalog: str, wrong_matches: float) -> Calibration:
        """Want another share of wrong matches."""
        wanted = msgspec.json.encode(NewCalibration(wrong_matches=wrong_matches))
        headers = {"Content-Type": "application/json"}
        answer = self._client.put(f"/v1/catalogs/{catalog}/calibration", content=wanted, headers=headers)
        return self._give(answer, Calibration)

    def preview_import(
        self, catalog: str, archive: BinaryIO, *, mode: ImportMode, watch: Callable[[ImportPreview], None]
    ) -> ImportPreview:
        """Upload a catalog and wait until it is known what its import would do; ``watch`` sees every state."""
        started = self._client.post(
            f"/v1/catalogs/{catalog}/import-previews",
            params={"mode": mode.value},
            content=archive,
            headers={"Content-Type": "application/octet-stream"},
        )
        found = self._give(started, ImportPreview)
        while found.state in (PreviewState.QUEUED, PreviewState.RUNNING):
            watch(found)
            time.sleep(POLL_SECONDS)
            found = self._give(self._client.get(started.headers["Location"]), ImportPreview)
        watch(found)
        return found

    def apply_preview(self, catalog: str, preview: ImportPreview) -> ImportStatus:
        """Start the import that was previewed."""
        place = f"/v1/catalogs/{catalog}/import-previews/{preview.id}/apply"
        return self._give(self._client.post(place), ImportStatus)

    def self_test(self, catalog: str) -> SelfTest | None:
        """A catalog's newest self-test, or None where it has had none."""
        answer = self._client.get(f"/v1/catalogs/{catalog}/self-test")
        if answer.status_code == 404 and self._problem(answer).code is Code.SELF_TEST_NOT_FOUND:
            return None
        return self._give(answer, SelfTest)

    def start_self_test(self, catalog: str) -> SelfTest:
        """Let a catalog be tested."""
        return self._give(self._client.post(f"/v1/catalogs/{catalog}/self-test"), SelfTest)

    def picture(self, image_url: str) -> bytes:
        """A reference image's bytes."""
        return self._client.get(image_url).raise_for_status().content

    def confirm(self, lookup: Lookup, said: NewConfirmation) -> Confirmation:
        """Say what the photo showed."""
        answer = self._client.post(
            f"/v1/lookups/{lookup.id}/confirmation",
            content=msgspec.json.encode(said),
            headers={"Content-Type": "application/json", "Idempotency-Key": str(uuid4())},
        )
        return self._give(answer, Confirmation)

    @staticmethod
    def _give(answer: httpx.Response, kind: type[T]) -> T:
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=kind)
        raise ServiceRefused(Phone._problem(answer))

    @staticmethod
    def _problem(answer: httpx.Response) -> Problem:
        return msgspec.json.decode(answer.content, type=Problem)


def _own(options: LookupOptions) -> LookupOptions:
    """With an id of the phone's."""
    return structs.replace(options, client_lookup_id=str(uuid4()))


def _conditions(categories: Sequence[str], metadata: Sequence[tuple[str, str]]) -> dict[str, str | Sequence[str]]:
    return {"category": categories, "metadata": [f"{key}:{value}" for key, value in metadata]}


@contextmanager
def connect(url: str) -> Iterator[Phone]:
    """A client of the service at ``url`` while the block runs; over https also of this machine's own certificate, and
    with the key or device token in ``PHOTOCODE_TOKEN``, where that is set.

    Raises:
        SettingsError: a setting is wrong, so that it is not known where that certificate is.

    """
    verify = trust(load_settings().certificates) if url.startswith("https:") else nobody()
    token = os.environ.get("PHOTOCODE_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=url, timeout=60, verify=verify, headers=headers) as client:
        yield Phone(client)

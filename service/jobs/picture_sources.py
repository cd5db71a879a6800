"""Where the pictures that a table names come from: the upload itself, addresses, and what was uploaded before."""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from catalog.database import Database
from catalog.errors import FormatUnsupported, ReferenceNotFound
from catalog.imports.archive import Archive, PictureUnusable
from catalog.imports.reading.kinds import kind_of, read_head
from catalog.imports.rows import PICTURES, RowProblem
from catalog.storage.pictures import PictureStore
from catalog.uploads import uploaded_object
from mobile_contract.limits import PHOTO_BYTES
from service.fetching.pictures import FetchFailed, FetchRefused, FetchTooLarge
from service.fetching.polite import PoliteFetcher

UPLOADED = "picture:"
OPEN_AT_ONCE = 2
OPEN_SECONDS = 60.0
"""An upload that nobody asked for so long is let go: its directory takes memory."""
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """An upload: its archive and its table's path in it; None where the upload is the table."""

    archive: Archive | None
    table: str


class PictureSources:
    """Reads pictures by what a table calls them."""

    def __init__(self, *, pictures: PictureStore, database: Database, fetcher: PoliteFetcher | None) -> None:
        """``fetcher``: None where addresses are not fetched from here. The parts stay the caller's to close."""
        self._pictures = pictures
        self._database = database
        self._fetcher = fetcher
        self._open: OrderedDict[str, asyncio.Task[_Opened]] = OrderedDict()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def resolve(self, catalog_id: UUID, upload: str, name: str) -> bytes | RowProblem:
        """The bytes of the picture that a table calls ``name``, or why there are none.

        ``upload``: the key of the import's upload in the store. ``name``: a path in the archive, an https address, or
        ``picture:ID`` of one uploaded to the catalog before.

        Raises:
            StoreError, OSError, SQLAlchemyError: the store or the database is away; asking again later helps.
            FileNotFoundError: the upload is gone.
            ArchiveInvalid, TableInvalid: the upload can no longer be read.

        """
        if name.startswith(UPLOADED):
            return await self._uploaded(catalog_id, name)
        if is_address(name):
            return await self._fetched(name)
        opened = await self._opened(upload)
        if opened.archive is None:
            message = (
                f"{name!r} is a path, and the upload is a table alone: send a ZIP, or name addresses or picture:ID"
            )
            return _problem("picture_missing", message)
        try:
            return await asyncio.to_thread(opened.archive.picture, opened.table, name, PHOTO_BYTES)
        except PictureUnusable as error:
            return _problem(error.code, str(error))

    def close(self) -> None:
        """Let go of uploads that are open."""
        for key in list(self._open):
            self._let_go(key)

    async def _uploaded(self, catalog_id: UUID, name: str) -> bytes | RowProblem:
        missing = _problem("picture_missing", f"no picture {name[:100]!r} is kept; upload it, then import again")
        digest = uploaded_digest(name)
        if not digest:
            return missing
        async with self._database.read() as session:
            key = await uploaded_object(session, catalog_id, digest)
        if key is None:
            return missing
        try:
            return await self._pictures.get(key)
        except ReferenceNotFound:
            return missing

    async def _fetched(self, url: str) -> bytes | RowProblem:
        if self._fetcher is None:
            return _problem("picture_url_refused", "this service fetches no pictures")
        try:
            return await self._fetcher.fetch(url)
        except FetchRefused as error:
            return _problem("picture_url_refused", f"picture {url!r}: {error}")
        except FetchTooLarge as error:
            return _problem("picture_too_large", f"picture {url!r}: {error}")
        except FetchFailed as error:
            return _problem("picture_url_failed", f"picture {url!r}: {error}")

    async def _opened(self, key: str) -> _Opened:
        """An upload, opened once for all that ask for it."""
        if key not in self._open:
            while len(self._open) >= OPEN_AT_ONCE:
                self._let_go(next(iter(self._open)))
            self._open[key] = asyncio.create_task(asyncio.to_thread(_open, self._pictures, key), name="open upload")
        self._open.move_to_end(key)
        if timer := self._timers.pop(key, None):
            timer.cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(OPEN_SECONDS, self._let_go, key)
        try:
            # Others wait for the same: who is cancelled does not cancel it for them.
            return await asyncio.shield(self._open[key])
        except Exception:
            self._let_go(key)
            raise

    def _let_go(self, key: str) -> None:
        # What still reads from it goes on; it is closed when nobody has it any more.
        if timer := self._timers.pop(key, None):
            timer.cancel()
        self._open.pop(key, None)


def is_address(name: str) -> bool:
    """Whether a table names a picture by an address."""
    return _ADDRESS.match(name) is not None


def uploaded_digest(name: str) -> str:
    """The hex sha256 of the picture that ``picture:ID`` names; empty where ``name`` is no such."""
    digest = name.removeprefix(UPLOADED).strip().lower()
    return digest if name.startswith(UPLOADED) and _DIGEST.fullmatch(digest) else ""


def _open(pictures: PictureStore, key: str) -> _Opened:
    stream = pictures.open_archive(key)
    try:
        if kind_of(read_head(stream)) != "zip":
            return _Opened(archive=None, table="")
    except FormatUnsupported:
        return _Opened(archive=None, table="")
    archive = Archive(stream)
    return _Opened(archive=archive, table=archive.table_name())


def _problem(code: str, message: str) -> RowProblem:
    return RowProblem(code=code, column=PICTURES, message=message[:2_000])

"""Landing a batch of import rows: read and embed their pictures, write products and references, say what became."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, SpaceKey, live_gallery
from catalog.imports.jobs import ClaimedBatch, ClaimedItem
from catalog.imports.landed import Known, Landed, Landing, finish_items, known_products, write_rows
from catalog.imports.rows import PICTURES, RowProblem
from catalog.models import ItemState
from catalog.references import NewReference
from service.jobs.pace import Pace
from service.jobs.picture_sources import PictureSources, is_address, uploaded_digest
from service.jobs.pictures import hash_picture
from service.jobs.referencing import ReferenceMaker
from service.recognition.embedding.photo import PhotoError


@dataclass
class _Prepared:
    """A row with its pictures read: those to add, the hashes of all that it lists, and what could not be used. ``had``:
    hashes of those that its product has.
    """

    had: frozenset[str] = frozenset()
    references: list[NewReference] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)


class Lander:
    """Lands batches with the parts of a service."""

    def __init__(self, *, sources: PictureSources, references: ReferenceMaker, space: SpaceKey, pace: Pace) -> None:
        """``sources``: of the pictures that tables name. The parts stay the caller's to close."""
        self._sources = sources
        self._references = references
        self._space = space
        self._pace = pace

    async def land(self, session: AsyncSession, batch: ClaimedBatch) -> list[ItemState]:
        """Land the rows in the session's transaction; gives what became of each.

        Raises:
            SpaceMismatch, ArchiveInvalid, TableInvalid: the import cannot go on.
            FileNotFoundError: its upload is gone.
        """
        gallery = await live_gallery(session, batch.catalog_id, self._space)
        known = await known_products(session, batch.catalog_id, [item.fields.part_number for item in batch.items])
        rows = await self._prepare(batch, known)
        landed = await self._write(session, gallery, rows, known)
        await finish_items(session, batch.job_id, landed)
        return [one.state for one in landed]

    async def _prepare(self, batch: ClaimedBatch, known: Mapping[str, Known]) -> list[Landing]:
        if not any(item.fields.pictures for item in batch.items):
            return [_landing(item, _Prepared()) for item in batch.items]
        try:
            # A failure ends the others too: the batch is tried again as a whole.
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._prepare_row(batch, item, known)) for item in batch.items]
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        return [task.result() for task in tasks]

    async def _prepare_row(self, batch: ClaimedBatch, item: ClaimedItem, known: Mapping[str, Known]) -> Landing:
        had = known.get(item.fields.part_number)
        row = _Prepared(had=had.hashes if had else frozenset())
        for name in item.fields.pictures or ():
            # What the product has need not be read, or be there any longer.
            if (digest := uploaded_digest(name)) in row.had:
                row.listed.add(digest)
                continue
            await self._prepare_picture(batch, name, row)
        return _landing(item, row)

    async def _prepare_picture(self, batch: ClaimedBatch, name: str, row: _Prepared) -> None:
        # Whoever waits for another machine keeps nobody from working.
        fetched = await self._read(batch, name) if is_address(name) else None
        async with self._pace.turn():
            found = await self._read(batch, name) if fetched is None else fetched
            if isinstance(found, RowProblem):
                row.problems.append(found)
            else:
                await self._add_picture(batch.job_id, name, found, row)

    async def _read(self, batch: ClaimedBatch, name: str) -> bytes | RowProblem:
        return await self._sources.resolve(batch.catalog_id, batch.archive_key, name)

    async def _add_picture(self, job_id: UUID, name: str, data: bytes, row: _Prepared) -> None:
        try:
            # A product's first picture is new, and its hash comes with the reference: a thread less to go through.
            digest = await asyncio.to_thread(hash_picture, data) if row.had or row.listed else ""
            if digest not in row.had and digest not in row.listed:
                reference = await self._references.make(data, import_job_id=job_id)
                row.references.append(reference)
                digest = reference.content_hash
            row.listed.add(digest)
        except PhotoError as error:
            message = f"picture {name!r}: {error}"
            row.problems.append(RowProblem(code=error.code, column=PICTURES, message=message))

    async def _write(
        self, session: AsyncSession, gallery: Gallery, rows: Sequence[Landing], known: Mapping[str, Known]
    ) -> list[Landed]:
        """All rows by few statements; one by one where the database refuses one of them."""
        try:
            async with session.begin_nested():
                return await write_rows(session, gallery, rows, known)
        except (DataError, IntegrityError):
            if len(rows) > 1:
                return [one for row in rows for one in await self._write(session, gallery, [row], known)]
        (row,) = rows
        structlog.get_logger("photocode.imports").warning("row refused by the database", line=row.line)
        refused = RowProblem(code="row_refused", message="the database refused the row's values")
        return [Landed(line=row.line, state=ItemState.FAILED, problems=[*row.problems, refused])]


def _landing(item: ClaimedItem, row: _Prepared) -> Landing:
    # A picture that cannot be read now may be one that the product has: then nothing is dropped, and the row is tried
    # again when it comes again.
    whole = not row.problems
    return Landing(
        line=item.line,
        fields=item.fields,
        references=row.references,
        listed=frozenset(row.listed) if whole and item.fields.pictures is not None else None,
        problems=row.problems,
        content_hash=item.content_hash if whole else None,
    )

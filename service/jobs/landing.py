"""Landing a batch of import rows: read and embed their pictures, write products and references, say what became."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, SpaceKey, live_gallery
from catalog.imports.archive import Archive, PictureMissing
from catalog.imports.jobs import ClaimedBatch, ClaimedItem, finish_item
from catalog.imports.rows import PICTURES, RowProblem
from catalog.models import ItemState
from catalog.products import (
    NewReference,
    ProductFields,
    add_reference,
    drop_references_except,
    known_references,
    upsert_product,
)
from catalog.storage.pictures import PictureStore
from mobile_contract.limits import PHOTO_BYTES
from service.jobs.pictures import hash_picture
from service.jobs.referencing import ReferenceMaker
from service.recognition.embedding.photo import PhotoError


@dataclass
class PreparedItem:
    """A row with its pictures read: those to add, the hashes of all that it lists, and what could not be used."""

    item: ClaimedItem
    references: list[NewReference] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)


class Lander:
    """Lands batches with the parts of a service."""

    def __init__(self, *, pictures: PictureStore, references: ReferenceMaker, space: SpaceKey) -> None:
        """``pictures``: where uploads lie. The parts stay the caller's to close."""
        self._pictures = pictures
        self._references = references
        self._space = space

    async def land(self, session: AsyncSession, batch: ClaimedBatch) -> list[ItemState]:
        """Land the rows in the session's transaction; gives what became of each.

        Raises:
            SpaceMismatch, ArchiveInvalid, TableInvalid: the import cannot go on.
            FileNotFoundError: its upload is gone.
        """
        gallery = await live_gallery(session, batch.catalog_id, self._space)
        part_numbers = [item.fields.part_number for item in batch.items]
        known = await known_references(session, batch.catalog_id, part_numbers)
        rows = await self._prepare(batch, known)
        return [await self._land_row(session, gallery, batch, row) for row in rows]

    async def _prepare(self, batch: ClaimedBatch, known: dict[str, set[str]]) -> list[PreparedItem]:
        if not any(item.fields.pictures for item in batch.items):
            return [PreparedItem(item) for item in batch.items]
        stream = await asyncio.to_thread(self._pictures.open_archive, batch.archive_key)
        archive = await asyncio.to_thread(Archive, stream)
        try:
            table = archive.table_name()
            rows = (
                self._prepare_row(archive, table, batch.job_id, item, known[item.fields.part_number])
                for item in batch.items
            )
            return await asyncio.gather(*rows)
        finally:
            archive.close()

    async def _prepare_row(
        self, archive: Archive, table: str, job_id: UUID, item: ClaimedItem, known: set[str]
    ) -> PreparedItem:
        row = PreparedItem(item)
        for path in item.fields.pictures or ():
            try:
                data = await asyncio.to_thread(archive.picture, table, path, PHOTO_BYTES)
                digest = hash_picture(data)
                if digest not in known and digest not in row.listed:
                    row.references.append(await self._references.make(data, import_job_id=job_id))
                row.listed.add(digest)
            except PictureMissing as error:
                row.problems.append(RowProblem(code="picture_missing", column=PICTURES, message=str(error)))
            except PhotoError as error:
                message = f"picture {path!r}: {error}"
                row.problems.append(RowProblem(code=error.code, column=PICTURES, message=message))
        return row

    async def _land_row(
        self, session: AsyncSession, gallery: Gallery, batch: ClaimedBatch, row: PreparedItem
    ) -> ItemState:
        problems = list(row.problems)
        try:
            async with session.begin_nested():
                state = await self._write(session, gallery, batch, row)
        except (DataError, IntegrityError) as error:
            log = structlog.get_logger("photocode.imports")
            log.warning("row refused by the database", line=row.item.line, error=type(error.orig).__name__)
            state = ItemState.FAILED
            problems.append(RowProblem(code="row_refused", message="the database refused the row's values"))
        await finish_item(session, batch.job_id, row.item.line, state, problems)
        return state

    async def _write(
        self, session: AsyncSession, gallery: Gallery, batch: ClaimedBatch, row: PreparedItem
    ) -> ItemState:
        said = row.item.fields
        fields = ProductFields(
            part_number=said.part_number,
            name=said.name,
            description=said.description,
            category=said.category,
            superseded_by=said.superseded_by,
            metadata=said.metadata,
            notices=said.notices,
        )
        product_id, state = await upsert_product(session, batch.catalog_id, fields)
        for reference in row.references:
            await add_reference(session, gallery, product_id, reference)
        dropped = 0
        # A picture that cannot be read now may be one that the product has: then nothing is dropped.
        if said.pictures is not None and not row.problems:
            dropped = await drop_references_except(session, product_id, row.listed)
        if state is ItemState.UNCHANGED and (row.references or dropped):
            return ItemState.UPDATED
        return state

"""Landing a batch of import rows: read and embed their pictures, write products and references, say what became."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, SpaceKey, live_gallery
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
from service.jobs.picture_sources import PictureSources, uploaded_digest
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

    def __init__(self, *, sources: PictureSources, references: ReferenceMaker, space: SpaceKey) -> None:
        """``sources``: of the pictures that tables name. The parts stay the caller's to close."""
        self._sources = sources
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
        rows = (self._prepare_row(batch, item, known[item.fields.part_number]) for item in batch.items)
        return await asyncio.gather(*rows)

    async def _prepare_row(self, batch: ClaimedBatch, item: ClaimedItem, known: set[str]) -> PreparedItem:
        row = PreparedItem(item)
        for name in item.fields.pictures or ():
            # What the product has need not be read, or be there any longer.
            if (digest := uploaded_digest(name)) in known:
                row.listed.add(digest)
                continue
            found = await self._sources.resolve(batch.catalog_id, batch.archive_key, name)
            if isinstance(found, RowProblem):
                row.problems.append(found)
            else:
                await self._add(row, name, found, known, batch.job_id)
        return row

    async def _add(self, row: PreparedItem, name: str, data: bytes, known: set[str], job_id: UUID) -> None:
        digest = hash_picture(data)
        try:
            if digest not in known and digest not in row.listed:
                row.references.append(await self._references.make(data, import_job_id=job_id))
            row.listed.add(digest)
        except PhotoError as error:
            row.problems.append(RowProblem(code=error.code, column=PICTURES, message=f"picture {name!r}: {error}"))

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

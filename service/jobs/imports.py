"""The import worker: takes waiting rows, embeds their pictures, lands them, some at a time.

The truth is in the database (:mod:`catalog.imports.jobs`); this only moves it on. A batch is one transaction, so
a worker that is killed leaves its rows waiting, and any worker takes them up again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import structlog
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.errors import CatalogError
from catalog.galleries import Gallery, SpaceKey, live_gallery
from catalog.imports.archive import Archive, PictureMissing
from catalog.imports.jobs import (
    ClaimedBatch,
    ClaimedItem,
    claim_batch,
    complete_jobs,
    fail_job,
    finish_item,
    mark_running,
)
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
from service.jobs.pictures import CatalogPicture, hash_picture, prepare_picture
from service.metrics import IMPORTED_ROWS
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder, PhotoError

BATCH = 16
IDLE_SECONDS = 2.0
RETRY_SECONDS = 2.0


@dataclass
class PreparedItem:
    """A row with its pictures read: those to add, the hashes of all that it lists, and what could not be used."""

    item: ClaimedItem
    pictures: list[CatalogPicture] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)


class ImportWorker:
    """Lands imports, one batch after the other, in the background of the server."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        engine: ImageEmbedder,
        decoder: PhotoDecoder,
        space: SpaceKey,
    ) -> None:
        """The parts stay the caller's to close."""
        self._database = database
        self._pictures = pictures
        self._engine = engine
        self._decoder = decoder
        self._space = space
        self._woken = asyncio.Event()
        self._log = structlog.get_logger("photocode.imports")

    def wake(self) -> None:
        """Say that there is work; without it, work is found within two seconds."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs. What was unfinished when the last process ended is taken up at once."""
        task = asyncio.create_task(self._run(), name="imports")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                if await self.step():
                    continue
            except (SQLAlchemyError, StoreError, OSError):
                # The database or the store is away. The rows wait; nothing is lost by trying again.
                self._log.exception("import batch failed; trying again")
                await asyncio.sleep(RETRY_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), IDLE_SECONDS)
            self._woken.clear()

    async def step(self) -> bool:
        """Land one batch, or end the imports that are done; False where there was nothing to do."""
        async with self._database.write() as session:
            batch = await claim_batch(session, BATCH)
            if batch is None:
                archives = await complete_jobs(session)
            else:
                await self._land_batch(session, batch)
                return True
        for key in archives:
            with suppress(FileNotFoundError):
                await self._pictures.delete_archive(key)
        return bool(archives)

    async def _land_batch(self, session: AsyncSession, batch: ClaimedBatch) -> None:
        try:
            gallery = await live_gallery(session, batch.catalog_id, self._space)
            known = await known_references(session, batch.catalog_id, [item.fields.part_number for item in batch.items])
            prepared = await self._prepare(batch, known)
        except (CatalogError, FileNotFoundError) as error:
            reason = "the upload is gone" if isinstance(error, FileNotFoundError) else str(error)
            self._log.warning("import failed", job=str(batch.job_id), reason=reason)
            await fail_job(session, batch.job_id, reason)
            return
        await mark_running(session, batch.job_id)
        vectors = await self._embed([picture for row in prepared for picture in row.pictures])
        for row in prepared:
            vectors_of_row, vectors = vectors[: len(row.pictures)], vectors[len(row.pictures) :]
            state = await self._land(session, gallery, batch, row, vectors_of_row)
            IMPORTED_ROWS.labels(state.value).inc()

    async def _prepare(self, batch: ClaimedBatch, known: dict[str, set[str]]) -> list[PreparedItem]:
        if not any(item.fields.pictures for item in batch.items):
            return [PreparedItem(item) for item in batch.items]
        stream = await asyncio.to_thread(self._pictures.open_archive, batch.archive_key)
        archive = await asyncio.to_thread(Archive, stream)
        try:
            table = archive.table_name()
            return [
                await self._prepare_item(archive, table, item, known[item.fields.part_number]) for item in batch.items
            ]
        finally:
            archive.close()

    async def _prepare_item(self, archive: Archive, table: str, item: ClaimedItem, known: set[str]) -> PreparedItem:
        prepared = PreparedItem(item)
        for path in item.fields.pictures or ():
            try:
                data = await asyncio.to_thread(archive.picture, table, path, PHOTO_BYTES)
                digest = hash_picture(data)
                if digest not in known and digest not in prepared.listed:
                    picture = await prepare_picture(self._decoder, data, target=self._engine.input_size)
                    prepared.pictures.append(picture)
                prepared.listed.add(digest)
            except PictureMissing as error:
                prepared.problems.append(RowProblem(code="picture_missing", column=PICTURES, message=str(error)))
            except PhotoError as error:
                message = f"picture {path!r}: {error}"
                prepared.problems.append(RowProblem(code=error.code, column=PICTURES, message=message))
        return prepared

    async def _embed(self, pictures: list[CatalogPicture]) -> list[np.ndarray]:
        if not pictures:
            return []
        return list(await self._engine.embed_images([picture.image for picture in pictures]))

    async def _land(
        self,
        session: AsyncSession,
        gallery: Gallery,
        batch: ClaimedBatch,
        row: PreparedItem,
        vectors: list[np.ndarray],
    ) -> ItemState:
        problems = list(row.problems)
        try:
            async with session.begin_nested():
                state = await self._write(session, gallery, batch, row, vectors)
        except (DataError, IntegrityError) as error:
            self._log.warning("row refused by the database", line=row.item.line, error=type(error.orig).__name__)
            state = ItemState.FAILED
            problems.append(RowProblem(code="row_refused", message="the database refused the row's values"))
        await finish_item(session, batch.job_id, row.item.line, state, problems)
        return state

    async def _write(
        self,
        session: AsyncSession,
        gallery: Gallery,
        batch: ClaimedBatch,
        row: PreparedItem,
        vectors: list[np.ndarray],
    ) -> ItemState:
        fields = row.item.fields
        product_id, state = await upsert_product(
            session,
            batch.catalog_id,
            ProductFields(
                part_number=fields.part_number,
                name=fields.name,
                description=fields.description,
                category=fields.category,
                superseded_by=fields.superseded_by,
                metadata=fields.metadata,
            ),
        )
        for picture, vector in zip(row.pictures, vectors, strict=True):
            key = await self._pictures.put(picture.content)
            await add_reference(
                session,
                gallery,
                product_id,
                NewReference(
                    content_hash=picture.content_hash,
                    object_key=key,
                    media_type=picture.media_type,
                    width=picture.width,
                    height=picture.height,
                    byte_count=len(picture.content),
                    vector=vector,
                ),
            )
        dropped = 0
        # A picture that cannot be read now may be one that the product has: then nothing is dropped.
        if fields.pictures is not None and not row.problems:
            dropped = await drop_references_except(session, product_id, row.listed)
        if state is ItemState.UNCHANGED and (row.pictures or dropped):
            return ItemState.UPDATED
        return state

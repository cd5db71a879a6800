"""Reads an import's upload as the import will, and says what it would do. Writes nothing of products."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from catalog.database import Database
from catalog.imports.comparing import KnownProduct, absent_products, changes, known_products
from catalog.imports.reading.opening import Upload, open_upload
from catalog.imports.reading.options import ReadOptions
from catalog.imports.rows import PICTURES, RowFields, RowProblem, TableRow
from catalog.search.looks import CatalogLooks, catalog_looks, identical_elsewhere, unpacked
from catalog.storage.pictures import PictureStore
from mobile_contract.import_previews import PictureCheck
from mobile_contract.imports import ImportMode
from mobile_contract.limits import PREVIEW_EXAMPLES
from service.jobs.picture_sources import PictureSources
from service.jobs.pictures import hash_picture
from service.jobs.preview_copies import Copies, NewPicture
from service.jobs.preview_tally import SeenRow, Tally
from service.recognition.embedding.decoding import open_header
from service.recognition.embedding.photo import PhotoDecoder, PhotoError
from service.recognition.embedding.photo_format import sniff
from service.recognition.look import LOOKED_AT, look_at

ROWS_AT_ONCE: Final = 64

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be previewed, and how."""

    catalog_id: UUID
    archive_key: str
    mode: ImportMode
    pictures: PictureCheck
    options: ReadOptions


@dataclass(frozen=True, kw_only=True)
class Previewer:
    """The parts that it takes; all stay the caller's. ``input_size``: side of the model's input in px."""

    database: Database
    pictures: PictureStore
    sources: PictureSources
    decoder: PhotoDecoder
    input_size: int

    async def preview(self, asked: Asked) -> AsyncGenerator[Tally]:
        """What was found, anew after some rows each, and at last all of it.

        Raises:
            ArchiveInvalid, TableInvalid: the import would fail as a whole.
            FileNotFoundError: the upload is gone.

        """
        looks = CatalogLooks(references=(), looks=unpacked([]), unknown=0)
        if asked.pictures is PictureCheck.DECODED:
            async with self.database.read() as session:
                looks = await catalog_looks(session, asked.catalog_id)
        async with self._open(asked) as upload:
            tally = Tally(detected=upload.detected, unknown_looks=looks.unknown)
            reading = _Reading(asked=asked, copies=Copies(catalog=looks))
            while some := await asyncio.to_thread(lambda: list(islice(upload.rows, ROWS_AT_ONCE))):
                await self._look_through(reading, some, tally)
                yield tally
            if asked.mode is ImportMode.SYNC:
                async with self.database.read() as session:
                    found = await absent_products(session, asked.catalog_id, reading.present, PREVIEW_EXAMPLES)
                tally.delete(*found)
            yield tally

    @asynccontextmanager
    async def _open(self, asked: Asked) -> AsyncIterator[Upload]:
        with ExitStack() as stack:
            stream = await asyncio.to_thread(self.pictures.open_archive, asked.archive_key)
            stack.enter_context(stream)
            yield await asyncio.to_thread(stack.enter_context, open_upload(stream, asked.options))

    async def _look_through(self, reading: "_Reading", rows: Sequence[TableRow], tally: Tally) -> None:
        numbers = [row.fields.part_number for row in rows if row.fields]
        async with self.database.read() as session:
            known = await known_products(session, reading.asked.catalog_id, numbers)
        reading.present.update(one.product_id for one in known.values())
        seen = await asyncio.gather(*(self._look(reading, row, known) for row in rows))
        new: list[NewPicture] = []
        for row, (landing, pictures) in zip(rows, seen, strict=True):
            if landing is None:
                tally.fail(row.line, row.problems)
            else:
                tally.land(landing)
                new += pictures
        if new:
            async with self.database.read() as session:
                hashes = [one.content_hash for one in new]
                same = await identical_elsewhere(session, reading.asked.catalog_id, hashes)
            for copy in await asyncio.to_thread(_all, lambda: reading.copies.find(new, same)):
                tally.copy(copy)

    async def _look(
        self, reading: "_Reading", row: TableRow, known: dict[str, KnownProduct]
    ) -> tuple[SeenRow | None, list[NewPicture]]:
        if row.fields is None:
            return None, []
        product = known.get(row.fields.part_number)
        listed: set[str] = set()
        new: list[NewPicture] = []
        problems: list[RowProblem] = []
        for path in row.fields.pictures or ():
            data = await self.sources.resolve(reading.asked.catalog_id, reading.asked.archive_key, path)
            if isinstance(data, RowProblem):
                problems.append(data)
                continue
            try:
                digest = hash_picture(data)
                if digest not in listed and not (product and product.has(digest)):
                    look = await self._opened(data, reading.asked.pictures)
                    new.append(_new(row.line, row.fields, path, digest, look))
                listed.add(digest)
            except PhotoError as error:
                message = f"picture {path!r}: {error}"
                problems.append(RowProblem(code=error.code, column=PICTURES, message=message))
        # As the import: a picture that cannot be read may be one that the product has, and then nothing is dropped.
        stays = row.fields.pictures is None or bool(problems)
        landing = SeenRow(
            line=row.line,
            fields=row.fields,
            known=product,
            changes=changes(product, row.fields) if product else (),
            added=len(new),
            removed=0 if stays or product is None else product.loses(listed),
            problems=problems,
        )
        return landing, new

    async def _opened(self, data: bytes, check: PictureCheck) -> bytes | None:
        """What a picture looks like, where it is decoded.

        Raises:
            PhotoError: it cannot be used.

        """
        if check is PictureCheck.HEADERS:
            await asyncio.to_thread(_check_header, data)
            return None
        photo = await self.decoder.decode(data, target=max(self.input_size, LOOKED_AT))
        return (await asyncio.to_thread(look_at, photo.image, self.input_size)).packed


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """An upload that is being read. ``present``: products of the catalog that it has rows of."""

    asked: Asked
    copies: Copies
    present: set[UUID] = field(default_factory=set)


def _check_header(data: bytes) -> None:
    """Whether it is a picture by its beginning. HEIC and AVIF are parsed nowhere but in decoder processes.

    Raises:
        PhotoError: it is none.

    """
    if not data:
        raise PhotoError("photo_empty")
    photo_format = sniff(data)
    if photo_format is None:
        raise PhotoError("photo_format_unsupported")
    if photo_format not in ("heic", "avif"):
        open_header(data, photo_format).close()


def _new(line: int, fields: RowFields, path: str, digest: str, look: bytes | None) -> NewPicture:
    return NewPicture(line=line, part_number=fields.part_number, path=path, content_hash=digest, look=look)


def _all(found: Callable[[], Iterator[T]]) -> list[T]:
    return list(found())

"""A throw-away database and catalog, filled by the import that catalogs are filled by."""

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from catalog.catalogs import create_catalog
from catalog.errors import CatalogError
from catalog.imports.reports import ImportReport, get_import
from catalog.imports.rows import MOST_PICTURES
from catalog.models import ItemState, JobState
from migrations.runner import upgrade
from service.bootstrap import Services
from service.database.embedded import embedded_postgres
from service.evaluation.errors import EvaluationError
from service.evaluation.progress import Progress
from service.evaluation.queries import GalleryProduct
from service.jobs.intake import begin_import, keep_upload
from service.settings import Settings

CATALOG = "evaluation"
POLL_SECONDS = 0.2
PROBLEMS_TOLD = 1_000


@contextmanager
def scratch_settings(settings: Settings) -> Iterator[Settings]:
    """The same settings on an empty database and picture folder of their own, which go when the block ends."""
    scratch = tempfile.TemporaryDirectory(prefix="photocode-evaluate-", ignore_cleanup_errors=True)
    with scratch as folder, embedded_postgres(Path(folder)) as url:
        upgrade(url)
        yield msgspec.structs.replace(settings, data=Path(folder), database_url=url, pictures="", self_test="off")


async def fill_gallery(parts: Services, products: Sequence[GalleryProduct], progress: Progress) -> list[str]:
    """Import the products into a fresh catalog and wait for the end; gives the problems, a sentence each.

    Raises:
        EvaluationError: the import as a whole failed.

    """
    async with parts.database.write() as session:
        catalog_id = (await create_catalog(session, CATALOG, "", parts.space)).id
    with tempfile.TemporaryFile(dir=parts.settings.data_folder) as upload:
        skipped = await asyncio.to_thread(_write_archive, upload, products)
        upload.seek(0)
        try:
            new = await keep_upload(parts.pictures, catalog_id, upload)
        except CatalogError as error:
            raise EvaluationError(f"the products cannot be imported: {error}") from error
    job_id = (await begin_import(parts.database, parts.pictures, new)).job.id
    parts.imports.wake()
    report = await _wait(parts, catalog_id, job_id, progress)
    return skipped + [f"products line {found.line}: {found.problem.message}" for found in report.problems]


async def _wait(parts: Services, catalog_id: UUID, job_id: UUID, progress: Progress) -> ImportReport:
    while True:
        async with parts.database.read() as session:
            report = await get_import(session, catalog_id, job_id, PROBLEMS_TOLD)
        total = sum(report.counts.values())
        progress("importing products", total - report.counts[ItemState.PENDING], total)
        if report.job.state == JobState.FAILED.value:
            raise EvaluationError(f"the products cannot be imported: {report.job.failure}")
        if report.job.state == JobState.COMPLETED.value:
            return report
        await asyncio.sleep(POLL_SECONDS)


def _write_archive(upload: IO[bytes], products: Sequence[GalleryProduct]) -> list[str]:
    """An upload as an administrator would make it; gives the files that could not be read."""
    table = io.StringIO()
    writer = csv.writer(table)
    keys = sorted({key for product in products for key in product.metadata})
    writer.writerow(["part_number", "name", "description", "category", "pictures", *keys])
    skipped: list[str] = []
    with zipfile.ZipFile(upload, "w", zipfile.ZIP_STORED) as archive:
        for number, product in enumerate(products):
            if len(product.pictures) > MOST_PICTURES:
                raise EvaluationError(
                    f"{product.part_number} has {len(product.pictures)} references; an import takes {MOST_PICTURES}"
                )
            names: list[str] = []
            for path in product.pictures:
                # Numbered, so that no two files meet and no name holds the separator.
                name = f"{number}/{len(names)}-{path.name.replace(';', '_')}"
                try:
                    archive.writestr(name, path.read_bytes())
                    names.append(name)
                except OSError as error:
                    skipped.append(f"reference {path} cannot be read: {error.strerror}")
            said = [product.part_number, product.name, product.description, product.category, ";".join(names)]
            writer.writerow(said + [product.metadata.get(key, "") for key in keys])
        archive.writestr("products.csv", table.getvalue())
    return skipped

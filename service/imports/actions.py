"""Taking imports in: the upload is kept before the client hears of it; and what may be done to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request
from litestar.response import ServerSentEventMessage
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.imports import states
from catalog.imports.reading.options import ReadOptions
from catalog.imports.reports import ImportReport, failed_columns, failed_rows, get_import, list_imports
from catalog.models import ImportMode, JobState
from catalog.self_tests_since import SelfTestSince, self_test_since
from mobile_contract.imports import ENDED, ImportProgress, ImportState
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from mobile_contract.problems import Code, FieldError
from service.access.trail import note
from service.bootstrap import Services
from service.imports.presenter import present_failed_header, present_failed_rows, present_progress
from service.imports.requests import Until, read_place, read_upload, write_place
from service.jobs.intake import Asked, begin_import, keep_upload
from service.jobs.queue import call_workers
from service.refused import Refused

AGAIN_MILLISECONDS: Final = 500
"""After which a browser whose line ended asks again."""
LINE_SECONDS: Final = 10.0
"""A line ends after so long, and whoever watches asks again by itself: a service that stops waits for open lines."""

Change = Callable[[AsyncSession, UUID, UUID], Awaitable[object]]


async def take_import(
    request: Request[Any, Any, Any],
    parts: Services,
    catalog_name: str,
    *,
    read: ReadOptions,
    mode: str = ImportMode.MERGE.value,
    most_removed: float | None = None,
) -> ImportReport:
    """Keep the upload, write the import down, call a worker. The same upload that is under way already is not begun
    a second time. ``read``: how the upload is to be read, where that is not found out.

    Raises:
        CatalogNotFound, SpaceMismatch, FormatUnsupported, ArchiveInvalid, TableInvalid, Refused: nothing was kept.

    """
    demand_sync(mode, most_removed)
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
    async with read_upload(request) as received:
        asked = Asked(read=read, called_zip=received.called_zip, mode=ImportMode(mode), most_removed=most_removed)
        new = await keep_upload(parts.pictures, catalog_id, received.stream, asked)

    async def noting(session: AsyncSession, import_id: UUID) -> None:
        await note(session, request, target=f"/v1/catalogs/{catalog_name}/imports/{import_id}")

    report = await begin_import(parts.database, parts.pictures, new, noting)
    parts.imports.wake()
    return report


def demand_sync(mode: str, most_removed: float | None) -> None:
    """Raises Refused where a share is given of what only a sync removes."""
    if most_removed is not None and mode != ImportMode.SYNC.value:
        wrong = FieldError(field="maxRemoved", message="goes with mode=sync")
        raise Refused(Code.VALIDATION_FAILED, "only a sync removes products", (wrong,))


async def change_import(
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, import_id: UUID, change: Change
) -> ImportReport:
    """Pause, resume, cancel or retry an import (:mod:`catalog.imports.states`); gives what it is then."""
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await change(session, catalog_id, import_id)
        await note(session, request)
        if change in (states.resume, states.retry):
            await call_workers(session)
    parts.imports.wake()
    async with parts.database.read() as session:
        return await get_import(session, catalog_id, import_id, IMPORT_ERRORS_SHOWN)


async def page_of_imports(
    parts: Services, catalog_name: str, *, cursor: str | None, limit: int
) -> tuple[list[ImportReport], str | None]:
    """A page of a catalog's imports, newest first, and the cursor of the next one."""
    before = read_place(cursor)
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        found = await list_imports(session, catalog_id, most=limit + 1, before=before)
    page = found[:limit]
    last = page[-1].job if len(found) > limit else None
    return page, write_place(last.created_at, last.id) if last else None


async def find_import(parts: Services, catalog_name: str, import_id: UUID) -> UUID:
    """The import's id, if the catalog has it.

    Raises:
        CatalogNotFound, ImportNotFound: it has not.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await get_import(session, catalog_id, import_id, 0)
    return import_id


async def import_and_test(
    parts: Services, catalog_name: str, import_id: UUID
) -> tuple[ImportReport, SelfTestSince | None]:
    """An import, and the self-test of its catalog since it ended.

    Raises:
        CatalogNotFound, ImportNotFound: there is none.

    """
    # One moment: a test that begins between two statements is neither to come nor there.
    async with parts.database.snapshot() as session:
        catalog_id = await find_catalog(session, catalog_name)
        report = await get_import(session, catalog_id, import_id, IMPORT_ERRORS_SHOWN)
        job = report.job
        if job.finished_at is None:
            return report, None
        tests_follow = parts.self_tests is not None and job.state == JobState.COMPLETED.value
        space = parts.space if tests_follow else None
        return report, await self_test_since(session, catalog_id, job.finished_at, space)


async def failed_table(parts: Services, import_id: UUID, *, with_warnings: bool) -> AsyncIterator[bytes]:
    """The failed rows of an import as a CSV table, some at a time."""
    async with parts.database.read() as session:
        columns = await failed_columns(session, import_id, with_warnings=with_warnings)
        yield present_failed_header(columns)
        async for rows in failed_rows(session, import_id, with_warnings=with_warnings):
            yield present_failed_rows(rows, columns)


async def import_events(
    parts: Services, job_id: UUID, *, last_id: str | None, until: Until
) -> AsyncIterator[ServerSentEventMessage]:
    """An event ``progress`` whenever something has changed, and ``end`` as the last one; a line that ends without it is
    to be taken up again.

    Each says all there is to say, so that who lost the line only needs the next one; ``last_id`` is that of the last
    event that came, which is not sent again.
    """
    yield ServerSentEventMessage(data=None, comment="progress of an import", retry=AGAIN_MILLISECONDS)
    give_up = asyncio.get_running_loop().time() + LINE_SECONDS
    async for report in parts.feed.watch(job_id):
        if asyncio.get_running_loop().time() > give_up or parts.admission.closing.is_set():
            return
        if report is None:
            yield ServerSentEventMessage(data=None, comment="still there")
            continue
        progress = present_progress(report, parts)
        data = msgspec.json.encode(progress)
        event_id, over = sha256(data).hexdigest()[:16], _is_over(progress, until)
        if event_id != last_id or over:
            yield ServerSentEventMessage(event="end" if over else "progress", id=event_id, data=data.decode())
        if over:
            return
        last_id = event_id


def _is_over(progress: ImportProgress, until: Until) -> bool:
    if progress.state not in ENDED:
        return False
    if until == "searchable" or progress.state is not ImportState.COMPLETED:
        return True
    described = progress.enrichment is UNSET or not progress.enrichment.pending
    return described and (progress.reading is UNSET or not progress.reading.pending)

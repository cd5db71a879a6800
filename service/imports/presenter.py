"""Imports as the wire shows them."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from catalog.imports.reading.options import detected_from
from catalog.imports.removal import MOST_REMOVED
from catalog.imports.reports import FailedRow, ImportReport, LineProblem
from catalog.imports.rows import TOLD
from catalog.models import ImportJobRow, ItemState
from catalog.self_tests_since import SelfTestSince
from mobile_contract.imports import (
    ImportCounters,
    ImportList,
    ImportMode,
    ImportProgress,
    ImportSelfTest,
    ImportSelfTestState,
    ImportState,
    ImportStatus,
    ImportSync,
    RowError,
)
from service.bootstrap import Services
from service.catalogs.presenter import present_enrichment, present_reading
from service.detected import present_detected
from service.tables import csv_header, csv_lines


def present_import(report: ImportReport, parts: Services, tested: SelfTestSince | None = None) -> ImportStatus:
    """An import with its counters and first errors; ``tested``: the self-test since it ended."""
    errors = [_error(problem) for problem in report.problems]
    self_test = _self_test(report.catalog_name, tested) if tested is not None else UNSET
    return ImportStatus(**_facts(report, parts), errors=errors, self_test=self_test)


def present_progress(report: ImportReport, parts: Services) -> ImportProgress:
    """An import with its counters."""
    return ImportProgress(**_facts(report, parts))


def present_imports(reports: Sequence[ImportReport], cursor: str | None, parts: Services) -> ImportList:
    """A page of imports; ``cursor``: of the next one, where there is one."""
    return ImportList(imports=[present_progress(report, parts) for report in reports], next=cursor or UNSET)


def present_failed_header(columns: Sequence[str]) -> bytes:
    """The first line of a table of failed rows."""
    return csv_header([*columns, *TOLD])


def present_failed_rows(rows: Sequence[FailedRow], columns: Sequence[str]) -> bytes:
    """Failed rows as lines of a table, each with what was wrong."""
    return csv_lines([*(row.cells.get(name, "") for name in columns), *_told(row)] for row in rows)


def _told(row: FailedRow) -> list[str]:
    named = [problem.column for problem in row.problems if problem.column]
    codes = [problem.code for problem in row.problems]
    messages = [problem.message for problem in row.problems]
    return [str(row.line), *("; ".join(dict.fromkeys(one)) for one in (named, codes, messages))]


def _facts(report: ImportReport, parts: Services) -> dict[str, Any]:
    job, counts = report.job, report.counts
    return {
        "id": job.id,
        "catalog": report.catalog_name,
        "state": ImportState(job.state),
        "mode": ImportMode(job.mode),
        "counters": ImportCounters(
            total=sum(counts.values()),
            pending=counts[ItemState.PENDING],
            created=counts[ItemState.CREATED],
            updated=counts[ItemState.UPDATED],
            unchanged=counts[ItemState.UNCHANGED],
            failed=counts[ItemState.FAILED],
            with_warnings=report.with_warnings,
        ),
        "enrichment": present_enrichment(report.surface) if parts.enriching else UNSET,
        "reading": present_reading(report.text) if parts.reading else UNSET,
        "detected": present_detected(detected_from(job.detected)) if job.detected else UNSET,
        "sync": _sync(job) if job.mode == ImportMode.SYNC.value else UNSET,
        "failure": job.failure or UNSET,
        "failure_code": job.failure_code or UNSET,
        "created_at": job.created_at,
        "started_at": job.started_at or UNSET,
        "read_at": job.read_at or UNSET,
        "finished_at": job.finished_at or UNSET,
    }


def _self_test(catalog_name: str, tested: SelfTestSince) -> ImportSelfTest:
    return ImportSelfTest(
        self_test_url=f"/v1/catalogs/{catalog_name}/self-test",
        state=ImportSelfTestState(tested.state) if tested.state is not None else ImportSelfTestState.DUE,
        id=UNSET if tested.id is None else tested.id,
        asked=UNSET if tested.asked is None else tested.asked,
        lost=UNSET if tested.lost is None else tested.lost,
    )


def _sync(job: ImportJobRow) -> ImportSync:
    return ImportSync(
        max_removed=MOST_REMOVED if job.most_removed is None else job.most_removed,
        absent=UNSET if job.absent is None else job.absent,
        removed=job.removed,
    )


def _error(found: LineProblem) -> RowError:
    problem = found.problem
    return RowError(line=found.line, column=problem.column or UNSET, code=problem.code, message=problem.message)

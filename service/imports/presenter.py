"""Imports as the wire shows them."""

from msgspec import UNSET

from catalog.imports.jobs import ImportReport, LineProblem
from catalog.imports.reading.options import Detected, detected_from
from catalog.models import ItemState
from mobile_contract.imports import ImportCounters, ImportDetected, ImportFormat, ImportState, ImportStatus, RowError
from service.catalogs.presenter import present_enrichment, present_reading


def present_import(report: ImportReport, *, enriching: bool, reading: bool) -> ImportStatus:
    """An import with its counters and first errors; ``enriching``: whether the service describes surfaces, ``reading``:
    reads text.
    """
    job, counts = report.job, report.counts
    return ImportStatus(
        id=job.id,
        catalog=report.catalog_name,
        state=ImportState(job.state),
        counters=ImportCounters(
            total=sum(counts.values()),
            pending=counts[ItemState.PENDING],
            created=counts[ItemState.CREATED],
            updated=counts[ItemState.UPDATED],
            unchanged=counts[ItemState.UNCHANGED],
            failed=counts[ItemState.FAILED],
            with_warnings=report.with_warnings,
        ),
        enrichment=present_enrichment(report.surface) if enriching else UNSET,
        reading=present_reading(report.text) if reading else UNSET,
        detected=present_detected(detected_from(job.detected)) if job.detected else UNSET,
        errors=[_error(problem) for problem in report.problems],
        failure=job.failure or UNSET,
        created_at=job.created_at,
        finished_at=job.finished_at or UNSET,
    )


def present_detected(found: Detected) -> ImportDetected:
    """How an upload is read."""
    return ImportDetected(
        format=ImportFormat(found.format),
        table=found.table or UNSET,
        encoding=found.encoding,
        delimiter=found.delimiter or UNSET,
        columns=found.columns,
    )


def _error(found: LineProblem) -> RowError:
    problem = found.problem
    return RowError(line=found.line, column=problem.column or UNSET, code=problem.code, message=problem.message)

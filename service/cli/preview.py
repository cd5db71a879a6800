"""``photocode preview``: what an import would do, before anything is written."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from msgspec import UNSET

from mobile_contract.import_previews import (
    CopyKind,
    DuplicateExample,
    FieldChange,
    ImportPreview,
    PreviewReport,
    PreviewState,
    UpdatedExample,
)
from mobile_contract.imports import Failure, ImportMode
from service.cli.calling import calling, catalog_option, url_option

SHOWN = 5
ERRORS_SHOWN = 20


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@catalog_option
@click.option("--mode", type=click.Choice([one.value for one in ImportMode]), default="merge", show_default=True)
@click.option("--apply", "applied", is_flag=True, help="Make the import then, without sending the file again.")
@click.option("--json", "as_json", is_flag=True, help="Print it as the service gave it.")
@url_option
def preview(file: Path, catalog: str, mode: str, applied: bool, as_json: bool, url: str) -> None:
    """Say what importing FILE would create, update and delete. Exits with 1 where the import would fail."""
    with calling(url) as phone, file.open("rb") as archive:
        found = phone.preview_import(catalog, archive, mode=ImportMode(mode), watch=_watch)
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
        else:
            for line in lines(found):
                click.echo(line)
        if found.state is PreviewState.FAILED:
            raise SystemExit(1)
        if applied:
            started = phone.apply_preview(catalog, found)
            click.echo(f"import {started.id} has begun: /v1/catalogs/{catalog}/imports/{started.id}", err=as_json)


def _watch(found: ImportPreview) -> None:
    if found.state is PreviewState.RUNNING and found.report is not UNSET:
        click.echo(f"{found.report.counters.total} rows read", err=True)


def lines(found: ImportPreview) -> Iterator[str]:
    """A preview in words."""
    if found.report is UNSET or found.state is PreviewState.FAILED:
        what = "the preview failed" if found.failure_code == Failure.WORKER_KILLED else "the import would fail"
        why = found.failure or "nobody knows why"
        yield f"{found.catalog}: {what}: {why} ({found.failure_code or 'no code'})"
        return
    report, counts = found.report, found.report.counters
    yield f"{found.catalog}: of {counts.total} rows an import would (nothing has been written)"
    yield f"  create {counts.created}, update {counts.updated}, leave {counts.unchanged} as they are"
    yield f"  refuse {counts.failed}"
    if counts.with_warnings:
        yield f"  land {counts.with_warnings} without one of their pictures"
    if found.mode is ImportMode.SYNC:
        yield f"  delete {counts.would_delete} products that the file does not have"
    yield f"  add {counts.new_pictures} pictures and remove {counts.removed_pictures}"
    yield from _examples(report)
    yield from _copies(report)
    yield from _errors(report)
    yield from _detected(report)


def _examples(report: PreviewReport) -> Iterator[str]:
    shown = report.examples
    for created in shown.created[:SHOWN]:
        yield f"create  line {created.line}: {created.part_number}, {created.name}"
    for updated in shown.updated[:SHOWN]:
        yield f"update  line {updated.line}: {updated.part_number}: {_changes(updated)}"
    for gone in shown.would_delete[:SHOWN]:
        yield f"delete  {gone.part_number}, {gone.name}"
    if report.changed_fields:
        told = ", ".join(f"{field} {count}" for field, count in report.changed_fields.items())
        yield f"changes by field: {told}"


def _changes(updated: UpdatedExample) -> str:
    told = [_change(one) for one in updated.changes]
    if updated.pictures_added or updated.pictures_removed:
        told.append(f"pictures +{updated.pictures_added} -{updated.pictures_removed}")
    return "; ".join(told)


def _change(one: FieldChange) -> str:
    old, new = ("nothing" if value is UNSET else repr(value) for value in (one.old, one.new))
    return f"{one.field} {old} -> {new}"


def _copies(report: PreviewReport) -> Iterator[str]:
    counts = report.counters
    if not counts.near_duplicates + counts.identical:
        return
    yield f"{counts.near_duplicates} new pictures look like another one, {counts.identical} are the same file"
    for one in report.examples.duplicates[:SHOWN]:
        yield f"  {_copy(one)}"
    if report.unknown_looks:
        yield f"  not compared: {report.unknown_looks} pictures of the catalog that nobody has looked at yet"


def _copy(one: DuplicateExample) -> str:
    kind = "the same file as" if one.kind is CopyKind.IDENTICAL else f"{one.likeness:.0%} like"
    other = "of the catalog" if one.other.line is UNSET else f"in line {one.other.line}"
    return f"line {one.line}: {one.part_number}: {one.picture} is {kind} a picture of {one.other.part_number} {other}"


def _errors(report: PreviewReport) -> Iterator[str]:
    for one in report.errors[:ERRORS_SHOWN]:
        column = "" if one.column is UNSET else f", {one.column}"
        yield f"wrong   line {one.line}{column}: {one.message} ({one.code})"
    if len(report.errors) > ERRORS_SHOWN:
        yield f"        and {len(report.errors) - ERRORS_SHOWN} more; --json has them"


def _detected(report: PreviewReport) -> Iterator[str]:
    read = report.detected
    between = "" if read.delimiter is UNSET else f", {read.delimiter!r} between cells"
    table = "" if read.table is UNSET else f": {read.table}"
    yield f"read as {read.format} in {read.encoding}{between}{table}"
    yield "  " + ", ".join(f"{header} -> {field}" for header, field in read.columns.items())

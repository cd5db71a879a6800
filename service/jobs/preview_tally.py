"""What a preview of an import has found up to now, as it is kept and shown."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, structs

from catalog.imports.comparing import Absent, Change, KnownProduct
from catalog.imports.reading.options import Detected
from catalog.imports.rows import RowFields, RowProblem
from catalog.search.looks import LookedAt
from mobile_contract.import_previews import (
    CopyKind,
    CreatedExample,
    DeletedExample,
    Differences,
    DuplicateExample,
    FieldChange,
    OtherPicture,
    PreviewCounters,
    PreviewReport,
    UnchangedExample,
    UpdatedExample,
)
from mobile_contract.imports import RowError
from mobile_contract.limits import IMPORT_ERRORS_SHOWN, PREVIEW_EXAMPLES
from service.detected import present_detected
from service.jobs.preview_copies import Copy

Shown = TypeVar("Shown")

_ON_THE_WIRE = {"part_number": "partNumber", "superseded_by": "supersededBy"}


@dataclass(frozen=True, kw_only=True)
class SeenRow:
    """A row whose pictures have been looked at: what it would add and remove, and what is wrong with it."""

    line: int
    fields: RowFields
    known: KnownProduct | None
    changes: Sequence[Change]
    added: int
    removed: int
    problems: Sequence[RowProblem]


@dataclass(kw_only=True)
class Tally:
    """Counts rows in the file's order and keeps the first of each kind."""

    detected: Detected
    unknown_looks: int
    counted: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    examples: Differences = field(default_factory=Differences)
    errors: list[RowError] = field(default_factory=list)

    def fail(self, line: int, problems: Iterable[RowProblem]) -> None:
        """A row that would not land."""
        self.counted["failed"] += 1
        self._tell(line, problems)

    def land(self, row: SeenRow) -> None:
        """A row that would land, by the rules of the import itself."""
        self.counted["with_warnings"] += bool(row.problems)
        self.counted["new_pictures"] += row.added
        self.counted["removed_pictures"] += row.removed
        self._tell(row.line, row.problems)
        number = row.fields.part_number
        if row.known is None:
            self.counted["created"] += 1
            created = CreatedExample(line=row.line, part_number=number, name=row.fields.name, pictures=row.added)
            _show(self.examples.created, created)
        elif row.changes or row.added or row.removed:
            self.counted["updated"] += 1
            self._update(row)
        else:
            self.counted["unchanged"] += 1
            _show(self.examples.unchanged, UnchangedExample(line=row.line, part_number=number))

    def copy(self, found: Copy) -> None:
        """A new picture that is a copy."""
        self.counted["identical" if found.identical else "near_duplicates"] += 1
        picture = found.picture
        example = DuplicateExample(
            line=picture.line,
            part_number=picture.part_number,
            picture=picture.path,
            kind=CopyKind.IDENTICAL if found.identical else CopyKind.NEAR,
            likeness=round(found.likeness, 3),
            other=_other(found),
        )
        _show(self.examples.duplicates, example)

    def delete(self, count: int, first: Collection[Absent]) -> None:
        """Products that would be removed."""
        self.counted["would_delete"] = count
        for one in first:
            _show(self.examples.would_delete, DeletedExample(part_number=one.part_number, name=one.name))

    def report(self) -> PreviewReport:
        """All of it."""
        rows = sum(self.counted[kind] for kind in ("created", "updated", "unchanged", "failed"))
        counters = structs.replace(PreviewCounters(), total=rows, **self.counted)
        return PreviewReport(
            detected=present_detected(self.detected),
            counters=counters,
            changed_fields=dict(self.fields.most_common()),
            examples=self.examples,
            errors=self.errors,
            unknown_looks=self.unknown_looks,
        )

    def _update(self, row: SeenRow) -> None:
        changed = [
            FieldChange(
                field=_wire_name(one.field),
                old=UNSET if one.old is None else one.old,
                new=UNSET if one.new is None else one.new,
            )
            for one in row.changes
        ]
        self.fields.update(one.field for one in changed)
        self.fields["pictures"] += bool(row.added or row.removed)
        example = UpdatedExample(
            line=row.line,
            part_number=row.fields.part_number,
            changes=changed,
            pictures_added=row.added,
            pictures_removed=row.removed,
        )
        _show(self.examples.updated, example)

    def _tell(self, line: int, problems: Iterable[RowProblem]) -> None:
        for one in problems:
            if len(self.errors) < IMPORT_ERRORS_SHOWN:
                error = RowError(line=line, column=one.column or UNSET, code=one.code, message=one.message)
                self.errors.append(error)


def _show(shown: list[Shown], one: Shown) -> None:
    if len(shown) < PREVIEW_EXAMPLES:
        shown.append(one)


def _other(found: Copy) -> OtherPicture:
    other = found.other
    if isinstance(other, LookedAt):
        reference: UUID = other.reference_id
        return OtherPicture(part_number=other.part_number, reference_image=reference)
    return OtherPicture(part_number=other.part_number, line=other.line, picture=other.path)


def _wire_name(field_name: str) -> str:
    return _ON_THE_WIRE.get(field_name, field_name)

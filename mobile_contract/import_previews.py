"""Imports as they would be, on the wire: what would be created, updated and deleted, before anything is written."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName
from mobile_contract.imports import ImportDetected, ImportMode, RowError
from mobile_contract.limits import IMPORT_ERRORS_SHOWN, PREVIEW_EXAMPLES


class PreviewState(StrEnum):
    """How far a preview is. With ``failed`` the import would fail as a whole, or nobody could find out."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class PictureCheck(StrEnum):
    """How new pictures are looked at: ``decoded``, as the import will do, or by their ``headers`` alone, which is
    quicker and finds neither pictures that break off nor near-duplicates.
    """

    DECODED = "decoded"
    HEADERS = "headers"


class PreviewCounters(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Rows up to now, as the import would count them: ``total`` is the sum of ``created``, ``updated``, ``unchanged``
    and ``failed``; ``withWarnings`` counts rows that would land without one of their pictures.

    ``wouldDelete``: products that ``sync`` would remove. ``newPictures`` would be added; of these ``nearDuplicates``
    look like another picture of the file or the catalog, and ``identical`` are the very same file as one of another
    product.
    """

    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    with_warnings: int = 0
    would_delete: int = 0
    new_pictures: int = 0
    removed_pictures: int = 0
    near_duplicates: int = 0
    identical: int = 0


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A field that would change: ``name``, ``description``, ``category``, ``supersededBy`` or ``metadata.<key>``.
    ``old`` and ``new`` are left out where there is no value.
    """

    field: str
    old: str | UnsetType = UNSET
    new: str | UnsetType = UNSET


class CreatedExample(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that would be created."""

    line: int
    part_number: str
    name: str
    pictures: int


class UpdatedExample(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that would be updated: which fields change, and how many pictures come and go."""

    line: int
    part_number: str
    changes: list[FieldChange]
    pictures_added: int
    pictures_removed: int


class UnchangedExample(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that would stay as it is."""

    line: int
    part_number: str


class DeletedExample(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that ``sync`` would remove."""

    part_number: str
    name: str


class OtherPicture(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that another one is like: one of the catalog (``referenceImage`` is its id) or of the file (``line``
    and ``picture``).
    """

    part_number: str
    reference_image: UUID | UnsetType = UNSET
    line: int | UnsetType = UNSET
    picture: str | UnsetType = UNSET


class CopyKind(StrEnum):
    """Whether pictures are the same file, or only look the same."""

    IDENTICAL = "identical"
    NEAR = "near"


class DuplicateExample(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new picture that is like another one. ``likeness``: 1 is the same; from 0.75 on they can be called near."""

    line: int
    part_number: str
    picture: str
    kind: CopyKind
    likeness: float
    other: OtherPicture


class Differences(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The first of each kind, in the order of the file."""

    created: Annotated[list[CreatedExample], Meta(max_length=PREVIEW_EXAMPLES)] = []
    updated: Annotated[list[UpdatedExample], Meta(max_length=PREVIEW_EXAMPLES)] = []
    unchanged: Annotated[list[UnchangedExample], Meta(max_length=PREVIEW_EXAMPLES)] = []
    would_delete: Annotated[list[DeletedExample], Meta(max_length=PREVIEW_EXAMPLES)] = []
    duplicates: Annotated[list[DuplicateExample], Meta(max_length=PREVIEW_EXAMPLES)] = []


class PreviewReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was found up to now.

    ``changedFields``: how many products would change in each field. ``errors``: what is wrong with which line, with the
    codes that the import would give. ``unknownLooks``: references of the catalog that nobody has looked at yet, so that
    copies of them are not found.
    """

    detected: ImportDetected
    counters: PreviewCounters
    changed_fields: dict[str, int]
    examples: Differences
    errors: Annotated[list[RowError], Meta(description=f"The first {IMPORT_ERRORS_SHOWN}, by line")]
    unknown_looks: int


class ImportPreview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An import as it would be; nothing has been written to the catalog's products.

    ``report`` is there once reading has begun, and grows until the preview is ``completed``. ``failureCode`` says why
    the import would fail as a whole, with the code that it would have, or is ``worker_killed`` where three processes
    ended over the preview; ``failure`` says it in a sentence. ``importId``: the import that was started from it. After
    ``expiresAt`` the upload is forgotten.
    """

    id: UUID
    catalog: CatalogName
    state: PreviewState
    mode: ImportMode
    pictures: PictureCheck
    report: PreviewReport | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    failure_code: str | UnsetType = UNSET
    created_at: datetime
    finished_at: datetime | UnsetType = UNSET
    expires_at: datetime
    import_id: UUID | UnsetType = UNSET

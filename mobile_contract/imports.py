"""Imports on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName, Enrichment, Reading
from mobile_contract.limits import IMPORT_ERRORS_SHOWN


class ImportState(StrEnum):
    """How far an import is. With ``completed`` all that landed can be found; describing surfaces may still go on.

    ``failed`` means that the import as a whole could not go on; rows fail one by one.
    """

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportFormat(StrEnum):
    """How a table is written: with delimiters, or as JSON lines."""

    CSV = "csv"
    JSONL = "jsonl"


class ImportDetected(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the upload is read. What is wrong here can be said by parameters when it is sent again."""

    format: ImportFormat
    table: (
        Annotated[str, Meta(description="The table's path in the archive; left out where the table was sent")]
        | UnsetType
    ) = UNSET
    encoding: str
    delimiter: str | UnsetType = UNSET
    columns: Annotated[
        dict[str, str],
        Meta(description="From a column's header to what it holds: a field, metadata:KEY, or ignore"),
    ]


class RowError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is wrong with a row. ``line`` is the line of the table in the file, from 1."""

    line: int
    column: str | UnsetType = UNSET
    code: str
    message: str


class ImportCounters(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Rows. ``total`` is the sum of the others; ``withWarnings`` counts landed rows that lost a picture."""

    total: int
    pending: int
    created: int
    updated: int
    unchanged: int
    failed: int
    with_warnings: int


class ImportStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An import and what became of its rows.

    ``enrichment`` is of the pictures that it added; left out where the service does not use surfaces. ``reading``
    likewise, where it does not read text.
    """

    id: UUID
    catalog: CatalogName
    state: ImportState
    counters: ImportCounters
    enrichment: Enrichment | UnsetType = UNSET
    reading: Reading | UnsetType = UNSET
    detected: ImportDetected | UnsetType = UNSET
    errors: Annotated[list[RowError], Meta(description=f"The first {IMPORT_ERRORS_SHOWN}, by line")]
    failure: str | UnsetType = UNSET
    created_at: datetime
    finished_at: datetime | UnsetType = UNSET

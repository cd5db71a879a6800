"""Imports on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName, Enrichment, Reading
from mobile_contract.limits import IMPORT_ERRORS_SHOWN


class ImportState(StrEnum):
    """How far an import is. With ``completed`` all that landed can be found; describing surfaces may still go on.

    ``queued`` waits for a worker, or for an earlier import of the catalog; ``reading`` writes the table's rows down,
    so that ``total`` still grows; ``running`` lands them. ``paused`` waits to be resumed. ``cancelled`` was ended by
    somebody, ``failed`` means that the import as a whole could not go on; rows fail one by one.
    """

    QUEUED = "queued"
    READING = "reading"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED: Final = frozenset({ImportState.COMPLETED, ImportState.CANCELLED, ImportState.FAILED})
"""States in which nothing more happens by itself."""


class ImportMode(StrEnum):
    """What an import does beside landing its rows: ``merge`` nothing, ``sync`` removes the products of the catalog that
    the file does not have.
    """

    MERGE = "merge"
    SYNC = "sync"


class Failure(StrEnum):
    """Why an import as a whole failed: values of ``failureCode``. ``worker_killed``: three processes ended while they
    read it, and did nothing else.
    """

    ARCHIVE_INVALID = "import_archive_invalid"
    TABLE_INVALID = "import_table_invalid"
    SPACE_MISMATCH = "space_mismatch"
    REMOVES_TOO_MANY = "import_removes_too_many"
    UPLOAD_GONE = "import_upload_gone"
    CATALOG_REMOVED = "catalog_removed"
    WORKER_KILLED = "worker_killed"


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
    """Rows. ``total`` is the sum of the others; ``withWarnings`` counts landed rows that lost a picture.

    ``total - pending`` never falls, except when failed rows are tried again.
    """

    total: int
    pending: int
    created: int
    updated: int
    unchanged: int
    failed: int
    with_warnings: int


class ImportSync(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sync removes when all its rows have landed; nothing, where one of them failed.

    ``maxRemoved`` is the share of the catalog that it may remove, ``absent`` how many products the file does not have,
    once that is known.
    """

    max_removed: Annotated[float, Meta(ge=0, le=1)]
    absent: int | UnsetType = UNSET
    removed: int


class ImportSelfTestState(StrEnum):
    """How far the self-test after an import is. ``due``: it is begun by itself, once all pictures are described and
    nobody calibrates the catalog; the others are those of self-tests.
    """

    DUE = "due"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportSelfTest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The catalog's newest self-test, begun since an import ended, at ``selfTestUrl`` with all that it found. With
    ``completed``, ``lost`` of ``asked`` products did not find themselves; ``id`` is left out while it is ``due``.
    """

    self_test_url: str
    state: ImportSelfTestState
    id: UUID | UnsetType = UNSET
    asked: int | UnsetType = UNSET
    lost: int | UnsetType = UNSET


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An import and what became of its rows.

    ``counters`` are the first phase: what has landed is found by its looks. ``enrichment`` is the second, of the
    pictures that it added; left out where the service does not use surfaces. ``reading`` likewise, where it does not
    read text. ``failureCode`` says why an import failed as a whole, ``failure`` in a sentence.
    """

    id: UUID
    catalog: CatalogName
    state: ImportState
    mode: ImportMode = ImportMode.MERGE
    counters: ImportCounters
    enrichment: Enrichment | UnsetType = UNSET
    reading: Reading | UnsetType = UNSET
    detected: ImportDetected | UnsetType = UNSET
    sync: ImportSync | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    failure_code: str | UnsetType = UNSET
    created_at: datetime
    started_at: datetime | UnsetType = UNSET
    read_at: datetime | UnsetType = UNSET
    finished_at: datetime | UnsetType = UNSET


class ImportStatus(ImportProgress, frozen=True, kw_only=True, rename="camel"):
    """An import, what became of its rows, and what was wrong with which line. ``selfTest``: in answers of getImport to
    an import that has ended; left out where its catalog was not tested since, and will not be by itself, as no picture
    came or went.
    """

    errors: Annotated[list[RowError], Meta(description=f"The first {IMPORT_ERRORS_SHOWN}, by line")]
    self_test: ImportSelfTest | UnsetType = UNSET


class ImportList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Imports of a catalog, newest first. ``next`` is the cursor of the page after; left out on the last."""

    imports: list[ImportProgress]
    next: str | UnsetType = UNSET

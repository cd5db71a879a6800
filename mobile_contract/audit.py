"""The audit log on the wire."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request that was to change something. ``subject``: who asked, as ``key:ID``, ``device:ID``, ``local`` (this
    machine without a key) or ``command:USER``; ``address``: from where, left out for commands; ``operation``: its id
    in this document; ``target``: the path of what it was about; ``status``: of the answer.
    """

    sequence: int
    at: datetime
    subject: str
    address: str | UnsetType = UNSET
    operation: str
    target: str
    request_id: str
    status: int


class AuditPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Entries, the newest first. ``next`` is the cursor of the page after, left out on the last."""

    entries: list[AuditEntry]
    next: str | UnsetType = UNSET

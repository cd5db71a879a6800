"""The audit log as the wire shows it."""

from collections.abc import Sequence

from msgspec import UNSET

from catalog.models import AuditRow
from mobile_contract.audit import AuditEntry, AuditPage
from service.paging import write_sequence


def present_entries(rows: Sequence[AuditRow], limit: int) -> AuditPage:
    """A page; ``rows``: one more than it holds, where there are more."""
    shown = rows[:limit]
    following = write_sequence(shown[-1].sequence) if len(rows) > limit else UNSET
    return AuditPage(entries=[_entry(row) for row in shown], next=following)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        sequence=row.sequence,
        at=row.created_at,
        subject=row.subject,
        address=row.address or UNSET,
        operation=row.operation,
        target=row.target,
        request_id=row.request_id,
        status=row.status,
    )

"""What commands changed, written down as requests are."""

import getpass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.audit import AuditEntry, add_entry


async def note_command(session: AsyncSession, operation: str, target: str, status: int) -> None:
    """Write down what a command changed, as the operation that does the same over HTTP."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        user = "unknown"
    entry = AuditEntry(
        subject=f"command:{user}",
        address="",
        operation=operation,
        target=target,
        request_id=str(uuid4()),
        status=status,
    )
    await add_entry(session, entry)

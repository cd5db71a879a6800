"""Confirmations as the wire shows them."""

from msgspec import UNSET

from catalog.models import ConfirmationRow
from mobile_contract.confirmations import Confirmation, Outcome


def present_confirmation(row: ConfirmationRow, *, named: bool = False) -> Confirmation:
    """A worker's word; ``named``: with the worker's name."""
    return Confirmation(
        id=row.id,
        lookup_id=row.lookup_id,
        outcome=Outcome(row.outcome),
        part_number=row.part_number or UNSET,
        created_at=row.created_at,
        worker=(row.worker or UNSET) if named else UNSET,
    )

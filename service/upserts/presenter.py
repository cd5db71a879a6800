"""What became of many products, as the wire shows it."""

from collections.abc import Sequence

from catalog.models import ItemState
from mobile_contract.products import Upserted, UpsertError


def present_upserted(states: Sequence[ItemState], errors: Sequence[UpsertError]) -> Upserted:
    """Counts, and the errors in the order of their items."""
    return Upserted(
        created=states.count(ItemState.CREATED),
        updated=states.count(ItemState.UPDATED),
        unchanged=states.count(ItemState.UNCHANGED),
        errors=sorted(errors, key=lambda error: error.index),
    )

"""Removed products as the wire shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import UNSET

from catalog.models import ProductRow
from mobile_contract.products import RemovedProduct, RemovedProductPage
from service.paging import write_place


def present_removed(found: Sequence[ProductRow], limit: int, kept: timedelta) -> RemovedProductPage:
    """The first ``limit`` of these products; that there are more of them says that there is a next page."""
    shown = [(row, row.deleted_at) for row in found[:limit]]
    return RemovedProductPage(
        products=[_removed(row, removed_at, kept) for row, removed_at in shown if removed_at],
        next=write_place(found[limit - 1].part_number) if len(found) > limit else UNSET,
    )


def _removed(row: ProductRow, removed_at: datetime, kept: timedelta) -> RemovedProduct:
    return RemovedProduct(
        part_number=row.part_number, name=row.name, removed_at=removed_at, purged_at=removed_at + kept
    )

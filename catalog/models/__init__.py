"""Tables, a module for each part of the domain; foreign keys name tables, so no module needs another."""

from catalog.models.access import DeviceRow, EnrolmentRow
from catalog.models.base import Base
from catalog.models.catalogs import CalibrationRow, CatalogRow
from catalog.models.galleries import GalleryRow, GalleryState, SpaceRow
from catalog.models.idempotency import IdempotencyRow
from catalog.models.imports import ImportItemRow, ImportJobRow, ImportMode, ItemState, JobState
from catalog.models.lookups import ConfirmationRow, LookupRow
from catalog.models.products import ProductRow, ProductWordsRow, ReferenceRole, ReferenceRow, SurfaceState, TextState
from catalog.models.surfaces import SurfaceChangeRow, SurfaceSignatureRow, TransactionId

__all__ = [
    "Base",
    "CalibrationRow",
    "CatalogRow",
    "ConfirmationRow",
    "DeviceRow",
    "EnrolmentRow",
    "GalleryRow",
    "GalleryState",
    "IdempotencyRow",
    "ImportItemRow",
    "ImportJobRow",
    "ImportMode",
    "ItemState",
    "JobState",
    "LookupRow",
    "ProductRow",
    "ProductWordsRow",
    "ReferenceRole",
    "ReferenceRow",
    "SpaceRow",
    "SurfaceChangeRow",
    "SurfaceSignatureRow",
    "SurfaceState",
    "TextState",
    "TransactionId",
]

"""Tables, a module for each part of the domain; foreign keys name tables, so no module needs another."""

from catalog.models.access import AccessKeyRow, DeviceRow, EnrolmentRow
from catalog.models.audit import AuditRow
from catalog.models.base import Base
from catalog.models.catalogs import CalibrationRow, CatalogRow
from catalog.models.checks import (
    CheckState,
    ImportPreviewRow,
    RehearsalAnswerRow,
    SelfTestItemRow,
    SelfTestRow,
)
from catalog.models.files import UnusedFileRow
from catalog.models.galleries import GalleryRow, GalleryState, SpaceRow
from catalog.models.hands import InHandRow
from catalog.models.idempotency import IdempotencyRow
from catalog.models.imports import ImportItemRow, ImportJobRow, ImportMode, ItemState, JobState
from catalog.models.leases import LeaseRow
from catalog.models.limits import RequestLimitRow, RequestUseRow
from catalog.models.lookups import ConfirmationRow, ErasedPhotoRow, LookupRow
from catalog.models.pictures import UploadedPictureRow
from catalog.models.products import (
    LookState,
    ProductRow,
    ProductWordsRow,
    ReferenceRole,
    ReferenceRow,
    SurfaceState,
    TextState,
)
from catalog.models.surfaces import SurfaceChangeRow, SurfaceSignatureRow, TransactionId

__all__ = [
    "AccessKeyRow",
    "AuditRow",
    "Base",
    "CalibrationRow",
    "CatalogRow",
    "CheckState",
    "ConfirmationRow",
    "DeviceRow",
    "EnrolmentRow",
    "ErasedPhotoRow",
    "GalleryRow",
    "GalleryState",
    "IdempotencyRow",
    "ImportItemRow",
    "ImportJobRow",
    "ImportMode",
    "ImportPreviewRow",
    "InHandRow",
    "ItemState",
    "JobState",
    "LeaseRow",
    "LookState",
    "LookupRow",
    "ProductRow",
    "ProductWordsRow",
    "ReferenceRole",
    "ReferenceRow",
    "RehearsalAnswerRow",
    "RequestLimitRow",
    "RequestUseRow",
    "SelfTestItemRow",
    "SelfTestRow",
    "SpaceRow",
    "SurfaceChangeRow",
    "SurfaceSignatureRow",
    "SurfaceState",
    "TextState",
    "TransactionId",
    "UnusedFileRow",
    "UploadedPictureRow",
]

"""What can go wrong in the domain.

* CatalogError
  * NotFound (CatalogNotFound, ProductNotFound, ReferenceNotFound, LookupNotFound, ImportNotFound,
    ImportPreviewNotFound, SelfTestNotFound, KeyNotFound, DeviceNotFound)
  * CatalogExists
  * ProductExists
  * ReferencesTooMany
  * EnrolmentInvalid
  * ImportStateUnfit
  * UploadGone
  * RemovesTooMany
  * KeysTooMany
  * SpaceMismatch
  * ArchiveInvalid
  * TableInvalid
  * FormatUnsupported
  * ImportPreviewNotReady
"""


class CatalogError(Exception):
    """Root of the domain's errors. The message is fit to be shown to a client."""


class NotFound(CatalogError):
    """Something asked for by name or id is not there."""


class CatalogNotFound(NotFound):
    """No catalog of this name."""


class ProductNotFound(NotFound):
    """No product of this part number in the catalog."""


class ReferenceNotFound(NotFound):
    """No such reference image, or its picture is not in the store."""


class LookupNotFound(NotFound):
    """No such lookup."""


class ImportNotFound(NotFound):
    """No such import in the catalog."""


class KeyNotFound(NotFound):
    """No such key."""


class DeviceNotFound(NotFound):
    """No such device."""


class ImportPreviewNotFound(NotFound):
    """No such preview of an import in the catalog."""


class SelfTestNotFound(NotFound):
    """The catalog has not been tested."""


class CatalogExists(CatalogError):
    """A catalog of this name was there before."""


class ProductExists(CatalogError):
    """The catalog has a product of this part number already."""


class ReferencesTooMany(CatalogError):
    """The product would have more reference images than one may have."""


class EnrolmentInvalid(CatalogError):
    """An enrolment token that is unknown, was used, or is older than it may be."""


class ImportStateUnfit(CatalogError):
    """The import is in a state in which this cannot be done to it."""


class UploadGone(CatalogError):
    """The import's upload is not kept, or no longer."""


class RemovesTooMany(CatalogError):
    """A sync would remove a larger share of the catalog than it may."""


class KeysTooMany(CatalogError):
    """The client would have more live keys than one may have."""


class SpaceMismatch(CatalogError):
    """The catalog's live gallery was embedded in another space than the one asked for."""


class ArchiveInvalid(CatalogError):
    """The uploaded bytes are not a ZIP archive, or one that must not be unpacked."""


class TableInvalid(CatalogError):
    """The product table as a whole cannot be read: absent, empty, without the needed columns."""


class FormatUnsupported(CatalogError):
    """The uploaded bytes are something else than a table or a ZIP, such as a spreadsheet."""


class ImportPreviewNotReady(CatalogError):
    """The preview of an import is not completed, so that it cannot be applied."""

"""Editing products and their pictures, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import ProductFacts, ReferenceImage
from mobile_contract.facets import Facet
from mobile_contract.limits import (
    CATEGORY_CHARACTERS,
    DESCRIPTION_CHARACTERS,
    METADATA_KEY_CHARACTERS,
    METADATA_KEYS_MAX,
    METADATA_VALUE_CHARACTERS,
    NAME_CHARACTERS,
    NOTICES_MAX,
    PART_NUMBER_CHARACTERS,
)
from mobile_contract.notices import SafetyNotice


def _text(most: int, *examples: str) -> Meta:
    """Something legible of at most so many characters."""
    return Meta(pattern=r"\S", min_length=1, max_length=most, examples=list(examples) or None)


Name = Annotated[str, _text(NAME_CHARACTERS, "Gear pump 12 V")]
PartNumber = Annotated[str, _text(PART_NUMBER_CHARACTERS, "P-7")]
Description = Annotated[str, _text(DESCRIPTION_CHARACTERS)]
Category = Annotated[str, _text(CATEGORY_CHARACTERS, "pumps")]
MetadataKey = Annotated[str, _text(METADATA_KEY_CHARACTERS)]
MetadataValue = Annotated[str, _text(METADATA_VALUE_CHARACTERS)]
Notices = Annotated[list[SafetyNotice], Meta(max_length=NOTICES_MAX)]


class ProductContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """All that is said of a product but its pictures: what is left out is empty from then on. Blanks around texts are
    cut off.
    """

    name: Name
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    superseded_by: PartNumber | UnsetType = UNSET
    metadata: Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=METADATA_KEYS_MAX)] = {}
    notices: Notices = []


class ProductChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to be different from now on; what is left out stays. Empty texts and lists leave nothing where they
    stand; keys of ``metadata`` are changed one by one, and one with an empty text goes.
    """

    name: Name | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=DESCRIPTION_CHARACTERS)] | UnsetType = UNSET
    category: Annotated[str, Meta(max_length=CATEGORY_CHARACTERS)] | UnsetType = UNSET
    superseded_by: Annotated[str, Meta(max_length=PART_NUMBER_CHARACTERS)] | UnsetType = UNSET
    metadata: Annotated[
        dict[MetadataKey, Annotated[str, Meta(max_length=METADATA_VALUE_CHARACTERS)]],
        Meta(max_length=METADATA_KEYS_MAX),
    ] = {}
    notices: Notices | UnsetType = UNSET


class UpsertProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A product to be created or updated, as a row of an import would: what is left out is empty from then on, but for
    pictures and ``notices``, which stay.
    """

    part_number: PartNumber
    name: Name
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    superseded_by: PartNumber | UnsetType = UNSET
    metadata: Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=METADATA_KEYS_MAX)] = {}
    notices: Notices | UnsetType = UNSET


class UpsertError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is wrong with the item at ``index``, from 0. ``code``: ``item_invalid`` where it is not of the documented
    form, ``part_number_repeated`` where an item before has its part number, ``item_refused`` where it holds what cannot
    be stored. ``column``: the field, where it is one.
    """

    index: int
    code: str
    column: str | UnsetType = UNSET
    message: str


class Upserted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of the items: how many products were created, updated, or as they are now before; and the errors,
    by index. The sum of all four is the number of items.
    """

    created: int
    updated: int
    unchanged: int
    errors: list[UpsertError]


class ListedProduct(ProductFacts, frozen=True, kw_only=True, rename="camel"):
    """A product in a list. ``referenceImages``: how many it has; ``referenceImage``: that which stands for it, left out
    where it has none, so that no photo finds it.
    """

    reference_images: int
    reference_image: ReferenceImage | UnsetType = UNSET
    created_at: datetime
    updated_at: datetime


class ProductPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some products of a catalog, by part number. ``next`` is the cursor of those after them; left out where there are
    none. ``facets``: of all products that pass the conditions, where they were asked for.
    """

    products: list[ListedProduct]
    next: str | UnsetType = UNSET
    facets: list[Facet] | UnsetType = UNSET


class RemovedProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that was removed. ``purgedAt``: from then on it cannot be restored."""

    part_number: str
    name: str
    removed_at: datetime
    purged_at: datetime


class RemovedProductPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some of a catalog's removed products, by part number. ``next``: the cursor of those after them, where there are
    any.
    """

    products: list[RemovedProduct]
    next: str | UnsetType = UNSET


class Picture(ReferenceImage, frozen=True, kw_only=True, rename="camel"):
    """A reference image with what is known of it. ``byteCount`` and ``mediaType``: of the file behind ``imageUrl``.
    ``importId``: the import that brought it. ``surface``: ``pending``, ``enriched`` or ``failed``; ``text``:
    ``pending``, ``read`` or ``failed``.
    """

    part_number: str
    byte_count: int
    media_type: str
    created_at: datetime
    import_id: UUID | UnsetType = UNSET
    surface: str
    text: str


class PictureList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product's pictures, that which stands for it first."""

    pictures: list[Picture]


class PicturePlace(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where a picture is to stand among those of its product, from 0; beyond the last one, it becomes the last."""

    place: Annotated[int, Meta(ge=0, le=1_000)]

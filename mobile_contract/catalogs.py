"""Catalogs, products and reference images on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import (
    CATALOG_NAME_PATTERN,
    CATEGORY_CHARACTERS,
    DESCRIPTION_CHARACTERS,
    METADATA_KEY_CHARACTERS,
    METADATA_KEYS_MAX,
    METADATA_VALUE_CHARACTERS,
    NAME_CHARACTERS,
    PART_NUMBER_CHARACTERS,
)
from mobile_contract.notices import SafetyNotice, Successor

CatalogName = Annotated[
    str,
    Meta(
        pattern=CATALOG_NAME_PATTERN, description="Lower-case letters, digits and dashes", examples=["standard-parts"]
    ),
]


class NewCatalog(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A catalog to be made."""

    name: CatalogName
    title: Annotated[str, Meta(max_length=NAME_CHARACTERS)] = ""


class Space(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The embedding space that scores were measured in. Scores of two spaces must not be compared."""

    bundle: str
    identity: str
    dimension: int
    preprocessing_revision: int


class Enrichment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reference images whose surface (local features) is described in the background; ``total`` is their sum.

    Pending ones are found by the model already. Failed ones could not be described: they are found by the model alone.
    """

    total: int
    pending: int
    enriched: int
    failed: int


class Reading(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reference images whose text is read in the background, after their surface is described; ``total`` is their sum.

    Until one is read, what is read in a photo counts for or against its product less. Failed ones could not be read.
    """

    total: int
    pending: int
    read: int
    failed: int


class Catalog(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A catalog and what it holds. ``enrichment`` is left out where the service does not use surfaces, ``reading``
    where it does not read text.
    """

    name: CatalogName
    title: str
    created_at: datetime
    products: int
    reference_images: int
    enrichment: Enrichment | UnsetType = UNSET
    reading: Reading | UnsetType = UNSET
    space: Space


class CatalogList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All catalogs, by name."""

    catalogs: list[Catalog]


class ReferenceImage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that a product is known by. ``image_url`` is relative to the service and never changes its bytes."""

    id: UUID
    image_url: str
    width: int
    height: int
    role: str


class ProductFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every answer says of a product. Fields without a value are left out.

    ``successor``: where ``supersededBy`` leads in the end. ``notices``: safety notices; in candidates and lists those
    that hold on the day of the answer, the gravest first.
    """

    part_number: str
    name: str
    metadata: dict[str, str]
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    superseded_by: str | UnsetType = UNSET
    successor: Successor | UnsetType = UNSET
    notices: list[SafetyNotice] | UnsetType = UNSET


class Product(ProductFacts, frozen=True, kw_only=True, rename="camel"):
    """A product of a catalog. Fields without a value are left out. ``notices`` are all, also those of other days.
    ``referenceImages``: that which stands for the product first.
    """

    reference_images: list[ReferenceImage]
    created_at: datetime
    updated_at: datetime


def _text(most: int, *examples: str) -> Meta:
    """Something legible of at most so many characters."""
    return Meta(pattern=r"\S", min_length=1, max_length=most, examples=list(examples) or None)


class NewProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A product that is taught by photos of it. Blanks around texts are cut off."""

    part_number: Annotated[str, _text(PART_NUMBER_CHARACTERS, "DESK-1")]
    name: Annotated[str, _text(NAME_CHARACTERS, "Stapler")]
    description: Annotated[str, _text(DESCRIPTION_CHARACTERS)] | UnsetType = UNSET
    category: Annotated[str, _text(CATEGORY_CHARACTERS)] | UnsetType = UNSET
    metadata: Annotated[
        dict[
            Annotated[str, _text(METADATA_KEY_CHARACTERS)],
            Annotated[str, _text(METADATA_VALUE_CHARACTERS)],
        ],
        Meta(max_length=METADATA_KEYS_MAX),
    ] = {}

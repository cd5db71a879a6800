"""Photos on the wire: what was seen of them, places in them, and which one to take next."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import ReferenceImage
from mobile_contract.limits import REGION_SHARE_MIN
from mobile_contract.scale import Point, Scale


class Region(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A box in the upright photo, in fractions of its width and height: its upper left corner and its size. It lies
    within the photo.
    """

    x: Annotated[float, Meta(ge=0, le=1)]
    y: Annotated[float, Meta(ge=0, le=1)]
    width: Annotated[float, Meta(ge=REGION_SHARE_MIN, le=1)]
    height: Annotated[float, Meta(ge=REGION_SHARE_MIN, le=1)]


class ReadCode(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bar or matrix code in the photo, whether or not it names a product: its ``text`` as people read it, its
    ``format`` ("EAN-13", "QR Code"), and its four corners, clockwise from its own upper left.
    """

    text: str
    format: str
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)]


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of text read in the photo, with the reader's ``confidence``, 0..1, and its four corners, clockwise from
    its own upper left.
    """

    text: str
    confidence: float
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)]


class PhotoFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was seen of the photo itself. ``sha256`` lets a client make sure that the answer is about its photo.

    ``advice``: what is wrong with it: ``too_dark``, ``blurred``, ``too_small`` (in pixels), ``too_far`` (the object is
    small in it, told where it lies on an even ground); more codes may come.
    ``region``: the part of it that was looked at, and that ``advice`` is about; left out where that is all of it.
    ``focused``: true where the service chose it (``focus``), and left out otherwise: the same photo (``photoOf``) can
    be asked without. ``codes``: bar and matrix codes in it, ``lines``: text that was read in it; left out where there
    are none.
    ``scale``: the printed scale card in it and the size of the part beside that; left out where no card is seen.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: list[str]
    region: Region | UnsetType = UNSET
    focused: bool | UnsetType = UNSET
    codes: list[ReadCode] | UnsetType = UNSET
    lines: list[Line] | UnsetType = UNSET
    scale: Scale | UnsetType = UNSET


class Way(StrEnum):
    """How the next photo is to differ from the last one: not blurred, with more light, with the part larger in it, or
    of another side.
    """

    SHARPER = "sharper"
    LIGHTER = "lighter"
    CLOSER = "closer"
    VIEW = "view"


class NextPhoto(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The photo to add to the others, as a second one of the object, where they leave the verdict open.

    For a ``view``, ``referenceImage`` is to be imitated with the part in hand; it is of the product ``partNumber``,
    which need not be the part. ``gain``: by how much the photo may be expected to raise the probability of the first
    candidate, 0..1, reckoned from how the candidates' pictures differ.
    """

    way: Way
    reference_image: ReferenceImage | UnsetType = UNSET
    part_number: str | UnsetType = UNSET
    gain: float | UnsetType = UNSET

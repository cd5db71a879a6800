"""The scale card on the wire: the card in a photo, the part's size beside it, and candidates' sizes in comparison."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType


class Point(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A place in the upright photo, in fractions of its width and height; outside 0..1 where it is beyond the edge."""

    x: float
    y: float


class Measured(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The part beside the card: the sides of the narrowest rectangle around what is seen of it, in millimetres as on
    the card's plane. What stands up from that plane looks larger than it is; ``error``: share by which both may be off
    (one standard deviation), that included. ``outline``: around the part, convex.
    """

    length: float
    breadth: float
    error: float
    outline: list[Point]


class Scale(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A printed scale card in the photo. ``card``: ``card`` (pocket size) or ``a4``; ``markers``: how many of its four
    are seen; ``outline``: its corners, clockwise from its own upper left; ``millimetresPerPixel`` of the original at
    its middle; ``error``: share by which lengths on its plane may be off (one standard deviation), larger where fewer
    markers are seen. ``measured`` is left out where no part is made out beside it.
    """

    card: str
    markers: Annotated[int, Meta(ge=1, le=4)]
    millimetres_per_pixel: float
    error: float
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)]
    measured: Measured | UnsetType = UNSET


class Size(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A candidate's size beside the part's, in millimetres: the ``measured`` length, as it is seen, and the
    ``expected`` one, nearest to it, of a thing as large as the candidate; ``distance`` between both in length and
    breadth, in standard deviations: up to 1.5 it fits, from 2.5 on it is another size.
    """

    measured: float
    expected: float
    distance: float

"""The ways by which candidates are found and checked."""

from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """One way.

    * ``image``: CLIP's vector of the whole picture proposes candidates.
    * ``surface``: local features, matched by visual words, propose candidates.
    * ``geometry``: local features of the query and of a candidate are checked to move together.
    * ``text``: what was typed, by CLIP's vector of it and by full-text search.
    * ``barcode``: bar and matrix codes in the photo name products.
    * ``reading``: text on the object, where the others leave the verdict open.
    * ``size``: the part's size, measured by a printed scale card beside it, tells candidates apart that look alike.
    """

    IMAGE = "image"
    SURFACE = "surface"
    GEOMETRY = "geometry"
    TEXT = "text"
    BARCODE = "barcode"
    READING = "reading"
    SIZE = "size"


ALL: Final = frozenset(Channel)
"""What a lookup uses."""

"""What can be said of a photo short of one product, on the wire: labels, coarse answers, what tells candidates apart,
and tags.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import LABELS_CHARACTERS, LABELS_PATTERN

LabelsBy = Annotated[
    str,
    Meta(
        pattern=LABELS_PATTERN,
        max_length=LABELS_CHARACTERS,
        description="product, category, or metadata: and a key",
        examples=["product", "metadata:standard"],
    ),
]


class Label(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part number or a field's value, and the probability that the photo shows what bears it, 0..1."""

    label: str
    probability: float


class Labels(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The most probable labels, as asked by the option ``labels``, which ``by`` repeats. They rest on what the
    photos look like, whatever a hint or a code in them says.

    ``nearest``: the most probable first. Their probabilities and ``somethingElse``, that of none of all candidates'
    labels, sum to 1 at most: there may be more labels than are shown. ``basis`` says what probabilities were fitted on.
    """

    by: LabelsBy
    nearest: list[Label]
    something_else: float
    basis: str


class Certain(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that holds for what the photo shows, and its probability, 0..1.

    ``field``: ``category`` (``value``: a category, or the upper levels of one, up to a ``/``), ``partNumber``
    (``value``: what the part number begins with: ``ISO 4762``), or ``metadata:`` and a key.
    """

    field: str
    value: str
    probability: float


class Coarse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What can be said where the exact product is uncertain: "ISO 4762, size not certain".

    ``probability``: that all that is ``certain`` holds; at least 0.9. ``uncertain``: fields, written as in ``certain``,
    in which the leading candidates differ; empty where they differ in their part numbers only. ``basis`` says what
    probabilities were fitted on.
    """

    probability: float
    certain: list[Certain]
    uncertain: list[str]
    basis: str


class FieldValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A ``value``, left out where the catalog does not say, and the part numbers of the candidates that have it."""

    value: str | UnsetType = UNSET
    part_numbers: list[str]


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A ``field``, ``category`` or ``metadata:`` and a key, in which candidates differ, and their ``values``."""

    field: str
    values: list[FieldValue]


class TagProbability(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A tag of the catalog's list, and its probability among them, 0..1: the whole list's sum to 1 at most."""

    tag: str
    probability: float

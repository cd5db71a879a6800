"""A catalog as a classifier: labels, which products bear, with their probabilities."""

from dataclasses import dataclass
from math import fsum
from typing import Final

from catalog.search.candidates import ProductHit
from service.recognition.verdict.likelihood import Likelihood
from service.recognition.verdict.statements import CATEGORY, METADATA

PRODUCT: Final = "product"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A part number or a field's value, and the probability that the photo shows what bears it, 0..1."""

    label: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The most probable labels, and the probability that none of all candidates' labels is right. All labels' and this
    sum to 1, so that those listed sum to less.
    """

    nearest: tuple[Label, ...]
    something_else: float


def labelled(found: Likelihood, by: str, most: int) -> Labelled:
    """Labels by ``product``, ``category`` or ``metadata:`` and a key, at most so many.

    Each product is a label of its own; of a field, products that bear a value add up, and the photo of a product that
    the catalog does not hold may still show what bears the value.
    """
    sums: dict[str, list[float]] = {}
    for one in found.products:
        label = label_of(one.product, by)
        if label is not None:
            sums.setdefault(label, []).append(one.exact if by == PRODUCT else one.kind)
    labels = [Label(label=label, probability=fsum(shares)) for label, shares in sums.items()]
    labels.sort(key=lambda one: (-one.probability, one.label))
    rest = 1.0 - fsum(one.probability for one in labels)
    return Labelled(nearest=tuple(labels[:most]), something_else=max(rest, 0.0))


def label_of(product: ProductHit, by: str) -> str | None:
    """What a product bears; None where it has no such field."""
    if by == PRODUCT:
        return product.part_number
    if by == CATEGORY:
        return product.category
    return product.attributes.get(by.removeprefix(METADATA))

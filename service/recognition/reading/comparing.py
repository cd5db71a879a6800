"""How far the text on an object speaks for each of some products.

Words are weighed by how few of the products compared bear them: what all bear says nothing, what one alone bears says
all. What is read and a product does not bear counts against it, up to a bound, because all around the object is read
too: where the brand is right and the flavour is on no candidate, the object is mostly another one. A product whose
pictures have not been read yet may bear any word, so that nothing is held against it.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.recognition.reading.likeness import likenesses
from service.recognition.reading.words import Word

DISTINCTIVE: Final = 0.5
"""Of a word's rarity, 0..1, from which on it tells products apart: among twenty, four or fewer bear it."""

HALF: Final = 1.0
"""Weight of words that scores 0.5 where nothing else is read: one of six characters that no other product bears."""

MOST_AGAINST: Final = 2.0
"""Weight of words not borne that counts: two of six characters. The bounds were chosen on training photos of packages,
by the likelihood of the right one and by how high others score where it is left out."""

SHOWN: Final = 8
"""Words of a product that an answer tells."""

Product = TypeVar("Product", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """A product's words. ``unread``: some of its pictures are not read yet."""

    words: frozenset[str]
    unread: bool = False


@dataclass(frozen=True, kw_only=True)
class Read:
    """What the text in photos says of a product. ``score``: 0 where nothing speaks for it, towards 1; ``words``: those
    that do, the most telling first; ``distinctive``: how many of them few other candidates bear.
    """

    score: float = 0.0
    words: tuple[str, ...] = ()
    distinctive: int = 0


def compare(words: Sequence[Word], bearers: Mapping[Product, Bearer]) -> dict[Product, Read]:
    """What the words of photos say of each of these products."""
    if not words or not bearers:
        return {product: Read() for product in bearers}
    borne = _borne(words, list(bearers.values()))
    weight = np.array([word.weight for word in words])
    unread = np.array([bearer.unread for bearer in bearers.values()])
    rarity = _rarity(borne, unread)
    worth = borne * (weight * rarity)[:, None]
    against = np.minimum(weight @ (1 - borne), MOST_AGAINST)
    against = np.where(unread, against.min(), against)
    return {product: _read(words, worth[:, place], rarity, against[place]) for place, product in enumerate(bearers)}


def _borne(words: Sequence[Word], bearers: Sequence[Bearer]) -> NDArray[np.float64]:
    """``float64[words, bearers]``: how like a word the likest of each bearer's is."""
    vocabulary = sorted(frozenset().union(*(bearer.words for bearer in bearers)))
    if not vocabulary:
        return np.zeros((len(words), len(bearers)))
    forms = [form for word in words for form in word.forms]
    starts = np.cumsum([0, *(len(word.forms) for word in words[:-1])])
    best = np.maximum.reduceat(likenesses(forms, vocabulary), starts, axis=0)
    columns = {word: place for place, word in enumerate(vocabulary)}
    own = [[columns[word] for word in bearer.words] for bearer in bearers]
    return np.column_stack([best[:, some].max(axis=1, initial=0.0) for some in own])


def _rarity(borne: NDArray[np.float64], unread: NDArray[np.bool_]) -> NDArray[np.float64]:
    """``float64[words]``: 1 for one that a single product bears, 0 for one that all bear or may bear."""
    count = borne.shape[1]
    if count == 1:
        return np.ones(len(borne))
    bearing = np.where(unread, np.maximum(borne, 1.0), borne).sum(axis=1)
    rarity: NDArray[np.float64] = np.log(count / np.maximum(bearing, 1.0)) / math.log(count)
    return rarity


def _read(words: Sequence[Word], worth: NDArray[np.float64], rarity: NDArray[np.float64], against: float) -> Read:
    order = [place for place in np.argsort(-worth, kind="stable").tolist() if worth[place] > 0]
    total = float(worth.sum())
    return Read(
        score=total / (total + HALF + float(against)),
        words=tuple(words[place].shown for place in order[:SHOWN]),
        distinctive=sum(bool(rarity[place] >= DISTINCTIVE) for place in order),
    )

"""From text as it was read, or as a catalog has it, to words that can be compared.

Folded as full-text search folds in SQL (migration 0004): no case, no accents, no dashes, ``8 x 40`` is ``8x40``. Beside
each word stand it and its neighbours written as one: what is read and what is printed are split at other places.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from service.recognition.reading.likeness import canonical
from service.recognition.reading.port import Line

LEAST_CHARACTERS: Final = 2
"""Of a word: one character alone is read out of any texture."""

FULL_CHARACTERS: Final = 6
MOST_CHARACTERS: Final = 12
"""A word of six characters says as much as a word can that is one of many; from twelve on, twice that."""

MOST_WORDS: Final = 60
"""Different ones of a lookup's photos, those that say most."""

MOST_OF_PRODUCT: Final = 600
"""Words of a product: of its names, then of its pictures."""

# Letters that Unicode does not decompose, as in migration 0004.
_LETTERS: Final = str.maketrans(
    {
        **dict(zip("øłđðħŋŧı", "olddhnti", strict=True)),
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ß": "ss",
        "ς": "σ",
        "×": "x",
        "™": " ",
        "℠": " ",
    }
)
_DROPPED: Final = re.compile("[\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")
_DIMENSION: Final = re.compile(r"(?<=\d)[\W_]*x[\W_]*(?=\d)")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a photo. ``text``: folded; ``forms``: it and what it makes with a neighbour; ``shown``: as it was read;
    ``weight``: confidence by length, 0..2.
    """

    text: str
    forms: tuple[str, ...]
    shown: str
    weight: float


def folded(text: str) -> list[str]:
    """The words of a text, in order."""
    return [part for chunk in _chunks(text) for part in chunk]


def _chunks(text: str) -> list[list[str]]:
    """Of what stands between blanks, the words."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS)).lower().translate(_LETTERS)
    plain = _DIMENSION.sub("x", _DROPPED.sub("", decomposed))
    return [parts for chunk in plain.split() if (parts := _WORD.findall(chunk))]


def words_of_lines(lines: Iterable[Line]) -> list[Word]:
    """The words of a lookup's photos: each once, as it was read best."""
    best: dict[str, Word] = {}
    for line in lines:
        for word in _words(line):
            known = best.get(canonical(word.text))
            if known is None:
                best[canonical(word.text)] = word
            else:
                better = max(known, word, key=lambda one: one.weight)
                forms = tuple(dict.fromkeys((*known.forms, *word.forms)))
                best[canonical(word.text)] = Word(
                    text=better.text, forms=forms, shown=better.shown, weight=better.weight
                )
    return sorted(best.values(), key=lambda word: -word.weight)[:MOST_WORDS]


def words_of_product(texts: Iterable[str]) -> frozenset[str]:
    """All words of these texts, each two neighbours as one, and what dashes join."""
    known: dict[str, None] = {}
    for text in texts:
        for line in text.splitlines():
            chunks = _chunks(line)
            parts = [part for chunk in chunks for part in chunk]
            known |= dict.fromkeys((*parts, *map("".join, pairwise(parts)), *map("".join, chunks)))
    return frozenset([word for word in known if len(word) >= LEAST_CHARACTERS][:MOST_OF_PRODUCT])


def _words(line: Line) -> Iterator[Word]:
    shown, chunks = _WORD.findall(line.text), _chunks(line.text)
    parts = [part for chunk in chunks for part in chunk]
    # Where folding has joined what stood apart, only the folded form can be shown.
    as_read = shown if len(shown) == len(parts) else parts
    for place, part in enumerate(parts):
        joined = ("".join(parts[start : start + 2]) for start in (place - 1, place) if 0 <= start < len(parts) - 1)
        forms = (part, *joined)
        if max(map(len, forms)) >= LEAST_CHARACTERS:
            yield _word(part, forms, as_read[place], line.confidence)
    for chunk in chunks:
        # A number in several parts says more than its parts, which others share.
        if len(chunk) > 1 and any(character.isdigit() for part in chunk for character in part):
            whole = "".join(chunk)
            yield _word(whole, (whole,), "-".join(chunk), line.confidence)


def _word(text: str, forms: tuple[str, ...], shown: str, confidence: float) -> Word:
    length = min(len(text), MOST_CHARACTERS) / FULL_CHARACTERS
    return Word(text=text, forms=forms, shown=shown, weight=confidence * length)

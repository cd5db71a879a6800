"""Captions from what is true of a part, and which parts a caption is true of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

Statements = Mapping[str, Sequence[str]]
PREFIXES = ("", "", "a ", "a photo of a ", "one ")


@dataclass(frozen=True)
class Caption:
    """A text and what it claims, as (aspect, word)."""

    text: str
    claims: frozenset[tuple[str, str]]

    def holds_for(self, statements: Statements) -> bool:
        """Whether every claim is true of a part."""
        return all(word in statements[aspect] for aspect, word in self.claims)


def caption(statements: Statements, random: Random) -> Caption:
    """A true caption: a noun, mostly with a colour or material, at times with a detail."""
    thing = random.choice(("noun", "noun", "kind"))
    claims = [(thing, random.choice(statements[thing]))]
    before = []
    for aspect, share in (("colour", 0.55), ("material", 0.5)):
        if random.random() < share:
            claims.append((aspect, random.choice(statements[aspect])))
            before.append(claims[-1][1])
    text = " ".join([*before, claims[0][1]])
    if statements["detail"] and random.random() < 0.35:
        claims.append(("detail", random.choice(statements["detail"])))
        text += (" " if claims[-1][1].startswith("with ") else " with ") + claims[-1][1]
    return Caption(random.choice(PREFIXES) + text, frozenset(claims))

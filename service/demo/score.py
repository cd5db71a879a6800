"""How often the right product came first, or among the first five, and what the verdicts were worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_contract.lookups import Lookup, Verdict

FIRST = 5


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A field photo's truth (None: in no catalog), its answer, and the milliseconds that a phone waited.

    ``twin``: another product differs from the true one in scale alone, so that no photo tells them apart.
    """

    truth: str | None
    twin: bool = False
    answer: Lookup
    milliseconds: float

    @property
    def rank(self) -> int | None:
        """Where the right product stands, from 1."""
        found = [c.rank for c in self.answer.candidates if c.part_number == self.truth]
        return found[0] if found else None


@dataclass(frozen=True, kw_only=True)
class Score:
    """Shares of photos, 0..1; None of none. ``top1``, ``top5``: of products without a twin; ``twins_top1``,
    ``twins_top5``: of those with one. ``wrong_matches``: of all calls "match" on catalog parts, those that are wrong.
    """

    photos: int
    products: int
    top1: float | None
    top5: float | None
    twins_top1: float | None
    twins_top5: float | None
    median_milliseconds: float
    matches: int
    wrong_matches: int
    strangers: int
    strangers_matched: int
    strangers_refused: int


def score(answered: Sequence[Answered]) -> Score:
    """Sum up. At least one photo of a catalog part is needed."""
    known = [one for one in answered if one.truth is not None]
    strangers = [one for one in answered if one.truth is None]
    single, twins = ([one for one in known if one.twin is twin] for twin in (False, True))
    matches = [one for one in known if one.answer.verdict is Verdict.MATCH]
    times = sorted(one.milliseconds for one in answered)
    return Score(
        photos=len(known),
        products=len({one.truth for one in known}),
        top1=_found(single, 1),
        top5=_found(single, FIRST),
        twins_top1=_found(twins, 1),
        twins_top5=_found(twins, FIRST),
        median_milliseconds=times[len(times) // 2],
        matches=len(matches),
        wrong_matches=sum(one.rank != 1 for one in matches),
        strangers=len(strangers),
        strangers_matched=sum(one.answer.verdict is Verdict.MATCH for one in strangers),
        strangers_refused=sum(one.answer.verdict is Verdict.NO_MATCH for one in strangers),
    )


def _found(answered: Sequence[Answered], most: int) -> float | None:
    if not answered:
        return None
    return sum(one.rank is not None and one.rank <= most for one in answered) / len(answered)

"""When to ask again, and how long to wait before."""

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from mobile_contract.problems import KINDS, Problem, is_final

_MAY_PASS: Final = {code for code, kind in KINDS.items() if kind.retry_after is not None}


@dataclass(frozen=True, kw_only=True)
class Retries:
    """``tries`` of one call at most, ``deadline`` seconds for all of them and the pauses between; ``first`` and
    ``most``: seconds of the first and of the longest pause, which doubles and is cut by chance by up to a half.
    """

    tries: int = 6
    deadline: float = 90.0
    first: float = 0.5
    most: float = 15.0

    def pause(self, tries: int, least: float | None, chance: float) -> float:
        """Seconds to wait after so many tries. ``least``: the service's ``Retry-After``; ``chance``: 0..1."""
        backoff = min(self.most, self.first * 2.0 ** (tries - 1))
        if least is not None:
            return least + backoff * chance / 2  # those who were told the same moment shall not come at once
        return backoff * (1 - chance / 2)


def is_transient(status: int, problem: Problem | None) -> bool:
    """Whether the same request may go well later: 408, 425, 429, 5xx, and the problems that the contract says pass."""
    return not is_final(status) or (problem is not None and problem.code in _MAY_PASS)


def retry_after_seconds(text: str | None, now: float) -> float | None:
    """Seconds of a ``Retry-After``, which are a number or an HTTP date; None where there is none that can be read."""
    if text is None:
        return None
    try:
        seconds = float(text) if text.strip().isdigit() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None

"""How often one may try to enrol. Tokens cannot be guessed; this keeps those who try from being a burden."""

import time
from collections import Counter
from typing import Final

from mobile_contract.problems import Code
from service.problems import Refused

MOST: Final = 20
SECONDS: Final = 60


class Attempts:
    """Attempts of each address, counted anew every minute, in this process."""

    def __init__(self) -> None:
        """None yet."""
        self._since = time.monotonic()
        self._of: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Count one.

        Raises:
            Refused: there were twenty within the minute.

        """
        if time.monotonic() - self._since > SECONDS:
            self._since = time.monotonic()
            self._of.clear()
        self._of[address] += 1
        if self._of[address] > MOST:
            raise Refused(Code.TOO_MANY_ATTEMPTS, "too many attempts to enrol from this address; wait a minute")

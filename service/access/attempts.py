"""Guesses: what an address presents that is no good key, token or enrolment code.

None can be guessed: each holds 256 random bits. This keeps those who try from being a burden. Of an address, or of the
/64 network of an IPv6 one, twenty failures are answered as such in a minute, by each process; what else fails in that
minute is refused with 429, and is nothing that the database is asked about: what is mistyped is told by its checksum,
always, and anything else by what live keys, tokens and codes there are, which the process then knows by heart
(:mod:`service.access.live`).

It locks nobody out. Only failures are counted, so that many phones behind one address ask as much as they like. What is
good is let in all the same, whatever its neighbours do: a guesser behind the same router, or the same proxy that names
nobody, cannot stop it. For the same reason nothing is counted for a key by its id, which others may know. And a minute
later who uses a key that has expired is told so again.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from catalog.errors import EnrolmentInvalid
from mobile_contract.problems import Code
from service.refused import Refused

MOST: Final = 20
SECONDS: Final = 60
GUESSES: Final = frozenset({Code.DEVICE_TOKEN_INVALID, Code.KEY_INVALID, Code.KEY_EXPIRED})
NETWORK: Final = 64
"""Bits of an IPv6 address that say whose it is; the rest its owner chooses."""


class Attempts:
    """Failures of each address, counted anew every minute, in this process."""

    def __init__(self) -> None:
        """None yet."""
        self._since = time.monotonic()
        self._of: Counter[str] = Counter()

    def exhausted(self, address: str) -> bool:
        """Whether the address has failed twenty times within the minute."""
        if time.monotonic() - self._since > SECONDS:
            self._since = time.monotonic()
            self._of.clear()
        return self._of[_owner(address)] >= MOST

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """What is refused in the block as no good key, token or code counts.

        Raises:
            Refused: so it was, and there had been twenty within the minute.

        """
        try:
            yield
        except (Refused, EnrolmentInvalid) as error:
            if isinstance(error, Refused) and error.code not in GUESSES:
                raise
            if self.exhausted(address):
                wait = max(1, round(self._since + SECONDS - time.monotonic()))
                message = "too many keys, tokens or codes from this address that are none; wait a minute"
                raise Refused(Code.TOO_MANY_ATTEMPTS, message, retry_after=wait) from error
            self._of[_owner(address)] += 1
            raise


def _owner(address: str) -> str:
    """Whom failures are counted for. ``address`` may be ``unknown``."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((read, NETWORK), strict=False)) if isinstance(read, IPv6Address) else address

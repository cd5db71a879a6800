"""Keys as they are made: over HTTP and by the command."""

from typing import NamedTuple

from catalog.keys import MadeKey
from service.access.pepper import Pepper
from service.access.tokens import keyed_hash, new_key, public_id


class FreshKey(NamedTuple):
    """A key, which is shown once, and what is stored of it."""

    text: str
    stored: MadeKey


def make_key(pepper: Pepper) -> FreshKey:
    """A key that nobody had before."""
    text = new_key()
    stored = MadeKey(public_id=public_id(text) or "", key_hash=keyed_hash(text, pepper.secret), pepper=pepper.name)
    return FreshKey(text, stored)

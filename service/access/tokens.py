"""Tokens of devices and of enrolments, and keys: made, told apart, and hashed.

A token is a prefix that says what it is for, 43 random letters and digits (256 bits), and six that are a checksum of
all before them, so that a mistyped one is told without asking the database. A key has twelve more after its prefix, by
which people and the database know which it is.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from enum import StrEnum
from typing import Final

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM: Final = 43
CHECKSUM: Final = 6
PUBLIC: Final = 12
KEY_FORM: Final = re.compile(rf"pck_([0-9A-Za-z]{{{PUBLIC}}})_[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")


class Purpose(StrEnum):
    """What a token is for; its first letters."""

    DEVICE = "pcd_"
    ENROLMENT = "pce_"
    KEY = "pck_"


def new_token(purpose: Purpose) -> str:
    """A token that nobody had before."""
    begun = purpose + _random(RANDOM)
    return begun + checksum(begun)


def new_key() -> str:
    """A key that nobody had before."""
    begun = f"{Purpose.KEY}{_random(PUBLIC)}_{_random(RANDOM)}"
    return begun + checksum(begun)


def public_id(key: str) -> str | None:
    """Which key it is; None where the text can be no key: mistyped, cut and other ones."""
    found = KEY_FORM.fullmatch(key)
    return found[1] if found and key[-CHECKSUM:] == checksum(key[:-CHECKSUM]) else None


def shown_prefix(public: str) -> str:
    """How a key begins that has this public id."""
    return f"{Purpose.KEY}{public}"


def is_token(text: str, purpose: Purpose) -> bool:
    """Whether the text can be such a token: mistyped, cut and other ones are not."""
    begun, ending = text[:-CHECKSUM], text[-CHECKSUM:]
    right_length = len(text) == len(purpose) + RANDOM + CHECKSUM
    return right_length and text.isascii() and text.startswith(purpose) and ending == checksum(begun)


def hash_of(token: str) -> bytes:
    """SHA-256: what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(key: str, pepper: bytes) -> bytes:
    """HMAC-SHA-256: what is stored of a key. Who has the database alone cannot even tell whether a key is right."""
    return hmac.digest(pepper, key.encode(), "sha256")


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def checksum(begun: str) -> str:
    """The six letters that follow. Anybody can work them out: they are against slips, and keep nobody out."""
    number, digits = zlib.crc32(begun.encode()), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits

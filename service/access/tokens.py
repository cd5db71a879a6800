"""Tokens of devices and of enrolments: made, told apart, and hashed.

A token is a prefix that says what it is for, 43 random letters and digits (256 bits), and six that are a checksum of
all before them, so that a mistyped one is told without asking the database.
"""

import hashlib
import secrets
import string
import zlib
from enum import StrEnum
from typing import Final

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM: Final = 43
CHECKSUM: Final = 6


class Purpose(StrEnum):
    """What a token is for; its first letters."""

    DEVICE = "pcd_"
    ENROLMENT = "pce_"


def new_token(purpose: Purpose) -> str:
    """A token that nobody had before."""
    begun = purpose + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return begun + _checksum(begun)


def is_token(text: str, purpose: Purpose) -> bool:
    """Whether the text can be such a token: mistyped, cut and other ones are not."""
    begun, checksum = text[:-CHECKSUM], text[-CHECKSUM:]
    right_length = len(text) == len(purpose) + RANDOM + CHECKSUM
    return right_length and text.isascii() and text.startswith(purpose) and checksum == _checksum(begun)


def hash_of(token: str) -> bytes:
    """SHA-256: what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(begun: str) -> str:
    number, digits = zlib.crc32(begun.encode()), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits

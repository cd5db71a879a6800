"""The pepper: the secret that keys are hashed with, which is not in the database.

Processes that share a database have to share it: by the data folder, or by ``PHOTOCODE_PEPPER``.
"""

import hmac
import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final

FILE: Final = "pepper"
LEAST_CHARACTERS: Final = 32


class PepperError(Exception):
    """The pepper's file cannot be read or made, or is not what it was."""


class Pepper:
    """The setting, or else the content of the folder's file, which is made at the first use, for its owner alone: where
    nobody uses keys, nothing has to be written.
    """

    def __init__(self, setting: str, folder: Path) -> None:
        """Nothing is read yet."""
        self._setting = setting
        self._path = folder / FILE

    @cached_property
    def secret(self) -> bytes:
        """What keys are hashed with.

        Raises:
            PepperError: the file cannot be read or made, or is damaged.

        """
        if self._setting:
            return self._setting.encode()
        try:
            if not self._path.exists():
                _make(self._path)
            found = self._path.read_text().strip()
        except (OSError, ValueError) as error:
            raise PepperError(f"{self._path} cannot be used: {error}") from error
        if len(found) < LEAST_CHARACTERS:
            raise PepperError(f"{self._path} is damaged; without what was in it, all keys have to be made anew")
        return found.encode()

    @cached_property
    def name(self) -> str:
        """By which it is told from another; says nothing of it.

        Raises:
            PepperError: as of the secret.

        """
        return hmac.digest(self.secret, b"photocode pepper", "sha256").hex()[:16]


def _make(path: Path) -> None:
    """Whole or not at all, and once, however many processes try."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{FILE}-{secrets.token_hex(8)}")
    beside.touch(0o600, exist_ok=False)
    with beside.open("w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()

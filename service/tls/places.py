"""Where certificates lie: told without reading any."""

from pathlib import Path

AUTHORITY = "ca"


def file_of(folder: Path, name: str, kind: str) -> Path:
    """``kind``: ``pem``, a certificate, or ``key``, its private key."""
    return folder / f"{name}.{kind}"


def authority_file(folder: Path) -> Path:
    """Where the authority's certificate is, if there is one."""
    return file_of(folder, AUTHORITY, "pem")

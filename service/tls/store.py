"""Where the authority and the server certificate are kept: a folder, its keys readable by their owner alone."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fasteners

from service.tls.authority import (
    RENEW_DAYS,
    SERVER_DAYS,
    Pair,
    issue,
    may_vouch_for,
    names_of,
    new_authority,
    outlives,
    read_pair,
)
from service.tls.names import machine_names, unique

AUTHORITY, SERVER, ADDRESS = "ca", "server", "address"


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """What a server needs, and what is to be said of it. ``names`` are the certificate's; ``new_authority``: phones
    have to install it, again if they had one before.
    """

    certificate: Path
    key: Path
    names: tuple[str, ...]
    fingerprint: str
    new_authority: bool


def prepare_certificates(folder: Path, *, demanded: Sequence[str], wanted: Sequence[str]) -> Certificates:
    """The certificates in the folder; what is missing, near its end or lacks a name is made anew.

    ``demanded`` names are in the certificate whatever it takes, if need be a new authority; ``wanted`` ones as far as
    the authority may vouch for them.

    Raises:
        OSError: the folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with fasteners.InterProcessLock(folder / "lock"):
        authority = _read(folder, AUTHORITY)
        keep = authority is not None and outlives(authority, SERVER_DAYS)
        if authority is None or not keep or not all(may_vouch_for(authority, name) for name in demanded):
            authority, keep = new_authority(_machine(), [*demanded, *wanted]), False
            _write(folder, AUTHORITY, authority)
        names = unique([*demanded, *(name for name in wanted if may_vouch_for(authority, name))])
        server = _read(folder, SERVER)
        if server is None or not keep or not outlives(server, RENEW_DAYS) or not names_of(server) >= set(names):
            server = issue(authority, names)
            _write(folder, SERVER, server)
    return Certificates(
        certificate=_file(folder, SERVER, "pem"),
        key=_file(folder, SERVER, "key"),
        names=tuple(sorted(names_of(server))),
        fingerprint=authority.fingerprint,
        new_authority=not keep,
    )


def authority_certificate(folder: Path) -> bytes | None:
    """The authority's certificate as PEM, if there is one."""
    try:
        return authority_file(folder).read_bytes()
    except FileNotFoundError:
        return None


def authority_file(folder: Path) -> Path:
    """Where the authority's certificate is, if there is one."""
    return _file(folder, AUTHORITY, "pem")


def note_address(folder: Path, url: str) -> None:
    """Keep the address by which the service was last announced, for enrolments asked for from another terminal."""
    _replace(folder / ADDRESS, url.encode())


def noted_address(folder: Path) -> str | None:
    """The address by which the service was last announced."""
    try:
        return (folder / ADDRESS).read_text()
    except FileNotFoundError:
        return None


def _machine() -> str:
    return (machine_names() or ["this machine"])[0]


def _read(folder: Path, name: str) -> Pair | None:
    try:
        return read_pair(_file(folder, name, "pem").read_bytes(), _file(folder, name, "key").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _write(folder: Path, name: str, pair: Pair) -> None:
    _replace(_file(folder, name, "key"), pair.key_pem)
    _replace(_file(folder, name, "pem"), pair.certificate_pem)


def _file(folder: Path, name: str, kind: str) -> Path:
    return folder / f"{name}.{kind}"


def _replace(path: Path, content: bytes) -> None:
    """At once and as a whole; files made so can be read by their owner alone."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)

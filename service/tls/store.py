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
    issued_by,
    may_vouch_for,
    names_of,
    new_authority,
    outlives,
    read_pair,
)
from service.tls.names import machine_names, unique
from service.tls.places import AUTHORITY, authority_file, file_of

SERVER, ADDRESS = "server", "address"


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """What a server needs, and what is to be said of it. ``names`` are the certificate's; ``replaced``: phones
    that had installed the authority before have to install this one.
    """

    certificate: Path
    key: Path
    names: tuple[str, ...]
    fingerprint: str
    replaced: bool


def prepare_certificates(folder: Path, *, demanded: Sequence[str], wanted: Sequence[str]) -> Certificates:
    """The certificates in the folder; what is missing, near its end or lacks a name is made anew.

    ``demanded`` names are in the certificate whatever it takes, if need be a new authority; ``wanted`` ones as far as
    the authority may vouch for them.

    Raises:
        OSError: the folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with fasteners.InterProcessLock(folder / "lock"):
        before = _read(folder, AUTHORITY)
        authority = before
        if authority is None or not _serves(authority, demanded):
            authority = new_authority(_machine(), [*demanded, *wanted])
            _write(folder, AUTHORITY, authority)
        names = unique([*demanded, *(name for name in wanted if may_vouch_for(authority, name))])
        server = _read(folder, SERVER)
        if server is None or not issued_by(server, authority) or not _is_good(server, names):
            server = issue(authority, names)
            _write(folder, SERVER, server)
    return Certificates(
        certificate=file_of(folder, SERVER, "pem"),
        key=file_of(folder, SERVER, "key"),
        names=tuple(sorted(names_of(server))),
        fingerprint=authority.fingerprint,
        replaced=before is not None and authority is not before,
    )


def ends_soon(folder: Path, name: str) -> bool:
    """Whether the server certificate in the folder has to be renewed to be good for a name."""
    server = _read(folder, SERVER)
    return server is None or not _is_good(server, [name])


def authority_certificate(folder: Path) -> bytes | None:
    """The authority's certificate as PEM, if there is one."""
    try:
        return authority_file(folder).read_bytes()
    except FileNotFoundError:
        return None


def note_address(folder: Path, url: str) -> None:
    """Keep the address by which the service was last announced, for enrolments asked for from another terminal."""
    _replace(folder / ADDRESS, url.encode())


def noted_address(folder: Path) -> str | None:
    """The address by which the service was last announced."""
    try:
        return (folder / ADDRESS).read_text()
    except FileNotFoundError:
        return None


def _serves(authority: Pair, names: Sequence[str]) -> bool:
    """Whether it can issue a certificate for the names that is good for as long as one may be."""
    return outlives(authority, SERVER_DAYS) and all(may_vouch_for(authority, name) for name in names)


def _is_good(server: Pair, names: Sequence[str]) -> bool:
    return outlives(server, RENEW_DAYS) and names_of(server) >= set(names)


def _machine() -> str:
    return (machine_names() or ["this machine"])[0]


def _read(folder: Path, name: str) -> Pair | None:
    try:
        return read_pair(file_of(folder, name, "pem").read_bytes(), file_of(folder, name, "key").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _write(folder: Path, name: str, pair: Pair) -> None:
    _replace(file_of(folder, name, "key"), pair.key_pem)
    _replace(file_of(folder, name, "pem"), pair.certificate_pem)


def _replace(path: Path, content: bytes) -> None:
    """At once and as a whole; files made so can be read by their owner alone."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)

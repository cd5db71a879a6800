"""A ZIP's directory: read within bounds, refused where it would unpack to very much, searched as people name files."""

import stat
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import IO

from catalog.errors import ArchiveInvalid
from catalog.imports.reading.unpacking import UNPACKING

MEMBERS = 500_000
DIRECTORY_BYTES = 96 * 1024 * 1024
UNPACKED_BYTES = 16 * 1024 * 1024 * 1024
"""Of all members together."""
HARMLESS_BYTES = 128 * 1024 * 1024
MOST_RATIO = 150
"""Bytes unpacked for one packed, of archives that unpack to more than the harmless; tables have 5 to 30."""

_END, _END_SIZE, _COMMENT = b"PK\x05\x06", 22, 0xFFFF
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END_64, _END_64_SIZE = b"PK\x06\x06", 56
_ENTRY = b"PK\x01\x02"
_UTF_8_NAME = 0x800
_CHUNK = 1024 * 1024
# How archives without the mark of UTF-8 name their files: that itself, Windows in the West, DOS, Japan, China.
_NAMES = ("utf-8", "cp1252", "cp850", "cp932", "gb18030")


def read_directory(stream: IO[bytes]) -> zipfile.ZipFile:
    """Open a ZIP whose directory is within bounds. Its members' sizes are as it says; reading holds them to that.

    Raises:
        ArchiveInvalid: no ZIP, one that is cut off, or one made to unpack to very much.

    """
    try:
        _measure(stream)
        opened = zipfile.ZipFile(stream)
    except UNPACKING as error:
        raise ArchiveInvalid("the upload is not a readable ZIP archive, or was cut off") from error
    _refuse_bombs(opened.infolist())
    return opened


def _measure(stream: IO[bytes]) -> None:
    """Look at the directory before zipfile makes an object of each entry of it."""
    size = stream.seek(0, 2)
    stream.seek(max(size - _END_SIZE - _COMMENT - _LOCATOR_SIZE, 0))
    tail = stream.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise zipfile.BadZipFile
    (length,) = struct.unpack_from("<L", tail, end + 12)
    directory_end = size - len(tail) + end
    if tail[max(end - _LOCATOR_SIZE, 0) : end][:4] == _LOCATOR:
        # Right before the locator, as zipfile has it.
        stream.seek(max(directory_end - _LOCATOR_SIZE - _END_64_SIZE, 0))
        large = stream.read(_END_64_SIZE)
        if len(large) == _END_64_SIZE and large.startswith(_END_64):
            (length,) = struct.unpack_from("<Q", large, 40)
            directory_end -= _LOCATOR_SIZE + _END_64_SIZE
    if length > DIRECTORY_BYTES:
        raise ArchiveInvalid(f"the archive's directory has {length} bytes, at most {DIRECTORY_BYTES} are taken")
    if length > directory_end:
        raise zipfile.BadZipFile
    _count(stream, directory_end - length, length)


def _count(stream: IO[bytes], start: int, length: int) -> None:
    stream.seek(start)
    entries, rest = 0, b""
    while length > 0 and (chunk := stream.read(min(length, _CHUNK))):
        length -= len(chunk)
        entries += (rest + chunk).count(_ENTRY)
        rest = chunk[-3:]
    if entries > MEMBERS:
        raise ArchiveInvalid(f"the archive has more than {MEMBERS} members")


def _refuse_bombs(members: Sequence[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    if unpacked > UNPACKED_BYTES or unpacked > max(HARMLESS_BYTES, packed * MOST_RATIO):
        raise ArchiveInvalid(
            f"the archive would unpack to {unpacked} bytes, {unpacked // max(packed, 1)} times its own"
        )
    end = -1
    for one in sorted(members, key=lambda member: member.header_offset):
        # Members that share their bytes are how a small archive holds a very large one many times over.
        if one.header_offset < end:
            raise ArchiveInvalid("members of the archive overlap")
        end = one.header_offset + one.compress_size


class Members:
    """What an archive holds, by name and by what people write for a name."""

    def __init__(self, members: Sequence[zipfile.ZipInfo]) -> None:
        """Index the names."""
        self._by_name: dict[str, list[zipfile.ZipInfo]] = {}
        for member in members:
            self._by_name.setdefault(member.filename, []).append(member)
        self._alike: dict[str, list[zipfile.ZipInfo]] | None = None

    @property
    def names(self) -> set[str]:
        """All names as they are."""
        return set(self._by_name)

    def named(self, name: str) -> list[zipfile.ZipInfo]:
        """The members of exactly this name."""
        return self._by_name.get(name, [])

    def like(self, name: str) -> list[zipfile.ZipInfo]:
        """The members of this name; where there is none, those whose name is the same to people."""
        if exact := self.named(name):
            return exact
        if self._alike is None:
            self._alike = {}
            for member in (one for same in self._by_name.values() for one in same):
                if member.filename.endswith("/"):
                    continue
                for key in {_plain(spelled) for spelled in _spellings(member)}:
                    self._alike.setdefault(key, []).append(member)
        return self._alike.get(_plain(name), [])


def is_clutter(name: str) -> bool:
    """Whether macOS put a member there: it adds a shadow of every file to the archives that it makes."""
    return name.startswith("__MACOSX/") or name.replace("\\", "/").split("/")[-1].startswith(".")


def is_link(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a symbolic link, whose content is a path."""
    return stat.S_ISLNK(member.external_attr >> 16)


def _plain(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _spellings(member: zipfile.ZipInfo) -> set[str]:
    """A member's name, by each encoding that it may be written in where it does not say."""
    if member.flag_bits & _UTF_8_NAME or member.orig_filename.isascii():
        return {member.filename}
    try:
        raw = member.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return {member.filename}
    found = {member.filename}
    for name in _NAMES:
        try:
            found.add(raw.decode(name))
        except UnicodeDecodeError:
            continue
    return found

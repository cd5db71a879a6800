"""An import's ZIP: a table and the pictures that it names, by paths relative to it or to the archive's top.

Nothing is ever unpacked to disk: members are read by name, up to a size. So a name cannot lead out of the archive, and
a link in it leads nowhere.
"""

import zipfile
from pathlib import PurePosixPath
from typing import IO

from catalog.errors import ArchiveInvalid, TableInvalid
from catalog.imports.members import Members, is_clutter, is_link, read_directory
from catalog.imports.reading.kinds import refuse_office
from catalog.imports.reading.unpacking import UNPACKING, PackingUnsupported, why

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".txt")
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_NESTED = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz")
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".xlsm", ".xlsb", ".numbers")


class PictureUnusable(Exception):
    """A picture that a table names cannot be had: a stable code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        """``code``: ``picture_missing``, ``picture_path_invalid``, ``picture_ambiguous``, ``picture_unreadable``,
        ``picture_packing_unsupported`` or ``picture_too_large``.
        """
        super().__init__(message)
        self.code = code


class Archive:
    """An open upload. Members may be read from several threads at once."""

    def __init__(self, stream: IO[bytes]) -> None:
        """``stream`` is seekable and stays the caller's.

        Raises:
            ArchiveInvalid: not a ZIP file, one that is cut off, or one made to unpack to very much.
            FormatUnsupported: an office file, which is a ZIP too.

        """
        self._zip = read_directory(stream)
        self._members = Members(self._zip.infolist())
        refuse_office(self._members.names)

    def close(self) -> None:
        """Release the archive."""
        self._zip.close()

    def table_name(self) -> str:
        """The table's path: the one CSV or JSON lines file nearest the top, the one named products where there are
        several.

        Raises:
            TableInvalid: there is none, or it is not clear which.

        """
        names = [name for name in self._members.names if not is_clutter(name) and not name.endswith(("/", "\\"))]
        tables = [name for name in names if name.lower().endswith(TABLES[:-1])]
        tables = tables or [name for name in names if name.lower().endswith(TABLES[-1]) and not _explains(name)]
        if not tables:
            raise TableInvalid(f"the archive holds no CSV file and no JSON lines{_instead(names)}")
        depth = {name: len(_parts(name)) for name in tables}
        tables = sorted(name for name in tables if depth[name] == min(depth.values()))
        chosen = [name for name in tables if PurePosixPath(_parts(name)[-1]).stem.lower() == "products"] or tables
        if len(chosen) > 1:
            raise TableInvalid(f"the archive holds several tables ({', '.join(chosen[:3])}); name one products.csv")
        if len(self._members.named(chosen[0])) > 1:
            raise TableInvalid(f"the archive holds {chosen[0]} twice")
        return chosen[0]

    def open_table(self, name: str, most_bytes: int) -> IO[bytes]:
        """A table's bytes, unpacked as they are read.

        Raises:
            TableInvalid: larger than ``most_bytes``, or a link.
            ArchiveInvalid: it cannot be unpacked.

        """
        member = self._members.named(name)[0]
        if member.file_size > most_bytes:
            raise TableInvalid(f"the table has more than {most_bytes} bytes")
        if is_link(member):
            raise TableInvalid("the table is a link")
        try:
            return self._opened(member)
        except PackingUnsupported as error:
            raise ArchiveInvalid(f"the archive's table cannot be unpacked: {error}") from error
        except UNPACKING as error:
            raise ArchiveInvalid(f"the archive's table cannot be unpacked: {why(error)}") from error

    def picture(self, table: str, path: str, most_bytes: int) -> bytes:
        """The bytes of a picture named in the table.

        The name is looked for as it is, then with ``/`` for a backslash, letters composed, and capitals as small
        letters; relative to the table first, then to the archive's top.

        Raises:
            PictureUnusable: no such member, larger than ``most_bytes``, encrypted or broken.

        """
        member = self._found(table, path)
        if is_link(member):
            raise PictureUnusable("picture_unreadable", f"picture {path!r} is a link; put the picture itself there")
        if member.file_size > most_bytes:
            raise PictureUnusable("picture_too_large", f"picture {path!r} has more than {most_bytes} bytes")
        try:
            with self._opened(member) as opened:
                return opened.read(most_bytes + 1)
        except PackingUnsupported as error:
            message = f"picture {path!r} cannot be unpacked: {error}"
            raise PictureUnusable("picture_packing_unsupported", message) from error
        except UNPACKING as error:
            raise PictureUnusable("picture_unreadable", f"picture {path!r} cannot be unpacked: {why(error)}") from error

    def mark(self, table: str, path: str) -> str | None:
        """What tells a picture's content from another's without reading it; None where there is none of this name."""
        try:
            member = self._found(table, path)
        except PictureUnusable:
            return None
        return None if is_link(member) else f"{member.CRC:08x}-{member.file_size}"

    def _opened(self, member: zipfile.ZipInfo) -> IO[bytes]:
        # LZMA takes as much memory as the member's header asks for.
        if member.compress_type not in _PACKINGS:
            raise PackingUnsupported(member.compress_type)
        return self._zip.open(member)

    def _found(self, table: str, path: str) -> zipfile.ZipInfo:
        name = path.replace("\\", "/")
        if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
            message = f"{path!r} is a path on a computer; name the picture by its path in the archive"
            raise PictureUnusable("picture_path_invalid", message)
        folder = "/".join(_parts(table)[:-1])
        for base in dict.fromkeys((folder, "")):
            whole = _joined(base, name)
            if whole is None:
                continue
            found = self._members.like(whole)
            if found and not all(_same(one, found[0]) for one in found):
                raise PictureUnusable("picture_ambiguous", f"the archive has several pictures {path!r}")
            if found:
                return found[0]
        if _joined("", name) is None and _joined(folder, name) is None:
            raise PictureUnusable("picture_path_invalid", f"{path!r} leads out of the archive")
        raise PictureUnusable("picture_missing", f"the archive has no picture {path!r}")


def _same(one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> bool:
    return (one.CRC, one.file_size) == (other.CRC, other.file_size)


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def _joined(base: str, name: str) -> str | None:
    """A path with its dots worked out; None where they lead out of the archive."""
    parts = [part for part in base.split("/") if part]
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _explains(name: str) -> bool:
    return PurePosixPath(_parts(name)[-1]).stem.lower() in ("readme", "license", "liesmich", "leeme", "lizenz")


def _instead(names: list[str]) -> str:
    """What an archive without a table holds that explains it."""
    if found := [name for name in names if name.lower().endswith(_SPREADSHEETS)]:
        return f"; save {found[0]} as CSV"
    if found := [name for name in names if name.lower().endswith(_NESTED)]:
        return f"; {found[0]} is an archive itself, which is not looked into"
    return ""

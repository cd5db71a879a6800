"""What the bytes of an upload are, whatever its name and content type say."""

from typing import IO, Literal

from catalog.errors import FormatUnsupported

Kind = Literal["zip", "csv", "jsonl"]
HEAD = 512
"""Bytes that say what an upload is."""

SPREADSHEET = (
    "the upload is a spreadsheet ({0}); save it as CSV (in Excel: File, Save As, CSV UTF-8; in LibreOffice: "
    "File, Save As, Text CSV) and send that, or a ZIP of it and its pictures"
)
ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", SPREADSHEET.format(".xls")),
    (b"\x1f\x8b", "the upload is compressed with gzip; send the table itself, or a ZIP"),
    (b"BZh", "the upload is compressed with bzip2; send the table itself, or a ZIP"),
    (b"\xfd7zXZ\x00", "the upload is compressed with xz; send the table itself, or a ZIP"),
    (b"\x28\xb5\x2f\xfd", "the upload is compressed with zstd; send the table itself, or a ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "the upload is a 7z archive; send a ZIP"),
    (b"Rar!\x1a\x07", "the upload is a RAR archive; send a ZIP"),
    (b"%PDF-", "the upload is a PDF; send a table as CSV or JSON lines"),
    (b"\xff\xd8\xff", "the upload is a picture; send a table, or a ZIP of one and its pictures"),
    (b"\x89PNG\r\n\x1a\n", "the upload is a picture; send a table, or a ZIP of one and its pictures"),
    (b"PAR1", "the upload is a Parquet file; send a table as CSV or JSON lines"),
)
_OFFICE = {
    "xl/workbook.xml": ".xlsx",
    "xl/workbook.bin": ".xlsb",
    "content.xml": ".ods",
    "word/document.xml": ".docx",
}


def read_head(stream: IO[bytes], size: int = HEAD) -> bytes:
    """The next bytes of a stream, fewer than ``size`` at its end only."""
    head = b""
    while len(head) < size and (chunk := stream.read(size - len(head))):
        head += chunk
    return head


def kind_of(head: bytes) -> Kind:
    """What an upload that begins so is; ``jsonl`` where its first character opens an object or a list.

    Raises:
        FormatUnsupported: something known that is neither a table nor an archive; it says what to send instead.

    """
    if head.startswith(ZIPS):
        return "zip"
    for magic, why in _OTHERS:
        if head.startswith(magic):
            raise FormatUnsupported(why)
    if head[257:262] == b"ustar":
        raise FormatUnsupported("the upload is a tar archive; send a ZIP")
    return "jsonl" if head.lstrip(b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n")[:1] in (b"{", b"[") else "csv"


def refuse_office(names: set[str]) -> None:
    """Refuse a ZIP that is an office file.

    Raises:
        FormatUnsupported: it says how to save one as CSV.

    """
    for name, extension in _OFFICE.items():
        if name in names and names & {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"}:
            raise FormatUnsupported(SPREADSHEET.format(extension))

"""In which encoding a table is written, and how bytes that do not belong to it are carried along to be told."""

import codecs
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO

from charset_normalizer import from_bytes

from catalog.errors import TableInvalid
from catalog.imports.reading.kinds import read_head
from catalog.imports.reading.scripts import share_of_likely

MARKED = "photocode-marked"
"""Name of the way to decode by which each bad byte becomes a lone surrogate, U+DC00 and the byte."""
FIRST_MARK = "\udc00"
_MARKS = re.compile("[\udc00-\udcff]")

UTF_8, UTF_8_BOM = "utf-8", "utf-8-sig"
# Those that say which bytes a character has, and are charsets: codecs also has ciphers, escapes and compressions.
ALLOWED = frozenset(
    [UTF_8, UTF_8_BOM, "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "ascii"]
    + [f"cp125{page}" for page in range(9)]
    + [f"iso8859-{part}" for part in range(1, 17) if part != 12]
    + ["cp437", "cp850", "cp852", "cp858", "cp866", "mac-roman", "koi8-r", "koi8-u"]
    + ["shift_jis", "cp932", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "cp949", "euc_kr"]
)

# In this order where two fit as well: what is the same in both is called by the first.
LIKELY = ("cp932", "euc_jp", "cp949", "gb18030", "big5", "cp1252", "cp1250", "iso8859-2", "cp1251", "koi8-r", "cp850")
LIKELY_SHARE = 0.75
OTHERWISE = "cp1252"

_BOMS = (  # longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF_8_BOM),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 1024 * 1024
SAMPLE = 64 * 1024
_HEAD = 4096


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(ord(FIRST_MARK) + byte) for byte in bad), error.end


codecs.register_error(MARKED, _mark)


def named_encoding(name: str) -> str:
    """An encoding as a client names it, by the name that it has here.

    Raises:
        TableInvalid: it is unknown, or no charset.

    """
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        found = ""
    if found not in ALLOWED:
        raise TableInvalid(f"the encoding {name[:40]!r} is not known; utf-8, utf-16, windows-1252 and shift_jis are")
    return found


def detect_encoding(stream: IO[bytes]) -> str:
    """The encoding of a stream that is read to its end, in bounded memory.

    A byte-order mark decides; then whether it is UTF-8 throughout, or for the most part; then what its other bytes
    make likely characters in. Where nothing does, Windows-1252, in which nearly every byte is a character.
    """
    head = read_head(stream, _HEAD)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if wide := _without_mark(head):
        return wide
    found = _Utf8Share()
    chunk = head
    while chunk:
        found.add(chunk)
        chunk = stream.read(CHUNK)
    found.add(b"", final=True)
    return UTF_8 if found.is_utf8 else _likely(found.sample)


def _without_mark(head: bytes) -> str:
    """UTF-16 where NUL is frequent and every other byte alone: delimiters and digits have one in any language."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    some = max(len(head) // 40, 1)
    if odd > some and even <= odd // 20:
        return "utf-16-le"
    if even > some and odd <= even // 20:
        return "utf-16-be"
    return ""


class _Utf8Share:
    """How many characters beyond ASCII are UTF-8, how many bytes are not, and the first bytes among which these are."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(UTF_8)(MARKED)
        self._pending = False
        self._good = self._bad = 0
        self.sample = b""

    @property
    def is_utf8(self) -> bool:
        return self._bad <= self._good

    def add(self, chunk: bytes, *, final: bool = False) -> None:
        if chunk.isascii() and not self._pending and not final:
            return
        text = self._decoder.decode(chunk, final)
        self._pending = bool(self._decoder.getstate()[0])
        beyond = len(text) - len(text.encode("ascii", "ignore"))
        bad = len(text) - len(text.encode(UTF_8, "ignore").decode(UTF_8))
        self._good += beyond - bad
        self._bad += bad
        if bad and len(self.sample) < SAMPLE:
            first = next(place for place, byte in enumerate(chunk) if byte > 0x7F) if not chunk.isascii() else 0
            begin = chunk.rfind(b"\n", 0, first) + 1
            self.sample += chunk[begin : begin + SAMPLE]


def _likely(sample: bytes) -> str:
    shares = {name: share_of_likely(name, text) for name in LIKELY if (text := _strictly(sample, name)) is not None}
    best = max(shares, key=lambda name: shares[name], default=OTHERWISE)
    if shares.get(best, 0.0) >= LIKELY_SHARE:
        return best
    guess = from_bytes(sample, cp_isolation=[name.replace("-", "_") for name in sorted(ALLOWED)]).best()
    found = codecs.lookup(guess.encoding).name if guess else OTHERWISE
    return found if found in ALLOWED and found not in (UTF_8, "ascii") else OTHERWISE


def _strictly(sample: bytes, encoding: str) -> str | None:
    """The sample's text up to the last characters, which may be cut; None where it has bytes of another encoding."""
    whole = sample if len(sample) < SAMPLE else sample[: sample.rfind(b"\n") + 1] or sample[:-4]
    try:
        return whole.decode(encoding)
    except UnicodeDecodeError:
        return None


def first_mark(text: str) -> int | None:
    """Where the first bad byte stands in decoded text; None where there is none."""
    found = None if text.isascii() else _MARKS.search(text)
    return found.start() if found else None


def bad_byte(text: str, place: int, encoding: str) -> tuple[int, int, int]:
    """Of the bad byte at ``place``: how many lines of ``text`` are before its own, the byte's number in that line from
    1, and its value.
    """
    before = text[:place]
    own_line = max(before.rfind("\n"), before.rfind("\r")) + 1
    lines = before.count("\n") + before.count("\r") - before.count("\r\n")
    return lines, len(before[own_line:].encode(_bare(encoding))) + 1, ord(text[place]) - ord(FIRST_MARK)


def _bare(encoding: str) -> str:
    """The encoding without its byte-order mark."""
    return {UTF_8_BOM: UTF_8, "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)


Opener = Callable[[], AbstractContextManager[IO[bytes]]]
"""Opens the table's bytes at their beginning, as often as it is called."""

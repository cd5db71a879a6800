"""What unpacking may raise, whatever the archive holds, and in which words it is told."""

import struct
import zipfile
import zlib
from lzma import LZMAError
from typing import Final

# RuntimeError is what zipfile raises for an encrypted member.
UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
    struct.error,
)


_NAMES: Final = {9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}


class PackingUnsupported(Exception):
    """A member of a ZIP is compressed in a way that is not taken, because it may ask for any amount of memory, or is
    not known.
    """

    def __init__(self, method: int) -> None:
        """``method``: as the ZIP format numbers them."""
        name = _NAMES.get(method, f"method {method}")
        super().__init__(f"it is compressed by {name}; ZIP files may use Deflate, bzip2 or none")


def why(error: Exception) -> str:
    """In words of our own: what libraries say may hold paths."""
    if isinstance(error, RuntimeError) and "encrypted" in str(error):
        return "it is encrypted"
    if isinstance(error, NotImplementedError):
        return "it is compressed in a way that is not known here"
    if "CRC" in str(error):
        return "its checksum is wrong"
    if isinstance(error, EOFError):
        return "it is cut off"
    return "it is damaged"

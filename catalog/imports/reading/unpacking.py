"""What unpacking may raise, whatever the archive holds, and in which words it is told."""

import struct
import zipfile
import zlib
from lzma import LZMAError

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

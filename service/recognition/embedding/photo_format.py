"""Tells a photo's format by its first bytes. What a client *says* it sent is not asked."""

from typing import Literal

PhotoFormat = Literal["jpeg", "png", "webp", "heic", "avif"]
"""As in the media type ``image/<format>``."""

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"msf1"}
_MOST_BRANDS = 64


def sniff(data: bytes) -> PhotoFormat | None:
    """The format of the photo in ``data``, or None where it is none of those taken.

    JPEG: ITU-T T.81 (SOI and a marker). PNG: its signature. WebP: RFC 9649. HEIC and AVIF: the ``ftyp`` box of
    ISO/IEC 14496-12, brands of ISO/IEC 23008-12 and of the AVIF specification.
    """
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return _sniff_ftyp(data) if data[4:8] == b"ftyp" else None


def _sniff_ftyp(data: bytes) -> PhotoFormat | None:
    major = data[8:12]
    box_end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MOST_BRANDS)
    brands = {major} | {data[at : at + 4] for at in range(16, box_end, 4)}
    if major in _AVIF_BRANDS:
        return "avif"
    if brands & _HEIC_BRANDS:
        return "heic"
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIF_BRANDS else None


def count_scans(data: bytes) -> int:
    """How many scans a JPEG holds at most: its SOS markers (ITU-T T.81, B.1.1.3).

    An embedded preview counts as well, so this may be a few too many. Each scan of a progressive JPEG walks all of
    the picture, so a small file of a thousand scans decodes for minutes.
    """
    return data.count(b"\xff\xda")

"""Local features as bytes: what geometry needs of a reference, at most 48 KB.

Half a byte a dimension is enough: the square-root scale puts the steps where RootSIFT's small values are. The
pictures are a PNG and a small WebP.
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.detail import GREY_EDGE
from service.recognition.surface.features import FeaturesInvalid, LocalFeatures, at_edge
from service.recognition.surface.rootsift import SCALE

MOST_BYTES: Final = 48_000
"""Of packed features."""

FORMAT: Final = 2
GREY_QUALITY: Final = 40
"""Of the WebP: about 3 grey levels off, which is less than a phone's noise, in 3 to 6 KB."""

_HEADER = struct.Struct("<HHHHHH")
_STEPS = 15
_LARGEST = 0.55
"""RootSIFT values above it (some in a thousand) are kept as it."""

_LEVELS = (np.arange(_STEPS + 1) / _STEPS) ** 2 * _LARGEST
_DECODED: Final[NDArray[np.uint8]] = np.rint(_LEVELS * SCALE).astype(np.uint8)
_ENCODED: Final[NDArray[np.uint8]] = np.rint(np.sqrt(np.minimum(np.arange(256) / SCALE / _LARGEST, 1)) * _STEPS).astype(
    np.uint8
)
_BOTH: Final = np.stack([_DECODED[np.arange(256) >> 4], _DECODED[np.arange(256) & 15]], axis=1).view(np.uint16)[:, 0]
"""``uint16[256]``: the two values that a byte holds, side by side in memory."""
_POINT_STEPS = 16
"""Of a pixel: places are kept to a sixteenth."""
_SCALE_STEPS = 20
"""Of an octave: diameters are kept to 3.5 %, from 1 px up to 6,900."""
_ANGLE_STEPS = 256
"""Of a full turn."""
_FEATURE_BYTES = 4 + 2 + 64


@dataclass(frozen=True, eq=False)
class Packed:
    """Pictures read when they are asked for: geometry leaves most references without a look at them."""

    packed_colours: bytes
    packed_grey: bytes

    @cached_property
    def colours(self) -> NDArray[np.uint8]:
        """As taken."""
        return _decoded(self.packed_colours, cv2.IMREAD_COLOR)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Smaller than taken."""
        return _decoded(self.packed_grey, cv2.IMREAD_GRAYSCALE)


def pack_features(features: LocalFeatures) -> bytes:
    """Pack. The weakest features are left out where there are more than fit :data:`MOST_BYTES`."""
    colours = _coded(features.pictures.colours, ".png", cv2.IMWRITE_PNG_COMPRESSION, 9)
    grey = _coded(at_edge(features.pictures.grey, GREY_EDGE), ".webp", cv2.IMWRITE_WEBP_QUALITY, GREY_QUALITY)
    room = MOST_BYTES - _HEADER.size - len(colours) - len(grey)
    count = min(len(features), room // _FEATURE_BYTES)
    codes = _ENCODED[features.descriptors[:count]]
    halves = codes[:, 0::2] << 4 | codes[:, 1::2]
    places: NDArray[np.uint16] = np.rint(features.points[:count] * _POINT_STEPS).astype("<u2")
    octaves = np.log2(np.maximum(features.scales[:count], 1))
    scales = np.minimum(np.rint(octaves * _SCALE_STEPS), 255).astype(np.uint8)
    angles = np.rint(features.angles[:count] * (_ANGLE_STEPS / 360)).astype(np.int64).astype(np.uint8)
    header = _HEADER.pack(FORMAT, count, *features.size, len(colours), len(grey))
    return header + b"".join(part.tobytes() for part in (places, scales, angles, halves)) + colours + grey


def unpack_features(packed: bytes) -> LocalFeatures:
    """What :func:`pack_features` packed.

    Raises:
        FeaturesInvalid: cut short, or of another format; its pictures raise it as they are looked at.

    """
    if len(packed) < _HEADER.size:
        raise FeaturesInvalid(f"{len(packed)} bytes are no features")
    version, count, width, height, colours, grey = _HEADER.unpack_from(packed)
    if version != FORMAT or len(packed) != _HEADER.size + count * _FEATURE_BYTES + colours + grey:
        raise FeaturesInvalid(f"{len(packed)} bytes are no {count} features of format {FORMAT}")
    columns = (("<u2", 2), (np.uint8, 1), (np.uint8, 1), (np.uint8, 64))
    read, start = [], _HEADER.size
    for kind, width_of in columns:
        read.append(np.frombuffer(packed, kind, width_of * count, start).reshape(count, width_of))
        start += read[-1].nbytes
    places, scales, angles, halves = read
    return LocalFeatures(
        points=(places / _POINT_STEPS).astype(np.float32),
        scales=np.exp2(scales[:, 0] / _SCALE_STEPS).astype(np.float32),
        angles=(angles[:, 0] * (360 / _ANGLE_STEPS)).astype(np.float32),
        descriptors=_from_halves(halves),
        size=(width, height),
        pictures=Packed(packed[start : start + colours], packed[start + colours :]),
    )


def _coded(picture: NDArray[np.uint8], form: str, option: int, value: int) -> bytes:
    encoded, content = cv2.imencode(form, picture, [option, value])
    if not encoded:
        raise ValueError(f"a picture of {picture.shape} cannot be coded")
    return content.tobytes()


def _decoded(coded: bytes, how: int) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(coded, np.uint8), how) if coded else None
    if picture is None:
        raise FeaturesInvalid("a picture cannot be read")
    return picture.astype(np.uint8, copy=False)


def _from_halves(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # Two values at a time, which takes half as long.
    return _BOTH[halves].view(np.uint8)

"""Local features as bytes: what geometry needs of a reference, at most 48 KB.

Half a byte a dimension is enough: the square-root scale puts the steps where RootSIFT's small values are.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import SCALE, LocalFeatures

MOST_BYTES: Final = 48_000
"""Of packed features."""

FORMAT: Final = 1
_HEADER = struct.Struct("<HHHHHH")
_STEPS = 15
_LARGEST = 0.55
"""RootSIFT values above it (some in a thousand) are kept as it."""

_LEVELS = (np.arange(_STEPS + 1) / _STEPS) ** 2 * _LARGEST
_DECODED: Final[NDArray[np.uint8]] = np.rint(_LEVELS * SCALE).astype(np.uint8)
_ENCODED: Final[NDArray[np.uint8]] = np.rint(np.sqrt(np.minimum(np.arange(256) / SCALE / _LARGEST, 1)) * _STEPS).astype(
    np.uint8
)
_POINT_STEPS = 16
"""Of a pixel: places are kept to a sixteenth."""
_SCALE_STEPS = 20
"""Of an octave: diameters are kept to 3.5 %, from 1 px up to 6,900."""
_ANGLE_STEPS = 256
"""Of a full turn."""
_FEATURE_BYTES = 4 + 2 + 64


class FeaturesInvalid(Exception):
    """The bytes are no packed features of this format."""


def pack_features(features: LocalFeatures) -> bytes:
    """Pack. The weakest features are left out where there are more than fit :data:`MOST_BYTES`."""
    colours = features.colours
    room = MOST_BYTES - _HEADER.size - colours.nbytes
    count = min(len(features), room // _FEATURE_BYTES)
    codes = _ENCODED[features.descriptors[:count]]
    halves = codes[:, 0::2] << 4 | codes[:, 1::2]
    places: NDArray[np.uint16] = np.rint(features.points[:count] * _POINT_STEPS).astype("<u2")
    octaves = np.log2(np.maximum(features.scales[:count], 1))
    scales = np.minimum(np.rint(octaves * _SCALE_STEPS), 255).astype(np.uint8)
    angles = np.rint(features.angles[:count] * (_ANGLE_STEPS / 360)).astype(np.int64).astype(np.uint8)
    header = _HEADER.pack(FORMAT, count, *features.size, colours.shape[1], colours.shape[0])
    return header + b"".join(part.tobytes() for part in (places, scales, angles, halves, colours))


def unpack_features(packed: bytes) -> LocalFeatures:
    """What :func:`pack_features` packed.

    Raises:
        FeaturesInvalid: cut short, or of another format.

    """
    if len(packed) < _HEADER.size:
        raise FeaturesInvalid(f"{len(packed)} bytes are no features")
    version, count, width, height, across, down = _HEADER.unpack_from(packed)
    if version != FORMAT or len(packed) != _HEADER.size + count * _FEATURE_BYTES + 3 * across * down:
        raise FeaturesInvalid(f"{len(packed)} bytes are no {count} features of format {FORMAT}")
    columns = (("<u2", 2), (np.uint8, 1), (np.uint8, 1), (np.uint8, 64))
    read, start = [], _HEADER.size
    for kind, width_of in columns:
        read.append(np.frombuffer(packed, kind, width_of * count, start).reshape(count, width_of))
        start += read[-1].nbytes
    places, scales, angles, halves = read
    colours = np.frombuffer(packed, np.uint8, 3 * across * down, start)
    return LocalFeatures(
        points=(places / _POINT_STEPS).astype(np.float32),
        scales=np.exp2(scales[:, 0] / _SCALE_STEPS).astype(np.float32),
        angles=(angles[:, 0] * (360 / _ANGLE_STEPS)).astype(np.float32),
        descriptors=_from_halves(halves),
        size=(width, height),
        colours=colours.reshape(down, across, 3),
    )


def _from_halves(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    codes = np.empty((len(halves), 128), np.uint8)
    codes[:, 0::2], codes[:, 1::2] = halves >> 4, halves & 15
    decoded: NDArray[np.uint8] = _DECODED[codes]
    return decoded

"""The network that draws a mask of what lies in the middle of a picture (U-Net; Ronneberger et al., MICCAI 2015): the
mask of the starter's visual tower, cut off it by ``photocode starter mask``.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.recognition.embedding.session import Session

EDGE: Final = 192
"""Of the pictures that it takes, in px."""

CELLS: Final = 32
"""Of the masks that it draws, each way."""

Masks = NDArray[np.float32]


class MaskNetwork:
    """Threads may share one: it holds nothing of a picture, and ONNX Runtime runs several at once."""

    def __init__(self, path: Path) -> None:
        """From an ONNX file. A run takes its caller's thread alone.

        Raises:
            SessionError: not readable, or another graph.

        """
        self._session = Session(path, provider="cpu", threads=1)

    def of(self, pictures: NDArray[np.uint8]) -> Masks:
        """Probability that a cell shows the thing, ``float32[n, 32, 32]`` in 0..1, of RGB pictures
        ``uint8[n, 192, 192, 3]``.
        """
        return self._session.run(pictures).reshape(len(pictures), CELLS, CELLS)

"""A small network that draws where a part is in a picture: the mask of the starter's visual tower, cut off it."""

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

EDGE: Final = 192
"""Of the pictures that it takes, in px."""
CELLS: Final = 32
"""Of the masks that it draws, each way."""


class PartMaskInvalid(Exception):
    """The file holds no such network."""


class PartMask:
    """A session of it. Threads may share one."""

    def __init__(self, path: Path) -> None:
        """From an ONNX file.

        Raises:
            PartMaskInvalid: not readable.

        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no base class of their own
            raise PartMaskInvalid(f"{path}: {error}") from error
        self._input = self._session.get_inputs()[0].name

    def of(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probability that a cell shows the part, float32[n, 32, 32] in 0..1, of RGB pictures uint8[n, 192, 192, 3]."""
        masks = self._session.run(None, {self._input: np.ascontiguousarray(pictures)})[0]
        return np.asarray(masks, np.float32).reshape(len(pictures), CELLS, CELLS)

"""Pictures and texts whose vectors a bundle records, so that any machine can tell whether it computes the same.

The pictures are drawn with integer arithmetic from a frozen random stream: the same bytes on every machine, now and
later.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GOLDEN_SEEDS = (1, 2, 3)

GOLDEN_TEXTS = (
    "",
    "a photo of a hexagon socket head screw, M8×20, zinc plated",
    "Flanschkupplung Größe 24 – 230 V / 50 Hz",
    "cre\u0300me bru\u0302le\u0301e, it's Andy's 'M10' &amp; &quot;co&quot;",
    "🔩🔧 六角螺栓 болт مسمار",
    "\ttwo\u00a0\u3000spaces\r\n___---!!!??? 1234567890",
    "long " * 120,
)


def golden_picture(seed: int) -> Image.Image:
    """Draw a structured RGB picture: a gradient, bars, discs and grain; 180 to 420 px a side, rarely square."""
    # RandomState, not Generator: only the former promises the same stream in every later numpy.
    random = np.random.RandomState(seed)
    height, width = (int(side) for side in random.randint(180, 421, size=2))
    pixels = _gradient(random, height, width)
    for _ in range(6):
        _draw_bar(random, pixels)
    for _ in range(8):
        _draw_disc(random, pixels)
    grain = random.randint(-12, 13, size=pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _gradient(random: np.random.RandomState, height: int, width: int) -> NDArray[np.int64]:
    corner, right, down = (random.randint(0, 256, size=3) for _ in range(3))
    rows = np.arange(height, dtype=np.int64)[:, None, None]
    columns = np.arange(width, dtype=np.int64)[None, :, None]
    ground: NDArray[np.int64] = (
        corner + (right - corner) * columns // (2 * width) + (down - corner) * rows // (2 * height)
    )
    return ground.clip(0, 255)


def _draw_bar(random: np.random.RandomState, pixels: NDArray[np.int64]) -> None:
    height, width = pixels.shape[:2]
    top, left = int(random.randint(0, height)), int(random.randint(0, width))
    bottom, right = top + int(random.randint(4, height // 2)), left + int(random.randint(4, width // 2))
    period = int(random.randint(2, 24))
    area = pixels[top:bottom, left:right]
    stripes = (np.arange(area.shape[0])[:, None] + np.arange(area.shape[1])[None, :]) // period % 2 == 0
    area[stripes] = random.randint(0, 256, size=3)


def _draw_disc(random: np.random.RandomState, pixels: NDArray[np.int64]) -> None:
    height, width = pixels.shape[:2]
    row, column = int(random.randint(0, height)), int(random.randint(0, width))
    radius = int(random.randint(6, min(height, width) // 4))
    hole = radius // int(random.randint(2, 5))
    distance = (np.arange(height)[:, None] - row) ** 2 + (np.arange(width)[None, :] - column) ** 2
    pixels[(distance <= radius**2) & (distance >= hole**2)] = random.randint(0, 256, size=3)

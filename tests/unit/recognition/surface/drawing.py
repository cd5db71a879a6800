"""Printed labels, and how a camera sees them."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE = (480, 360)
LOGO_HEIGHT = 150
WORDS = ("valve", "pump", "seal", "filter", "gasket", "bearing", "sensor", "relay", "motor", "switch", "clamp", "fuse")


def label(seed: int, logo: int = 0, paper: str = "white") -> Image.Image:
    """A label of 480 x 360 px: the upper part depends on ``logo`` alone, the lower one on ``seed``."""
    image = Image.new("RGB", SIZE, paper)
    _print(image, logo + 10_000, (0, LOGO_HEIGHT))
    _print(image, seed, (LOGO_HEIGHT, SIZE[1]))
    return image


def seen(image: Image.Image, transform: NDArray[np.float64]) -> Image.Image:
    """A photo of 480 x 360 px of it on a grey table; ``transform`` goes from its px to the photo's."""
    warped = cv2.warpPerspective(
        np.asarray(image), transform, SIZE, borderMode=cv2.BORDER_CONSTANT, borderValue=(90,) * 3
    )
    return Image.fromarray(warped.astype(np.uint8))


def view(angle: float = 0.0, scale: float = 1.0, tilt: float = 0.0) -> NDArray[np.float64]:
    """A homography: turned by ``angle`` degrees about the middle, scaled, and tilted (1 / px)."""
    across, down = SIZE[0] / 2, SIZE[1] / 2
    cos, sin = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    to_middle = np.array([[1, 0, -across], [0, 1, -down], [0, 0, 1]])
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt, tilt / 2, 1]])
    moved = np.linalg.inv(to_middle) @ turned @ to_middle
    scaled: NDArray[np.float64] = moved / moved[2, 2]
    return scaled


def _print(image: Image.Image, seed: int, rows: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    strip = Image.new("RGB", (SIZE[0], rows[1] - rows[0]), image.getpixel((0, 0)))
    draw = ImageDraw.Draw(strip)
    for _ in range(14):
        x, y = int(rng.integers(0, SIZE[0] - 60)), int(rng.integers(0, strip.height - 30))
        colour = tuple(int(value) for value in rng.integers(0, 200, 3))
        width, height = (int(value) for value in rng.integers(10, 60, 2))
        shape = draw.ellipse if rng.random() < 0.4 else draw.rectangle
        shape((x, y, x + width, y + height), outline=colour, width=int(rng.integers(2, 6)))
        text = f"{WORDS[rng.integers(len(WORDS))]} {rng.integers(100, 999)}"
        draw.text(
            (y * 2, x * strip.height // SIZE[0]), text, colour, ImageFont.load_default(float(rng.integers(13, 34)))
        )
    image.paste(strip, (0, rows[0]))

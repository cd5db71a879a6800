"""What a phone does to light: exposure, white balance, blur, noise, tone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Rng = np.random.Generator
Light = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """The conditions of one photo: gains of the channels, vignette and noise (share of full scale), blurs in pixels."""

    exposure: float
    balance: tuple[float, float, float]
    contrast: float
    vignette: float
    defocus: float
    shake: tuple[float, float]
    noise: float

    @property
    def words(self) -> str:
        """What is hard about it, for a manifest."""
        said = [
            word
            for word, true in (
                ("dark", self.exposure < 0.55), ("bright", self.exposure > 1.35), ("defocused", self.defocus > 1.2),
                ("shaken", self.shake[0] > 4), ("noisy", self.noise > 0.035),
            )
            if true
        ]  # fmt: skip
        return " ".join(said)


def random_shot(rng: Rng, scale: float = 1.0) -> Shot:
    """Conditions as they come; ``scale`` is the picture's long edge over 768 px."""
    dark = rng.random() < 0.15
    exposure = float(rng.uniform(0.35, 0.6) if dark else np.exp(rng.normal(0, 0.2)))
    noise = rng.uniform(0.02, 0.05) if dark else rng.uniform(0.0, 0.022)
    warm, green = rng.normal(0, 0.065), rng.normal(0, 0.025)
    shaken = rng.random() < 0.2
    return Shot(
        exposure=exposure,
        balance=(float(np.exp(warm)), float(np.exp(green)), float(np.exp(-warm))),
        contrast=float(rng.uniform(0.85, 1.25)),
        vignette=float(rng.uniform(0, 0.4)),
        defocus=float(scale * (rng.uniform(1.2, 2.6) if rng.random() < 0.15 else rng.uniform(0, 0.9))),
        shake=(float(scale * rng.uniform(3, 9)) if shaken else 0.0, float(rng.uniform(0, 180))),
        noise=float(noise),
    )


def develop(picture: NDArray[np.uint8], shot: Shot, rng: Rng) -> NDArray[np.uint8]:
    """Take the picture under these conditions; uint8[h, w, 3] in and out."""
    image = Image.fromarray(picture)
    if shot.defocus > 0.2:
        image = image.filter(ImageFilter.GaussianBlur(shot.defocus))
    light: Light = np.asarray(image, np.float32) / np.float32(255)
    if shot.shake[0] >= 2:
        light = _shaken(light, *shot.shake)
    height, width = light.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    fall = 1 - shot.vignette * (x * x + y * y) / 2
    light = light * (np.array(shot.balance, np.float32) * shot.exposure) * fall[..., None].astype(np.float32)
    light = np.clip((light - 0.5) * shot.contrast + 0.5, 0, 1).astype(np.float32)
    if shot.noise:
        coarse = rng.normal(0, 1, (height, width, 3)).astype(np.float32)
        light = (light + coarse * shot.noise * (0.4 + np.sqrt(light))).astype(np.float32)
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)


def _shaken(light: Light, length: float, angle: float) -> Light:
    """Average of shifted copies along a line."""
    steps = int(length) + 1
    shifts = np.linspace(-length / 2, length / 2, steps)
    total = np.zeros_like(light)
    for shift in shifts:
        dy, dx = round(float(shift * np.sin(np.radians(angle)))), round(float(shift * np.cos(np.radians(angle))))
        total += np.roll(light, (dy, dx), axis=(0, 1))
    moved: Light = total / np.float32(steps)
    return moved

"""What a phone does to light: exposure, white balance, blur, noise, tone, sharpening."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from service.starter.render.cameras import Glass, bend

Rng = np.random.Generator
Light = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """The conditions of one photo: gains of the channels, noise (share of full scale), blurs in pixels, and how much
    of the difference to a blurred copy is added (``halo``).
    """

    exposure: float
    balance: tuple[float, float, float]
    contrast: float
    defocus: float
    shake: tuple[float, float]
    noise: float
    halo: float

    @property
    def words(self) -> str:
        """What is hard about it, for a manifest."""
        said = [
            word
            for word, true in (
                ("dark", self.exposure < 0.6), ("bright", self.exposure > 1.35), ("defocused", self.defocus > 1.2),
                ("shaken", self.shake[0] > 4), ("noisy", self.noise > 0.03), ("oversharpened", self.halo > 0.9),
            )
            if true
        ]  # fmt: skip
        return ", ".join(said)


def random_shot(rng: Rng, scale: float, *, dark: bool, blurred: bool) -> Shot:
    """Conditions as they come, hard in what is asked for; ``scale`` is the picture's long edge over 768 px."""
    exposure = rng.uniform(0.34, 0.55) if dark else np.clip(np.exp(rng.normal(0.02, 0.16)), 0.72, 1.45)
    warm, green = rng.normal(0, 0.07), rng.normal(0, 0.028)
    shaken = blurred and rng.random() < 0.5
    return Shot(
        exposure=float(exposure),
        balance=(float(np.exp(warm)), float(np.exp(green)), float(np.exp(-warm))),
        contrast=float(rng.uniform(0.85, 1.25)),
        defocus=float(scale * (rng.uniform(1.4, 2.6) if blurred and not shaken else rng.uniform(0, 0.8))),
        shake=(float(scale * rng.uniform(5, 9.5)) if shaken else 0.0, float(rng.uniform(0, 180))),
        noise=float(rng.uniform(0.018, 0.042) if dark else rng.uniform(0.0, 0.02)),
        halo=float(rng.uniform(0.9, 1.6) if rng.random() < 0.2 else rng.uniform(0.0, 0.7)),
    )


def exposed(shot: Shot, gain: float) -> Shot:
    """The same with more light, or with less."""
    return replace(shot, exposure=shot.exposure * gain)


def develop(picture: NDArray[np.uint8], shot: Shot, glass: Glass, rng: Rng) -> NDArray[np.uint8]:
    """Take an overscanned picture under these conditions; uint8[h, w, 3] in and out."""
    light: Light = picture.astype(np.float32) / np.float32(255)
    if shot.defocus > 0.2:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), shot.defocus), np.float32)
    if shot.shake[0] >= 2:
        light = _shaken(light, *shot.shake)
    light = bend(light, glass)
    gains = np.array(shot.balance, np.float32) * np.float32(shot.exposure)
    light = np.asarray(light * gains * _falling(light.shape, glass.vignette), np.float32)
    light = np.clip((light - 0.5) * shot.contrast + 0.5, 0, 1).astype(np.float32)
    if shot.noise:
        grain = rng.standard_normal(light.shape, np.float32)
        light = np.asarray(light + grain * shot.noise * (0.4 + np.sqrt(light)), np.float32)
    if shot.halo > 0.05:
        light = np.asarray(light + shot.halo * (light - cv2.GaussianBlur(light, (0, 0), 1.3)), np.float32)
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)


def _falling(shape: tuple[int, ...], vignette: float) -> Light:
    y, x = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None, :]
    return (1 - vignette * (x * x + y * y) / 2)[..., None].astype(np.float32)


def _shaken(light: Light, length: float, angle: float) -> Light:
    """Smeared along a line."""
    half = int(np.ceil(length / 2)) + 1
    line = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    reach = length / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    for share in np.linspace(-1, 1, 4 * half):
        x, y = np.round(half + share * reach).astype(int)
        line[y, x] += 1
    return np.asarray(cv2.filter2D(light, -1, line / line.sum()), np.float32)

"""What a phone does to a training scene: exposure, white balance, contrast, vignette, blur, noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from service.starter.train.scene import Rng, Scene

DARK_SHARE = 0.13
NOISE_BANK = 1 << 20


class Phone:
    """Takes pictures of scenes. Noise comes from a bank drawn once: drawing it anew took longer than all else."""

    def __init__(self, seed: int) -> None:
        """Fill the bank."""
        self._bank = np.random.default_rng(seed).normal(0, 1, NOISE_BANK).astype(np.float32)

    def taken(self, scene: Scene, rng: Rng) -> NDArray[np.uint8]:
        """The photo: uint8[size, size, 3]."""
        size = scene.shape[0]
        if rng.random() < 0.3:
            scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 1.0) * size / 112), np.float32)
        exposure = rng.uniform(0.35, 0.6) if rng.random() < DARK_SHARE else np.exp(rng.normal(0, 0.22))
        warm, green = rng.normal(0, 0.075), rng.normal(0, 0.03)
        gains = exposure * np.exp(np.array([warm, green, -warm]))
        seen = scene * gains.astype(np.float32)
        if rng.random() < 0.5:
            seen *= _fall(size, rng.uniform(0.1, 0.45))
        seen = (np.clip(seen, 0, 1) - np.float32(0.5)) * np.float32(rng.uniform(0.8, 1.3)) + np.float32(0.5)
        if rng.random() < 0.5:
            seen += self._noise(size, rng) * np.float32(rng.uniform(0.002, 0.025))
        return np.asarray(np.clip(seen, 0, 1) * 255, np.uint8)

    def _noise(self, size: int, rng: Rng) -> Scene:
        count = size * size * 3
        start = int(rng.integers(0, len(self._bank) - count))
        return self._bank[start : start + count].reshape(size, size, 3)


def _fall(size: int, strength: float) -> Scene:
    line = np.linspace(-1, 1, size, dtype=np.float32) ** 2
    return np.asarray(1 - strength * (line[:, None] + line[None, :])[..., None] / 2, np.float32)

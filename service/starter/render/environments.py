"""Light all around a scene as small equirectangular pictures of linear radiance, drawn rather than photographed."""

import numpy as np
from numpy.typing import NDArray

Radiance = NDArray[np.float32]
HEIGHT, WIDTH = 64, 128


def studio() -> Radiance:
    """A photo tent: bright all around, a softbox above, darker below and behind."""
    light = _gradient((0.22, 0.22, 0.23), (0.55, 0.56, 0.58))
    _box(light, elevation=65, azimuth=40, height=45, width=80, colour=(2.6, 2.6, 2.6))
    _box(light, elevation=20, azimuth=-120, height=50, width=30, colour=(1.5, 1.5, 1.55))
    _box(light, elevation=10, azimuth=130, height=40, width=14, colour=(0.05, 0.05, 0.05))
    return light


def workshop(seed: int) -> Radiance:
    """A room with lamps and windows of random place, size and colour."""
    rng = np.random.default_rng(seed)
    warm = rng.uniform(-0.22, 0.22)
    tint = np.array([1 + warm, 1.0, 1 - warm])
    floor, ceiling = rng.uniform(0.05, 0.35) * tint, rng.uniform(0.15, 0.8) * tint
    light = _gradient(tuple(floor), tuple(ceiling))
    for _ in range(rng.integers(2, 6)):
        strength = rng.uniform(1.5, 9.0)
        shade = tint * (1 + rng.uniform(-0.12, 0.12, 3)) * strength
        _box(light, rng.uniform(5, 85), rng.uniform(-180, 180), rng.uniform(6, 40), rng.uniform(6, 60), tuple(shade))
    for _ in range(rng.integers(2, 7)):
        shade = rng.uniform(0.02, 0.9) * (1 + rng.uniform(-0.3, 0.3, 3))
        _box(light, rng.uniform(-60, 30), rng.uniform(-180, 180), rng.uniform(10, 50), rng.uniform(8, 40), tuple(shade))
    return light * np.float32(0.75 / max(0.2, float(light.mean())))


def _gradient(bottom: tuple[float, ...], top: tuple[float, ...]) -> Radiance:
    share = np.linspace(1.0, 0.0, HEIGHT)[:, None, None]
    smooth = share * share * (3 - 2 * share)
    light = np.array(bottom) * (1 - smooth) + np.array(top) * smooth
    return np.repeat(light, WIDTH, axis=1).astype(np.float32)


def _box(
    light: Radiance, elevation: float, azimuth: float, height: float, width: float, colour: tuple[float, ...]
) -> None:
    """Paint a soft-edged rectangle (degrees) over what is there."""
    rows = 90 - (np.arange(HEIGHT) + 0.5) * 180 / HEIGHT
    columns = (np.arange(WIDTH) + 0.5) * 360 / WIDTH - 180
    across = np.abs((columns - azimuth + 180) % 360 - 180)
    inside = np.clip((height / 2 - np.abs(rows - elevation)) / 4 + 0.5, 0, 1)[:, None]
    inside = inside * np.clip((width / 2 - across) / 4 + 0.5, 0, 1)[None, :]
    light[:] = light * (1 - inside[..., None]) + np.array(colour, np.float32) * inside[..., None]

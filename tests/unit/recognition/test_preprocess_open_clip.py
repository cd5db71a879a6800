"""Preprocessing gives open_clip's own bytes."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed: install the extra [export]")

from service.models.torchvision_shim import prepare_torchvision  # noqa: E402 (needs torch)
from service.recognition.embedding.bundle import Preprocessing  # noqa: E402 (after the skip)
from service.recognition.embedding.preprocess import preprocess  # noqa: E402 (after the skip)

prepare_torchvision()
from open_clip.transform import PreprocessCfg, image_transform_v2  # noqa: E402 (imports torchvision)

SIZES = [
    (1, 1), (2, 3), (20, 300), (299, 301), (224, 224), (225, 224), (223, 500), (640, 480), (481, 641),
    (1008, 756), (1000, 63), (63, 1000), (1920, 1081), (333, 999),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("side", [112, 224, 235])
def test_bytes_equal_open_clips(mode: str, interpolation: str, side: int) -> None:
    rng = np.random.default_rng(0)
    for width, height in SIZES:
        if mode == "longest" and round(min(width, height) * side / max(width, height)) == 0:
            continue
        image = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        ours, theirs = both(image, side, mode, interpolation)
        assert np.array_equal(ours, theirs), (width, height)


def test_a_strip_cut_before_it_is_enlarged_stays_within_a_fraction_of_a_pixel() -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (300, 7, 3), dtype=np.uint8))
    ours, theirs = both(image, 235, "shortest", "bicubic")
    assert np.abs(ours.astype(int) - theirs.astype(int)).mean() < 2


def both(image: Image.Image, side: int, mode: Any, interpolation: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    spec = Preprocessing(
        size=side,
        resize_mode=mode,
        interpolation=interpolation,
        fill_color=9,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
    )
    cfg = PreprocessCfg(
        size=side, mean=(0, 0, 0), std=(1, 1, 1), interpolation=interpolation, resize_mode=mode, fill_color=9
    )
    theirs = image_transform_v2(cfg, is_train=False)(image) * 255
    return preprocess(image, spec), theirs.round().to(torch.uint8).permute(1, 2, 0).numpy()


def test_the_sizes_hold_every_kind() -> None:
    landscape, portrait = ([size for size in SIZES if (size[0] > size[1]) is wide] for wide in (True, False))
    assert landscape
    assert portrait
    assert any(width % 2 and height % 2 for width, height in itertools.chain(landscape, portrait))

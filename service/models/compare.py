"""How close a bundle's fp32 towers are to the torch model they came from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from service.models.check import golden_pixels
from service.models.export import TowerSource
from service.models.golden import GOLDEN_TEXTS
from service.models.runner import BundleRunner
from service.models.towers import TextTower, VisualTower

PICTURE_SEEDS = tuple(range(100, 108))
TEXTS = (*GOLDEN_TEXTS[1:], "M6", "ein Kugellager 6204 aus Stahl", "a red plastic knob", "六角ナット", "x")


@dataclass(frozen=True)
class Closeness:
    """ONNX Runtime against torch, over one set of inputs; vectors of length 1.

    ``largest_difference`` of any coordinate; ``centred_cosine``, the smallest over the inputs, after the mean of
    torch's vectors was taken off both sides: a plain cosine is near 1 wherever all vectors share a direction;
    ``spread``, the median length of torch's centred vectors (0: all inputs map to one vector); ``batch_difference``,
    of any coordinate between each input alone and all together.
    """

    largest_difference: float
    centred_cosine: float
    spread: float
    batch_difference: float


def compare_pictures(source: TowerSource, runner: BundleRunner, seeds: Sequence[int] = PICTURE_SEEDS) -> Closeness:
    """Compare the visual towers on structured pictures."""
    spec = source.preprocessing
    pixels = golden_pixels(spec, seeds)
    expected = _torch_vectors(VisualTower(source.visual, spec.mean, spec.std), pixels)
    singly = np.concatenate([runner.embed_pixels(pixels[at : at + 1]) for at in range(len(pixels))])
    return _closeness(expected, runner.embed_pixels(pixels), singly)


def compare_texts(source: TowerSource, runner: BundleRunner, texts: Sequence[str] = TEXTS) -> Closeness:
    """Compare the text towers."""
    expected = _torch_vectors(TextTower(source.text), runner.text_ids(texts))
    singly = np.concatenate([runner.embed_texts([text]) for text in texts])
    return _closeness(expected, runner.embed_texts(texts), singly)


def _torch_vectors(tower: nn.Module, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
    tower = tower.eval()
    with torch.no_grad():
        parts = [tower(torch.from_numpy(inputs[at : at + 4])).numpy() for at in range(0, len(inputs), 4)]
    return np.concatenate(parts)


def _closeness(expected: NDArray[np.float32], found: NDArray[np.float32], singly: NDArray[np.float32]) -> Closeness:
    mean = expected.mean(axis=0, dtype=np.float64)
    centred, other = expected - mean, found - mean
    lengths = np.linalg.norm(centred, axis=1)
    cosine = np.sum(centred * other, axis=1) / (lengths * np.linalg.norm(other, axis=1))
    return Closeness(
        largest_difference=float(np.abs(found - expected).max()),
        centred_cosine=float(cosine.min()),
        spread=float(np.median(lengths)),
        batch_difference=float(np.abs(found - singly).max()),
    )

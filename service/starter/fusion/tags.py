"""Fits what a cosine of a photo with a text is worth, on photos of parts whose words are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from service.models.pictures import read_pictures
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle
from service.recognition.tags import CLIP_SCALE
from service.starter.demo_set import upright
from service.starter.fusion.choice import Floats
from service.starter.parts.families import training_parts
from service.starter.parts.words import statements
from service.starter.train.captions import Statements

CALIBRATION_SEED = 1009
"""Of the parts that ``photocode starter render --calibration`` draws."""

ASPECTS = ("noun", "colour")
"""Of which there is a list of tags each: what it is, and of what colour."""

MOST_SCALE = 2 * CLIP_SCALE
LEAST = 1e-12


@dataclass(frozen=True, kw_only=True)
class FittedScale:
    """The scale, and of each list the share of photos whose most probable tag is true of them, 0..1."""

    scale: float
    photos: int
    right: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """``cosines[photos, tags]`` and which tags are true, of the same shape."""

    cosines: Floats
    true: np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def fit_text_scale(bundle: Bundle, folder: Path) -> FittedScale | None:
    """By the photos of ``photocode starter render --calibration`` in this folder; None without a text tower.

    The likeliest scale of a softmax over each list, where any tag that is true counts as right.
    """
    if bundle.manifest.context_length is None:
        return None
    runner = BundleRunner(bundle, next(iter(bundle.manifest.variants)))
    known = {part.part_number: statements(part) for part in training_parts(CALIBRATION_SEED)}
    pictures = [one for one in read_pictures(folder) if one.role == "query" and one.label in known]
    vectors = runner.embed_pictures([upright(one.path) for one in pictures])
    said = [known[one.label] for one in pictures]
    asked = {aspect: _asked(runner, vectors.astype(np.float64), said, aspect) for aspect in ASPECTS}

    def loss(scale: float) -> float:
        return -sum(float(np.log(_share_of_true(one, scale) + LEAST).sum()) for one in asked.values())

    scale = float(minimize_scalar(loss, bounds=(1.0, MOST_SCALE), method="bounded").x)
    right = {aspect: float(_first_is_true(one).mean()) for aspect, one in asked.items()}
    return FittedScale(scale=round(scale, 2), photos=len(pictures), right=right)


def _asked(runner: BundleRunner, vectors: Floats, said: Sequence[Statements], aspect: str) -> _Asked:
    tags = sorted({one[aspect][0] for one in said})
    true = np.array([[tag in one[aspect] for tag in tags] for one in said])
    return _Asked(cosines=vectors @ runner.embed_texts(tags).T, true=true)


def _share_of_true(one: _Asked, scale: float) -> Floats:
    shares: Floats = (softmax(scale * one.cosines, axis=1) * one.true).sum(axis=1)
    return shares


def _first_is_true(one: _Asked) -> Floats:
    return np.take_along_axis(one.true, one.cosines.argmax(axis=1)[:, None], axis=1)[:, 0].astype(np.float64)

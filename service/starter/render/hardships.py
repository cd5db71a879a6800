"""What makes a photo hard, at most one thing to an extreme, and the bounds within which it stays fair."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
KINDS = {"plain": 0.26, "dark": 0.12, "blurred": 0.15, "covered": 0.25, "crossed": 0.12, "cluttered": 0.10}
MOST_COVERED = 0.25
MARGIN = 0.02
MOST_CUT = 0.10
FILLS = (0.5, 0.9)
LEAST_LEGIBILITY = 20.0
LEAST_STRUCTURE = 9.0
LEAST_DETAIL = 12.0
BLANK_SOLIDITY = 0.95
LEAST_BREADTH = 0.4
RULES = {
    "one_extreme": "each photo has at most one of: very dark, strong blur, a hand or tool before the part",
    "covered": "at most a quarter of the part's pixels lies behind hands, tools or other parts, by silhouettes",
    "cut": "at most a tenth of the part's pixels lies outside the picture",
    "size": "the part's bounding sphere fills 45 to 95 % of the short edge (from 20 % on where a card lies beside)",
    "breadth": "no part is seen end-on: the box around it shows two fifths of the most it can show",
    "legibility": "a photo in which the part hardly stands out, is burnt out or shows a blank face is taken again",
}


@dataclass(frozen=True)
class Hardship:
    """One of ``KINDS``."""

    kind: str

    @property
    def dark(self) -> bool:
        """Little light."""
        return self.kind == "dark"

    @property
    def blurred(self) -> bool:
        """Out of focus or shaken."""
        return self.kind == "blurred"

    @property
    def covered(self) -> bool:
        """A hand or a tool is before the part."""
        return self.kind == "covered"

    @property
    def crossed(self) -> bool:
        """Something outside the picture throws its shadow across."""
        return self.kind == "crossed"

    @property
    def cluttered(self) -> bool:
        """Much lies about."""
        return self.kind == "cluttered"


def random_hardship(rng: Rng) -> Hardship:
    """As they come."""
    return Hardship(str(rng.choice(list(KINDS), p=list(KINDS.values()))))


def lost(alone: NDArray[np.uint8], seen: NDArray[np.uint8]) -> float:
    """The share of a part's pixels (masks of 0 and 255) that is not seen."""
    whole = np.count_nonzero(alone > 127)
    return 1 - np.count_nonzero(seen > 127) / whole if whole else 1.0


def legibility(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """How well a part (mask of 0 and 255) can be made out, in grey levels; below ``LEAST_LEGIBILITY`` it cannot.

    Its own variation or its difference to a margin around it, less what is burnt out; nothing for a blank face, which
    might belong to any part.
    """
    grey = pixels.mean(axis=2)
    inside = mask > 127
    if not inside.any():
        return 0.0
    around = (cv2.dilate(mask, np.ones((25, 25), np.uint8)) > 127) & ~inside
    beside = float(np.median(grey[around])) if around.any() else 0.0
    own = float(grey[inside].std())
    if own < LEAST_STRUCTURE and _solidity(mask) > BLANK_SOLIDITY:
        return 0.0
    burnt = float((grey[inside] > 248).mean())
    return max(own, abs(float(np.median(grey[inside])) - beside)) - 60 * max(0.0, burnt - 0.3)


def blank(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> bool:
    """Whether a part, drawn without blur and noise, shows nothing but a closed outline and smooth shading."""
    inner = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 127
    if not inner.any() or _solidity(mask) <= BLANK_SOLIDITY:
        return False
    grey = pixels.mean(axis=2).astype(np.float32)
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 0.02 * max(grey.shape)))
    return float(np.percentile(detail[inner], 99)) < LEAST_DETAIL


def _solidity(mask: NDArray[np.uint8]) -> float:
    """A mask's share of its convex hull."""
    points = np.argwhere(mask > 127)[:, ::-1].astype(np.int32)
    hull = float(cv2.contourArea(cv2.convexHull(points)))
    return len(points) / max(hull, 1.0)

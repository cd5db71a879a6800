"""Fitting the ranking: evidence is weighed by how often it was right, and by photos that can teach that alone."""

import numpy as np
import pytest

from service.recognition.fusion import TEXTURED_FROM, TRUSTED_FROM, Evidence
from service.recognition.surface.verification import Verified
from service.starter.fusion.fit import fit_fusion
from service.starter.fusion.gather import Looked

CANDIDATES = 8
UNFITTING = Verified(matches=TEXTURED_FROM, inliers=0)


def photo(number: int, right: int, candidates: list[Evidence], source: str = "parts") -> Looked:
    return Looked(
        source=source,
        product=f"{source}-{number}",
        present=True,
        right=right,
        candidates=candidates,
        numbers=[f"{source}-{number + at}" for at in range(CANDIDATES)],
    )


def drawn(count: int) -> list[Looked]:
    """The image is right in most of them, recall in few; half of them fit by geometry."""
    rng = np.random.default_rng(5)
    looked = []
    for number in range(count):
        right = int(rng.integers(CANDIDATES))
        seen = UNFITTING if number % 2 else Verified(matches=60, inliers=TRUSTED_FROM)
        cosines, kernels = rng.uniform(0.3, 0.6, CANDIDATES), rng.uniform(0.001, 0.01, CANDIDATES)
        cosines[right] += 0.25
        kernels[right] += 0.002
        candidates = [
            Evidence(image=float(cosine), kernel=float(kernel), kernel_sum=float(kernel), verified=seen)
            for cosine, kernel in zip(cosines, kernels, strict=True)
        ]
        looked.append(photo(number, right, candidates))
    return looked


def recalled_alone(count: int) -> list[Looked]:
    """Photos of what the image has learnt by heart, so that it may not speak: recall is all that there is."""
    looked = []
    for number in range(count):
        candidates = [Evidence(kernel=0.001, kernel_sum=0.001, verified=UNFITTING) for _ in range(CANDIDATES)]
        candidates[0] = Evidence(kernel=0.003, kernel_sum=0.003, verified=UNFITTING)
        looked.append(photo(number, 0, candidates, "recalled"))
    return looked


@pytest.fixture(scope="module")
def photos() -> list[Looked]:
    return drawn(120)


def test_what_is_right_more_often_weighs_more(photos: list[Looked]) -> None:
    fitted = fit_fusion(photos, "a test")
    assert fitted.top1["parts"] > 0.8
    assert fitted.model.ranking["image"] > fitted.model.ranking["kernel_sum"] >= 0


def test_recall_does_not_learn_to_stand_for_an_image_that_may_not_speak(photos: list[Looked]) -> None:
    alone, beside = fit_fusion(photos, "a test"), fit_fusion([*photos, *recalled_alone(120)], "a test")
    assert beside.model.ranking == pytest.approx(alone.model.ranking)

"""Fitting probabilities: answers drawn from a known softmax come true as the fitted one says."""

import numpy as np
import pytest

from service.bootstrap import FUSION
from service.recognition.fusion import Evidence, FusionModel
from service.recognition.verdict.likelihood import ANY, look
from service.starter.fusion.choice import fit_choice
from service.starter.fusion.gather import Looked
from service.starter.fusion.likelihood import MADE_FOR, fit_likelihood, kind_of

SCALE, SOMETHING_ELSE, CANDIDATES = 5.0, 0.5, 8
WEIGHTS = FusionModel.load(FUSION)


def drawn(count: int) -> list[Looked]:
    """Photos of a smooth part each, that the image alone speaks of."""
    rng = np.random.default_rng(3)
    looked = []
    for number in range(count):
        candidates = [Evidence(image=float(cosine), kernel=0.0) for cosine in rng.uniform(0.2, 0.9, CANDIDATES)]
        logits = np.append(SCALE * np.array(look([candidates], None).scores), SOMETHING_ELSE)
        chances = np.exp(logits) / np.exp(logits).sum()
        right = int(rng.choice(CANDIDATES + 1, p=chances))
        numbers = [f"K{at}-{number}" for at in range(CANDIDATES)]
        there = right < CANDIDATES
        looked.append(
            Looked(
                source=MADE_FOR,
                product=numbers[right] if there else f"X-{number}",
                present=there,
                right=right if there else None,
                candidates=candidates,
                numbers=numbers,
            )
        )
    return looked


def test_what_is_fitted_comes_true() -> None:
    fitted = fit_likelihood(drawn(600), WEIGHTS, "a bundle", 20.0, "a test")
    own, any_other = fitted.models.models
    assert (own.bundle, own.text_scale, any_other.bundle) == ("a bundle", 20.0, ANY)
    assert any_other.alone.scale == pytest.approx(SCALE, rel=0.25)
    assert any_other.alone.something_else == pytest.approx(SOMETHING_ELSE, abs=0.3)
    assert fitted.said == pytest.approx(fitted.right, abs=0.05)
    assert fitted.ece < 0.08


@pytest.mark.parametrize(
    ("number", "kind"),
    [("ISO 4762 - M6x20", "ISO 4762"), ("AB-40x40-1", "AB"), ("dress-0104", "dress"), ("Kiwi", "Kiwi")],
)
def test_kinds_are_beginnings_of_part_numbers(number: str, kind: str) -> None:
    assert kind_of(number) == kind


def test_bounds_hold() -> None:
    tables = [np.array([[0.0], [1.0]])] * 10
    assert fit_choice(tables, [0] * 10, [(0.0, None)], 0.0)[0] == pytest.approx(0)
    assert fit_choice(tables, [1] * 10, [(None, 2.0)], 0.0)[0] == pytest.approx(2)

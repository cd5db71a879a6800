"""Fits a bundle's first thresholds on labelled pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.models.folder import copy_manifest, rewrite_manifest
from service.models.pictures import LabelledPicture
from service.models.retrieval import embed, lookups
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle, Precision, Thresholds
from service.recognition.verdict.thresholds import fit_thresholds


@dataclass(frozen=True)
class Fitted:
    """Thresholds and what they do to the lookups they were fitted on: counts."""

    thresholds: Thresholds
    lookups: int
    present: int
    right_matches: int
    wrong_matches: int
    right_answers: int


def fit_bundle(
    bundle: Bundle, pictures: Sequence[LabelledPicture], *, precision: Precision, source: str
) -> tuple[Bundle, Fitted]:
    """Look every query up with and without its own product, fit, and write the thresholds into ``bundle.json``.

    Raises:
        ModelError: the precision is absent or does not run here, or a picture cannot be read.

    """
    found = lookups(embed(BundleRunner(bundle, precision), pictures))
    said = f"{source}: {len(found.score)} lookups, half of them without their product, {precision}"
    thresholds = fit_thresholds(found.score, found.margin, found.correct, found.present, source=said)
    match = (found.score >= thresholds.match_score) & (found.margin >= thresholds.match_margin)
    fitted = Fitted(
        thresholds=thresholds,
        lookups=len(found.score),
        present=int(found.present.sum()),
        right_matches=int((match & found.correct).sum()),
        wrong_matches=int((match & ~found.correct).sum()),
        right_answers=int(found.correct.sum()),
    )
    return rewrite_manifest(bundle.folder, copy_manifest(bundle.manifest, thresholds=thresholds)), fitted

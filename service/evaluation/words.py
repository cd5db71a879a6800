"""Figures by the names that people read."""

from typing import Final

from service.evaluation.bounds import Estimate
from service.evaluation.figures import Figures

WORDS: Final = {
    "recall_at_1": "right first",
    "recall_at_5": "among the first 5",
    "recall_at_10": "among the first 10",
    "mrr": "mean reciprocal rank",
    "coverage": "present, called a match",
    "wrong_match_rate": "present, called a wrong match",
    "left_out_match_rate": "left out, called a match",
    "stranger_match_rate": "strangers, called a match",
    "absent_match_rate": "absent in all, called a match",
    "auroc": "right over wrong or absent (AUROC)",
    "ece": "calibration error (ECE)",
    "label_ece": "calibration error of labels",
    "coarse_coverage": "present, no match: given a coarse answer",
    "coarse_wrong_rate": "present, of coarse answers wrong",
    "left_out_coarse_coverage": "left out, given a coarse answer",
    "left_out_coarse_wrong_rate": "left out, of coarse answers wrong",
    "stranger_coarse_rate": "strangers, given a coarse answer",
}


def named_figures(figures: Figures) -> dict[str, Estimate | None]:
    """Every figure that is an estimate, flat, by the keys of ``WORDS``."""
    absent = figures.stranger_match_rate
    return {
        "recall_at_1": figures.recall_at_1,
        "recall_at_5": figures.recall_at_5,
        "recall_at_10": figures.recall_at_10,
        "mrr": figures.mrr,
        "coverage": figures.coverage,
        "wrong_match_rate": figures.wrong_match_rate,
        "left_out_match_rate": absent.left_out,
        "stranger_match_rate": absent.strangers,
        "absent_match_rate": absent.together,
        "auroc": figures.auroc,
        "ece": figures.ece,
        "label_ece": figures.label_ece,
        "coarse_coverage": figures.coarse_coverage,
        "coarse_wrong_rate": figures.coarse_wrong_rate,
        "left_out_coarse_coverage": figures.coarse_of_absent.left_out_given,
        "left_out_coarse_wrong_rate": figures.coarse_of_absent.left_out_wrong,
        "stranger_coarse_rate": figures.coarse_of_absent.strangers_given,
    }


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{value * 100:.1f} %"

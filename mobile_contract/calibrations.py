"""Calibrations of catalogs on the wire: what makes verdicts a catalog's own."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

LEAST_WRONG, MOST_WRONG = 0.001, 0.2

WrongMatches = Annotated[
    float,
    Meta(
        ge=LEAST_WRONG,
        le=MOST_WRONG,
        description="Share of wrong ones among matches that is wanted, 0.001 to 0.2",
        examples=[0.01],
    ),
]


class Fitted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A calibration: what it was fitted on, and what probabilities make a verdict since.

    ``rehearsed``: answers about the catalog's own pictures, of which in ``leftOut`` the product was left out;
    ``confirmed``: lookups that a worker confirmed, or said that none of the candidates is it. The shared model's
    log-odds times ``slope`` plus ``intercept`` are this catalog's.
    """

    version: int
    created_at: datetime
    rehearsed: int
    left_out: int
    confirmed: int
    slope: float
    intercept: float
    match_probability: float
    no_match_probability: float
    wrong_matches: WrongMatches


class Calibration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The share of wrong matches that a catalog wants, and the calibration that counts; none before the first.

    ``failureCode`` says why the last try was given up, as ``worker_killed``: three processes ended while they did
    nothing but this; ``failure`` in a sentence. It is tried anew when the share is put again, or when a tenth of the
    references have come or gone.
    """

    wrong_matches: WrongMatches
    fitted: Fitted | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    failure_code: str | UnsetType = UNSET


class NewCalibration(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is wanted from now on; within half a minute a calibration goes by it."""

    wrong_matches: WrongMatches

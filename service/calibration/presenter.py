"""Calibrations of catalogs as the wire shows them."""

from msgspec import UNSET

from catalog.models import CalibrationRow
from mobile_contract.calibrations import Calibration, Fitted


def present_calibration(wrong_matches: float, row: CalibrationRow | None) -> Calibration:
    """What is wanted, and the calibration that counts."""
    return Calibration(wrong_matches=wrong_matches, fitted=UNSET if row is None else _fitted(row))


def _fitted(row: CalibrationRow) -> Fitted:
    return Fitted(
        version=row.version,
        created_at=row.created_at,
        rehearsed=len(row.rehearsed),
        left_out=sum(one["absent"] for one in row.rehearsed),
        confirmed=row.confirmed,
        slope=row.slope,
        intercept=row.intercept,
        match_probability=row.match_probability,
        no_match_probability=row.no_match_probability,
        wrong_matches=row.wrong_matches,
    )

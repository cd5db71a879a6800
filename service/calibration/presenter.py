"""Calibrations of catalogs as the wire shows them."""

from msgspec import UNSET

from catalog.models import CalibrationRow, CatalogRow
from mobile_contract.calibrations import Calibration, Fitted


def present_calibration(catalog: CatalogRow, row: CalibrationRow | None) -> Calibration:
    """What is wanted, and the calibration that counts."""
    return Calibration(
        wrong_matches=catalog.wrong_matches,
        fitted=UNSET if row is None else _fitted(row),
        failure=catalog.calibration_failure or UNSET,
        failure_code=catalog.calibration_failure_code or UNSET,
    )


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

"""The shared model as it speaks in each catalog: corrected by the catalog's newest calibration."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from uuid import UUID

from catalog.calibrations import calibration_of
from catalog.database import Database
from catalog.galleries import SpaceKey
from catalog.models import CalibrationRow
from service.recognition.fusion import FusionModel
from service.recognition.verdict.calibration import Answered, Calibration, calibrated

KEPT_SECONDS: Final = 5.0
"""Another process may have calibrated a catalog since."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    model: FusionModel
    until: float


@dataclass(frozen=True, kw_only=True)
class Calibrations:
    """``shared``: the model without any catalog's correction, ``space`` and ``vocabulary`` what it looks through."""

    database: Database
    shared: FusionModel
    space: SpaceKey
    vocabulary: str
    kept: dict[UUID, _Kept] = field(default_factory=dict)

    @cached_property
    def maker(self) -> str:
        """Who says the log-odds that a calibration corrects."""
        space = f"{self.space.bundle_identity[:16]}-{self.space.preprocessing_revision}"
        return f"{self.shared.identity}-{space}-{self.vocabulary}"

    async def model(self, catalog_id: UUID) -> FusionModel:
        """As it speaks in this catalog."""
        now = asyncio.get_running_loop().time()
        kept = self.kept.get(catalog_id)
        if kept is None or kept.until < now:
            async with self.database.read() as session:
                row = await calibration_of(session, catalog_id, self.maker)
            kept = self.kept[catalog_id] = _Kept(model=self._model(row), until=now + KEPT_SECONDS)
        return kept.model

    def forget(self, catalog_id: UUID) -> None:
        """Read it anew the next time."""
        self.kept.pop(catalog_id, None)

    def _model(self, row: CalibrationRow | None) -> FusionModel:
        if row is None:
            return self.shared
        return calibrated(self.shared, calibration_in(row), version=row.version, source=source_of(row))


def calibration_in(row: CalibrationRow) -> Calibration:
    """What a row says."""
    return Calibration(
        slope=row.slope,
        intercept=row.intercept,
        match_probability=row.match_probability,
        no_match_probability=row.no_match_probability,
    )


def rehearsed_in(row: CalibrationRow) -> list[Answered]:
    """The answers about the catalog's own pictures that it was fitted on."""
    return [Answered(**one, confirmed=False) for one in row.rehearsed]


def source_of(row: CalibrationRow) -> str:
    """What a calibration was fitted on, in words."""
    said = f"calibration {row.version} of this catalog: {len(row.rehearsed)} answers about its own pictures"
    if (row.slope, row.intercept, row.confirmed) == (1.0, 0.0, 0):
        return f"{said}, which say little of photos: probabilities are the shared model's"
    wanted = f"at most {row.wrong_matches:.1%} of matches are to be wrong"
    return f"{said} and {row.confirmed} confirmed lookups; {wanted}"

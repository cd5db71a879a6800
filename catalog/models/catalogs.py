"""Tables of catalogs, and of what their verdicts are corrected by."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class CatalogRow(Base):
    """A catalog. ``tags`` are objects with ``tag`` and ``prompts``; ``wrong_matches`` is the share of wrong ones among
    matches that is wanted; ``calibrating_until``: until then some process holds the right to calibrate it;
    ``calibration_failure``: why that cannot be, while it has about as many references as
    ``calibration_failed_images``. One with ``deleted_at`` has been removed: it has lost its name, and what it held is
    taken away in the background.
    """

    __tablename__ = "catalog"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tags: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    wrong_matches: Mapped[float] = mapped_column(server_default=text("0.01"))
    calibrating_until: Mapped[datetime | None]
    calibration_failure: Mapped[str | None]
    calibration_failure_code: Mapped[str | None]
    calibration_failed_images: Mapped[int | None]
    deleted_at: Mapped[datetime | None]


class CalibrationRow(Base):
    """What a catalog's verdicts were corrected by from a moment on; the highest version counts.

    ``maker``: the shared model and what it looked through, whose log-odds it corrects. ``rehearsed`` are objects with
    ``logit``, ``right`` and ``absent``; ``confirmed`` is how many lookups' confirmations went in beside them, of those
    up to the confirmation of sequence ``last_confirmation``; ``reference_images`` how many the catalog had.
    """

    __tablename__ = "calibration"
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    maker: Mapped[str]
    slope: Mapped[float]
    intercept: Mapped[float]
    match_probability: Mapped[float]
    no_match_probability: Mapped[float]
    wrong_matches: Mapped[float]
    rehearsed: Mapped[list[Any]]
    reference_images: Mapped[int]
    confirmed: Mapped[int]
    last_confirmation: Mapped[int] = mapped_column(BigInteger)

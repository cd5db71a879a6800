"""Lookups, what they answered, and what the worker said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import LateralFromClause

from catalog.errors import LookupNotFound, ProductNotFound
from catalog.models import CatalogRow, ConfirmationRow, DeviceRow, LookupRow, ProductRow


@dataclass(frozen=True, kw_only=True)
class StoredLookup:
    """A lookup as it was answered, with the newest confirmation."""

    lookup: LookupRow
    catalog_name: str
    confirmation: ConfirmationRow | None


@dataclass(frozen=True, kw_only=True)
class KeptPhoto:
    """A lookup's photo in the picture store."""

    key: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class AskedPhoto:
    """A photo that was looked up: its hash as it was sent, and where it is kept, if it is."""

    sha256: str
    kept: KeptPhoto | None


@dataclass(frozen=True, kw_only=True)
class EarlierPhoto(AskedPhoto):
    """With what the answer said of it."""

    facts: Mapping[str, Any]


# Of the table and not of the class: nobody needs the row back, and following it costs half a millisecond.
_RECORD = sa.insert(cast("sa.Table", LookupRow.__table__))


def new_lookup_id() -> UUID:
    """Known before the row is written, because the answer carries it."""
    return uuid4()


CONFIRMED, NONE_OF_THESE = "confirmed", "none_of_these"
"""Outcomes of a confirmation that say whether a lookup was right."""


def newest_word() -> LateralFromClause:
    """The newest confirmation beside each lookup of a statement: ``outcome`` and ``part_number``."""
    return (
        sa.select(ConfirmationRow.outcome, ConfirmationRow.part_number)
        .where(ConfirmationRow.lookup_id == LookupRow.id)
        .order_by(ConfirmationRow.sequence.desc())
        .limit(1)
        .lateral()
    )


async def record_lookup(
    session: AsyncSession,
    *,
    lookup_id: UUID,
    catalog_id: UUID,
    client_lookup_id: str | None,
    photos: Sequence[AskedPhoto],
    answer: dict[str, Any],
    further: Sequence[Any],
    certainty: float | None,
    certainty_maker: str,
    device_id: UUID | None,
    key_id: UUID | None = None,
) -> None:
    """Keep an answer, the candidates after its own, and where its photos lie if they were kept; a text that was asked
    alone has none. ``certainty``: log-odds of its first by looks alone, None where something else decided.
    ``device_id`` or ``key_id``: who asked, both None where it was this machine.
    """
    first = photos[0] if photos else None
    kept = first.kept if first else None
    values = {
        "id": lookup_id,
        "catalog_id": catalog_id,
        "client_lookup_id": client_lookup_id,
        "photo_sha256": first.sha256 if first else None,
        "photo_key": kept.key if kept else None,
        "photo_media_type": kept.media_type if kept else None,
        "further_photos": [_stored(one) for one in photos[1:]],
        "answer": answer,
        "further_candidates": further,
        "certainty": certainty,
        "certainty_maker": None if certainty is None else certainty_maker,
        "device_id": device_id,
        "key_id": key_id,
    }
    await session.execute(_RECORD, values)


async def earlier_photos(session: AsyncSession, catalog_id: UUID, lookup_id: UUID) -> list[EarlierPhoto]:
    """The photos of a lookup of this catalog; none where a text alone was asked.

    Raises:
        LookupNotFound: the catalog has none of this id.

    """
    statement = sa.select(LookupRow).where(LookupRow.id == lookup_id, LookupRow.catalog_id == catalog_id)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise LookupNotFound(f"the catalog has no lookup {lookup_id}")
    if row.photo_sha256 is None:
        return []
    first = EarlierPhoto(
        sha256=row.photo_sha256, kept=_kept(row.photo_key, row.photo_media_type), facts=row.answer["photo"]
    )
    return [
        first,
        *(
            EarlierPhoto(sha256=one["sha256"], kept=_kept(one["key"], one["media_type"]), facts=facts)
            for one, facts in zip(row.further_photos, row.answer.get("furtherPhotos", ()), strict=True)
        ),
    ]


async def get_lookup(session: AsyncSession, lookup_id: UUID) -> StoredLookup:
    """A lookup with its newest confirmation.

    Raises:
        LookupNotFound: there is none of this id.

    """
    statement = sa.select(LookupRow, CatalogRow.name).join(CatalogRow).where(LookupRow.id == lookup_id)
    statement = statement.where(CatalogRow.deleted_at.is_(None))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise LookupNotFound(f"there is no lookup {lookup_id}")
    return StoredLookup(lookup=row[0], catalog_name=row[1], confirmation=await _newest(session, lookup_id))


async def catalog_of_lookup(session: AsyncSession, lookup_id: UUID) -> UUID | None:
    """The catalog in which a photo was looked up; None where there is no such lookup."""
    return await session.scalar(sa.select(LookupRow.catalog_id).where(LookupRow.id == lookup_id))


async def ranked_candidates(session: AsyncSession, lookup_id: UUID) -> list[Any]:
    """The candidates of a lookup as they were ranked: those of the answer, then the further ones that are kept.

    Raises:
        LookupNotFound: there is none of this id.

    """
    statement = sa.select(LookupRow.answer["candidates"], LookupRow.further_candidates).where(LookupRow.id == lookup_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise LookupNotFound(f"there is no lookup {lookup_id}")
    answered, further = row
    return [*answered, *further]


async def confirm(
    session: AsyncSession,
    lookup_id: UUID,
    outcome: str,
    part_number: str | None,
    *,
    device_id: UUID | None,
    key_id: UUID | None = None,
    worker: str | None = None,
) -> tuple[ConfirmationRow, UUID]:
    """Keep the worker's word, with a name: ``worker``, empty for nobody in particular; None: of who uses the device.
    The same word again gives the row that is there; another one, or one under another name, is added and counts. Gives
    the lookup's catalog too.

    Raises:
        LookupNotFound: there is no such lookup.
        ProductNotFound: the lookup's catalog has no such product.

    """
    # The lock lets two phones' words on one lookup follow each other, so that the same word is kept once.
    lookup = await session.get(LookupRow, lookup_id, with_for_update=True)
    if lookup is None:
        raise LookupNotFound(f"there is no lookup {lookup_id}")
    if part_number is not None:
        await _must_have(session, lookup.catalog_id, part_number)
    newest = await _newest(session, lookup_id)
    if newest is not None and _says(newest, outcome, part_number, worker):
        return newest, lookup.catalog_id
    if worker is None and device_id is not None:
        worker = await session.scalar(sa.select(DeviceRow.worker).where(DeviceRow.id == device_id))
    row = ConfirmationRow(
        lookup_id=lookup_id,
        outcome=outcome,
        part_number=part_number,
        device_id=device_id,
        key_id=key_id,
        worker=worker or None,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row, lookup.catalog_id


def _says(row: ConfirmationRow, outcome: str, part_number: str | None, worker: str | None) -> bool:
    """Whether a kept word is this one; a word that names nobody is anybody's."""
    same = (row.outcome, row.part_number) == (outcome, part_number)
    return same and (worker is None or (row.worker or "") == worker)


def _stored(photo: AskedPhoto) -> dict[str, str | None]:
    kept = photo.kept
    return {
        "sha256": photo.sha256,
        "key": kept.key if kept else None,
        "media_type": kept.media_type if kept else None,
    }


def _kept(key: str | None, media_type: str | None) -> KeptPhoto | None:
    return None if key is None or media_type is None else KeptPhoto(key=key, media_type=media_type)


async def _must_have(session: AsyncSession, catalog_id: UUID, part_number: str) -> None:
    """A removed product counts: the answer was given before, perhaps long ago to a phone that was offline since."""
    statement = sa.select(ProductRow.id).where(
        ProductRow.catalog_id == catalog_id, ProductRow.part_number == part_number
    )
    if await session.scalar(statement) is None:
        raise ProductNotFound(f"the catalog has no product {part_number!r}")


async def _newest(session: AsyncSession, lookup_id: UUID) -> ConfirmationRow | None:
    statement = (
        sa.select(ConfirmationRow)
        .where(ConfirmationRow.lookup_id == lookup_id)
        .order_by(ConfirmationRow.sequence.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()

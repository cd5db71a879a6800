"""Writing a batch of rows by few statements, however many rows it has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.imports.rows import RowFields, RowProblem
from catalog.models import ItemState, ProductRow, ReferenceRole, ReferenceRow
from catalog.references import NewReference, digest_of
from catalog.removal import revive
from catalog.search.vectors import NewVector, insert_vectors


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a catalog has of a part number, removed products too, which come back with it.

    ``hashes``: of the pictures that need no new vector, of what came and of what is kept and exported. ``pictures``:
    both hashes of each catalog picture.
    """

    product_id: UUID
    hashes: frozenset[str]
    pictures: frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Landing:
    """A row to be written. ``listed``: hashes of all pictures that it names, None where it says nothing of pictures or
    where one could not be read, and so none is dropped; ``content_hash``: of what the product is afterwards, None
    where that is not what the row says.
    """

    line: int
    fields: RowFields
    references: Sequence[NewReference]
    listed: frozenset[str] | None
    problems: Sequence[RowProblem]
    content_hash: str | None


@dataclass(frozen=True, kw_only=True)
class Landed:
    """What became of a row."""

    line: int
    state: ItemState
    problems: Sequence[RowProblem]


_UPSERT: Final = sa.text(
    """
    INSERT INTO product (id, catalog_id, part_number, name, description, category, metadata, superseded_by)
    SELECT gen_random_uuid(), :catalog, part_number, name, description, category, metadata, superseded_by
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        part_number text, name text, description text, category text, metadata jsonb, superseded_by text)
    ORDER BY part_number
    ON CONFLICT (catalog_id, part_number) DO UPDATE
    SET name = excluded.name, description = excluded.description, category = excluded.category,
        metadata = excluded.metadata, superseded_by = excluded.superseded_by, import_hash = NULL, updated_at = now()
    WHERE (product.name, product.description, product.category, product.metadata, product.superseded_by)
        IS DISTINCT FROM
        (excluded.name, excluded.description, excluded.category, excluded.metadata, excluded.superseded_by)
    RETURNING part_number, id, (xmax = 0) AS created
    """
).bindparams(sa.bindparam("catalog", type_=sa.Uuid()))
_NOTICES: Final = sa.text(
    """
    UPDATE product SET notices = r.notices, import_hash = NULL, updated_at = now()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, notices jsonb)
    WHERE product.id = r.id AND product.notices IS DISTINCT FROM r.notices
    RETURNING product.id
    """
)
_ADD: Final = sa.text(
    """
    INSERT INTO reference_image (
        id, product_id, content_hash, role, width, height, byte_count, media_type, object_key, import_job_id, place)
    SELECT gen_random_uuid(), product_id, content_hash, role, width, height, byte_count, media_type, object_key, job_id,
        nth + (SELECT coalesce(max(had.place) + 1, 0) FROM reference_image had WHERE had.product_id = r.product_id)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        product_id uuid, content_hash text, role text, width int, height int, byte_count bigint, media_type text,
        object_key text, job_id uuid, nth int)
    ON CONFLICT (product_id, content_hash) DO UPDATE
    SET role = excluded.role, width = excluded.width, height = excluded.height, byte_count = excluded.byte_count,
        media_type = excluded.media_type, object_key = excluded.object_key, import_job_id = excluded.import_job_id
    RETURNING id, product_id, content_hash
    """
)
_DROP: Final = sa.text(
    """
    DELETE FROM reference_image USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(product_id uuid, listed jsonb)
    WHERE reference_image.product_id = r.product_id AND role = :role
        AND NOT jsonb_exists(r.listed, reference_image.content_hash)
        AND NOT jsonb_exists(r.listed, regexp_replace(reference_image.object_key, '^.*/', ''))
    RETURNING reference_image.product_id
    """
)
_TOUCH: Final = sa.text("UPDATE product SET updated_at = now() WHERE id = ANY(CAST(:ids AS uuid[]))")
_REMEMBER: Final = sa.text(
    """
    UPDATE product SET import_hash = r.content_hash
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, content_hash text)
    WHERE product.id = r.id AND product.import_hash IS DISTINCT FROM r.content_hash
    """
)
_FINISH: Final = sa.text(
    """
    UPDATE import_item SET state = r.state, errors = r.problems, attempts = attempts + 1
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(line int, state text, problems jsonb)
    WHERE import_item.job_id = :job AND import_item.line = r.line
    """
).bindparams(sa.bindparam("job", type_=sa.Uuid()))


async def known_products(session: AsyncSession, catalog_id: UUID, part_numbers: Sequence[str]) -> Mapping[str, Known]:
    """What the catalog has of these part numbers."""
    statement = (
        sa.select(
            ProductRow.part_number,
            ProductRow.id,
            ReferenceRow.content_hash,
            ReferenceRow.object_key,
            ReferenceRow.role,
        )
        .outerjoin(ReferenceRow, ReferenceRow.product_id == ProductRow.id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(part_numbers))
    )
    ids: dict[str, UUID] = {}
    pictures: dict[str, set[tuple[str, str]]] = {}
    others: dict[str, set[str]] = {}
    for part_number, product_id, content_hash, object_key, role in await session.execute(statement):
        ids[part_number] = product_id
        if role == ReferenceRole.CATALOG.value:
            pictures.setdefault(part_number, set()).add((content_hash, digest_of(object_key)))
        elif role is not None:
            # What came as another role's picture is taken over by the catalog, unless it comes as it was exported.
            others.setdefault(part_number, set()).add(digest_of(object_key))
    return {
        part_number: Known(
            product_id=product_id,
            hashes=frozenset(chain(others.get(part_number, ()), *pictures.get(part_number, ()))),
            pictures=frozenset(pictures.get(part_number, ())),
        )
        for part_number, product_id in ids.items()
    }


async def write_rows(
    session: AsyncSession, gallery: Gallery, rows: Sequence[Landing], known: Mapping[str, Known]
) -> list[Landed]:
    """Write rows of different part numbers: products, their pictures and vectors; gives what became of each.

    Raises:
        sqlalchemy.exc.DataError, sqlalchemy.exc.IntegrityError: the database refuses a value of one of them.

    """
    back = await _revive(session, gallery.catalog_id, rows)
    states = await _upsert(session, gallery.catalog_id, rows)
    ids = {part_number: one.product_id for part_number, one in known.items()}
    ids |= {part_number: product_id for part_number, (product_id, _) in states.items()}
    if made_beside := [row.fields.part_number for row in rows if row.fields.part_number not in ids]:
        ids |= {
            name: one.product_id
            for name, one in (await known_products(session, gallery.catalog_id, made_beside)).items()
        }
    changed = await _say_notices(session, rows, ids)
    changed |= await _add_references(session, gallery, rows, ids)
    changed |= await _drop_references(session, rows, ids, known)
    if changed:
        # Whoever keeps a copy of the products asks for those that have changed.
        await session.execute(_TOUCH, {"ids": sorted(changed)})
    remembered = [
        {"id": ids[row.fields.part_number], "content_hash": row.content_hash} for row in rows if row.content_hash
    ]
    if remembered:
        await session.execute(_REMEMBER, {"rows": _json(remembered)})
    created = back | {name for name, (_, made) in states.items() if made}
    updated = changed | {product_id for product_id, _ in states.values()}
    return [_landed(row, ids[row.fields.part_number], created, updated) for row in rows]


async def finish_items(session: AsyncSession, job_id: UUID, landed: Sequence[Landed]) -> None:
    """Say what became of rows."""
    rows = [{"line": one.line, "state": one.state.value, "problems": one.problems} for one in landed]
    await session.execute(_FINISH, {"job": job_id, "rows": _json(rows)})


def _landed(row: Landing, product_id: UUID, created: set[str], updated: set[UUID]) -> Landed:
    state = ItemState.UPDATED if product_id in updated else ItemState.UNCHANGED
    if row.fields.part_number in created:
        state = ItemState.CREATED
    return Landed(line=row.line, state=state, problems=row.problems)


async def _revive(session: AsyncSession, catalog_id: UUID, rows: Sequence[Landing]) -> set[str]:
    """Bring back those of the products that were removed; gives their part numbers. They count as created."""
    removed = (
        sa.select(ProductRow.id, ProductRow.part_number)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_not(None))
        .where(ProductRow.part_number.in_([row.fields.part_number for row in rows]))
        .order_by(ProductRow.part_number)
        .with_for_update(key_share=True)
    )
    found = {row.part_number: row.id for row in await session.execute(removed)}
    if found:
        await revive(session, list(found.values()))
    return set(found)


async def _upsert(session: AsyncSession, catalog_id: UUID, rows: Sequence[Landing]) -> dict[str, tuple[UUID, bool]]:
    """Ids of the products that were made (True) or changed, by part number."""
    said = [msgspec.structs.asdict(row.fields) for row in rows]
    written = await session.execute(_UPSERT, {"catalog": catalog_id, "rows": _json(said)})
    return {part_number: (product_id, created) for part_number, product_id, created in written}


async def _say_notices(session: AsyncSession, rows: Sequence[Landing], ids: Mapping[str, UUID]) -> set[UUID]:
    """The products whose notices were others. A row without such a column leaves those that there are."""
    said = [
        {"id": ids[row.fields.part_number], "notices": row.fields.notices}
        for row in rows
        if row.fields.notices is not None
    ]
    if not said:
        return set()
    changed = await session.execute(_NOTICES, {"rows": _json(said)})
    return set(changed.scalars())


async def _add_references(
    session: AsyncSession, gallery: Gallery, rows: Sequence[Landing], ids: Mapping[str, UUID]
) -> set[UUID]:
    """The products that got pictures, behind those that they have."""
    new = {(ids[row.fields.part_number], one.content_hash): one for row in rows for one in row.references}
    if not new:
        return set()
    counted = Counter[UUID]()
    values = [
        {
            "product_id": product_id,
            "content_hash": one.content_hash,
            "role": one.role.value,
            "width": one.width,
            "height": one.height,
            "byte_count": one.byte_count,
            "media_type": one.media_type,
            "object_key": one.object_key,
            "job_id": one.import_job_id,
            "nth": _next(counted, product_id),
        }
        for (product_id, _), one in new.items()
    ]
    added = await session.execute(_ADD, {"rows": _json(values)})
    await insert_vectors(
        session,
        gallery.partition,
        [
            NewVector(reference_id=reference_id, product_id=product_id, vector=new[product_id, content_hash].vector)
            for reference_id, product_id, content_hash in added
        ],
    )
    return {product_id for product_id, _ in new}


async def _drop_references(
    session: AsyncSession, rows: Sequence[Landing], ids: Mapping[str, UUID], known: Mapping[str, Known]
) -> set[UUID]:
    """The products that lost pictures which are no longer listed."""
    values = [
        {"product_id": ids[row.fields.part_number], "listed": sorted(row.listed)}
        for row in rows
        if row.listed is not None
        and (had := known.get(row.fields.part_number)) is not None
        and any(row.listed.isdisjoint(picture) for picture in had.pictures)
    ]
    if not values:
        return set()
    dropped = await session.execute(_DROP, {"rows": _json(values), "role": ReferenceRole.CATALOG.value})
    return set(dropped.scalars())


def _next(counted: Counter[UUID], product_id: UUID) -> int:
    counted[product_id] += 1
    return counted[product_id] - 1


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()

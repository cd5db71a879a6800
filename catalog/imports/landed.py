"""Writing a batch of rows by few statements, however many rows it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.imports.rows import RowFields, RowProblem
from catalog.models import ItemState, ProductRow, ReferenceRole, ReferenceRow
from catalog.products import NewReference
from catalog.search.vectors import NewVector, insert_vectors


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a catalog has of a part number: content hashes of the product's catalog pictures, which need no vector."""

    product_id: UUID
    hashes: frozenset[str]


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
_ADD: Final = sa.text(
    """
    INSERT INTO reference_image (
        id, product_id, content_hash, role, width, height, byte_count, media_type, object_key, import_job_id)
    SELECT gen_random_uuid(), product_id, content_hash, role, width, height, byte_count, media_type, object_key, job_id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        product_id uuid, content_hash text, role text, width int, height int, byte_count bigint, media_type text,
        object_key text, job_id uuid)
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
    RETURNING reference_image.product_id
    """
)
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
    hashes = sa.func.array_agg(ReferenceRow.content_hash).filter(ReferenceRow.role == ReferenceRole.CATALOG.value)
    statement = (
        sa.select(ProductRow.part_number, ProductRow.id, hashes)
        .outerjoin(ReferenceRow, ReferenceRow.product_id == ProductRow.id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(part_numbers))
        .group_by(ProductRow.id)
    )
    return {
        part_number: Known(product_id=product_id, hashes=frozenset(found or ()))
        for part_number, product_id, found in await session.execute(statement)
    }


async def write_rows(
    session: AsyncSession, gallery: Gallery, rows: Sequence[Landing], known: Mapping[str, Known]
) -> list[Landed]:
    """Write rows of different part numbers: products, their pictures and vectors; gives what became of each.

    Raises:
        sqlalchemy.exc.DataError, sqlalchemy.exc.IntegrityError: the database refuses a value of one of them.

    """
    states = await _upsert(session, gallery.catalog_id, rows)
    ids = {part_number: one.product_id for part_number, one in known.items()}
    ids |= {part_number: product_id for part_number, (product_id, _) in states.items()}
    if made_beside := [row.fields.part_number for row in rows if row.fields.part_number not in ids]:
        ids |= {
            name: one.product_id
            for name, one in (await known_products(session, gallery.catalog_id, made_beside)).items()
        }
    await _add_references(session, gallery, rows, ids)
    dropped = await _drop_references(session, rows, ids, known)
    remembered = [
        {"id": ids[row.fields.part_number], "content_hash": row.content_hash} for row in rows if row.content_hash
    ]
    if remembered:
        await session.execute(_REMEMBER, {"rows": _json(remembered)})
    return [_landed(row, states, dropped, ids[row.fields.part_number]) for row in rows]


async def finish_items(session: AsyncSession, job_id: UUID, landed: Sequence[Landed]) -> None:
    """Say what became of rows."""
    rows = [{"line": one.line, "state": one.state.value, "problems": one.problems} for one in landed]
    await session.execute(_FINISH, {"job": job_id, "rows": _json(rows)})


def _landed(row: Landing, states: Mapping[str, tuple[UUID, bool]], dropped: set[UUID], product_id: UUID) -> Landed:
    said = states.get(row.fields.part_number)
    state = ItemState.UNCHANGED
    if said is not None:
        state = ItemState.CREATED if said[1] else ItemState.UPDATED
    elif row.references or product_id in dropped:
        state = ItemState.UPDATED
    return Landed(line=row.line, state=state, problems=row.problems)


async def _upsert(session: AsyncSession, catalog_id: UUID, rows: Sequence[Landing]) -> dict[str, tuple[UUID, bool]]:
    """Ids of the products that were made (True) or changed, by part number."""
    said = [msgspec.structs.asdict(row.fields) for row in rows]
    written = await session.execute(_UPSERT, {"catalog": catalog_id, "rows": _json(said)})
    return {part_number: (product_id, created) for part_number, product_id, created in written}


async def _add_references(
    session: AsyncSession, gallery: Gallery, rows: Sequence[Landing], ids: Mapping[str, UUID]
) -> None:
    new = {(ids[row.fields.part_number], one.content_hash): one for row in rows for one in row.references}
    if not new:
        return
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


async def _drop_references(
    session: AsyncSession, rows: Sequence[Landing], ids: Mapping[str, UUID], known: Mapping[str, Known]
) -> set[UUID]:
    """The products that lost pictures which are no longer listed."""
    values = [
        {"product_id": ids[row.fields.part_number], "listed": sorted(row.listed)}
        for row in rows
        if row.listed is not None and (had := known.get(row.fields.part_number)) is not None and had.hashes - row.listed
    ]
    if not values:
        return set()
    dropped = await session.execute(_DROP, {"rows": _json(values), "role": ReferenceRole.CATALOG.value})
    return set(dropped.scalars())


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()

"""All SQL that touches vectors: a gallery's partition, its HNSW index, loading, and nearest references.

Longer than other modules, because no other may hold such SQL.

Vectors are float32 arrays of shape (d,), L2-normalised; PostgreSQL keeps them as ``halfvec``. Similarity is the inner
product, here the cosine. HNSW: Malkov & Yashunin, arXiv:1603.09320; ``m`` and ``ef_*`` as in pgvector's README.
"""

from collections.abc import AsyncIterable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from pgvector import HalfVector
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncConnection as SAConnection
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.search.filters import Filter, conditions

Vector = npt.NDArray[np.float32]

HNSW_M = 16
HNSW_EF_CONSTRUCTION = 100

SEARCH_SETTINGS = {
    "hnsw.ef_search": "200",
    "hnsw.max_scan_tuples": "40000",
    # Strict order throws away what a later round finds nearer, and with filters that is much. We sort ourselves.
    "hnsw.iterative_scan": "relaxed_order",
    # A generic plan would guess at LIMIT and selectivity and may leave the index after some prepared executions.
    "plan_cache_mode": "force_custom_plan",
}
"""Of every connection that searches. Set once a connection: once a search would be a round trip more."""

BUILD_BYTES_PER_NODE = 1_000
"""Of the graph in memory while it is built, beside the vector itself: two neighbours' lists of 2 x ``m``, and slack."""
BUILD_MEGABYTES_LEAST = 64
BUILD_MEGABYTES_MOST = 2_000

EXACT_UP_TO = 4_000
"""References a scan ranks as fast as the index does, so that small galleries and selective filters lose nothing.
Galleries of more have an index."""

PARKED = "reference_embedding_parked"
"""Table of the vectors of removed products, with no index on them."""
_PARKED_COLUMNS = "gallery_id, reference_id, product_id, embedding"

FETCH_STEPS = (64, 256, 1024)
"""How many references are fetched, in turn, until enough products are among them."""


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A gallery's own table of vectors."""

    gallery_id: int
    dimension: int

    @property
    def table(self) -> str:
        """Name of the partition."""
        return f"reference_embedding_g{int(self.gallery_id)}"

    @property
    def products(self) -> str:
        """The ids of the products that can be found: a SELECT, which reads an index and no vectors."""
        return f"SELECT product_id FROM {self.table}"

    @property
    def index(self) -> str:
        """Name of its HNSW index."""
        return f"{self.table}_hnsw"

    @property
    def distance(self) -> str:
        """The indexed expression against the bound vector: the negative inner product."""
        return f"(v.embedding::halfvec({int(self.dimension)})) <#> CAST(:query AS halfvec({int(self.dimension)}))"


@dataclass(frozen=True, kw_only=True)
class NearReference:
    """A reference image near the query. ``score`` is the cosine, -1..1."""

    reference_id: UUID
    product_id: UUID
    score: float


@dataclass(frozen=True, kw_only=True, eq=False)
class NewVector:
    """A reference's vector to be put in."""

    reference_id: UUID
    product_id: UUID
    vector: Vector


async def create_partition(connection: SAConnection, partition: Partition) -> None:
    """Make a gallery's partition. It has no index yet: what is scanned anyway need not keep one up with every row, and
    built at once (:func:`build_hnsw`) an index takes a fraction of that time.

    Created apart and attached, because ``PARTITION OF`` would lock the parent and with it every other gallery's search.
    """
    table, gallery = partition.table, int(partition.gallery_id)
    await connection.execute(
        sa.text(f"CREATE TABLE {table} (LIKE reference_embedding INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    )
    # With this check in place ATTACH need not scan; the primary key of the parent becomes the partition's.
    await connection.execute(
        sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {table}_gallery CHECK (gallery_id = {gallery})")
    )
    await connection.execute(
        sa.text(f"ALTER TABLE reference_embedding ATTACH PARTITION {table} FOR VALUES IN ({gallery})")
    )


async def drop_partition(connection: SAConnection, partition: Partition) -> None:
    """Drop a gallery's vectors and index."""
    await connection.execute(sa.text(f"DROP TABLE IF EXISTS {partition.table}"))


async def build_hnsw(connection: SAConnection, partition: Partition) -> None:
    """Build the index, or anew, beside searches. The connection must be in autocommit.

    Raises:
        RuntimeError: PostgreSQL left the index invalid.

    """
    await connection.execute(sa.text(f"DROP INDEX CONCURRENTLY IF EXISTS {partition.index}"))
    vectors = await connection.scalar(sa.text(f"SELECT count(*) FROM {partition.table}"))
    await connection.execute(sa.text(f"SET maintenance_work_mem = '{_build_megabytes(partition, vectors or 0)}MB'"))
    try:
        await connection.execute(sa.text(_index_statement(partition)))
    finally:
        await connection.execute(sa.text("RESET maintenance_work_mem"))
    valid = await connection.scalar(
        sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = CAST(:name AS regclass)"),
        {"name": partition.index},
    )
    if not valid:
        raise RuntimeError(f"index {partition.index} is not valid; build it again")


def _build_megabytes(partition: Partition, vectors: int) -> int:
    # A graph that does not fit is built on disk, many times slower (pgvector's README).
    graph = vectors * (2 * partition.dimension + BUILD_BYTES_PER_NODE) // 1_000_000
    return min(max(graph, BUILD_MEGABYTES_LEAST), BUILD_MEGABYTES_MOST)


def _index_statement(partition: Partition) -> str:
    return (
        f"CREATE INDEX CONCURRENTLY {partition.index} ON {partition.table} "
        f"USING hnsw ((embedding::halfvec({int(partition.dimension)})) halfvec_ip_ops) "
        f"WITH (m = {HNSW_M}, ef_construction = {HNSW_EF_CONSTRUCTION})"
    )


async def insert_vector(
    session: AsyncSession, partition: Partition, *, reference_id: UUID, product_id: UUID, vector: Vector
) -> None:
    """Put a reference's vector in, or in place of the one before."""
    await session.execute(
        sa.text(
            f"INSERT INTO {partition.table} (gallery_id, reference_id, product_id, embedding) "
            f"VALUES (:gallery, :reference, :product, CAST(:vector AS halfvec({int(partition.dimension)}))) "
            "ON CONFLICT (gallery_id, reference_id) DO UPDATE SET embedding = excluded.embedding"
        ),
        {
            "gallery": partition.gallery_id,
            "reference": reference_id,
            "product": product_id,
            "vector": literal(vector),
        },
    )


async def insert_vectors(session: AsyncSession, partition: Partition, rows: Sequence[NewVector]) -> None:
    """Put references' vectors in, or in place of those before, in one statement."""
    values = [
        {"reference_id": row.reference_id, "product_id": row.product_id, "vector": literal(row.vector)} for row in rows
    ]
    await session.execute(
        sa.text(
            f"INSERT INTO {partition.table} (gallery_id, reference_id, product_id, embedding) "
            f"SELECT :gallery, reference_id, product_id, CAST(vector AS halfvec({int(partition.dimension)})) "
            "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(reference_id uuid, product_id uuid, vector text) "
            "ON CONFLICT (gallery_id, reference_id) DO UPDATE SET embedding = excluded.embedding"
        ),
        {"gallery": partition.gallery_id, "rows": msgspec.json.encode(values).decode()},
    )


async def park_vectors(session: AsyncSession, gallery_ids: Collection[int], product_ids: Collection[UUID]) -> None:
    """Take these products' vectors out of their galleries and keep them aside: no search sees them any more.

    Rows that stayed behind a filter would fill what the index gives, so that searches found too little.
    """
    for gallery_id in gallery_ids:
        table = Partition(gallery_id=gallery_id, dimension=0).table
        moved = f"DELETE FROM {table} WHERE product_id = ANY(CAST(:products AS uuid[])) RETURNING *"
        statement = (
            f"WITH moved AS ({moved}) INSERT INTO {PARKED} ({_PARKED_COLUMNS}) SELECT {_PARKED_COLUMNS} FROM moved "
            "ON CONFLICT (gallery_id, reference_id) DO UPDATE SET embedding = excluded.embedding"
        )
        await session.execute(sa.text(statement), {"products": list(product_ids)})


async def unpark_vectors(session: AsyncSession, product_ids: Collection[UUID]) -> None:
    """Put what :func:`park_vectors` kept aside back where it was."""
    moved = f"DELETE FROM {PARKED} WHERE product_id = ANY(CAST(:products AS uuid[])) RETURNING *"
    statement = (
        f"WITH moved AS ({moved}) INSERT INTO reference_embedding ({_PARKED_COLUMNS}) SELECT {_PARKED_COLUMNS} "
        "FROM moved ON CONFLICT DO NOTHING"
    )
    await session.execute(sa.text(statement), {"products": list(product_ids)})


async def copy_vectors(
    connection: AsyncConnection, partition: Partition, rows: AsyncIterable[tuple[UUID, UUID, Vector]]
) -> None:
    """Bulk-load (reference id, product id, vector) by binary COPY. Drop the index before, build it after."""
    await register_vector_async(connection)
    statement = f"COPY {partition.table} (gallery_id, reference_id, product_id, embedding) FROM STDIN (FORMAT BINARY)"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int4", "uuid", "uuid", "halfvec"])
        async for reference_id, product_id, vector in rows:
            await copy.write_row((partition.gallery_id, reference_id, product_id, HalfVector(vector)))


async def stored_vectors(
    session: AsyncSession,
    partition: Partition,
    product_ids: Collection[UUID],
    reference_id: UUID | None = None,
    *,
    most: int,
) -> dict[UUID, dict[UUID, Vector]]:
    """Vectors of these products' references, of one of them or of ``most`` of each; by product, then by reference."""
    statement = sa.text(
        "SELECT product_id, reference_id, embedding FROM (SELECT v.product_id, v.reference_id, "
        "halfvec_send(v.embedding) AS embedding, "
        "row_number() OVER (PARTITION BY v.product_id ORDER BY v.reference_id) AS place "
        f"FROM {partition.table} v WHERE v.product_id = ANY(CAST(:products AS uuid[])) "
        "AND v.reference_id = coalesce(CAST(:reference AS uuid), v.reference_id)) AS numbered WHERE place <= :most"
    )
    values = {"products": list(product_ids), "reference": reference_id, "most": most}
    found: dict[UUID, dict[UUID, Vector]] = {}
    for row in await session.execute(statement, values):
        vector = HalfVector.from_binary(row.embedding).to_numpy().astype(np.float32)
        found.setdefault(row.product_id, {})[row.reference_id] = vector
    return found


def literal(vector: Vector) -> str:
    """A vector in pgvector's text form, as precise as float16 needs.

    Text and not binary, because the binary type must be registered per connection, which costs a round trip.
    """
    return "[" + ",".join(f"{x:.5g}" for x in vector.tolist()) + "]"


async def nearest(
    session: AsyncSession, partition: Partition, vector: Vector, *, products: int, where: Filter | None = None
) -> list[NearReference]:
    """The best reference of each of the ``products`` nearest products, best first; fewer only if there are no more.

    By the HNSW index where the gallery is large; exactly where it, or what the filter leaves of it, is small, and
    wherever the index ran dry before it had enough. The connection has :data:`SEARCH_SETTINGS`.
    """
    tail = "SELECT reference_id, product_id, distance FROM top ORDER BY distance, product_id"
    rows = await search_rows(session, partition, vector, products=products, where=where or Filter(), tail=tail)
    return [_near(row) for row in rows]


async def search_rows(
    session: AsyncSession, partition: Partition, vector: Vector, *, products: int, where: Filter, tail: str
) -> Sequence[sa.Row[Any]]:
    """As :func:`nearest`, with ``tail`` to say what is read of each hit: a SELECT from ``top``.

    ``top`` has reference_id, product_id and distance, a row a product. All in one statement, because a round trip
    costs more than the search.
    """
    head, values = _adaptive(partition, where)
    values |= {"query": literal(vector), "products": products}
    statement = sa.text(f"{head} {tail}")
    for fetch in (step for step in FETCH_STEPS if step >= products):
        rows = (await session.execute(statement, {**values, "fetch": fetch})).all()
        if len(rows) >= products:
            return rows
    head, values = _scan(partition, where)
    values |= {"query": literal(vector), "products": products}
    return (await session.execute(sa.text(f"{head} {tail}"), values)).all()


async def reference_rows(
    session: AsyncSession,
    partition: Partition,
    reference_ids: Collection[UUID],
    vector: Vector | None,
    *,
    where: Filter,
    tail: str,
) -> Sequence[sa.Row[Any]]:
    """What ``tail`` selects of these references and their products' best scores.

    ``wanted`` has reference_id and product_id of those whose product passes the filter, ``scored`` product_id and score
    (the cosine of the product's best reference, 0 without a vector).
    """
    source, values = _source(partition, where)
    wanted = f"SELECT v.reference_id, v.product_id {source} AND v.reference_id = ANY(CAST(:references AS uuid[]))"
    score = "0.0::float8" if vector is None else f"-min({partition.distance})"
    scored = (
        f"SELECT v.product_id, {score} AS score FROM {partition.table} v "
        "WHERE v.product_id IN (SELECT product_id FROM wanted) GROUP BY v.product_id"
    )
    values |= {"references": list(reference_ids)} | ({} if vector is None else {"query": literal(vector)})
    statement = sa.text(f"WITH wanted AS MATERIALIZED ({wanted}), scored AS ({scored}) {tail}")
    return (await session.execute(statement, values)).all()


async def exact(
    session: AsyncSession, partition: Partition, vector: Vector, *, products: int, where: Filter | None = None
) -> list[NearReference]:
    """As :func:`nearest`, by scanning every vector that passes the filter: what recall is measured against."""
    head, values = _scan(partition, where or Filter())
    tail = "SELECT reference_id, product_id, distance FROM top ORDER BY distance, product_id"
    rows = await session.execute(sa.text(f"{head} {tail}"), {**values, "query": literal(vector), "products": products})
    return [_near(row) for row in rows]


def index_statement(partition: Partition, where: Filter | None = None) -> tuple[sa.TextClause, dict[str, object]]:
    """The part of a search that the HNSW index answers, by itself; ``:query`` and ``:fetch`` are still to be bound."""
    source, values = _source(partition, where or Filter())
    return sa.text(_by_index(partition, source)), values


def _adaptive(partition: Partition, where: Filter) -> tuple[str, dict[str, object]]:
    """Scan few references, ask the index about many. PostgreSQL runs the branch whose condition holds."""
    source, values = _source(partition, where)
    counted = f"SELECT 1 {source} LIMIT {EXACT_UP_TO + 1}"
    few = f"few AS MATERIALIZED (SELECT count(*) <= {EXACT_UP_TO} AS are FROM ({counted}) AS counted)"
    scan = f"{_scored(partition, source)} AND (SELECT are FROM few)"
    index = _by_index(partition, f"{source} AND NOT (SELECT are FROM few)")
    return f"WITH {few}, near AS (({scan}) UNION ALL ({index})), {_POOLED}", values


def _scan(partition: Partition, where: Filter) -> tuple[str, dict[str, object]]:
    source, values = _source(partition, where)
    return f"WITH near AS MATERIALIZED ({_scored(partition, source)}), {_POOLED}", values


# Max-pooling: of references by distance, the first of each product. Equal ones go by id, so that runs agree.
_POOLED = (
    "best AS (SELECT DISTINCT ON (product_id) * FROM near ORDER BY product_id, distance, reference_id), "
    "top AS (SELECT * FROM best ORDER BY distance, product_id LIMIT :products)"
)


def _scored(partition: Partition, source: str) -> str:
    return f"SELECT v.reference_id, v.product_id, {partition.distance} AS distance {source}"


def _by_index(partition: Partition, source: str) -> str:
    # No tiebreaker here: ties are broken after the index has spoken.
    return f"{_scored(partition, source)} ORDER BY {partition.distance} LIMIT :fetch"


def _source(partition: Partition, where: Filter) -> tuple[str, dict[str, object]]:
    join, condition, values = conditions(where)
    return f"FROM {partition.table} v {join} WHERE {condition}", values


def _near(row: sa.Row[Any]) -> NearReference:
    return NearReference(reference_id=row.reference_id, product_id=row.product_id, score=-row.distance)

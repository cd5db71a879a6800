"""Synthetic galleries of any size: products in clusters, several references each, loaded through the real schema.

Vectors are drawn, not embedded: cluster centre + spread of products + spread of references, each along axes whose
variance falls as 1/i. CLIP's vectors fill few of their dimensions too, and neighbours are harder to tell where all do.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import create_async_engine

from catalog.catalogs import create_catalog
from catalog.database import Database, sqlalchemy_url
from catalog.galleries import Gallery, SpaceKey
from catalog.models import ReferenceRole
from catalog.search.vectors import Vector, build_hnsw, copy_vectors

REFERENCES_PER_PRODUCT = 5
PRODUCTS_PER_CLUSTER = 20
PRODUCT_SPREAD = 0.7
REFERENCE_SPREAD = 0.5
QUERY_SPREAD = 0.7
"""Lengths of the random parts beside a centre of length 1. A field photo strays further than a catalogue picture."""

CATEGORIES = {"tenth": 0.1, "hundredth": 0.01, "thousandth": 0.001}
OTHER_CATEGORY = "other"
"""Categories by the share of products that they hold; all other products are of the last one."""

CHUNK = 2_000


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product of a synthetic catalog."""

    id: UUID
    number: int
    category: str
    vectors: NDArray[np.float32]


class SyntheticCatalog:
    """Draws the same products from the same seed, every time and chunk by chunk."""

    def __init__(self, *, references: int, dimension: int, seed: int = 0) -> None:
        """``references`` is rounded down to whole products."""
        self.products = references // REFERENCES_PER_PRODUCT
        self.dimension = dimension
        self._seed = seed
        rng = np.random.default_rng([seed, 0])
        scale = 1 / np.sqrt(np.arange(1, dimension + 1))
        self._axes = (scale / np.linalg.norm(scale)).astype(np.float32)
        self._centres = _unit(self._spread(rng, max(1, self.products // PRODUCTS_PER_CLUSTER)))

    def __iter__(self) -> Iterator[Product]:
        """All products."""
        for first in range(0, self.products, CHUNK):
            yield from self._chunk(first, min(CHUNK, self.products - first))

    def queries(self, count: int) -> NDArray[np.float32]:
        """``float32[count, d]``: photos of products chosen by chance."""
        rng = np.random.default_rng([self._seed, 1])
        chosen = set(rng.choice(self.products, min(count, self.products), replace=False).tolist())
        near = np.stack([product.vectors.mean(axis=0) for product in self if product.number in chosen])
        return _unit(_unit(near) + QUERY_SPREAD * self._spread(rng, len(near)))

    def _chunk(self, first: int, count: int) -> Iterator[Product]:
        rng = np.random.default_rng([self._seed, 2, first])
        clusters = rng.integers(len(self._centres), size=count)
        centres = _unit(self._centres[clusters] + PRODUCT_SPREAD * self._spread(rng, count))
        spread = self._spread(rng, count * REFERENCES_PER_PRODUCT).reshape(count, REFERENCES_PER_PRODUCT, -1)
        vectors = _unit(centres[:, None] + REFERENCE_SPREAD * spread)
        ids = rng.bytes(16 * count)
        shares = [*CATEGORIES.values()]
        categories = rng.choice([*CATEGORIES, OTHER_CATEGORY], size=count, p=[*shares, 1 - sum(shares)])
        for i in range(count):
            yield Product(
                id=UUID(bytes=ids[16 * i : 16 * i + 16], version=4),
                number=first + i,
                category=str(categories[i]),
                vectors=vectors[i],
            )

    def _spread(self, rng: np.random.Generator, count: int) -> NDArray[np.float32]:
        return rng.standard_normal((count, self.dimension), dtype=np.float32) * self._axes


async def create_synthetic_gallery(
    database_url: str, name: str, space: SpaceKey, products: SyntheticCatalog
) -> Gallery:
    """A catalog of that name with its products, references and vectors; the index is still to be built."""
    database = Database(database_url, pool_size=1)
    async with database.write() as session:
        gallery = (await create_catalog(session, name, name, space)).gallery
    await database.close()
    async with await AsyncConnection.connect(database_url) as connection:
        await _copy_products(connection, gallery, products)
        await _copy_references(connection, products)
        await copy_vectors(connection, gallery.partition, _vectors(products))
    return gallery


async def build_index(database_url: str, gallery: Gallery) -> None:
    """Build the gallery's HNSW index, and let the planner know the tables' sizes."""
    engine = create_async_engine(sqlalchemy_url(database_url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await build_hnsw(connection, gallery.partition)
        await connection.exec_driver_sql(f"ANALYZE product, reference_image, {gallery.partition.table}")
    await engine.dispose()


def reference_id(product: Product, position: int) -> UUID:
    """Of a product's reference image."""
    return UUID(int=(product.id.int + position + 1) % (1 << 128))


async def _copy_products(connection: AsyncConnection, gallery: Gallery, products: SyntheticCatalog) -> None:
    statement = "COPY product (id, catalog_id, part_number, name, category, metadata) FROM STDIN"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for product in products:
            names = (f"P-{product.number:07}", f"Synthetic part {product.number}")
            await copy.write_row((product.id, gallery.catalog_id, *names, product.category, Jsonb({})))


async def _copy_references(connection: AsyncConnection, products: SyntheticCatalog) -> None:
    columns = "id, product_id, content_hash, role, width, height, byte_count, media_type, object_key"
    async with connection.cursor() as cursor, cursor.copy(f"COPY reference_image ({columns}) FROM STDIN") as copy:
        for product in products:
            for position in range(REFERENCES_PER_PRODUCT):
                file = f"{product.number}-{position}"
                facts = (file, ReferenceRole.CATALOG.value, 640, 480, 40_000, "image/jpeg", file)
                await copy.write_row((reference_id(product, position), product.id, *facts))


async def _vectors(products: SyntheticCatalog) -> AsyncIterator[tuple[UUID, UUID, Vector]]:
    for product in products:
        for position, vector in enumerate(product.vectors):
            yield reference_id(product, position), product.id, vector


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit

"""Products by a name that is theirs alone: a part number, or the value of a key of their metadata (gtin, sku)."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.search.filters import Filter, conditions

SHARED = 5
"""Products of one name that are found: a name of more names nobody."""

READ = 100
"""Of one name before catalog and filter are looked at: other catalogs may bear it too."""

PART_NUMBER = "partNumber"
"""What the wire calls the column."""


@dataclass(frozen=True, kw_only=True)
class KeyHit:
    """A product that bears a name, and what the name is to it: ``partNumber`` or a key of its metadata."""

    product_id: UUID
    name: str
    key: str


async def find_by_keys(
    session: AsyncSession, gallery: Gallery, names: Sequence[str], keys: Collection[str], *, where: Filter | None = None
) -> list[KeyHit]:
    """The gallery's products that bear one of these names, each once, by the first of the names that it bears.

    A part number is the same but for case, accents, blanks and dashes; the value of a key of metadata must be equal.
    Of each name :data:`SHARED` products are found at most.
    """
    storable = [name for name in names if "\x00" not in name]
    if not storable:
        return []
    _, condition, values = conditions(where or Filter())
    named = [
        (number, key, msgspec.json.encode({key: name}).decode())
        for number, name in enumerate(storable, start=1)
        for key in keys
    ]
    values |= {"names": storable, "catalog": gallery.catalog_id, "gallery": gallery.id, "read": READ}
    values |= {
        "prefix": f"{str(gallery.catalog_id)[:8]}=",
        "numbers": [number for number, _, _ in named],
        "keys": [key for _, key, _ in named],
        "pairs": [pair for _, _, pair in named],
    }
    rows = await session.execute(sa.text(f"{_HELD} {condition} LIMIT 1) AS here"), values)
    found: dict[UUID, KeyHit] = {}
    borne: Counter[int] = Counter()
    for row in sorted(rows, key=lambda row: (row.number, row.key != PART_NUMBER, row.product_id)):
        if row.product_id not in found and borne[row.number] < SHARED:
            borne[row.number] += 1
            found[row.product_id] = KeyHit(product_id=row.product_id, name=storable[row.number - 1], key=row.key)
    return list(found.values())


# By name and product by product, so that the planner can do nothing but use the indexes: that of words, in which a
# whole part number begins with its catalog and an equals sign, and that of metadata. Left to join, it reads whole
# tables.
_HELD = """
    WITH asked AS MATERIALIZED (
        SELECT number, CAST('''' || :prefix || folded || '''' AS tsquery) AS lexeme FROM (
            SELECT number, left(translate(folded(name), ' -', ''), 199) AS folded
            FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS a (name, number)
        ) AS f WHERE folded <> ''
    ), pair AS MATERIALIZED (
        SELECT number, key, CAST(pair AS jsonb) AS pair FROM unnest(
            CAST(:numbers AS bigint[]), CAST(:keys AS text[]), CAST(:pairs AS text[])
        ) AS p (number, key, pair)
    ), held AS MATERIALIZED (
        SELECT asked.number, 'partNumber' AS key, w.product_id FROM asked, LATERAL (
            SELECT product_id FROM product_words WHERE words @@ asked.lexeme LIMIT :read
        ) AS w
        UNION ALL SELECT pair.number, pair.key, m.id AS product_id FROM pair, LATERAL (
            WITH m AS MATERIALIZED (SELECT id FROM product WHERE metadata @> pair.pair AND deleted_at IS NULL)
            SELECT id FROM m LIMIT :read
        ) AS m
    )
    SELECT held.number, held.key, held.product_id FROM held, LATERAL (
        SELECT p.id FROM product p WHERE p.id = held.product_id AND p.catalog_id = :catalog AND EXISTS (
            SELECT 1 FROM reference_embedding v WHERE v.gallery_id = :gallery AND v.product_id = p.id
        ) AND"""

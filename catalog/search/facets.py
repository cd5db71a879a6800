"""How many products have which category and metadata, in a catalog or among candidates: what can be narrowed by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.search.candidates import ProductHit
from catalog.search.filters import CATEGORY, Filter, conditions_by_field


@dataclass(frozen=True, kw_only=True)
class Facet:
    """The values of a field (``category`` or a metadata key) with the number of products that have each: the most
    frequent first, equally frequent ones by value. ``further``: different values that are left out.
    """

    field: str
    values: Sequence[tuple[str, int]]
    further: int


@dataclass(frozen=True, kw_only=True)
class CatalogFacets:
    """``products`` pass the whole filter; ``further_keys``: metadata keys that are left out."""

    products: int
    facets: Sequence[Facet]
    further_keys: int


async def facets_of_catalog(
    session: AsyncSession,
    gallery: Gallery,
    *,
    where: Filter,
    keys: Sequence[str] | None,
    most_keys: int,
    values: int,
    unseen: bool = False,
) -> CatalogFacets:
    """The categories of a gallery's products, then their metadata: that of ``keys``, in this order, or of the
    ``most_keys`` keys that most products have. ``values`` of each are given. ``unseen``: products without a picture
    count too, which no lookup finds.

    A facet counts products that pass the filter but for its own condition. Reads every product of the catalog.
    """
    statement, bound = _statement(gallery, where, keys, unseen=unseen)
    rows = (await session.execute(statement, {**bound, "most_keys": most_keys, "most_values": values})).all()
    found = {field: list(some) for field, some in groupby(rows, key=lambda row: row.field)}
    # A row without a field stands for itself: products were counted, but none has a category or metadata.
    found.pop(None, None)
    fields = dict.fromkeys([CATEGORY, *(found if keys is None else keys)])
    others = max((row.fields for row in rows if row.field not in (None, CATEGORY)), default=0)
    return CatalogFacets(
        products=rows[0].total,
        facets=[_facet(field, found.get(field, [])) for field in fields],
        further_keys=0 if keys is not None else max(0, others - most_keys),
    )


def facets_among(products: Iterable[ProductHit], fields: Sequence[str], *, values: int) -> list[Facet]:
    """Facets of these products: a field each, in the order of ``fields``."""
    described = [(product.attributes, product.category) for product in products]
    facets = []
    for field in dict.fromkeys(fields):
        had = (category if field == CATEGORY else attributes.get(field) for attributes, category in described)
        counts = sorted(Counter(value for value in had if value).items(), key=lambda one: (-one[1], one[0]))
        facets.append(Facet(field=field, values=counts[:values], further=max(0, len(counts) - values)))
    return facets


def _facet(field: str, rows: Sequence[sa.Row[Any]]) -> Facet:
    values = [(row.value, row.products) for row in rows]
    return Facet(field=field, values=values, further=rows[0].different - len(values) if rows else 0)


def _statement(
    gallery: Gallery, where: Filter, keys: Sequence[str] | None, *, unseen: bool
) -> tuple[sa.TextClause, dict[str, object]]:
    missed, misses, bound = _misses(where)
    bound |= {"catalog": gallery.catalog_id} | ({} if keys is None else {"keys": list(dict.fromkeys(keys))})
    found = "p.deleted_at IS NULL" if unseen else f"p.id IN ({gallery.partition.products})"
    here = f"{_HERE} {missed} {_OF_CATALOG} {found} AND {misses} <= 1)"
    return sa.text(f"{here}, {_HAD.format(_ALL_KEYS if keys is None else _THESE_KEYS)} {_COUNTED}"), bound


def _misses(where: Filter) -> tuple[str, str, dict[str, object]]:
    """The first field whose condition a product does not pass, how many there are, and the values to be bound."""
    by_field, bound = conditions_by_field(where)
    if not by_field:
        return "CAST(NULL AS text)", "0", bound
    cases = [f"WHEN ({one}) IS NOT TRUE THEN CAST(:field_{i} AS text)" for i, (_, one) in enumerate(by_field)]
    misses = [f"CASE WHEN {one} THEN 0 ELSE 1 END" for _, one in by_field]
    bound |= {f"field_{i}": field for i, (field, _) in enumerate(by_field)}
    return f"CASE {' '.join(cases)} END", f"({' + '.join(misses)})", bound


# ``missed`` is the one condition that a product does not pass: it counts for that facet alone. Written to disk where it
# is large, which is still less work than to look at all products twice.
_HERE = "WITH here AS MATERIALIZED ( SELECT p.category, p.metadata,"
_OF_CATALOG = "AS missed FROM product p WHERE p.catalog_id = :catalog AND"

_ALL_KEYS = """
        SELECT each.key, each.value FROM here, jsonb_each_text(here.metadata) AS each (key, value) WHERE missed IS NULL
        UNION ALL
        SELECT missed, here.metadata ->> missed FROM here WHERE missed <> 'category'"""
_THESE_KEYS = """
        SELECT these.key, here.metadata ->> these.key FROM here, unnest(CAST(:keys AS text[])) AS these (key)
        WHERE missed IS NULL OR missed = these.key"""
_HAD = """
    had AS (
        SELECT 'category' AS field, category AS value FROM here WHERE missed IS NULL OR missed = 'category'
        UNION ALL {}
    )"""
_COUNTED = """
    , counted AS (
        SELECT field, value, count(*) AS products FROM had WHERE value <> '' GROUP BY field, value
    ), by_field AS (
        SELECT field, count(*) AS different, count(*) OVER (PARTITION BY field = 'category') AS fields,
            row_number() OVER (
                PARTITION BY field = 'category' ORDER BY sum(products) DESC, field COLLATE "C"
            ) AS place
        FROM counted GROUP BY field
    ), ranked AS (
        SELECT field, value, products,
            row_number() OVER (PARTITION BY field ORDER BY products DESC, value COLLATE "C") AS place
        FROM counted
    )
    SELECT total.products AS total, shown.*
    FROM (SELECT count(*) AS products FROM here WHERE missed IS NULL) AS total LEFT JOIN (
        SELECT by_field.field, by_field.different, by_field.fields, by_field.place AS field_place,
            ranked.value, ranked.products, ranked.place
        FROM by_field JOIN ranked ON ranked.field = by_field.field
        WHERE by_field.place <= :most_keys AND ranked.place <= :most_values
    ) AS shown ON true
    ORDER BY shown.field <> 'category', shown.field_place, shown.place"""

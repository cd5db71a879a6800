"""What is in the database when all is over, against what was sent and acknowledged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import psycopg

_PRODUCTS: Final = """
    SELECT count(*) FILTER (WHERE products = 1 AND refs = 1 AND vectors = 1 AND good) AS right_ones,
           count(*) FILTER (WHERE products > 1 OR refs > 1 OR vectors > 1) AS doubled
    FROM (
        SELECT p.part_number, count(DISTINCT p.id) AS products, count(DISTINCT r.id) AS refs,
               count(v.reference_id) AS vectors,
               bool_and(p.name = 'Part ' || (p.metadata ->> 'size') AND p.import_hash IS NOT NULL) AS good
        FROM product p JOIN catalog c ON c.id = p.catalog_id
        LEFT JOIN reference_image r ON r.product_id = p.id
        LEFT JOIN reference_embedding v ON v.reference_id = r.id
        WHERE c.name = ANY(%s) GROUP BY p.catalog_id, p.part_number
    ) AS found
"""
_ITEMS: Final = "SELECT count(*), count(*) FILTER (WHERE attempts <> 1 OR state <> 'created') FROM import_item"
_CATALOGS: Final = "SELECT name FROM catalog"


@dataclass(frozen=True, kw_only=True)
class Found:
    """Products that are not as they were sent, those that are there twice in some way, and writes that were
    acknowledged and are not there.
    """

    lost: int
    doubled: int
    forgotten: int


def look(url: str, catalogs: list[str], rows: int, acknowledged: Iterable[str]) -> Found:
    """Compare. ``rows``: sent to each of ``catalogs``; ``acknowledged``: names of other catalogs that were made."""
    sent = rows * len(catalogs)
    with psycopg.connect(url) as connection:
        products = connection.execute(_PRODUCTS, [catalogs]).fetchone()
        items = connection.execute(_ITEMS).fetchone()
        there = {name for (name,) in connection.execute(_CATALOGS)}
    assert products is not None
    assert items is not None
    right, doubled = products
    written, landed_otherwise = items
    return Found(
        lost=max(sent - right, sent - written),
        doubled=doubled + landed_otherwise + max(0, written - sent),
        forgotten=len(set(acknowledged) - there),
    )

"""Counts what a catalog can be narrowed by."""

import asyncio
from collections.abc import Sequence

from catalog.galleries import live_gallery_by_name
from catalog.search.facets import CatalogFacets, facets_of_catalog
from catalog.search.filters import Filter
from mobile_contract.limits import FACETS_MAX, FACETS_SECONDS
from service.bootstrap import Services


async def count_facets(
    parts: Services, catalog_name: str, where: Filter, keys: Sequence[str] | None, *, values: int
) -> CatalogFacets:
    """The facets of a catalog under a filter, ``values`` of each; of these metadata keys, or of the most frequent.

    Raises:
        CatalogError: the catalog is not there, or of another model.
        TimeoutError: it took longer than :data:`FACETS_SECONDS`, with the wait for others that count.

    """
    async with asyncio.timeout(FACETS_SECONDS), parts.counting, parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
        return await facets_of_catalog(session, gallery, where=where, keys=keys, most_keys=FACETS_MAX, values=values)

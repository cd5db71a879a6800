"""Flows of products: listing, writing, removing and restoring them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from mobile_contract.catalogs import Product
from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, ask_tagged, json_body, segment
from mobile_contract.clients.python.queries import Conditions, at, conditions, each, given
from mobile_contract.limits import PRODUCTS_PAGE_DEFAULT
from mobile_contract.products import (
    ProductChange,
    ProductContent,
    ProductPage,
    RemovedProductPage,
    Upserted,
    UpsertProduct,
)


class TaggedProduct(NamedTuple):
    """A product, and the ETag of what it is like: a write with it as ``if_match`` undoes nobody else's."""

    product: Product
    etag: str


def products_page(
    core: Core,
    catalog: str,
    after: str | None = None,
    *,
    limit: int = PRODUCTS_PAGE_DEFAULT,
    categories: Sequence[str] = (),
    metadata: Conditions | None = None,
    updated_since: datetime | None = None,
    facets: Sequence[str] = (),
) -> Flow[ProductPage]:
    """A page of a catalog's products, by part number; ``after``: the ``next`` of the page before. ``updated_since``:
    with a time zone.
    """
    query = [
        *given("after", after),
        ("limit", str(limit)),
        *conditions(categories, metadata),
        *given("updatedSince", None if updated_since is None else updated_since.isoformat()),
        *each("facet", facets),
    ]
    path = f"{at(catalog)}/products"
    return ask(core, Call(operation="listProducts", method="GET", path=path, kind=ProductPage, query=tuple(query)))


def product_tagged(core: Core, catalog: str, part_number: str) -> Flow[TaggedProduct]:
    """A product by its part number, with its ETag."""
    path = _at(catalog, part_number)
    found, etag = yield from ask_tagged(core, Call(operation="getProduct", method="GET", path=path, kind=Product))
    return TaggedProduct(found, etag)


def put_product(
    core: Core,
    catalog: str,
    part_number: str,
    content: ProductContent,
    *,
    if_match: str | None = None,
    only_new: bool = False,
) -> Flow[Product]:
    """Let a product be as it is said, whether it was there or not. Its pictures stay; one that was removed comes back.
    Not repeated under a condition where no answer came.

    Raises:
        Refused: ``precondition_failed``: it is no longer as ``if_match`` says, or is there already with ``only_new``.

    """
    unless = [("If-None-Match", "*")] if only_new else []
    return ask(
        core,
        Call(
            operation="putProduct",
            method="PUT",
            path=_at(catalog, part_number),
            kind=Product,
            body=json_body(content),
            headers=(*given("If-Match", if_match), *unless),
            repeatable=if_match is None and not only_new,
        ),
    )


def change_product(
    core: Core, catalog: str, part_number: str, change: ProductChange, *, if_match: str | None = None
) -> Flow[Product]:
    """Change some of what is said of a product. Not repeated under a condition where no answer came.

    Raises:
        NotFound: it is not there.
        Refused: ``precondition_failed``: it is no longer as ``if_match`` says.

    """
    return ask(
        core,
        Call(
            operation="changeProduct",
            method="PATCH",
            path=_at(catalog, part_number),
            kind=Product,
            body=json_body(change),
            headers=tuple(given("If-Match", if_match)),
            repeatable=if_match is None,
        ),
    )


def upsert_products(
    core: Core, catalog: str, products: Sequence[UpsertProduct], *, idempotency_key: str | None = None
) -> Flow[Upserted]:
    """Create or update up to 1,000 products. ``errors`` of the answer tell those that are wrong, by index; the others
    are written.
    """
    return ask(
        core,
        Call(
            operation="upsertProducts",
            method="POST",
            path=f"{at(catalog)}/upserts",
            kind=Upserted,
            body=json_body(list(products)),
            key=idempotency_key or str(uuid4()),
        ),
    )


def remove_product(core: Core, catalog: str, part_number: str, *, if_match: str | None = None) -> Flow[None]:
    """Remove a product, so that nothing finds it; it can be restored for some weeks. Not repeated where no answer
    came: the next try would not find it.

    Raises:
        NotFound: it is not there.
        Refused: ``precondition_failed``: it is no longer as ``if_match`` says.

    """
    made = Call(
        operation="removeProduct",
        method="DELETE",
        path=_at(catalog, part_number),
        kind=bytes,
        headers=tuple(given("If-Match", if_match)),
        repeatable=False,
    )
    yield from ask(core, made)


def removed_products(
    core: Core, catalog: str, after: str | None = None, *, limit: int = PRODUCTS_PAGE_DEFAULT
) -> Flow[RemovedProductPage]:
    """A page of the removed products, and when each is purged; ``after``: the ``next`` of the page before."""
    query = (*given("after", after), ("limit", str(limit)))
    path = f"{at(catalog)}/removed-products"
    return ask(
        core, Call(operation="listRemovedProducts", method="GET", path=path, kind=RemovedProductPage, query=query)
    )


def restore_product(core: Core, catalog: str, part_number: str) -> Flow[Product]:
    """Let a removed product be there again, with its pictures. Not repeated where no answer came.

    Raises:
        NotFound: there is no removed product of this part number.

    """
    path = _removed(catalog, part_number)
    return ask(core, Call(operation="restoreProduct", method="POST", path=path, kind=Product, repeatable=False))


def purge_product(core: Core, catalog: str, part_number: str) -> Flow[None]:
    """Delete a removed product for good. Not repeated where no answer came.

    Raises:
        NotFound: there is no removed product of this part number.

    """
    path = _removed(catalog, part_number)
    yield from ask(core, Call(operation="purgeProduct", method="DELETE", path=path, kind=bytes, repeatable=False))


def _at(catalog: str, part_number: str) -> str:
    return f"{at(catalog)}/products/{segment(part_number)}"


def _removed(catalog: str, part_number: str) -> str:
    return f"{at(catalog)}/removed-products/{segment(part_number)}"

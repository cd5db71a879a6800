"""Creates or updates many products, each for itself."""

from uuid import UUID

import msgspec
import structlog
from litestar import Response
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.catalogs import find_catalog
from catalog.models import ItemState
from catalog.products import ProductFields, upsert_product
from mobile_contract.products import UpsertError
from service.bootstrap import Services
from service.dependencies import Call
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.upserts.presenter import present_upserted
from service.upserts.requests import read_items


async def upsert_products(request: Call, parts: Services, catalog_name: str) -> Response[bytes]:
    """Create or update the products of the body. Those that cannot be are told, and keep no other from being written.

    Raises:
        CatalogNotFound, Refused: nothing was written.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
    body, items = await read_items(request)

    async def work(keep: Keep) -> Response[bytes]:
        states: list[ItemState] = []
        errors = [item.said for item in items if isinstance(item.said, UpsertError)]
        said = [(item.index, item.said) for item in items if isinstance(item.said, ProductFields)]
        async with parts.database.write() as session:
            # Always in the same order, so that two requests never wait for each other.
            for index, fields in sorted(said, key=lambda one: one[1].part_number):
                state = await _write(session, catalog_id, fields)
                if state is None:
                    message = "a value holds characters that cannot be stored"
                    errors.append(UpsertError(index=index, code="item_refused", message=message))
                else:
                    states.append(state)
            answer = msgspec.json.encode(present_upserted(states, errors))
            await keep(session, 200, answer, catalog_id=catalog_id)
        return Response(content=answer, status_code=200, media_type=JSON)

    scope = f"upsert {catalog_name}"
    return await once(request, parts.database, scope=scope, fingerprint=fingerprint_of(body), work=work)


async def _write(session: AsyncSession, catalog_id: UUID, fields: ProductFields) -> ItemState | None:
    """What became of a product; None where the database refuses its values."""
    try:
        async with session.begin_nested():
            return (await upsert_product(session, catalog_id, fields))[1]
    except (DataError, IntegrityError) as error:
        log = structlog.get_logger("photocode.upserts")
        log.warning("product refused by the database", error=type(error.orig).__name__)
        return None

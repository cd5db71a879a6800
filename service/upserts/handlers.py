"""Route of upserts."""

from litestar import Controller, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from mobile_contract.limits import UPSERT_BYTES
from mobile_contract.problems import Code
from mobile_contract.products import Upserted
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.openapi import COUNTED, IDEMPOTENT, IdempotencyKey
from service.operations import UpsertOperation
from service.problems import documented
from service.upserts.actions import upsert_products

_DONE = ResponseSpec(Upserted, description="What became of each", generate_examples=False)


class UpsertsController(Controller):
    """Many products at once."""

    path = "/v1/catalogs/{catalog:str}/upserts"
    tags = ("products",)

    @post(
        operation_id="upsertProducts",
        summary="Create or update many products",
        operation_class=UpsertOperation,
        status_code=200,
        opt=needs(Scope.CATALOG_WRITE),
        request_max_body_size=UPSERT_BYTES,
        responses={200: _DONE}
        | documented(Code.CATALOG_NOT_FOUND, Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_LARGE, *IDEMPOTENT, *COUNTED),
    )
    async def upsert(
        self, catalog: FromPath[str], request: Call, parts: Parts, idempotency_key: IdempotencyKey = None
    ) -> Response[bytes]:
        """Create or update up to 1,000 products by their part numbers, without pictures: a JSON array, or an object a
        line. Those that are wrong are told by index, and the others are written.
        """
        return await upsert_products(request, parts, catalog)

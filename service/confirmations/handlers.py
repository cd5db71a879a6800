"""Routes of confirmations."""

from uuid import UUID

from litestar import Controller, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from mobile_contract.confirmations import Confirmation, NewConfirmation
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.confirmations.actions import confirm_once
from service.dependencies import Call, Parts
from service.openapi import IDEMPOTENT, IdempotencyKey
from service.problems import documented


class ConfirmationsController(Controller):
    """What workers say of lookups."""

    path = "/v1/lookups/{lookup_id:uuid}/confirmation"
    tags = ("lookups",)

    @post(
        opt=needs(Scope.LOOKUP),
        operation_id="confirmLookup",
        summary="Say which product it was",
        status_code=200,
        request_max_body_size=JSON_BYTES,
        responses={200: ResponseSpec(Confirmation, description="The worker's word, kept", generate_examples=False)}
        | documented(Code.LOOKUP_NOT_FOUND, Code.PRODUCT_NOT_FOUND, Code.BODY_TOO_LARGE, *IDEMPOTENT),
    )
    async def confirm(
        self,
        lookup_id: FromPath[UUID],
        data: JSONBody[NewConfirmation],
        request: Call,
        parts: Parts,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say which product it was, that it was none of the candidates, or that it is not clear."""
        return await confirm_once(request, parts, lookup_id, data)

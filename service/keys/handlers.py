"""Routes of keys."""

from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from mobile_contract.access import Key, KeyList, MadeKey, NewKey, Rotation
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.keys.actions import make_new, revoke, rotate, show, show_all
from service.problems import documented

_MADE = ResponseSpec(MadeKey, description="The key, which is shown this once", generate_examples=False)


class KeysController(Controller):
    """Keys of programs."""

    path = "/v1/keys"
    tags = ("access",)
    opt = needs(Scope.ADMIN, everywhere=True)

    @post(
        operation_id="createKey",
        summary="Give a client a key",
        status_code=201,
        request_max_body_size=JSON_BYTES,
        responses={201: _MADE} | documented(Code.KEYS_TOO_MANY, Code.CATALOG_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def create(self, data: JSONBody[NewKey], request: Call, parts: Parts) -> Response[MadeKey]:
        """Give a client a key, which is shown this once. A client may have two live ones."""
        return await make_new(request, parts, data)

    @get(operation_id="listKeys", summary="All keys", responses=documented())
    async def list(self, parts: Parts) -> KeyList:
        """All keys, also dead ones, without what makes them keys."""
        return await show_all(parts)

    @get("/{key_id:uuid}", operation_id="getKey", summary="A key", responses=documented(Code.KEY_NOT_FOUND))
    async def get(self, key_id: FromPath[UUID], parts: Parts) -> Key:
        """A key, also a dead one, without what makes it a key."""
        return await show(parts, key_id)

    @post(
        "/{key_id:uuid}/rotation",
        operation_id="rotateKey",
        summary="Replace a key",
        status_code=201,
        request_max_body_size=JSON_BYTES,
        responses={201: _MADE} | documented(Code.KEY_NOT_FOUND, Code.KEYS_TOO_MANY, Code.BODY_TOO_LARGE),
    )
    async def rotate(
        self, key_id: FromPath[UUID], data: JSONBody[Rotation], request: Call, parts: Parts
    ) -> Response[MadeKey]:
        """Give the key's client another one that may do the same, shown this once; the old one ends soon."""
        return await rotate(request, parts, key_id, data)

    @delete(
        "/{key_id:uuid}", operation_id="revokeKey", summary="Revoke a key", responses=documented(Code.KEY_NOT_FOUND)
    )
    async def revoke(self, key_id: FromPath[UUID], request: Call, parts: Parts) -> None:
        """Let a key be good no longer; everywhere within 5 seconds."""
        await revoke(request, parts, key_id)

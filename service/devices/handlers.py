"""Routes of devices."""

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from mobile_contract.devices import EnrolledDevice, NewDevice, OwnAccess
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.dependencies import Call, Parts
from service.devices.actions import enrol_device, own_access
from service.openapi import NO_SECURITY
from service.problems import documented


class DevicesController(Controller):
    """Devices that may ask from outside."""

    path = "/v1/devices"
    tags = ("devices",)

    @post(
        operation_id="enrolDevice",
        summary="Exchange an enrolment token for a device token",
        security=NO_SECURITY,
        status_code=201,
        request_max_body_size=JSON_BYTES,
        responses={201: ResponseSpec(EnrolledDevice, description="The device may ask from now on")}
        | documented(Code.ENROLMENT_TOKEN_INVALID, Code.TOO_MANY_ATTEMPTS, Code.BODY_TOO_LARGE),
    )
    async def enrol(self, data: JSONBody[NewDevice], request: Call, parts: Parts) -> Response[EnrolledDevice]:
        """Exchange an enrolment token, once, for a token of this device's own."""
        return await enrol_device(request, parts, data)

    @get("/me", operation_id="getOwnDevice", summary="As whom one asks", responses=documented())
    async def me(self, request: Call, parts: Parts) -> OwnAccess:
        """Why the request was let in, and as which device."""
        return await own_access(request, parts)

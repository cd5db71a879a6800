"""Routes of devices."""

from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from mobile_contract.devices import (
    Device,
    DeviceList,
    EnrolledDevice,
    Enrolment,
    ErasedPhotos,
    NewDevice,
    NewEnrolment,
    OwnAccess,
    Worker,
)
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.devices.actions import (
    begin,
    enrol_device,
    name_worker,
    own_access,
    own_device,
    revoke_device,
    show_all,
)
from service.openapi import NO_SECURITY
from service.photos.erasing import erase_devices_photos
from service.problems import documented

_BEGUN = ResponseSpec(Enrolment, description="The token, which is shown this once", generate_examples=False)


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

    @get(
        opt=needs(Scope.ADMIN, everywhere=True),
        operation_id="listDevices",
        summary="All devices",
        responses=documented(),
    )
    async def list(self, parts: Parts) -> DeviceList:
        """All devices, also revoked ones."""
        return await show_all(parts)

    @post(
        "/enrolments",
        opt=needs(Scope.ADMIN, everywhere=True),
        operation_id="beginEnrolment",
        summary="Let one more device be enrolled",
        status_code=201,
        request_max_body_size=JSON_BYTES,
        responses={201: _BEGUN} | documented(Code.CATALOG_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def begin(self, data: JSONBody[NewEnrolment], request: Call, parts: Parts) -> Response[Enrolment]:
        """Let one more device be enrolled within 15 minutes, by a link that is opened on it."""
        return await begin(request, parts, data)

    @delete(
        "/{device_id:uuid}",
        opt=needs(Scope.ADMIN, everywhere=True),
        operation_id="revokeDevice",
        summary="Revoke a device",
        responses=documented(Code.DEVICE_NOT_FOUND),
    )
    async def revoke(self, device_id: FromPath[UUID], request: Call, parts: Parts) -> None:
        """Let a device's token be good no longer; everywhere within 5 seconds."""
        await revoke_device(request, parts, device_id)

    @delete(
        "/{device_id:uuid}/photos",
        opt=needs(Scope.ADMIN, everywhere=True),
        operation_id="eraseDevicePhotos",
        summary="Erase the photos of a device",
        status_code=200,
        responses=documented(Code.DEVICE_NOT_FOUND),
    )
    async def erase(self, device_id: FromPath[UUID], request: Call, parts: Parts) -> ErasedPhotos:
        """Erase the photos of all lookups of a device, as `eraseLookupPhotos` does."""
        return await erase_devices_photos(request, parts, device_id)

    @delete(
        "/me/photos",
        opt=needs(Scope.LOOKUP),
        operation_id="eraseOwnPhotos",
        summary="Erase one's own photos",
        status_code=200,
        responses=documented(Code.DEVICE_NOT_FOUND),
    )
    async def erase_own(self, request: Call, parts: Parts) -> ErasedPhotos:
        """Erase the photos of all lookups of the device that asks."""
        return await erase_devices_photos(request, parts, own_device(request))

    @put(
        "/me/worker",
        opt=needs(),
        operation_id="putOwnWorker",
        summary="Say who uses this device",
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.DEVICE_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def worker(self, data: JSONBody[Worker], request: Call, parts: Parts) -> Device:
        """Say who uses the device that asks; confirmations bear the name from then on, for administrators."""
        return await name_worker(request, parts, data)

    @get("/me", opt=needs(), operation_id="getOwnDevice", summary="As whom one asks", responses=documented())
    async def me(self, request: Call, parts: Parts) -> OwnAccess:
        """Why the request was let in, and as which device or with which key."""
        return await own_access(request, parts)

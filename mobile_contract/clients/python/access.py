"""Flows of administrators: keys, devices, what was changed by whom, and photos that are to go."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from mobile_contract.access import Key, KeyList, MadeKey, NewKey, Rotation, Scope
from mobile_contract.audit import AuditPage
from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, json_body
from mobile_contract.devices import Device, DeviceList, Enrolment, ErasedPhotos, NewEnrolment, Worker
from mobile_contract.limits import AUDIT_DEFAULT
from mobile_contract.lookups import Lookup

KEYS = "/v1/keys"
DEVICES = "/v1/devices"


def access_keys(core: Core) -> Flow[list[Key]]:
    """All keys, also dead ones."""
    found = yield from ask(core, Call(operation="listKeys", method="GET", path=KEYS, kind=KeyList))
    return found.keys


def access_key(core: Core, key_id: UUID) -> Flow[Key]:
    """A key, without what makes it one.

    Raises:
        NotFound: there is none of this id.

    """
    return ask(core, Call(operation="getKey", method="GET", path=f"{KEYS}/{key_id}", kind=Key))


def create_key(
    core: Core,
    client: str,
    scopes: Sequence[Scope | str],
    *,
    catalogs: Sequence[str] | None = None,
    days: float | None = None,
) -> Flow[MadeKey]:
    """Give a client a key for all catalogs or some, until it expires or is revoked: keep ``key`` of the answer, and
    give it to a client as its ``token``. Not repeated where no answer came: a client has two live keys at most.

    Raises:
        Conflict: it has two.

    """
    new = NewKey(
        client=client,
        scopes=[Scope(one) for one in scopes],
        catalogs=UNSET if catalogs is None else list(catalogs),
        days=UNSET if days is None else days,
    )
    body = json_body(new)
    return ask(core, Call(operation="createKey", method="POST", path=KEYS, kind=MadeKey, body=body, repeatable=False))


def rotate_key(core: Core, key_id: UUID, *, overlap_hours: float = 24.0, days: float | None = None) -> Flow[MadeKey]:
    """Give a key's client another one that may do the same; the old one is good for ``overlap_hours`` more.

    Raises:
        NotFound: there is no live key of this id.
        Conflict: the client has two live keys.

    """
    body = json_body(Rotation(overlap_hours=overlap_hours, days=UNSET if days is None else days))
    path = f"{KEYS}/{key_id}/rotation"
    return ask(core, Call(operation="rotateKey", method="POST", path=path, kind=MadeKey, body=body, repeatable=False))


def revoke_key(core: Core, key_id: UUID) -> Flow[None]:
    """Let a key be good no longer; everywhere within 5 seconds."""
    yield from ask(core, Call(operation="revokeKey", method="DELETE", path=f"{KEYS}/{key_id}", kind=bytes))


def devices(core: Core) -> Flow[list[Device]]:
    """All devices, also revoked ones."""
    found = yield from ask(core, Call(operation="listDevices", method="GET", path=DEVICES, kind=DeviceList))
    return found.devices


def begin_enrolment(
    core: Core,
    scopes: Sequence[Scope | str] = (Scope.LOOKUP, Scope.CATALOG_READ),
    *,
    catalogs: Sequence[str] | None = None,
    worker: str | None = None,
) -> Flow[Enrolment]:
    """Let one more device be enrolled within 15 minutes: by ``link``, below the address that it opens."""
    new = NewEnrolment(
        scopes=[Scope(one) for one in scopes],
        catalogs=UNSET if catalogs is None else list(catalogs),
        worker=UNSET if worker is None else worker,
    )
    path = f"{DEVICES}/enrolments"
    return ask(core, Call(operation="beginEnrolment", method="POST", path=path, kind=Enrolment, body=json_body(new)))


def revoke_device(core: Core, device_id: UUID) -> Flow[None]:
    """Let a device's token be good no longer; everywhere within 5 seconds."""
    path = f"{DEVICES}/{device_id}"
    yield from ask(core, Call(operation="revokeDevice", method="DELETE", path=path, kind=bytes))


def put_own_worker(core: Core, worker: str | None) -> Flow[Device]:
    """Say who uses the device whose token this is; None: nobody in particular."""
    body = json_body(Worker(worker=UNSET if worker is None else worker))
    path = f"{DEVICES}/me/worker"
    return ask(core, Call(operation="putOwnWorker", method="PUT", path=path, kind=Device, body=body))


def erase_photos(core: Core, lookup: Lookup | UUID) -> Flow[None]:
    """Erase the photos of a lookup; its answer stays.

    Raises:
        Denied: somebody else asked it.

    """
    path = f"/v1/lookups/{lookup.id if isinstance(lookup, Lookup) else lookup}/photos"
    yield from ask(core, Call(operation="eraseLookupPhotos", method="DELETE", path=path, kind=bytes))


def erase_own_photos(core: Core) -> Flow[int]:
    """Erase the photos of all lookups of the device whose token this is; says of how many."""
    path = f"{DEVICES}/me/photos"
    found = yield from ask(core, Call(operation="eraseOwnPhotos", method="DELETE", path=path, kind=ErasedPhotos))
    return found.lookups


def erase_device_photos(core: Core, device_id: UUID) -> Flow[int]:
    """Erase the photos of all lookups of a device; says of how many."""
    path = f"{DEVICES}/{device_id}/photos"
    found = yield from ask(core, Call(operation="eraseDevicePhotos", method="DELETE", path=path, kind=ErasedPhotos))
    return found.lookups


def audit_page(
    core: Core,
    after: str | None = None,
    *,
    limit: int = AUDIT_DEFAULT,
    subject: str | None = None,
    operation: str | None = None,
) -> Flow[AuditPage]:
    """Who changed what, the newest first; ``after``: the ``next`` of the page before."""
    asked = {"after": after, "subject": subject, "operation": operation}
    query = [("limit", str(limit)), *((name, value) for name, value in asked.items() if value is not None)]
    return ask(core, Call(operation="listAudit", method="GET", path="/v1/audit", kind=AuditPage, query=tuple(query)))

"""Flows of devices: being let in from outside the service's own machine."""

from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, json_body
from mobile_contract.devices import EnrolledDevice, NewDevice, OwnAccess


def enrol_device(core: Core, enrolment_token: str, name: str) -> Flow[EnrolledDevice]:
    """Exchange an enrolment token, from the printed code, for a token of this device's own: keep ``token`` of the
    answer, and give it to a client. Not repeated where no answer came: an enrolment token is good for one device.

    Raises:
        Denied: the enrolment token is unknown, was used, or is too old.

    """
    body = json_body(NewDevice(enrolment_token=enrolment_token, name=name))
    path = "/v1/devices"
    return ask(
        core,
        Call(operation="enrolDevice", method="POST", path=path, kind=EnrolledDevice, body=body, repeatable=False),
    )


def own_access(core: Core) -> Flow[OwnAccess]:
    """Why one is let in, and as which device.

    Raises:
        Denied: one is not.

    """
    return ask(core, Call(operation="getOwnDevice", method="GET", path="/v1/devices/me", kind=OwnAccess))

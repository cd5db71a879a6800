"""Reads what a device says of itself."""

from msgspec import UNSET, UnsetType, structs

from catalog.errors import EnrolmentInvalid
from mobile_contract.devices import NewDevice
from service.access.names import read_name
from service.access.tokens import Purpose, is_token


def checked_device(given: NewDevice) -> NewDevice:
    """The device, its names without blanks around them.

    Raises:
        Refused: a name is blank, or holds control characters.
        EnrolmentInvalid: the token cannot be one, as a mistyped one.

    """
    name = read_name(given.name, "name")
    worker = UNSET if given.worker is UNSET else read_name(given.worker, "worker")
    if not is_token(given.enrolment_token.strip(), Purpose.ENROLMENT):
        raise EnrolmentInvalid("this is no enrolment token, or it was mistyped")
    return structs.replace(given, name=name, worker=worker, enrolment_token=given.enrolment_token.strip())


def read_worker(given: str | UnsetType) -> str | None:
    """Who uses a device, None for nobody in particular.

    Raises:
        Refused: the name is blank, or holds control characters.

    """
    return None if given is UNSET else read_name(given, "worker")

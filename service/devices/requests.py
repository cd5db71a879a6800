"""Reads what a device says of itself."""

import unicodedata

from msgspec import structs

from catalog.errors import EnrolmentInvalid
from mobile_contract.devices import NewDevice
from mobile_contract.problems import Code, FieldError
from service.access.tokens import Purpose, is_token
from service.problems import Refused

UNPRINTED = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of characters that would do something to the terminal which lists devices, in place of being shown."""


def checked_device(given: NewDevice) -> NewDevice:
    """The device, its name without blanks around it.

    Raises:
        Refused: the name is blank, or holds control characters.
        EnrolmentInvalid: the token cannot be one, as a mistyped one.

    """
    name = given.name.strip()
    if not name or any(unicodedata.category(one) in UNPRINTED for one in name):
        fields = (FieldError(field="name", message="is blank or holds control characters"),)
        raise Refused(Code.VALIDATION_FAILED, "the device needs a name to be listed by", fields)
    if not is_token(given.enrolment_token.strip(), Purpose.ENROLMENT):
        raise EnrolmentInvalid("this is no enrolment token, or it was mistyped")
    return structs.replace(given, name=name, enrolment_token=given.enrolment_token.strip())

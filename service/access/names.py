"""Reads names that people give: of clients, devices and workers."""

import unicodedata

from mobile_contract.problems import Code, FieldError
from service.refused import Refused

UNPRINTED = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of characters that would do something to the terminal which lists names, in place of being shown."""


def read_name(given: str, field: str) -> str:
    """The name, without blanks around it.

    Raises:
        Refused: it is blank, or holds control characters.

    """
    name = given.strip()
    if not name or any(unicodedata.category(one) in UNPRINTED for one in name):
        fields = (FieldError(field=field, message="is blank or holds control characters"),)
        raise Refused(Code.VALIDATION_FAILED, "a name is needed that can be listed", fields)
    return name

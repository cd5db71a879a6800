"""Reads what is asked of catalogs."""

from mobile_contract.problems import Code, FieldError
from service.refused import Refused


def demand_confirmation(catalog_name: str, confirm: str) -> None:
    """Let nobody remove a catalog by a slip of the hand.

    Raises:
        Refused: its name is not said once more.

    """
    if confirm != catalog_name:
        fields = (FieldError(field="confirm", message="is the name of the catalog that is removed"),)
        raise Refused(Code.VALIDATION_FAILED, "say the catalog's name once more", fields)

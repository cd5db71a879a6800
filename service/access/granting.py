"""Reads what a new key or device is to be allowed."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.grants import Grant, bound_to
from mobile_contract.access import Scope
from mobile_contract.problems import Code, FieldError
from service.refused import Refused


async def read_grant(session: AsyncSession, scopes: Sequence[Scope], catalogs: Sequence[str] | UnsetType) -> Grant:
    """The rights in the order in which they are listed everywhere.

    Raises:
        Refused: ``admin`` was to be bound to catalogs.
        CatalogNotFound: there is none of one of the names.

    """
    wanted = [scope for scope in Scope if scope in scopes]
    if catalogs is UNSET:
        return Grant(scopes=wanted)
    if Scope.ADMIN in wanted:
        fields = (FieldError(field="catalogs", message="do not go with the scope admin, which is about all clients"),)
        raise Refused(Code.VALIDATION_FAILED, "admin cannot be bound to catalogs", fields)
    return Grant(scopes=wanted, catalogs=await bound_to(session, list(dict.fromkeys(catalogs))))


def lifetime_of(days: float | UnsetType) -> timedelta | None:
    """For how long; None for ever."""
    return None if days is UNSET else timedelta(days=days)

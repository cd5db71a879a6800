"""Who was let in, and what that one may do."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.errors import CatalogNotFound, LookupNotFound, NotFound, ReferenceNotFound
from catalog.lookups import catalog_of_lookup
from catalog.references import catalog_of_reference
from mobile_contract.problems import Code
from service.access.routes import Needs
from service.access.scopes import Scope, includes
from service.refused import Refused

STATE: Final = "visitor"
CATALOG: Final = "catalog"

Owner = Callable[[AsyncSession, UUID], Awaitable[UUID | None]]

OWNERS: Final[Mapping[str, tuple[Owner, Callable[[UUID], NotFound]]]] = {
    "lookup_id": (catalog_of_lookup, lambda one: LookupNotFound(f"there is no lookup {one}")),
    "reference_id": (catalog_of_reference, lambda one: ReferenceNotFound(f"there is no reference image {one}")),
}
"""Of things that a path names without their catalog: which catalog they belong to, and what is said where there is no
such thing, which is what clients of other catalogs hear too.
"""


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who was let in. ``client``: its address; ``device`` or ``key``: None from this machine, and on public routes.

    ``subject``: ``device:ID``, ``key:ID``, ``local`` for this machine without a key, ``anyone`` on public routes.
    ``owner``: whose its idempotency keys are, the ``subject`` but for keys, of which several may be one client's.
    ``catalogs``: names by id of those that it is bound to, None for all.
    """

    client: str
    loopback: bool
    device: UUID | None = None
    key: UUID | None = None
    subject: str = "anyone"
    owner: str = "anyone"
    scopes: frozenset[str] = frozenset()
    catalogs: Mapping[UUID, str] | None = None

    def may(self, scope: Scope) -> bool:
        """Whether it has a right, by itself or by a larger one."""
        return includes(self.scopes, scope)

    @property
    def among(self) -> Collection[UUID] | None:
        """Ids of the only catalogs that there are for it; None for all."""
        return None if self.catalogs is None else self.catalogs.keys()


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """Who the gate let in."""
    visitor: Visitor = request.scope["state"][STATE]
    return visitor


async def demand_right(visitor: Visitor, needs: Needs, path: Mapping[str, Any], database: Database) -> None:
    """Refuse what a visitor may not do. ``path``: the parameters in it. What belongs to a catalog that the visitor is
    not bound to is not there for it.

    Raises:
        Refused: a scope is missing.
        NotFound: of the kind that the thing is, which belongs to another catalog.

    """
    if needs.any_of and not any(visitor.may(scope) for scope in needs.any_of):
        wanted, has = " or ".join(needs.any_of), ", ".join(sorted(visitor.scopes))
        raise Refused(Code.SCOPE_MISSING, f"this needs the scope {wanted}; this client has {has}")
    if visitor.catalogs is None:
        return
    if needs.everywhere:
        raise Refused(Code.SCOPE_MISSING, "this needs a client that is not bound to catalogs")
    await _demand_catalog(visitor, path, database)


async def _demand_catalog(visitor: Visitor, path: Mapping[str, Any], database: Database) -> None:
    bound = visitor.catalogs or {}
    if CATALOG in path:
        if path[CATALOG] not in bound.values():
            raise CatalogNotFound(f"there is no catalog {path[CATALOG]!r}")
        return
    for name, value in path.items():
        if name not in OWNERS:
            if name.endswith("_id"):
                raise Refused(Code.NOT_FOUND, "there is nothing at this address")
            continue
        owner, absent = OWNERS[name]
        async with database.read() as session:
            catalog_id = await owner(session, value)
        if catalog_id not in bound:
            raise absent(value)

"""What a client may do. Each route names the scope that it needs, beside its handler."""

from typing import Any, Final

from mobile_contract.access import Scope

__all__ = ["EVERYWHERE", "NEEDS", "Scope", "includes", "needs"]

NEEDS: Final = "needs"
"""Key of a route's options under which the gate finds the scopes, one of which is enough."""

EVERYWHERE: Final = "everywhere"
"""Key of a route's options: whether clients that are bound to catalogs are refused."""


def needs(*any_of: Scope, everywhere: bool = False) -> dict[str, Any]:
    """Options of a route whose clients need one of these scopes: ``@get(..., opt=needs(Scope.LOOKUP))``. Without any,
    who is known may ask. ``everywhere``: clients that are bound to catalogs may not.
    """
    return {NEEDS: any_of, EVERYWHERE: everywhere}


def includes(scopes: frozenset[str], wanted: Scope) -> bool:
    """Whether these rights include another."""
    return wanted in scopes or Scope.ADMIN in scopes

"""What a client may do. Each route names the scope that it needs, beside its handler."""

from enum import StrEnum
from typing import Any, Final

NEEDS: Final = "needs"
"""Key of a route's options under which the gate finds the scope."""


class Scope(StrEnum):
    """A right. ``lookup`` asks and confirms; ``catalog:read`` and ``catalog:write`` are about a catalog's products,
    pictures and imports; ``admin`` is about clients themselves, and includes all others.
    """

    LOOKUP = "lookup"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    ADMIN = "admin"


def needs(scope: Scope) -> dict[str, Any]:
    """Options of a route whose clients need this scope: ``@get(..., opt=needs(Scope.LOOKUP))``."""
    return {NEEDS: scope}

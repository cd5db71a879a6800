"""What a route asks of who asks it: nothing, to be known, or a scope.

Public is what a phone needs before it has a token, and probes. A route that says nothing of itself needs ``admin``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.access.scopes import EVERYWHERE, NEEDS, Scope

PUBLIC: Final = frozenset({"/", "/sw.js", "/manifest.webmanifest", "/ca.crt", "/livez", "/healthz", "/readyz"})
PUBLIC_FOLDER: Final = "/page"
ENROLMENT: Final = ("POST", "/v1/devices")
DOCUMENTS: Final = "/docs"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, kw_only=True)
class Needs:
    """``public``: nothing. ``any_of``: one of these scopes, none where it is enough to be known. ``everywhere``: not to
    be bound to catalogs.
    """

    public: bool = False
    any_of: tuple[Scope, ...] = ()
    everywhere: bool = False


def needs_of(method: str, template: str, options: Mapping[str, Any]) -> Needs:
    """What a route needs. ``template`` as for :func:`is_public`; ``options``: its handler's."""
    if is_public(method, template):
        return Needs(public=True)
    if NEEDS in options:
        return Needs(any_of=options[NEEDS], everywhere=options[EVERYWHERE])
    documents = template == DOCUMENTS or template.startswith(f"{DOCUMENTS}/")
    if method == "OPTIONS" or (documents and method in READING):
        return Needs()
    return Needs(any_of=(Scope.ADMIN,), everywhere=True)


def is_public(method: str, template: str) -> bool:
    """Whether everybody may ask this. ``template``: path of the route that was found, not the one that was asked for,
    in which dots and slashes could be put so that it looks like another.
    """
    if (method, template) == ENROLMENT:
        return True
    own = template in PUBLIC or template == PUBLIC_FOLDER or template.startswith(f"{PUBLIC_FOLDER}/")
    return own and method in READING

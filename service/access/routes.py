"""Routes that need no device token: what a phone needs before it has one, and probes."""

from typing import Final

PUBLIC: Final = frozenset({"/", "/sw.js", "/manifest.webmanifest", "/ca.crt", "/livez", "/healthz", "/readyz"})
PUBLIC_FOLDER: Final = "/page"
ENROLMENT: Final = ("POST", "/v1/devices")


def is_public(method: str, template: str) -> bool:
    """Whether everybody may ask this. ``template``: path of the route that was found, not the one that was asked for,
    in which dots and slashes could be put so that it looks like another.
    """
    if (method, template) == ENROLMENT:
        return True
    own = template in PUBLIC or template == PUBLIC_FOLDER or template.startswith(f"{PUBLIC_FOLDER}/")
    return own and method in ("GET", "HEAD", "OPTIONS")

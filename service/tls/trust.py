"""Trust of this machine's own commands in its own certificate authority."""

import ssl
from pathlib import Path

import httpx

from service.tls.places import authority_file


def nobody() -> ssl.SSLContext:
    """Trust in nobody, for plain HTTP: to read the list of public authorities takes longer than most requests."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def trust(folder: Path) -> ssl.SSLContext:
    """Trust in public authorities and, where the folder of certificates has one, in this machine's own."""
    context = httpx.create_ssl_context()
    own = authority_file(folder)
    if own.exists():
        context.load_verify_locations(own)
    return context

"""Certificates as phones install them."""

from litestar import Response

from mobile_contract.problems import Code
from service.refused import Refused

# By this type iOS and Android know that it is to be installed; both take it as PEM, which other programs need.
MEDIA_TYPE = "application/x-x509-ca-cert"


def present_certificate(pem: bytes | None) -> Response[bytes]:
    """A certificate.

    Raises:
        Refused: there is none.

    """
    if pem is None:
        raise Refused(Code.NOT_FOUND, "this service has no certificate authority; photocode serve --lan makes one")
    headers = {"Content-Disposition": 'inline; filename="photocode-ca.crt"'}
    return Response(pem, media_type=MEDIA_TYPE, headers=headers)

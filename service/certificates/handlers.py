"""Route of the certificate that phones install."""

from litestar import Controller, Response, get

from service.certificates.presenter import present_certificate
from service.dependencies import Parts
from service.tls.store import authority_certificate


class CertificatesController(Controller):
    """Certificates."""

    @get("/ca.crt", include_in_schema=False, sync_to_thread=True)
    def authority(self, parts: Parts) -> Response[bytes]:
        """The certificate of the local authority, for phones to install."""
        return present_certificate(authority_certificate(parts.settings.certificates))

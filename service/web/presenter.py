"""The phone page's files as answers: validators, caching, compression and what the browser must not do."""

from litestar import Response

from service.dependencies import Call
from service.web.shell.files import PageFile

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SAFETY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"


def present_file(request: Call, file: PageFile, *, lasting: bool) -> Response[bytes]:
    """A file, or 304 where the browser has it. ``lasting``: the address holds the content's version."""
    squeezed = file.squeezed if "gzip" in request.headers.get("Accept-Encoding", "") else None
    etag = f'"{file.etag}{"-gzip" if squeezed else ""}"'
    headers = {
        **SAFETY,
        "ETag": etag,
        "Cache-Control": FOREVER if lasting else ASK_FIRST,
        "Vary": "Accept-Encoding",
    }
    if etag in request.headers.get("If-None-Match", ""):
        return Response(content=b"", status_code=304, headers=headers)
    if squeezed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(content=squeezed or file.body, media_type=file.media_type, headers=headers)

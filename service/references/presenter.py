"""Reference images as the wire shows them."""

from catalog.models import ReferenceRow
from catalog.search.candidates import ReferenceFacts
from mobile_contract.catalogs import ReferenceImage


def present_reference(reference: ReferenceRow | ReferenceFacts) -> ReferenceImage:
    """A reference image; its picture is behind ``image_url``."""
    return ReferenceImage(
        id=reference.id,
        image_url=f"/v1/references/{reference.id}/image",
        width=reference.width,
        height=reference.height,
        role=reference.role,
    )


def etag_of(reference: ReferenceRow) -> str:
    """A strong validator: the key is made of the content's hash."""
    return f'"{reference.object_key.rsplit("/", 1)[-1]}"'


def image_headers(reference: ReferenceRow) -> dict[str, str]:
    """Caching for ever, and no guessing at the type of an administrator's upload."""
    return {
        "ETag": etag_of(reference),
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }

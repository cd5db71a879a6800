"""Reference images as the wire shows them."""

from msgspec import UNSET

from catalog.models import ReferenceRow
from catalog.product_pictures import OwnedPicture
from catalog.search.candidates import ReferenceFacts
from mobile_contract.catalogs import ReferenceImage
from mobile_contract.products import Picture


def present_reference(reference: ReferenceRow | ReferenceFacts) -> ReferenceImage:
    """A reference image; its picture is behind ``image_url``."""
    return ReferenceImage(
        id=reference.id,
        image_url=f"/v1/references/{reference.id}/image",
        width=reference.width,
        height=reference.height,
        role=reference.role,
    )


def present_picture(one: OwnedPicture) -> Picture:
    """A reference image with what is known of it."""
    reference = one.reference
    return Picture(
        id=reference.id,
        image_url=f"/v1/references/{reference.id}/image",
        width=reference.width,
        height=reference.height,
        role=reference.role,
        part_number=one.part_number,
        byte_count=reference.byte_count,
        media_type=reference.media_type,
        created_at=reference.created_at,
        import_id=reference.import_job_id or UNSET,
        surface=reference.surface_state,
        text=reference.text_state,
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

"""Uploaded pictures as the wire shows them."""

from collections.abc import Sequence

from mobile_contract.pictures import UploadedPicture, UploadedPictures
from service.jobs.picture_sources import UPLOADED
from service.jobs.uploads import KeptUpload


def present_uploads(kept: Sequence[KeptUpload]) -> UploadedPictures:
    """Pictures that are kept, in order."""
    return UploadedPictures(pictures=[_present(one) for one in kept])


def _present(kept: KeptUpload) -> UploadedPicture:
    picture = kept.picture
    return UploadedPicture(
        id=picture.content_hash,
        name=UPLOADED + picture.content_hash,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        bytes=picture.byte_count,
        kept_until=kept.kept_until,
    )

"""Pictures on the wire that are uploaded before the table that names them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class UploadedPicture(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that a table may name. Sizes in pixels and bytes."""

    id: Annotated[
        str, Meta(description="What its content gives: the same bytes have the same id", pattern=r"^[0-9a-f]{64}$")
    ]
    name: Annotated[str, Meta(description="What to write into the column pictures of a table: picture: and the id")]
    media_type: str
    width: int
    height: int
    bytes: int
    kept_until: Annotated[datetime, Meta(description="So long at least; longer while a product of the catalog has it")]


class UploadedPictures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Pictures in the order in which they were sent."""

    pictures: list[UploadedPicture]

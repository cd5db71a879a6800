"""Flows of pictures: uploading them before a table that names them, and looking after those that products have."""

from functools import partial
from uuid import UUID

from mobile_contract.catalogs import ReferenceImage
from mobile_contract.clients.python.errors import PhotoUnusable
from mobile_contract.clients.python.exchange import Call, Core, Flow, Form, Progress, Work, ask, json_body
from mobile_contract.clients.python.photos import Photo, ReadPhoto, read_photos
from mobile_contract.clients.python.queries import at
from mobile_contract.limits import PICTURES_AT_ONCE
from mobile_contract.pictures import UploadedPicture, UploadedPictures
from mobile_contract.products import Picture, PictureList, PicturePlace

Known = ReferenceImage | UUID | str
"""A reference image, or its id."""


def upload_pictures(
    core: Core, catalog: str, *pictures: Photo, progress: Progress | None = None
) -> Flow[list[UploadedPicture]]:
    """Upload 1 to 8 pictures, as they are, for a table that names each by its ``name``; they are kept for seven days.

    Raises:
        PhotoUnusable: there are none or too many, or one cannot be read.
        Refused: one is no picture.

    """
    if not pictures:
        raise PhotoUnusable("give one picture at least")
    read: tuple[ReadPhoto, ...] = yield Work(partial(read_photos, pictures, None, PICTURES_AT_ONCE))
    made = Call(
        operation="uploadPictures",
        method="POST",
        path=f"{at(catalog)}/pictures",
        kind=UploadedPictures,
        body=Form(read, field="picture"),
        progress=progress,
    )
    return (yield from ask(core, made)).pictures


def references(core: Core, catalog: str, part_number: str) -> Flow[list[Picture]]:
    """A product's pictures with all that is known of each; the one that stands for the product first."""
    query = (("partNumber", part_number),)
    path = f"{at(catalog)}/references"
    found = yield from ask(
        core, Call(operation="listReferences", method="GET", path=path, kind=PictureList, query=query)
    )
    return found.pictures


def reference(core: Core, catalog: str, known: Known) -> Flow[Picture]:
    """What is known of a picture; its bytes are given by ``reference_picture``."""
    return ask(core, Call(operation="getReference", method="GET", path=_at(catalog, known), kind=Picture))


def place_reference(core: Core, catalog: str, known: Known, place: int) -> Flow[Picture]:
    """Put a picture at a place, from 0, among those of its product; the one at 0 stands for it."""
    path, body = f"{_at(catalog, known)}/place", json_body(PicturePlace(place=place))
    return ask(core, Call(operation="placeReference", method="PUT", path=path, kind=Picture, body=body))


def delete_reference(core: Core, catalog: str, known: Known) -> Flow[None]:
    """Delete a picture for good. Not repeated where no answer came: the next try would not find it.

    Raises:
        NotFound: the catalog has no such picture.

    """
    path = _at(catalog, known)
    yield from ask(core, Call(operation="deleteReference", method="DELETE", path=path, kind=bytes, repeatable=False))


def _at(catalog: str, known: Known) -> str:
    return f"{at(catalog)}/references/{known.id if isinstance(known, ReferenceImage) else known}"

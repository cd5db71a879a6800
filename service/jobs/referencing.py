"""From a picture's bytes to a reference image that only has to be written down."""

from uuid import UUID

from catalog.models import ReferenceRole
from catalog.references import NewReference
from catalog.storage.pictures import PictureStore
from service.jobs.pictures import prepare_picture
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder


class ReferenceMaker:
    """Makes reference images with the parts of a service."""

    def __init__(self, *, pictures: PictureStore, engine: ImageEmbedder, decoder: PhotoDecoder) -> None:
        """``decoder``: says how long a picture may wait. The parts stay the caller's to close."""
        self._pictures = pictures
        self._engine = engine
        self._decoder = decoder

    async def make(
        self, data: bytes, *, role: ReferenceRole = ReferenceRole.CATALOG, import_job_id: UUID | None = None
    ) -> NewReference:
        """Decode, embed and keep a picture. Its pixels are let go at once: a batch may hold hundreds of pictures.

        Raises:
            PhotoError: the bytes are no picture that can be used.
            Overloaded: too many photos wait for the model.

        """
        picture = await prepare_picture(self._decoder, data, target=self._engine.input_size)
        (vector,) = await self._engine.embed_images([picture.image])
        return NewReference(
            content_hash=picture.content_hash,
            object_key=await self._pictures.put(picture.content),
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            byte_count=len(picture.content),
            vector=vector,
            role=role,
            import_job_id=import_job_id,
        )

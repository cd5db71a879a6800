"""From a lookup's bytes to pixels that every stage can work on."""

from collections.abc import Sequence

from PIL import Image

from service.recognition.embedding.decoding import shrink_factor
from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoError
from service.recognition.region import Region
from service.recognition.stages import Stages, all_of


class Opener:
    """Decodes the photos of one lookup, or a region of each."""

    def __init__(self, decoder: PhotoDecoder, input_size: int) -> None:
        """``input_size``: edge in px of what the model takes. The decoder stays the caller's to close."""
        self._decoder = decoder
        self._input_size = input_size

    async def open_all(
        self, photos: Sequence[bytes], stages: Sequence[Stages], *, least: int, region: Region | None
    ) -> list[Photo]:
        """All of them, each timed by its own stages; at least ``2 * least`` px on the shorter side, where the original
        has them.

        Raises:
            PhotoError: the bytes are no photo that can be used; of several, its place is told.

        """
        return await all_of(
            self._opened(data, of_photo, least, region, place if len(photos) > 1 else None)
            for place, (data, of_photo) in enumerate(zip(photos, stages, strict=True))
        )

    async def _opened(self, data: bytes, stages: Stages, least: int, region: Region | None, place: int | None) -> Photo:
        target = max(self._input_size, least)
        with stages.lap("decode"):
            try:
                if region is None:
                    return await self._decoder.decode(data, target=target, beside=stages.beside)
                return region.cut(await self._decoded_for(region, data, target, stages.beside), target)
            except PhotoError as error:
                raise PhotoError(error.code, place) from error

    async def _decoded_for(self, region: Region, data: bytes, target: int, beside: int) -> Photo:
        """As large as the region needs it; a photo that has no room as large is none to be refused for that."""
        wanted = region.target(target)
        try:
            return await self._decoder.decode(data, target=wanted, beside=beside)
        except PhotoError as error:
            # So a decoder says that memory did not suffice; what took too long would do so again.
            if wanted == target or error.code != "photo_unreadable":
                raise
        return await self._decoder.decode(data, target=target, beside=beside)

    def for_model(self, photo: Photo) -> Image.Image:
        """As large as the model is given it where no other channel needs more: its preprocessing costs by the pixel."""
        factor = shrink_factor(photo.image.size, self._input_size)
        return photo.image.reduce(factor) if factor > 1 else photo.image

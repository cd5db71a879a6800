"""From a lookup's bytes to pixels that every stage can work on."""

from collections.abc import Sequence

from PIL import Image

from service.recognition.embedding.decoding import shrink_factor
from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoError
from service.recognition.region import MOST_TARGET, Region
from service.recognition.stages import Stages, all_of


class Opener:
    """Decodes the photos of one lookup, or a region of each."""

    def __init__(self, decoder: PhotoDecoder, input_size: int) -> None:
        """``input_size``: edge in px of what the model takes. The decoder stays the caller's to close."""
        self._decoder = decoder
        self._input_size = input_size

    async def open_all(
        self,
        photos: Sequence[bytes],
        stages: Sequence[Stages],
        *,
        least: int,
        room: int = 0,
        region: Region | None,
        detail: int = 1,
    ) -> list[Photo]:
        """All of them, each timed by its own stages; at least ``2 * least`` px on the shorter side, where the original
        has them: who photographs is advised to. ``room``: the same for what would use more and needs no advice;
        ``detail``: so many times as large where there is room, for pieces of it to be looked at.

        Raises:
            PhotoError: the bytes are no photo that can be used; of several, its place is told.

        """
        needed = max(self._input_size, least)
        return await all_of(
            self._opened(data, of_photo, needed, room, region, place if len(photos) > 1 else None, detail)
            for place, (data, of_photo) in enumerate(zip(photos, stages, strict=True))
        )

    async def _opened(
        self,
        data: bytes,
        stages: Stages,
        needed: int,
        room: int,
        region: Region | None,
        place: int | None,
        detail: int,
    ) -> Photo:
        target = max(needed, room)
        wanted = detailed(target if region is None else region.target(target), detail)
        with stages.lap("decode"):
            try:
                if region is None:
                    return await self._decoded(data, needed, wanted, stages.beside, advised=needed)
                photo = await self._decoded(data, needed, wanted, stages.beside, advised=None)
                return region.cut(photo, needed)
            except PhotoError as error:
                raise PhotoError(error.code, place) from error

    async def _decoded(self, data: bytes, needed: int, wanted: int, beside: int, *, advised: int | None) -> Photo:
        """As large as ``wanted``; a photo that has no room as large is none to be refused for that."""
        try:
            return await self._decoder.decode(data, target=wanted, needed=advised, beside=beside)
        except PhotoError as error:
            # So a decoder says that memory did not suffice; what took too long would do so again.
            if wanted == needed or error.code != "photo_unreadable":
                raise
        return await self._decoder.decode(data, target=needed, needed=advised, beside=beside)

    def cut(self, photo: Photo, region: Region | None) -> Photo:
        """The region of a photo; all of it where there is none."""
        return photo if region is None else region.cut(photo, self._input_size)

    def for_model(self, photo: Photo) -> Image.Image:
        """As large as the model is given it where no other channel needs more: its preprocessing costs by the pixel."""
        factor = shrink_factor(photo.image.size, self._input_size)
        return photo.image.reduce(factor) if factor > 1 else photo.image


def detailed(target: int, detail: int) -> int:
    """What to decode for, in px, where pieces are looked at; no more than there is room for."""
    return target if detail == 1 else max(target, min(detail * target, MOST_TARGET))

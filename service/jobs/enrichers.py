"""The kinds of enrichment: what is worked out from a reference's picture, and where it is written."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from PIL import Image
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import LOOK, SURFACE, TEXT, Kind, PendingReference
from catalog.search.looks import mark_unseen, put_look
from catalog.search.surface.enrichment import mark_failed, put_signatures
from catalog.search.texts import mark_unreadable, put_text
from catalog.storage.pictures import PictureStore
from service.metrics import ENRICHED_REFERENCES, READ_REFERENCES, SEEN_REFERENCES
from service.recognition.look import LOOKED_AT, VERSION, look_at
from service.recognition.reading.port import TextReader
from service.recognition.surface.port import SurfaceExtractor

Keep = Callable[[AsyncSession, PendingReference], Awaitable[None]]
"""Writes what was worked out, and that the reference is done; a ValueError says that it cannot be kept."""


class Enricher(Protocol):
    """One kind of enrichment. ``counter``: of references, by what became of them."""

    kind: Kind
    counter: Counter

    @property
    def maker(self) -> str:
        """Who makes it: what others have made is made anew."""
        ...

    @property
    def target(self) -> int:
        """Px, for the decoder: it leaves the shorter side twice as long."""
        ...

    def work_out(self, image: Image.Image) -> Keep:
        """From an upright RGB picture. Blocks: for a thread."""
        ...

    async def fail(self, session: AsyncSession, reference: PendingReference) -> None:
        """Write that it is not to be had."""
        ...


class SurfaceEnricher:
    """Local features: signatures for the surface channel, packed features for geometry."""

    kind = SURFACE
    counter = ENRICHED_REFERENCES

    def __init__(self, extractor: SurfaceExtractor, pictures: PictureStore) -> None:
        """Both stay the caller's to close."""
        self._extractor = extractor
        self._pictures = pictures

    @property
    def maker(self) -> str:
        """The vocabulary."""
        return self._extractor.vocabulary

    @property
    def target(self) -> int:
        """Half of what features are taken at."""
        return (self._extractor.edge + 1) // 2

    def work_out(self, image: Image.Image) -> Keep:
        """Signatures and features."""
        signatures, features = self._extractor.describe(image)

        async def keep(session: AsyncSession, reference: PendingReference) -> None:
            key = await self._pictures.put(features, "features")
            async with session.begin_nested():
                await put_signatures(session, reference, vocabulary=self.maker, features_key=key, signatures=signatures)

        return keep

    async def fail(self, session: AsyncSession, reference: PendingReference) -> None:
        """Without a surface."""
        await mark_failed(session, reference, vocabulary=self.maker)


class LookEnricher:
    """What a picture looks like at a glance, and what is wrong with it."""

    kind = LOOK
    counter = SEEN_REFERENCES

    def __init__(self, input_size: int) -> None:
        """``input_size``: side of the model's input in px; smaller pictures are weak."""
        self._input_size = input_size

    @property
    def maker(self) -> str:
        """The version, and what is too small."""
        return f"{VERSION}-{self._input_size}"

    @property
    def target(self) -> int:
        """As the model's, and what a look is taken of."""
        return max(self._input_size, LOOKED_AT)

    def work_out(self, image: Image.Image) -> Keep:
        """Look and flaws."""
        found = look_at(image, self._input_size)

        async def keep(session: AsyncSession, reference: PendingReference) -> None:
            await put_look(session, reference.reference_id, maker=self.maker, look=found.packed, flaws=found.flaws)

        return keep

    async def fail(self, session: AsyncSession, reference: PendingReference) -> None:
        """Unseen."""
        await mark_unseen(session, reference.reference_id, maker=self.maker)


class TextEnricher:
    """Text on the object."""

    kind = TEXT
    counter = READ_REFERENCES

    def __init__(self, reader: TextReader) -> None:
        """It stays the caller's."""
        self._reader = reader

    @property
    def maker(self) -> str:
        """The reader's version."""
        return self._reader.version

    @property
    def target(self) -> int:
        """Half of what is read at."""
        return (self._reader.side + 1) // 2

    def work_out(self, image: Image.Image) -> Keep:
        """The lines."""
        lines = [line.text for line in self._reader.read(image)]

        async def keep(session: AsyncSession, reference: PendingReference) -> None:
            async with session.begin_nested():
                await put_text(session, reference.reference_id, reader=self.maker, lines=lines)

        return keep

    async def fail(self, session: AsyncSession, reference: PendingReference) -> None:
        """Unread."""
        await mark_unreadable(session, reference.reference_id, reader=self.maker)

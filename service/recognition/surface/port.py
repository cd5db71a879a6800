"""What describes a reference's surface, as the jobs that enrich references see it."""

from typing import Protocol

from PIL import Image

from catalog.search.surface.signatures import Signatures


class SurfaceExtractor(Protocol):
    """Turns reference pictures into signatures and local features; keeps nothing of a picture."""

    @property
    def vocabulary(self) -> str:
        """Identity of the visual words. Signatures of two vocabularies must not be compared."""
        ...

    @property
    def edge(self) -> int:
        """The long edge in px that a picture should have at least, where the original has it."""
        ...

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        """Signatures, and packed features for geometry, of an upright RGB picture of any size.

        Blocks for up to some hundred milliseconds of one core: for a thread. A picture without any texture gives
        empty signatures.
        """
        ...

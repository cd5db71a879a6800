"""What the scale card says of candidates: the size of the part beside it, compared with the sizes that they list."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.search.candidates import ProductHit
from service.recognition.embedding.photo import Photo
from service.recognition.evidence.scaled import Measured, Scaled, read_scale
from service.recognition.evidence.silhouette import fit
from service.recognition.evidence.sizes import sizes_in
from service.recognition.mask_network import MaskNetwork


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of a candidate, in millimetres: ``measured``, the longest extent of the part in the photo as it is seen;
    ``expected``, what a thing of the candidate's size would show; ``distance`` between the whole of both, in standard
    deviations; of several photos, by the one that fits worst. ``sure``: the part's outline is clear in that photo.
    """

    measured: float
    expected: float
    distance: float
    sure: bool = True


class ScaleReader:
    """Reads scale cards and compares. ``keys`` of the metadata that hold products' overall sizes."""

    def __init__(self, network: MaskNetwork, keys: Sequence[str]) -> None:
        """Without keys photos are measured and nothing is compared."""
        self._network = network
        self._keys = tuple(keys)

    async def read(self, photos: Sequence[Photo], widths: Sequence[int]) -> list[Scaled | None]:
        """Each photo's card and what lies beside it. ``widths``: of the originals of what was decoded, in px."""
        return await asyncio.gather(
            *(
                asyncio.to_thread(read_scale, photo.image, width, self._network)
                for photo, width in zip(photos, widths, strict=True)
            )
        )

    def compare(self, scaled: Sequence[Scaled | None], products: Iterable[ProductHit]) -> Mapping[UUID, Size]:
        """By product, of those that list a size; empty where no photo measures the part."""
        seen = [one.measured for one in scaled if one is not None and one.measured is not None]
        if not seen:
            return {}
        sizes = ((product.product_id, sizes_in(product.attributes, self._keys)) for product in products)
        return {product_id: _worst(seen, size) for product_id, size in sizes if size is not None}


def _worst(seen: Sequence[Measured], size: tuple[float, ...]) -> Size:
    fits = [(one, fit(one.silhouette, size)) for one in seen]
    one, worst = max(fits, key=lambda pair: pair[1].distance)
    return Size(measured=one.silhouette.length, expected=worst.expected, distance=worst.distance, sure=one.sure)

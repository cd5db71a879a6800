"""Tags' probabilities, whatever photos and texts there are."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from service.recognition.embedding.fake import FakeEngine
from service.recognition.stages import Stages
from service.recognition.tags import CLIP_SCALE, Tag, TagTexts

numbers = st.floats(-1, 1, width=32)
TAGS = tuple(Tag(name=name, prompts=(name,)) for name in ("red", "lime", "blue"))


@settings(deadline=None)
@given(
    arrays(np.float32, (3, 4), elements=numbers),
    st.lists(arrays(np.float32, 4, elements=numbers), min_size=1, max_size=3),
    st.floats(1, 200),
)
def test_shares_are_probabilities_in_the_order_of_cosines(
    texts: NDArray[np.float32],
    photos: list[NDArray[np.float32]],
    scale: float,
) -> None:
    found = TagTexts(FakeEngine(), scale).shares(TAGS, texts, [None, *photos])
    assert found is not None
    assert sum(one.probability for one in found) == pytest.approx(1)
    cosines = dict(zip([tag.name for tag in TAGS], np.mean([texts @ one for one in photos], axis=0), strict=True))
    assert all(cosines[one.tag] >= cosines[other.tag] - 1e-5 for one, other in pairwise(found))


class Counting(FakeEngine):
    """Counts what is embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    async def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += len(texts)
        return await super().embed_texts(texts)


def test_a_list_is_embedded_once_however_many_ask() -> None:
    engine = Counting()

    async def ask() -> None:
        texts = TagTexts(engine, CLIP_SCALE)
        many = await asyncio.gather(*(texts.beside(TAGS, Stages()) for _ in range(5)))
        again = await texts.beside(tuple(TAGS), Stages())
        assert all(one is many[0] for one in [*many, again])

    asyncio.run(ask())
    assert engine.texts == len(TAGS)

"""The channel's check of candidates whose features come back from the store, some of them spoilt."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from threadpoolctl import threadpool_info

from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.packing import FORMAT
from service.recognition.surface.verification import Verified
from service.recognition.surface.vocabulary import Vocabulary
from tests.unit.recognition.surface.drawing import label, seen, view


@pytest.fixture
def channel(shipped: Vocabulary) -> Iterator[SurfaceChannel]:
    one = SurfaceChannel(shipped, threads=2)
    yield one
    asyncio.run(one.close())


def test_features_that_cannot_be_read_say_nothing_and_keep_the_others_in_order(channel: SurfaceChannel) -> None:
    right, other = (channel.describe(label(seed, logo=seed))[1] for seed in (1, 7))
    photo = asyncio.run(channel.extract(seen(label(1, logo=1), view(20, 0.8))))

    def check(*references: tuple[str, bytes]) -> Sequence[Verified]:
        return asyncio.run(channel.verify(photo, references)).verified

    whole = check(("other", other), ("right", right))
    assert whole[1].inliers > 60
    assert whole[0].inliers < 20
    cut, none, text = ("cut", right[:-1]), ("none", b""), ("text", b"these are no features at all")
    assert check(cut, ("other", other), none, ("right", right), text) == [
        Verified(), whole[0], Verified(), whole[1], Verified(),
    ]  # fmt: skip
    assert check(cut, none, text) == [Verified()] * 3
    assert check() == []


def test_a_reference_whose_pictures_cannot_be_read_is_not_verified(channel: SurfaceChannel) -> None:
    _, packed = channel.describe(label(1, logo=1))
    photo = asyncio.run(channel.extract(seen(label(1, logo=1), view(20, 0.8))))
    for picture in (b"\x89PNG", b"RIFF"):
        references = [("spoilt", packed.replace(picture, b"none")), ("right", packed)]
        spoilt, right = asyncio.run(channel.verify(photo, references)).verified
        assert (spoilt.inliers, spoilt.outline) == (0, None)
        assert right.inliers > 60


def test_what_describes_references_is_named_by_words_and_packed_form(
    channel: SurfaceChannel, shipped: Vocabulary
) -> None:
    assert channel.vocabulary == f"{shipped.identity}-{FORMAT}"


@pytest.mark.usefixtures("channel")
def test_products_of_matrices_keep_to_one_thread() -> None:
    libraries = [one for one in threadpool_info() if one["user_api"] == "blas"]
    assert libraries
    assert {one["num_threads"] for one in libraries} == {1}

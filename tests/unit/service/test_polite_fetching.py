"""Fetching for imports: what passes is tried again, hosts are not pressed, and a dead one is left alone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.fetching.pictures import FetchFailed, FetchRefused, PictureFetcher
from service.fetching.polite import AT_ONCE, GIVEN_UP_AFTER, PER_HOST, PoliteFetcher

AWAY = FetchFailed("away", passing=True)


class Scripted(PictureFetcher):
    """Answers by host from a list of outcomes, the last one for ever; counts how many are under way."""

    def __init__(self, outcomes: dict[str, list[bytes | Exception]]) -> None:
        super().__init__()
        self.outcomes = outcomes
        self.asked: list[str] = []
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_together = 0

    async def fetch(self, url: str) -> bytes:
        host = url.split("/")[2]
        self.asked.append(url)
        self.now[host] = self.now.get(host, 0) + 1
        self.most[host] = max(self.most.get(host, 0), self.now[host])
        self.most_together = max(self.most_together, sum(self.now.values()))
        await asyncio.sleep(0.002)
        self.now[host] -= 1
        outcomes = self.outcomes[host]
        found = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        if isinstance(found, Exception):
            raise found
        return found


class Clock:
    """Sleeps, and says for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds)


def run(fetcher: Scripted, work: Callable[[PoliteFetcher], Awaitable[None]]) -> Clock:
    clock = Clock()

    async def main() -> None:
        await work(PoliteFetcher(fetcher, pauses=(0.01, 0.02), sleep=clock.sleep))
        await fetcher.close()

    asyncio.run(main())
    return clock


def test_a_failure_that_passes_is_tried_again_after_pauses() -> None:
    fetcher = Scripted({"a": [AWAY, AWAY, b"picture"]})

    async def work(polite: PoliteFetcher) -> None:
        assert await polite.fetch("https://a/1") == b"picture"

    clock = run(fetcher, work)
    assert len(fetcher.asked) == 3
    assert [round(pause, 2) for pause in clock.slept] == [0.01, 0.02]


@pytest.mark.parametrize("lasting", [FetchFailed("404"), FetchRefused("private")])
def test_a_failure_that_lasts_is_told_at_once(lasting: Exception) -> None:
    fetcher = Scripted({"a": [lasting, b"later"]})

    async def work(polite: PoliteFetcher) -> None:
        with pytest.raises(type(lasting)):
            await polite.fetch("https://a/1")

    run(fetcher, work)
    assert len(fetcher.asked) == 1


def test_a_host_is_waited_for_as_long_as_it_asks_but_not_for_ever() -> None:
    fetcher = Scripted({"a": [FetchFailed("busy", passing=True, retry_after=0.05), b"x"]})

    async def work(polite: PoliteFetcher) -> None:
        assert await polite.fetch("https://a/1") == b"x"

    assert round(sum(run(fetcher, work).slept), 2) == 0.05
    fetcher = Scripted({"a": [FetchFailed("busy", passing=True, retry_after=3600), b"x"]})

    async def refused(polite: PoliteFetcher) -> None:
        with pytest.raises(FetchFailed):
            await polite.fetch("https://a/1")

    assert run(fetcher, refused).slept == []


def test_few_are_fetched_at_once_and_fewer_of_one_host() -> None:
    fetcher = Scripted({host: [b"x"] for host in "abcdef"})

    async def work(polite: PoliteFetcher) -> None:
        urls = [f"https://{host}/{number}" for host in "abcdef" for number in range(20)]
        assert await asyncio.gather(*map(polite.fetch, urls)) == [b"x"] * 120

    run(fetcher, work)
    assert set(fetcher.most.values()) == {PER_HOST}
    assert fetcher.most_together == AT_ONCE


def test_a_dead_host_is_left_alone_and_others_are_not() -> None:
    fetcher = Scripted({"dead": [AWAY], "alive": [b"x"]})

    async def work(polite: PoliteFetcher) -> None:
        for number in range(50):
            with pytest.raises(FetchFailed):
                await polite.fetch(f"https://dead/{number}")
        assert await polite.fetch("https://alive/1") == b"x"

    run(fetcher, work)
    assert len([url for url in fetcher.asked if "dead" in url]) == 3 * GIVEN_UP_AFTER

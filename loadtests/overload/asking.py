"""The load generator, a process of its own: ``python -m loadtests.overload.asking URL CATALOG --rate 30``.

Requests come by a Poisson process whatever becomes of those before them. Every answer is checked; a refusal has to be
one that is documented. Prints :class:`Asked` as JSON.
"""

import asyncio
import itertools
import random
import sys
from collections.abc import Iterator
from uuid import uuid4

import click
import msgspec

from loadtests.mobile_day.answers import WrongAnswer, checked_lookup, refusal
from loadtests.mobile_day.wire import form
from loadtests.overload.exchanges import NoAnswer, post
from loadtests.photos import jpeg_field_photos
from mobile_contract.lookups import LookupOptions

PHOTOS = 128


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one request. ``due`` and ``took``: seconds from the begin, and from when it was due. ``refused``:
    the code of an honest refusal; ``wrong``: what is wrong with the answer, where something is.
    """

    due: float
    took: float
    refused: str = ""
    wrong: str = ""

    @property
    def answered(self) -> bool:
        """With candidates."""
        return not self.refused and not self.wrong


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """All of a run. ``latest``: seconds by which the generator itself was late, at most."""

    seconds: float
    latest: float
    outcomes: list[Outcome]


class Asking:
    """One run of a generator."""

    def __init__(self, url: str, catalog: str) -> None:
        """Photos are the demo's, in turn."""
        self._url, self._catalog = url, catalog
        self._photos = itertools.cycle(jpeg_field_photos(PHOTOS))
        self._latest = 0.0
        self._begin = 0.0
        self.outcomes: list[Outcome] = []

    async def run(self, rate: float, seconds: float, seed: int) -> Asked:
        """Ask ``rate`` times a second on average, then wait until all are done."""
        loop = asyncio.get_running_loop()
        self._begin = loop.time()
        async with asyncio.TaskGroup() as group:
            for due in _arrivals(rate, seconds, seed):
                await asyncio.sleep(max(0.0, self._begin + due - loop.time()))
                self._latest = max(self._latest, loop.time() - self._begin - due)
                group.create_task(self._one(due))
        return Asked(seconds=seconds, latest=self._latest, outcomes=self.outcomes)

    async def _one(self, due: float) -> None:
        photo = next(self._photos)
        options = LookupOptions(client_lookup_id=str(uuid4()), limit=5)
        body = form([photo], msgspec.json.encode(options))
        refused = wrong = ""
        try:
            answer = await post(self._url, f"/v1/catalogs/{self._catalog}/lookups", body, str(uuid4()))
            took = asyncio.get_running_loop().time() - self._begin - due
            refused = refusal(answer, repeated=False) or ""
            if not refused:
                checked_lookup(answer, self._catalog, options, [photo])
        except (WrongAnswer, NoAnswer) as error:
            took = asyncio.get_running_loop().time() - self._begin - due
            wrong = str(error)
        self.outcomes.append(Outcome(due=due, took=took, refused=refused, wrong=wrong))


def _arrivals(rate: float, seconds: float, seed: int) -> Iterator[float]:
    chance, due = random.Random(seed), 0.0
    while (due := due + chance.expovariate(rate)) < seconds:
        yield due


@click.command()
@click.argument("url")
@click.argument("catalog")
@click.option("--rate", required=True, type=click.FloatRange(0.01, 10_000))
@click.option("--seconds", default=120.0, show_default=True, type=click.FloatRange(0.1, 36_000))
@click.option("--seed", default=0, show_default=True)
def main(url: str, catalog: str, rate: float, seconds: float, seed: int) -> None:
    """Post lookups to the service at URL and print what became of them."""
    asked = asyncio.run(Asking(url, catalog).run(rate, seconds, seed))
    sys.stdout.buffer.write(msgspec.json.encode(asked) + b"\n")


if __name__ == "__main__":
    main()

"""The same request many times at once (``make replays``, ``python -m loadtests.replays``).

A thousand idempotency keys, each sent five times at the same moment and again for as long as the answer is that the
first one is under way: a thousand lookups are stored, and all five answers of a key are the same bytes, one of them
fresh. Ends with status 1 where that is not so.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import click
import httpx
import msgspec
import psycopg

from loadtests.mobile_day.answers import WrongAnswer, refusal
from loadtests.mobile_day.wire import Answer, Body, form
from loadtests.overload.exchanges import NoAnswer, post
from loadtests.photos import jpeg_field_photos
from loadtests.serving import fresh_service
from mobile_contract.lookups import LookupOptions
from service.demo.server import DemoServerError
from service.settings import STARTER_BUNDLE

CATALOG: Final = "replays"
PHOTOS: Final = 128
KEYS_AT_ONCE: Final = 6
PAUSE_SECONDS: Final = 0.05
TRIES: Final = 2_000


class Replays(msgspec.Struct, frozen=True, kw_only=True):
    """``asked``: requests that were sent, those that came again included. ``fresh``: answers that were made;
    ``replayed``: given again. ``unlike``: keys whose answers differ. ``wrong``: what else went wrong.
    """

    keys: int
    repeats: int
    asked: int
    fresh: int
    replayed: int
    unlike: int
    wrong: list[str]

    def good(self, effects: int) -> bool:
        """Whether every key had one effect and one answer."""
        answers = self.keys * self.repeats
        counted = (self.fresh, self.fresh + self.replayed, effects)
        return not self.wrong and not self.unlike and counted == (self.keys, answers, self.keys)


class Replaying:
    """One run."""

    def __init__(self, urls: Sequence[str], catalog: str, photos: Sequence[bytes], repeats: int) -> None:
        """``urls``: processes of the same service; a key's requests are spread over them."""
        self._urls, self._path, self._photos = urls, f"/v1/catalogs/{catalog}/lookups", photos
        self._repeats = repeats
        self._asked = 0
        self._wrong: list[str] = []

    async def run(self, keys: int) -> Replays:
        """Send them all."""
        places = asyncio.Semaphore(KEYS_AT_ONCE)

        async def one(number: int) -> list[Answer]:
            async with places:
                return await self._key(number)

        answers = await asyncio.gather(*(one(number) for number in range(keys)))
        every = [answer for of_key in answers for answer in of_key]
        return Replays(
            keys=keys,
            repeats=self._repeats,
            asked=self._asked,
            fresh=sum(not answer.replayed for answer in every),
            replayed=sum(answer.replayed for answer in every),
            unlike=sum(len({(answer.status, answer.body) for answer in of_key}) > 1 for of_key in answers),
            wrong=self._wrong,
        )

    async def _key(self, number: int) -> list[Answer]:
        options = LookupOptions(client_lookup_id=str(uuid4()), limit=5)
        body, key = form([self._photos[number % len(self._photos)]], msgspec.json.encode(options)), str(uuid4())
        urls = [self._urls[(number + repeat) % len(self._urls)] for repeat in range(self._repeats)]
        found = await asyncio.gather(*(self._until_answered(url, body, key) for url in urls))
        return [answer for answer in found if answer is not None]

    async def _until_answered(self, url: str, body: Body, key: str) -> Answer | None:
        try:
            for _ in range(TRIES):
                self._asked += 1
                answer = await post(url, self._path, body, key)
                if answer.status == 200:
                    return answer
                if refusal(answer, repeated=True) is None:
                    raise WrongAnswer(f"status {answer.status}: {answer.body[:200]!r}")
                await asyncio.sleep(PAUSE_SECONDS)
            raise WrongAnswer(f"no answer after {TRIES} tries")
        except (WrongAnswer, NoAnswer) as error:
            self._wrong.append(str(error))
            return None


def stored_lookups(database_url: str) -> int:
    """How many lookups a database holds."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM lookup").fetchone()
    return int(row[0]) if row else 0


@click.command()
@click.option("--keys", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(2), help="Of each key at the same moment.")
def main(keys: int, repeats: int) -> None:
    """Send every key's request several times at once, and count effects and answers."""
    try:
        with fresh_service(STARTER_BUNDLE, surface=False) as serving:
            httpx.post(f"{serving.url}/v1/catalogs", json={"name": CATALOG}).raise_for_status()
            found = asyncio.run(Replaying([serving.url], CATALOG, jpeg_field_photos(PHOTOS), repeats).run(keys))
            effects = stored_lookups(serving.database_url)
    except DemoServerError as error:
        raise click.ClickException(str(error)) from error
    for wrong in found.wrong[:5]:
        click.echo(wrong, err=True)
    click.echo(
        f"{keys} keys x {repeats}: {effects} effects, {found.fresh} fresh and {found.replayed} repeated answers, "
        f"{found.unlike} keys with unlike answers, {len(found.wrong)} wrong; {found.asked} requests"
    )
    sys.exit(0 if found.good(effects) else 1)


if __name__ == "__main__":
    main()

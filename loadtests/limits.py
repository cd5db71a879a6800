"""What counting requests costs a lookup (``make bench-limits``, ``python -m loadtests.limits``).

The statement alone, on a connection that is open, as a request waits for it at worst; then lookups of the starter by
one client, by turns without a limit and with one that is never reached. Ends with status 1 where either costs more than
2 ms at the median.
"""

import asyncio
import http.client
import statistics
import sys
import time
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import click
import httpx

from catalog.database import Database
from catalog.limits import Limits, count_use
from loadtests.clients import form_of
from loadtests.machine import this_machine
from loadtests.photos import jpeg_field_photos
from loadtests.serving import Serving, fresh_service
from service.demo.server import DemoServerError
from service.settings import STARTER_BUNDLE

CATALOG: Final = "limits"
MOST_MS: Final = 2.0
PHOTOS: Final = 32
WARM_UP: Final = 20
BLOCK: Final = 20
NEVER_REACHED: Final = {"rate": 1_000_000, "quota": 1_000_000}


async def statement_times(database_url: str, count: int) -> list[float]:
    """Milliseconds of one count, session and connection of the pool included."""
    database, found = Database(database_url, pool_size=1), []
    limits = Limits(**NEVER_REACHED)
    try:
        for number in range(count + WARM_UP):
            start = time.perf_counter()
            async with database.statements() as session:
                await count_use(session, "bench", limits)
            if number >= WARM_UP:
                found.append(1000 * (time.perf_counter() - start))
    finally:
        await database.close()
    return found


class Client:
    """One phone on one connection."""

    def __init__(self, url: str) -> None:
        """Photos are the demo's."""
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._forms = [form_of(photo) for photo in jpeg_field_photos(PHOTOS)]

    def block(self) -> list[float]:
        """Milliseconds of some lookups, always of the same photos.

        Raises:
            click.ClickException: one was not answered.

        """
        found = []
        for posted in self._forms[:BLOCK]:
            headers = {"Content-Type": posted.content_type, "Idempotency-Key": str(uuid4())}
            start = time.perf_counter()
            self._connection.request("POST", f"/v1/catalogs/{CATALOG}/lookups", posted.content, headers)
            answer = self._connection.getresponse()
            answer.read()
            if answer.status != http.client.OK:
                raise click.ClickException(f"a lookup was answered with status {answer.status}")
            found.append(1000 * (time.perf_counter() - start))
        return found


def lookup_times(serving: Serving, blocks: int) -> tuple[list[float], list[float]]:
    """Milliseconds of lookups without a limit and with one, by turns: other programs' work meets both."""
    client = Client(serving.url)
    found: tuple[list[float], list[float]] = ([], [])
    place = f"{serving.url}/v1/limits/local"
    client.block()
    for _ in range(blocks):
        for limited in (False, True):
            answer = httpx.put(place, json=NEVER_REACHED) if limited else httpx.delete(place)
            answer.raise_for_status()
            found[limited].extend(client.block())
    return found


@click.command()
@click.option("--counts", default=500, show_default=True, type=click.IntRange(10), help="Of the statement alone.")
@click.option("--blocks", default=10, show_default=True, type=click.IntRange(1), help=f"Of {BLOCK} lookups each.")
def main(counts: int, blocks: int) -> None:
    """Print what counting costs."""
    click.echo(str(this_machine()))
    try:
        with fresh_service(STARTER_BUNDLE, surface=False) as serving:
            httpx.post(f"{serving.url}/v1/catalogs", json={"name": CATALOG}).raise_for_status()
            alone = statistics.quantiles(asyncio.run(statement_times(serving.database_url, counts)), n=100)
            without, limited = lookup_times(serving, blocks)
    except DemoServerError as error:
        raise click.ClickException(str(error)) from error
    cost = statistics.median(limited) - statistics.median(without)
    click.echo(f"the statement alone: p50 {alone[49]:.2f} ms, p95 {alone[94]:.2f} ms, p99 {alone[98]:.2f} ms")
    shown = f"{statistics.median(without):.1f} ms without a limit, {statistics.median(limited):.1f} ms with one"
    click.echo(f"lookups: p50 {shown}: {cost:+.2f} ms")
    sys.exit(0 if max(alone[49], cost) <= MOST_MS else 1)


if __name__ == "__main__":
    main()

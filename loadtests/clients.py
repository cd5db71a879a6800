"""The load generator, a process of its own: ``python -m loadtests.clients URL CATALOG --clients 16 --seconds 10``.

Each client is a thread that posts forms as the mobile app does (photo, options, idempotency key) on one connection, one
after the other, every time another photo. Prints a :class:`Measured` as JSON.
"""

import http.client
import itertools
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import click
import msgspec

from loadtests.mobile_day.wire import Body, form
from loadtests.photos import jpeg_field_photos
from mobile_contract.lookups import Lookup, LookupOptions

PHOTOS = 128
WARM_UP = 4
TIMEOUT_SECONDS = 60


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What clients saw: answer times, the service's own stage timings (milliseconds), and answers other than 200."""

    clients: int
    seconds: float
    milliseconds: list[float]
    stages: dict[str, list[float]]
    refused: dict[str, int]


def form_of(photo: bytes) -> Body:
    """The multipart form of a lookup, encoded before the clock starts."""
    options = LookupOptions(client_lookup_id=str(uuid4()), limit=5)
    return form([photo], msgspec.json.encode(options))


class Client:
    """One phone that never rests until ``stop``."""

    def __init__(self, address: str, path: str, forms: list[Body], stop: threading.Event) -> None:
        """``forms`` are posted in turn."""
        self._connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
        self._path = path
        self._forms = itertools.cycle(forms)
        self._stopped = stop
        self.answers: list[tuple[float, float, int, bytes]] = []
        """When it came (``perf_counter``), how long it took in seconds, status, body."""

    def run(self) -> None:
        """Post, and keep what came."""
        while not self._stopped.is_set():
            posted = next(self._forms)
            headers = {"Content-Type": posted.content_type, "Idempotency-Key": str(uuid4())}
            start = time.perf_counter()
            self._connection.request("POST", self._path, posted.content, headers)
            answer = self._connection.getresponse()
            body = answer.read()
            end = time.perf_counter()
            self.answers.append((end, end - start, answer.status, body))


def measure(url: str, catalog: str, clients: int, seconds: float) -> Measured:
    """Post for some seconds after every client has had a few answers."""
    forms = [form_of(photo) for photo in jpeg_field_photos(PHOTOS)]
    stop = threading.Event()
    phones = [
        Client(urlsplit(url).netloc, f"/v1/catalogs/{catalog}/lookups", _from_elsewhere(forms, seed), stop)
        for seed in range(clients)
    ]
    with ThreadPoolExecutor(clients) as threads:
        running = [threads.submit(phone.run) for phone in phones]
        try:
            while any(len(phone.answers) < WARM_UP for phone in phones) and not any(one.done() for one in running):
                time.sleep(0.01)
            begin = time.perf_counter()
            time.sleep(seconds)
            end = time.perf_counter()
        finally:
            stop.set()
        for one in running:
            one.result()
    return _measured(phones, begin, end)


def _from_elsewhere(forms: list[Body], seed: int) -> list[Body]:
    return random.Random(seed).sample(forms, len(forms))


def _measured(phones: list[Client], begin: float, end: float) -> Measured:
    counted = [answer for phone in phones for answer in phone.answers if begin <= answer[0] <= end]
    stages: dict[str, list[float]] = {}
    refused: dict[str, int] = {}
    for _, _, status, body in counted:
        if status != http.client.OK:
            refused[str(status)] = refused.get(str(status), 0) + 1
            continue
        for stage, milliseconds in msgspec.json.decode(body, type=Lookup).timings.items():
            stages.setdefault(stage, []).append(milliseconds)
    return Measured(
        clients=len(phones),
        seconds=end - begin,
        milliseconds=[1000 * answer[1] for answer in counted if answer[2] == http.client.OK],
        stages=stages,
        refused=refused,
    )


@click.command()
@click.argument("url")
@click.argument("catalog")
@click.option("--clients", default=1, show_default=True, type=click.IntRange(1, 256))
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600))
def main(url: str, catalog: str, clients: int, seconds: float) -> None:
    """Post lookups to the service at URL and print what came back."""
    sys.stdout.buffer.write(msgspec.json.encode(measure(url, catalog, clients, seconds)) + b"\n")


if __name__ == "__main__":
    main()

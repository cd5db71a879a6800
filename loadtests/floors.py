"""The least that a lookup can cost here: its stages alone, without HTTP, queue or bookkeeping. Milliseconds."""

import asyncio
import time
from collections.abc import Callable, Sequence
from statistics import median

import msgspec
import numpy as np
import onnxruntime
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray

from catalog.database import sqlalchemy_url
from catalog.search.vectors import SEARCH_SETTINGS, Partition, index_statement, literal
from service.recognition.embedding.bundle import Bundle, Preprocessing
from service.recognition.embedding.photo import Photo, PhotoDecoder
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.session import Session
from service.recognition.embedding.towers import choose_precision

BATCH = 16
BATCHES = 6
FETCH = 64
WARM_UP = 3


class Floors(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over photos, and the forward pass's best rate (pictures a second at batch 16)."""

    decode_ms: float
    forward_ms: float
    sql_ms: float
    forward_rate: float

    @property
    def sum_ms(self) -> float:
        """Of one lookup, one stage after the other."""
        return self.decode_ms + self.forward_ms + self.sql_ms


class Stages:
    """Each stage of a lookup as bare as it can be called, on the same photos."""

    def __init__(self, bundle: Bundle, photos: Sequence[bytes]) -> None:
        """Opens the visual tower as the service does, and with ONNX Runtime's own settings: the faster is the floor.

        Threads that spin, as is ONNX Runtime's habit, win on an idle machine and lose beside other programs.
        """
        manifest = bundle.manifest
        self.precision = choose_precision(bundle, "cpu")
        self._photos = photos
        self._preprocessing = manifest.preprocessing
        visual = bundle.path(manifest.variants[self.precision].visual)
        self._session = Session(visual, provider="cpu", threads=0, precision=self.precision)
        self._raw = onnxruntime.InferenceSession(visual, providers=["CPUExecutionProvider"])
        self._runs = (self._session.run, self._run_raw)
        self._decoded = asyncio.run(self._decode_all())[1]
        self._pixels = [_pixels(photo, self._preprocessing) for photo in self._decoded]
        self.vectors = [self._session.run(pixels[None])[0] for pixels in self._pixels]

    def measure(self, database_url: str, partition: Partition) -> Floors:
        """Run each stage over all photos."""
        return Floors(
            decode_ms=median(asyncio.run(self._decode_all())[0]),
            forward_ms=min(median(_timed(run, [pixels[None] for pixels in self._pixels])) for run in self._runs),
            forward_rate=self._best_rate(),
            sql_ms=median(self._search(database_url, partition)),
        )

    async def _decode_all(self) -> tuple[list[float], list[Photo]]:
        decoder = PhotoDecoder()
        times, photos = [], []
        for data in self._photos:
            start = time.perf_counter()
            photos.append(await decoder.decode(data, target=self._preprocessing.size))
            times.append(1000 * (time.perf_counter() - start))
        await decoder.close()
        return times, photos

    def _best_rate(self) -> float:
        batch = np.stack(self._pixels[:BATCH])
        return len(batch) * 1000 / min(min(_timed(run, [batch] * BATCHES)) for run in self._runs)

    def _run_raw(self, batch: NDArray[np.uint8]) -> object:
        return self._raw.run(None, {self._raw.get_inputs()[0].name: batch})

    def _search(self, database_url: str, partition: Partition) -> list[float]:
        # As SQLAlchemy would send it.
        statement = str(index_statement(partition)[0].compile(sa.create_engine(sqlalchemy_url(database_url))))
        with psycopg.connect(database_url, autocommit=True) as connection:
            for name, value in SEARCH_SETTINGS.items():
                connection.execute(f"SET {name} = {value}")

            def search(vector: NDArray[np.float32]) -> None:
                connection.execute(statement, {"query": literal(vector), "fetch": FETCH}, prepare=True).fetchall()

            return _timed(search, self.vectors)


def pooled(one: Floors, two: Floors) -> Floors:
    """Two measurements of the same, before and after: their mean, and the better of the rates."""
    return Floors(
        decode_ms=(one.decode_ms + two.decode_ms) / 2,
        forward_ms=(one.forward_ms + two.forward_ms) / 2,
        sql_ms=(one.sql_ms + two.sql_ms) / 2,
        forward_rate=max(one.forward_rate, two.forward_rate),
    )


def _pixels(photo: Photo, spec: Preprocessing) -> NDArray[np.uint8]:
    return preprocess(photo.image, spec)


def _timed(work: Callable[..., object], inputs: Sequence[object]) -> list[float]:
    for one in inputs[:WARM_UP]:
        work(one)
    times = []
    for one in inputs:
        start = time.perf_counter()
        work(one)
        times.append(1000 * (time.perf_counter() - start))
    return times

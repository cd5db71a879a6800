"""The engine: pictures and texts to unit vectors, by one bundle on ONNX Runtime."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.recognition.embedding.batcher import Batcher
from service.recognition.embedding.bundle import Bundle, Precision
from service.recognition.embedding.embedder import EmbeddingError, ImageEmbedder, OfBundle
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.provider_names import Provider, ProviderChoice
from service.recognition.embedding.towers import Towers, open_towers

__all__ = ["EmbeddingError", "Engine", "ImageEmbedder"]

_MAX_BATCH: Final[dict[Provider, int]] = {"cpu": 16, "cuda": 64}
# how long a lookup may have to wait for an import's batch
_BULK_BATCH: Final[dict[Provider, int]] = {"cpu": 4, "cuda": 32}


class Engine(OfBundle):
    """An :class:`~service.recognition.embedding.embedder.ImageEmbedder` on ONNX Runtime."""

    def __init__(self, bundle: Bundle, towers: Towers, *, queue: int) -> None:
        """Use :meth:`open`."""
        super().__init__(bundle)
        self._towers = towers
        self._preprocessing = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="preprocess")
        # one thread for both towers: two runs at once would only share the cores
        self._running = ThreadPoolExecutor(1, thread_name_prefix="model")
        max_batch, bulk_batch = _MAX_BATCH[towers.provider], _BULK_BATCH[towers.provider]
        self._images: Batcher[NDArray[np.uint8], NDArray[np.float32]] = Batcher(
            self._run_visual,
            executor=self._running,
            max_batch=max_batch,
            bulk_batch=bulk_batch,
            capacity=queue,
        )
        self._texts: Batcher[NDArray[np.int64], NDArray[np.float32]] = Batcher(
            self._run_text,
            executor=self._running,
            max_batch=max_batch,
            bulk_batch=bulk_batch,
            capacity=queue,
        )
        # decoded pictures of imports that wait are bounded here, whatever the size of an import
        self._bulk = asyncio.Semaphore(4 * bulk_batch)

    @classmethod
    def open(
        cls,
        bundle: Bundle,
        *,
        precision: Precision | None,
        provider: ProviderChoice,
        threads: int,
        queue: int = 256,
    ) -> Self:
        """Load a bundle's towers.

        Args:
            bundle: opened and checked.
            precision: None chooses fp16 on CUDA and int8 on the CPU where its gate passed, else fp32.
            provider: ``auto`` tries CUDA, then the CPU; ``cuda`` does not fall back.
            threads: of one run on the CPU; 0 lets ONNX Runtime choose.
            queue: lookups that may wait for the model before the next is refused.

        Raises:
            ProviderUnavailableError: CUDA was demanded and cannot be used.
            BundleError: the precision asked for is not in the bundle.
            SessionError: a tower does not load.
            TokenizerError: the tokenizer does not load.

        """
        towers = open_towers(bundle, precision=precision, choice=provider, threads=threads)
        return cls(bundle, towers, queue=queue)

    @property
    def precision(self) -> Precision:
        """Of the towers in use."""
        return self._towers.precision

    @property
    def provider(self) -> Provider:
        """What ONNX Runtime says the towers run on."""
        return self._towers.provider

    @property
    def has_text(self) -> bool:
        """Whether the bundle has a text tower."""
        return self._towers.text is not None

    async def start(self) -> None:
        """Start batching and run each tower once, so that the first lookup is no slower than the next.

        Raises:
            EmbeddingError: a tower's vectors are not of the bundle's dimension.
            SessionError: a tower does not run.

        """
        self._images.start()
        self._texts.start()
        await self.embed_image(Image.new("RGB", (self.input_size, self.input_size), (127, 127, 127)))
        if self.has_text:
            await self.embed_texts([""])

    async def close(self) -> None:
        """Finish what waits, then stop the threads."""
        await self._images.close()
        await self._texts.close()
        await asyncio.to_thread(self._running.shutdown)
        await asyncio.to_thread(self._preprocessing.shutdown)

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        """``float32[d]`` of one RGB picture, ahead of bulk work.

        Raises:
            Overloaded: too much waits already.
            DeadlineExceeded: ``deadline``, on the event loop's clock, came first.
            EmbeddingError: the model gave no usable vector.
            SessionError: the run failed.

        """
        self._images.check_room()
        return await self._images.submit(await self._preprocess(image), deadline=deadline)

    async def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """``float32[n, d]`` of RGB pictures, behind interactive lookups. Fails as a whole.

        Raises:
            EmbeddingError: the model gave no usable vector for one of them.
            SessionError: a run failed.

        """
        vectors = await asyncio.gather(*(self._embed_in_bulk(image) for image in images), return_exceptions=True)
        return _stack(vectors, self.dimension)

    async def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``float32[n, d]`` of texts.

        Raises:
            Overloaded: too much waits already.
            EmbeddingError: the bundle has no text tower, or it gave no usable vector.
            SessionError: a run failed.

        """
        tokenizer = self._towers.tokenizer
        if tokenizer is None:
            raise EmbeddingError(f"the bundle {self.bundle.manifest.name} has no text tower")
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._preprocessing, tokenizer.encode, texts)
        vectors = await asyncio.gather(*(self._texts.submit(row) for row in rows), return_exceptions=True)
        return _stack(vectors, self.dimension)

    async def _embed_in_bulk(self, image: Image.Image) -> NDArray[np.float32]:
        async with self._bulk:
            return await self._images.submit(await self._preprocess(image), lane="bulk")

    async def _preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        loop = asyncio.get_running_loop()
        spec = self.bundle.manifest.preprocessing
        return await loop.run_in_executor(self._preprocessing, preprocess, image, spec)

    def _run_visual(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return self._checked(self._towers.visual.run(np.stack(pictures)), len(pictures))

    def _run_text(self, rows: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        if self._towers.text is None:
            raise EmbeddingError("there is no text tower")
        return self._checked(self._towers.text.run(np.stack(rows)), len(rows))

    def _checked(self, vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        if vectors.shape != (count, self.dimension):
            raise EmbeddingError(f"vectors of shape {(count, self.dimension)} were expected, not {vectors.shape}")
        if not np.isfinite(vectors).all():
            raise EmbeddingError("the model gave a vector that is not finite")
        return vectors


def _stack(vectors: Sequence[NDArray[np.float32] | BaseException], dimension: int) -> NDArray[np.float32]:
    stacked = np.empty((len(vectors), dimension), dtype=np.float32)
    for row, vector in enumerate(vectors):
        if isinstance(vector, BaseException):
            raise vector
        stacked[row] = vector
    return stacked

"""Runs a bundle's towers in one thread, picture by picture and text by text, for whoever makes or checks bundles.

The server embeds through :mod:`service.recognition.embedding.engine`, which adds batching and deadlines.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from service.models.errors import ModelError
from service.recognition.embedding.bundle import TOKENIZER, Bundle, Precision, TextCleaning
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.provider import load_cuda_libraries, why_not_cuda
from service.recognition.embedding.provider_names import Provider
from service.recognition.embedding.session import Session, SessionError
from service.recognition.embedding.text_cleaning import clean_text

BATCH = 8
THREADS = 2


def open_session(path: Path, *, precision: Precision = "fp32", provider: Provider = "cpu") -> Session:
    """Open one tower.

    Raises:
        ModelError: ONNX Runtime refuses the file.

    """
    try:
        return Session(path, provider=provider, threads=THREADS, precision=precision)
    except SessionError as error:
        raise ModelError(str(error)) from error


def run_tower(session: Session, batch: NDArray[np.generic]) -> NDArray[np.float32]:
    """Feed ``[n, ...]`` in small batches; gives ``float32[n, d]``.

    Raises:
        ModelError: the tower does not run.

    """
    try:
        return np.concatenate([session.run(batch[at : at + BATCH]) for at in range(0, len(batch), BATCH)])
    except SessionError as error:
        raise ModelError(str(error)) from error


def encode_texts(tokenizer: Tokenizer, cleaning: TextCleaning, texts: Sequence[str]) -> NDArray[np.int64]:
    """Clean and tokenize; ``int64[n, context_length]``, as the tokenizer's own truncation and padding say."""
    cleaned = [clean_text(text, cleaning) for text in texts]
    return np.array([encoding.ids for encoding in tokenizer.encode_batch(cleaned)], dtype=np.int64)


class BundleRunner:
    """One precision of a bundle, ready to embed."""

    def __init__(self, bundle: Bundle, precision: Precision = "fp32") -> None:
        """Open the towers of one precision: fp16 on a GPU where there is one, else on the CPU.

        Raises:
            ModelError: the bundle has no such precision, or ONNX Runtime refuses a tower.

        """
        variant = bundle.manifest.variants.get(precision)
        if variant is None:
            raise ModelError(f"{bundle.folder} has no {precision} towers")
        provider = _provider(precision)
        self._bundle = bundle
        self._visual = open_session(bundle.path(variant.visual), precision=precision, provider=provider)
        self._text: Session | None = None
        if variant.text:
            self._text = open_session(bundle.path(variant.text), precision=precision, provider=provider)
            self._tokenizer = Tokenizer.from_file(str(bundle.path(TOKENIZER)))

    @property
    def provider(self) -> Provider:
        """What ONNX Runtime says the visual tower runs on."""
        return self._visual.provider

    def embed_pictures(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Preprocess and embed RGB pictures; ``float32[n, d]``, length 1 each."""
        spec = self._bundle.manifest.preprocessing
        return self.embed_pixels(np.stack([preprocess(picture, spec) for picture in pictures]))

    def embed_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed preprocessed ``uint8[n, size, size, 3]``; ``float32[n, d]``."""
        return run_tower(self._visual, pixels)

    def text_ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids, ``int64[n, context_length]``.

        Raises:
            ModelError: the bundle has no text tower.

        """
        self._text_tower()
        return encode_texts(self._tokenizer, self._bundle.manifest.text_cleaning, texts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; ``float32[n, d]``, length 1 each.

        Raises:
            ModelError: the bundle has no text tower.

        """
        return run_tower(self._text_tower(), self.text_ids(texts))

    def _text_tower(self) -> Session:
        if self._text is None:
            raise ModelError(f"{self._bundle.folder} has no text tower")
        return self._text


def _provider(precision: Precision) -> Provider:
    if precision != "fp16" or why_not_cuda() is not None:
        return "cpu"
    load_cuda_libraries()
    return "cuda"

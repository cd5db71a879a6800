"""Runs a bundle's towers in one thread, picture by picture and text by text, for whoever makes or checks bundles.

The server embeds through :mod:`service.recognition.embedding.engine`, which adds batching, deadlines and a GPU.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from service.models.errors import ModelError
from service.recognition.embedding.bundle import TOKENIZER, Bundle, Precision, TextCleaning
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.provider import EXECUTION_PROVIDERS, candidates
from service.recognition.embedding.provider_names import Provider
from service.recognition.embedding.text_cleaning import clean_text

BATCH = 8
SEVERE = 3


def open_session(path: Path, *, provider: Provider = "cpu", threads: int = 2) -> onnxruntime.InferenceSession:
    """Open one tower.

    Raises:
        ModelError: ONNX Runtime refuses the file.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = SEVERE
    names = dict.fromkeys([EXECUTION_PROVIDERS[provider], EXECUTION_PROVIDERS["cpu"]])
    # ONNX Runtime 1.31 dies of a segmentation fault where this optimizer meets transposed fp16 tensors on the CPU.
    without = ["NchwcTransformer"] if ".fp16." in path.name else None
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=list(names), disabled_optimizers=without)
    except Exception as error:  # ONNX Runtime raises a class per status code, all derived from Exception alone
        raise ModelError(f"{path.name} cannot be run: {error}") from error


def run_tower(session: onnxruntime.InferenceSession, batch: NDArray[np.generic]) -> NDArray[np.float32]:
    """Feed ``[n, ...]`` in small batches; gives ``float32[n, d]``."""
    name = session.get_inputs()[0].name
    parts = [session.run(None, {name: batch[at : at + BATCH]})[0] for at in range(0, len(batch), BATCH)]
    return np.concatenate(parts).astype(np.float32)


def encode_texts(tokenizer: Tokenizer, cleaning: TextCleaning, texts: Sequence[str]) -> NDArray[np.int64]:
    """Clean and tokenize; ``int64[n, context_length]``, as the tokenizer's own truncation and padding say."""
    cleaned = [clean_text(text, cleaning) for text in texts]
    return np.array([encoding.ids for encoding in tokenizer.encode_batch(cleaned)], dtype=np.int64)


class BundleRunner:
    """One precision of a bundle, ready to embed."""

    def __init__(self, bundle: Bundle, precision: Precision = "fp32", *, threads: int = 2) -> None:
        """Open the towers of one precision: fp16 on a GPU where there is one, else on the CPU.

        Raises:
            ModelError: the bundle has no such precision, or ONNX Runtime refuses a tower.

        """
        variant = bundle.manifest.variants.get(precision)
        if variant is None:
            raise ModelError(f"{bundle.folder} has no {precision} towers")
        provider = candidates("auto")[0] if precision == "fp16" else "cpu"
        self._bundle = bundle
        self._visual = open_session(bundle.path(variant.visual), provider=provider, threads=threads)
        text = variant.text
        self._text = open_session(bundle.path(text), provider=provider, threads=threads) if text else None
        self._tokenizer = Tokenizer.from_file(str(bundle.path(TOKENIZER))) if variant.text else None

    @property
    def provider(self) -> Provider:
        """What ONNX Runtime says the visual tower runs on."""
        return "cuda" if self._visual.get_providers()[0] == EXECUTION_PROVIDERS["cuda"] else "cpu"

    def embed_pictures(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Preprocess and embed RGB pictures; ``float32[n, d]``, length 1 each."""
        spec = self._bundle.manifest.preprocessing
        return run_tower(self._visual, np.stack([preprocess(picture, spec) for picture in pictures]))

    def embed_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed preprocessed ``uint8[n, size, size, 3]``; ``float32[n, d]``."""
        return run_tower(self._visual, pixels)

    def text_ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids, ``int64[n, context_length]``.

        Raises:
            ModelError: the bundle has no text tower.

        """
        if self._tokenizer is None:
            raise ModelError(f"{self._bundle.folder} has no text tower")
        return encode_texts(self._tokenizer, self._bundle.manifest.text_cleaning, texts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; ``float32[n, d]``, length 1 each.

        Raises:
            ModelError: the bundle has no text tower.

        """
        ids = self.text_ids(texts)
        if self._text is None:
            raise ModelError(f"{self._bundle.folder} has no text tower")
        return run_tower(self._text, ids)

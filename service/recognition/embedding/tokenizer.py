"""Texts to the text tower's input, by the bundle's ``tokenizer.json``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from service.recognition.embedding.bundle import TextCleaning
from service.recognition.embedding.text_cleaning import clean_text


class TokenizerError(Exception):
    """``tokenizer.json`` cannot be read, or does not give the context length the bundle names."""


class TextTokenizer:
    """Cleans and tokenizes. Truncation, padding and special tokens are all set inside the file."""

    def __init__(self, path: Path, context_length: int, cleaning: TextCleaning) -> None:
        """Read the file.

        Raises:
            TokenizerError: it is no tokenizer, or not of this context length.

        """
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises the bare class
            raise TokenizerError(f"{path} is not a tokenizer: {error}") from error
        self._context_length = context_length
        self._cleaning: TextCleaning = cleaning
        self.encode(["a", "a longer text"])

    def encode(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """``int64[n, context_length]`` token ids.

        Raises:
            TokenizerError: the file pads or cuts to another length.

        """
        cleaned = [clean_text(text, self._cleaning) for text in texts]
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(cleaned)]
        if any(len(row) != self._context_length for row in rows):
            raise TokenizerError(f"the tokenizer does not pad and cut to {self._context_length} tokens")
        return np.array(rows, dtype=np.int64).reshape(len(rows), self._context_length)

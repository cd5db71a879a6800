"""What happens to a text before its tokenizer sees it, as in open_clip.

open_clip repairs and unescapes a text in Python before it tokenizes. A ``tokenizer.json`` cannot say that, so the
bundle names the cleaning (``text_cleaning``) and this module does it.
"""

import html
import string
from typing import assert_never

import ftfy

from service.recognition.embedding.bundle import TextCleaning

_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean_text(text: str, cleaning: TextCleaning) -> str:
    """Give the text as the tokenizer expects it.

    ``none`` changes nothing. The others repair mis-decoded characters (ftfy), resolve HTML entities twice over, and
    collapse white space; ``lower`` also lower-cases (OpenAI's CLIP), ``canonicalize`` lower-cases and removes ASCII
    punctuation (SigLIP, after big_vision's ``prompt_engineering.py``).
    """
    match cleaning:
        case "none":
            return text
        case "whitespace":
            return _collapse(_repair(text))
        case "lower":
            return _collapse(_repair(text)).lower()
        case "canonicalize":
            words = _repair(text).replace("_", " ").translate(_WITHOUT_PUNCTUATION)
            return _collapse(words.lower())
    assert_never(cleaning)


def _repair(text: str) -> str:
    return html.unescape(html.unescape(ftfy.fix_text(text)))


def _collapse(text: str) -> str:
    return " ".join(text.split())

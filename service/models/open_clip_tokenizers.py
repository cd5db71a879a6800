"""Turns whatever tokenizer open_clip uses for a model into a ``tokenizer.json`` that gives the very same ids."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tokenizers import Tokenizer

from service.models.clip_tokenizer import clip_tokenizer
from service.models.errors import ModelError
from service.models.golden import GOLDEN_TEXTS
from service.models.runner import encode_texts
from service.models.torchvision_shim import prepare_torchvision
from service.recognition.embedding.bundle import TextCleaning

prepare_torchvision()  # before open_clip, which imports torchvision
from open_clip import tokenizer as oc  # noqa: E402


@dataclass(frozen=True)
class TextInput:
    """How texts become ids: cleaning, then the tokenizer, which gives ``context_length`` ids."""

    tokenizer: Tokenizer
    cleaning: TextCleaning
    context_length: int


def convert_tokenizer(tokenizer: object) -> TextInput:
    """Convert and prove it on hard texts.

    Raises:
        ModelError: the tokenizer is of a kind that a ``tokenizer.json`` cannot express, or gives other ids.

    """
    match tokenizer:
        case oc.SimpleTokenizer():
            converted = _from_simple(tokenizer)
        case oc.HFTokenizer():
            converted = _from_hugging_face(tokenizer)
        case oc.SigLipTokenizer():
            backend = _with_lengths(tokenizer.tokenizer, tokenizer.context_length)
            converted = TextInput(backend, "canonicalize", tokenizer.context_length)
        case _:
            raise ModelError(f"open_clip's {type(tokenizer).__name__} is not known here: give a tokenizer file")
    _prove(tokenizer, converted)
    return converted


def load_tokenizer_file(path: Path, text_config: dict[str, Any], padding_id: int) -> TextInput:
    """Read a ``tokenizer.json`` and give it the model's context length; what the file says of padding is kept.

    Raises:
        ModelError: the file is not a tokenizer.

    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust binding raises plain Exception
        raise ModelError(f"{path} is not a tokenizer.json: {error}") from error
    context_length = int(text_config.get("context_length", oc.DEFAULT_CONTEXT_LENGTH))
    tokenizer.enable_truncation(context_length)
    said = tokenizer.padding or {}
    tokenizer.enable_padding(
        length=context_length,
        pad_id=said.get("pad_id", padding_id),
        pad_token=said.get("pad_token", tokenizer.id_to_token(padding_id) or "[PAD]"),
        pad_type_id=said.get("pad_type_id", 0),
        direction=said.get("direction", "right"),
    )
    usual = "whitespace" if text_config.get("hf_tokenizer_name") else "lower"
    cleaning = text_config.get("tokenizer_kwargs", {}).get("clean", usual)
    return TextInput(tokenizer, cleaning, context_length)


def _from_simple(tokenizer: oc.SimpleTokenizer) -> TextInput:
    if tokenizer.reduction_fn is not None:
        raise ModelError("a tokenizer that drops random words gives no fixed ids")
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    special = [tokenizer.decoder[number] for number in tokenizer.all_special_ids]
    converted = clip_tokenizer(tokenizer.encoder, merges, special, tokenizer.context_length)
    return TextInput(converted, _cleaning_of(tokenizer), tokenizer.context_length)


def _from_hugging_face(tokenizer: oc.HFTokenizer) -> TextInput:
    if tokenizer.tokenizer_mode:
        raise ModelError(f"tokenizer mode {tokenizer.tokenizer_mode!r} cannot be expressed by a tokenizer.json")
    backend = _with_lengths(tokenizer.tokenizer, tokenizer.context_length)
    if tokenizer.strip_sep_token:
        backend = _without_separator(backend, tokenizer.tokenizer.sep_token)
    return TextInput(backend, _cleaning_of(tokenizer), tokenizer.context_length)


def _cleaning_of(tokenizer: Any) -> TextCleaning:
    for name in get_args(TextCleaning):
        if name != "none" and tokenizer.clean_fn is oc.get_clean_fn(name):
            cleaning: TextCleaning = name
            return cleaning
    raise ModelError("the tokenizer's cleaning function is not one of open_clip's")


def _with_lengths(fast: Any, context_length: int) -> Tokenizer:
    tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.enable_truncation(context_length, direction=fast.truncation_side)
    tokenizer.enable_padding(
        length=context_length,
        pad_id=fast.pad_token_id,
        pad_token=fast.pad_token,
        pad_type_id=fast.pad_token_type_id,
        direction=fast.padding_side,
    )
    return tokenizer


def _without_separator(tokenizer: Tokenizer, separator: str) -> Tokenizer:
    """Give 0 wherever the separator would stand, as open_clip's ``strip_sep_token`` does."""
    said = json.loads(tokenizer.to_str())
    processor = said["post_processor"] or {}
    if processor.get("type") == "TemplateProcessing":
        processor["special_tokens"][separator]["ids"] = [0]
    elif "sep" in processor:
        processor["sep"][1] = 0
    else:
        raise ModelError("this tokenizer's separator cannot be taken out")
    return Tokenizer.from_str(json.dumps(said))


def _prove(tokenizer: Any, converted: TextInput) -> None:
    for text in GOLDEN_TEXTS:
        expected = tokenizer([text])[0].tolist()
        found = encode_texts(converted.tokenizer, converted.cleaning, [text])[0].tolist()
        if found != expected:
            raise ModelError(f"tokenizer.json would give other ids than open_clip for {text!r}")

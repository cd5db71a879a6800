"""Makes a bundle of ready ONNX towers.

The folder holds ``visual.onnx``, ``model.json`` and, for texts, ``text.onnx`` and ``tokenizer.json``.
"""

from pathlib import Path

import msgspec
import numpy as np
import onnx
from numpy.typing import NDArray
from tokenizers import Tokenizer

from service.models.check import golden_pixels, record_golden
from service.models.errors import ModelError
from service.models.folder import digests, new_bundle_folder, towers_digest
from service.models.golden import GOLDEN_TEXTS
from service.models.onnx_io import save_model, tower_files
from service.models.runner import encode_texts, open_session, run_tower
from service.models.wrap import wrap_text, wrap_visual
from service.recognition.embedding.bundle import (
    SUPPORTED_FORMAT,
    TOKENIZER,
    Bundle,
    Manifest,
    Preprocessing,
    TextCleaning,
    Variant,
    open_bundle,
    write_manifest,
)

SPEC = "model.json"
LARGEST_BATCH_DIFFERENCE = 1e-4


class ImportSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of ``model.json``: what ONNX files do not say of themselves.

    ``context_length`` is needed where ``tokenizer.json`` does not cut and pad on its own, and ``visual_output`` and
    ``text_output`` where a tower has several.
    """

    name: str
    preprocessing: Preprocessing
    licence: str
    source: str
    text_cleaning: TextCleaning = "none"
    context_length: int | None = None
    visual_output: str | None = None
    text_output: str | None = None


def import_towers(source: Path, out: Path) -> Bundle:
    """Check, wrap where needed, record golden vectors and write the bundle to ``out``.

    Raises:
        ModelError: a file is missing or of an unknown form, a tower takes or gives something else than a bundle's does,
            or computes another vector for a picture alone than for the same picture in a batch.

    """
    spec = read_spec(source / SPEC)
    with new_bundle_folder(out) as folder:
        visual = wrap_visual(_read_onnx(source / "visual.onnx"), spec.preprocessing, spec.visual_output)
        pictures = _write_tower(visual, folder / "visual.onnx", golden_pixels(spec.preprocessing))
        texts = _import_text(source, folder, spec)
        if texts and texts[1].shape[1] != pictures.shape[1]:
            raise ModelError(f"the towers give vectors of {pictures.shape[1]} and {texts[1].shape[1]} numbers")
        names = ["visual.onnx", "text.onnx"] if texts else ["visual.onnx"]
        towers = digests(file for name in names for file in tower_files(folder / name))
        manifest = Manifest(
            format=SUPPORTED_FORMAT,
            name=spec.name,
            dimension=pictures.shape[1],
            context_length=texts[0].shape[1] if texts else None,
            preprocessing=spec.preprocessing,
            towers_digest=towers_digest(towers),
            variants={"fp32": Variant(visual="visual.onnx", text="text.onnx" if texts else None)},
            files=towers | (digests([folder / TOKENIZER]) if texts else {}),
            text_cleaning=spec.text_cleaning,
            licence=spec.licence,
            provenance={"source": spec.source, "made_by": "photocode models import"},
            golden=record_golden(pictures, texts),
        )
        write_manifest(folder, manifest)
    return open_bundle(out)


def read_spec(path: Path) -> ImportSpec:
    """Read ``model.json``.

    Raises:
        ModelError: it is not there, or says something unknown.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ImportSpec)
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelError(f"{path} cannot be used: {error}") from error


def _import_text(source: Path, folder: Path, spec: ImportSpec) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
    if not (source / "text.onnx").exists():
        return None
    tokenizer = _read_tokenizer(source / TOKENIZER, spec.context_length)
    ids = encode_texts(tokenizer, spec.text_cleaning, GOLDEN_TEXTS)
    padding_id = int((tokenizer.padding or {}).get("pad_id", 0))
    model = wrap_text(_read_onnx(source / "text.onnx"), ids.shape[1], padding_id, spec.text_output)
    vectors = _write_tower(model, folder / "text.onnx", ids)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    return ids, vectors


def _read_tokenizer(path: Path, context_length: int | None) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust binding raises plain Exception
        raise ModelError(f"{path} is not a tokenizer.json: {error}") from error
    padding = tokenizer.padding or {}
    length = context_length or padding.get("length")
    if not length:
        raise ModelError(f"{path} pads to no fixed length: say context_length in {SPEC}")
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(**{**padding, "length": length})
    return tokenizer


def _read_onnx(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(str(path))
    except Exception as error:  # protobuf and onnx raise classes of their own without a common base
        raise ModelError(f"{path} is not an ONNX model: {error}") from error


def _write_tower(model: onnx.ModelProto, path: Path, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
    save_model(model, path)
    session = open_session(path)
    together = run_tower(session, inputs)
    if together.ndim != 2 or not np.isfinite(together).all():
        raise ModelError(f"{path.name} gives {together.shape[1:]} numbers for an input, or some that are not finite")
    singly = np.concatenate([run_tower(session, inputs[at : at + 1]) for at in range(len(inputs))])
    if (difference := float(np.abs(together - singly).max())) > LARGEST_BATCH_DIFFERENCE:
        raise ModelError(
            f"{path.name} gives other vectors alone than in a batch ({difference:.1e}): its batch size is fixed"
        )
    return together

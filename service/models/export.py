"""From two torch modules to a bundle: the one way in which trained and pretrained models become files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from service.models.check import golden_pixels, record_golden
from service.models.errors import ModelError
from service.models.folder import digests, new_bundle_folder, towers_digest
from service.models.golden import GOLDEN_TEXTS
from service.models.onnx_io import tower_files
from service.models.precision import add_variant
from service.models.runner import encode_texts, open_session, run_tower
from service.models.towers import TextTower, VisualTower
from service.models.trace import write_onnx
from service.recognition.embedding.bundle import (
    SUPPORTED_FORMAT,
    TOKENIZER,
    Bundle,
    Manifest,
    Preprocessing,
    Provenance,
    TextCleaning,
    Variant,
    open_bundle,
    write_manifest,
)

__all__ = ["TowerSource", "add_variant", "export_bundle"]

LARGEST_DIFFERENCE = 1e-4


@dataclass(frozen=True)
class TowerSource:
    """A model about to be exported.

    ``visual`` takes normalised ``float32[n, 3, size, size]`` and ``text`` takes ``int64[n, context_length]``; both give
    ``float32[n, dimension]`` of any length. ``tokenizer`` truncates and pads to ``context_length`` and adds the special
    tokens; ``text_cleaning`` happens before it. Without a text tower, ``text``, ``context_length`` and ``tokenizer``
    are None.
    """

    name: str
    visual: nn.Module
    text: nn.Module | None
    dimension: int
    context_length: int | None
    preprocessing: Preprocessing
    tokenizer: Tokenizer | None
    text_cleaning: TextCleaning = "none"


def export_bundle(source: TowerSource, out: Path, *, licence: str, provenance: Provenance) -> Bundle:
    """Trace both towers in fp32, compare them with torch, record golden vectors and write the bundle to ``out``.

    Raises:
        ModelError: ``out`` holds something else, the tokenizer does not fit, or a traced tower computes something else
            than torch does.

    """
    with new_bundle_folder(out) as folder:
        picture_vectors = _export_visual(source, folder / "visual.onnx")
        texts = _export_text(source, folder)
        towers = digests(file for name in ("visual.onnx", "text.onnx") for file in _existing(folder / name))
        files = dict(towers)
        if texts:
            files |= digests([folder / TOKENIZER])
        manifest = Manifest(
            format=SUPPORTED_FORMAT,
            name=source.name,
            dimension=source.dimension,
            context_length=source.context_length,
            preprocessing=source.preprocessing,
            towers_digest=towers_digest(towers),
            variants={"fp32": Variant(visual="visual.onnx", text="text.onnx" if texts else None)},
            files=files,
            text_cleaning=source.text_cleaning,
            licence=licence,
            provenance=provenance,
            golden=record_golden(picture_vectors, texts),
        )
        write_manifest(folder, manifest)
    return open_bundle(out)


def _export_visual(source: TowerSource, path: Path) -> NDArray[np.float32]:
    spec = source.preprocessing
    tower = VisualTower(source.visual, spec.mean, spec.std)
    pixels = golden_pixels(spec)
    return _export_tower(tower, pixels, path, names=("pixels", "vectors"), dimension=source.dimension)


def _export_text(source: TowerSource, folder: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
    if source.text is None:
        return None
    if source.tokenizer is None or source.context_length is None:
        raise ModelError("a text tower needs a tokenizer and a context length")
    ids = encode_texts(source.tokenizer, source.text_cleaning, GOLDEN_TEXTS)
    if ids.shape[1] != source.context_length:
        raise ModelError(f"the tokenizer gives {ids.shape[1]} ids where the text tower takes {source.context_length}")
    vectors = _export_tower(
        TextTower(source.text), ids, folder / "text.onnx", names=("ids", "vectors"), dimension=source.dimension
    )
    source.tokenizer.save(str(folder / TOKENIZER), pretty=False)
    return ids, vectors


def _export_tower(
    tower: nn.Module, inputs: NDArray[np.generic], path: Path, *, names: tuple[str, str], dimension: int
) -> NDArray[np.float32]:
    """Write one tower and give torch's vectors of ``inputs``, after ONNX Runtime gave the same, singly and together."""
    tower = tower.eval()
    with torch.no_grad():
        expected: NDArray[np.float32] = tower(torch.from_numpy(inputs)).float().numpy()
    if expected.shape != (len(inputs), dimension):
        raise ModelError(f"the tower of {path.name} gives {expected.shape[1:]}, not {dimension} numbers")
    write_onnx(tower, torch.from_numpy(inputs[:2]), path, names=names)
    session = open_session(path)
    together = run_tower(session, inputs)
    singly = np.concatenate([run_tower(session, inputs[at : at + 1]) for at in range(len(inputs))])
    for found in (together, singly):
        if (difference := float(np.abs(found - expected).max())) > LARGEST_DIFFERENCE or not np.isfinite(found).all():
            raise ModelError(f"{path.name} differs from torch by {difference:.1e}: this model cannot be traced")
    return expected


def _existing(path: Path) -> list[Path]:
    return tower_files(path) if path.exists() else []

"""Model bundles: a folder with two ONNX towers, a tokenizer and ``bundle.json`` that says what they are.

A bundle is *the same model* as another when their :attr:`Bundle.identity` is equal: it covers what vectors mean
(fp32 towers' digest, tokenizer, preprocessing, dimension), not which precision variants happen to be in the folder.
"""

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

MANIFEST = "bundle.json"
TOKENIZER = "tokenizer.json"
SUPPORTED_FORMAT = 1

Provenance = dict[str, str | int | float | list[str]]
"""Where a model comes from: what was done, with what, and how far it came, for people to read."""
Precision = Literal["fp32", "fp16", "int8"]
TextCleaning = Literal["none", "whitespace", "lower", "canonicalize"]


class BundleError(Exception):
    """The folder is not a usable bundle: absent, changed after it was made, or of an unknown format."""


class Preprocessing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From an RGB picture to the visual tower's input, ``uint8[n, size, size, 3]``.

    Mean and std (per channel, of values in 0..1) are applied inside the graph and stand here for the record.
    Modes and interpolations are those of open_clip's ``image_transform_v2``.
    """

    size: int
    resize_mode: Literal["shortest", "squash", "longest"]
    interpolation: Literal["bilinear", "bicubic"]
    fill_color: int = 0
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    revision: int = 1


class Gate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a precision variant was measured to lose against fp32 on given pictures.

    ``top1_loss_points`` is paired: 100 * (share of queries right under fp32 - share right under the variant).
    ``cosine_quantiles`` maps "0.01", "0.05", "0.5" to the cosine between the two precisions' vectors of one picture.
    """

    pictures: int
    queries: int
    top1_fp32: float
    top1_variant: float
    top1_loss_points: float
    cosine_quantiles: dict[str, float]
    passed: bool
    machine: str


class Variant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file names of one precision's towers. ``text`` is absent where a model has no text tower."""

    visual: str
    text: str | None = None
    gate: Gate | None = None


class GoldenVectors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Known answers, checked when a bundle is made and by ``photocode models check``.

    ``picture_seeds[i]`` drives :func:`service.models.golden.golden_picture`; vectors are fp32, rounded to 6 digits.
    """

    picture_seeds: list[int]
    picture_vectors: list[list[float]]
    texts: list[str]
    text_ids: list[list[int]]
    text_vectors: list[list[float]]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a first verdict is drawn, fitted on labelled lookups: cosines in -1..1.

    ``match_score`` and ``match_margin`` (best minus second product) must both be reached for a match; below
    ``no_match_score`` nothing is said to match. ``source`` says what they were fitted on.
    """

    match_score: float
    match_margin: float
    no_match_score: float
    source: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of ``bundle.json``.

    ``text_cleaning`` is what happens to a text before ``tokenizer.json`` sees it (:mod:`.text_cleaning`).
    ``towers_digest`` is that of the fp32 towers and stays when a bundle ships smaller variants only.
    """

    format: int
    name: str
    dimension: int
    context_length: int | None
    preprocessing: Preprocessing
    towers_digest: str
    variants: dict[Precision, Variant]
    files: dict[str, str]
    text_cleaning: TextCleaning = "none"
    licence: str
    provenance: Provenance
    golden: GoldenVectors
    thresholds: Thresholds | None = None


class Bundle:
    """An opened bundle: every file's hash was compared with the manifest."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Use :func:`open_bundle`, which checks the files."""
        self.folder = folder
        self.manifest = manifest

    @property
    def identity(self) -> str:
        """Hex sha256 of what the vectors mean; the key of the embedding space."""
        said = {
            "context_length": self.manifest.context_length,
            "dimension": self.manifest.dimension,
            "preprocessing": msgspec.to_builtins(self.manifest.preprocessing),
            "text_cleaning": self.manifest.text_cleaning,
            "tokenizer": self.manifest.files.get(TOKENIZER),
            "towers": self.manifest.towers_digest,
        }
        return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()

    def path(self, name: str) -> Path:
        """Where a file of the bundle lies."""
        return self.folder / name


def open_bundle(folder: Path) -> Bundle:
    """Read and check a bundle.

    Raises:
        BundleError: no manifest, unknown format, or a file is absent or changed.

    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BundleError(f"{folder} holds no {MANIFEST}") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BundleError(f"{folder / MANIFEST} cannot be read: {error}") from error
    if manifest.format != SUPPORTED_FORMAT:
        raise BundleError(f"{folder}: bundle format {manifest.format} is not known here (known: {SUPPORTED_FORMAT})")
    named = {name for v in manifest.variants.values() for name in (v.visual, v.text) if name}
    if unlisted := named - manifest.files.keys():
        raise BundleError(f"{folder}: no hash is given for {', '.join(sorted(unlisted))}")
    for name, expected in manifest.files.items():
        if Path(name).name != name:
            raise BundleError(f"{folder}: {name!r} is not a plain file name")
        if (found := file_digest(folder / name)) != expected:
            raise BundleError(f"{folder / name} is not the file the bundle was made with ({found} != {expected})")
    return Bundle(folder, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``bundle.json`` so that it reads well in a diff."""
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def file_digest(path: Path) -> str:
    """Hex sha256 of a file.

    Raises:
        BundleError: the file cannot be read.

    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error}") from error

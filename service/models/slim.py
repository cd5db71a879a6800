"""Ships a bundle with one precision: smaller, and still the same model."""

from pathlib import Path

from service.models.errors import ModelError
from service.models.folder import copy_manifest, rewrite_manifest, variant_files
from service.recognition.embedding.bundle import Bundle, Precision, open_bundle


def keep_precisions(folder: Path, kept: tuple[Precision, ...]) -> Bundle:
    """Remove the towers of all other precisions; the bundle's identity stays, so its vectors stay comparable.

    Raises:
        ModelError: a precision is absent, or none of the kept ones is fp32 or has passed its gate.

    """
    bundle = open_bundle(folder)
    variants = bundle.manifest.variants
    if missing := [name for name in kept if name not in variants]:
        raise ModelError(f"{folder} has no {', '.join(missing)} towers")
    if not any(name == "fp32" or ((gate := variants[name].gate) is not None and gate.passed) for name in kept):
        raise ModelError("none of these precisions is fp32 or has passed its gate: run photocode models gate first")
    left = {name: variant for name, variant in variants.items() if name in kept}
    dropped = {file for name, variant in variants.items() if name not in kept for file in variant_files(variant)}
    files = {name: digest for name, digest in bundle.manifest.files.items() if name not in dropped}
    return rewrite_manifest(folder, copy_manifest(bundle.manifest, variants=left, files=files))

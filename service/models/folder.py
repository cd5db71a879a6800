"""Changing a bundle's folder so that at every moment it is the old bundle or the new one."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from service.models.errors import ModelError
from service.recognition.embedding.bundle import (
    MANIFEST,
    Bundle,
    Manifest,
    Variant,
    file_digest,
    open_bundle,
    write_manifest,
)


def towers_digest(files: dict[str, str]) -> str:
    """Give the digest of the fp32 towers, from ``{file name: sha256}``."""
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Hash files; keyed by file name."""
    return {path.name: file_digest(path) for path in paths}


def variant_files(variant: Variant) -> set[str]:
    """Name the files that one precision may consist of: graphs, and weights apart where they are large."""
    graphs = {name for name in (variant.visual, variant.text) if name}
    return graphs | {f"{name}.data" for name in graphs}


@contextmanager
def new_bundle_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of ``out`` when the block ends well.

    Raises:
        ModelError: ``out`` holds something that is not a bundle.

    """
    if out.exists() and not (out / MANIFEST).exists() and (not out.is_dir() or any(out.iterdir())):
        raise ModelError(f"{out} exists and is not a bundle: give an empty or new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        yield draft
        draft.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def rewrite_manifest(folder: Path, manifest: Manifest) -> Bundle:
    """Write a changed manifest, drop files that it no longer names, and open the bundle again."""
    write_manifest(folder, manifest)
    for path in folder.iterdir():
        if path.suffix in {".onnx", ".data"} and path.name not in manifest.files:
            path.unlink()
    return open_bundle(folder)


def copy_manifest(manifest: Manifest, **changes: object) -> Manifest:
    """Give the manifest with some fields replaced."""
    return msgspec.structs.replace(manifest, **changes)

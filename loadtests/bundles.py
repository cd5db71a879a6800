"""The models that are measured: the starter of the package, and a ViT-B/32 with random weights."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from service.recognition.embedding.bundle import MANIFEST, Bundle, BundleError, open_bundle
from service.settings import STARTER_BUNDLE

ROOT = Path(__file__).parents[1]
VIT_BUNDLE = ROOT / ".build/vit-b-32"
VIT_MISSING = (
    "ViT-B/32 is left out: exporting it needs torch, which is missing here. "
    "`make bench` installs it; so does pip install -e '.[export]'"
)


def starter_bundle() -> Bundle | None:
    """The bundle that ships with the package, or None where it has not been made yet."""
    try:
        return open_bundle(STARTER_BUNDLE)
    except BundleError:
        return None


def vit_bundle(folder: Path) -> Bundle | None:
    """ViT-B/32 in ``folder``, exported now if it is not there; None where there is no torch to do that with.

    Raises:
        BundleError: the folder holds something else, or the export failed.

    """
    if not (folder / MANIFEST).exists():
        if not (importlib.util.find_spec("torch") and importlib.util.find_spec("open_clip")):
            return None
        _export(folder)
    return open_bundle(folder)


def _export(folder: Path) -> None:
    export = [sys.executable, "-m", "service", "models", "export", "ViT-B-32", "--random-weights", "--out", str(folder)]
    done = subprocess.run(export, cwd=ROOT, check=False)
    if done.returncode:
        raise BundleError(f"the export of ViT-B/32 failed with status {done.returncode}")

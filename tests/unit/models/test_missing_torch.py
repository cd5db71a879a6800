"""Commands that need no torch run without it; those that do say what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.models.conftest import Bring, text_tower

WITHOUT = """
import sys
for name in ("torch", "torchvision", "open_clip", "timm", "transformers"):
    sys.modules[name] = None
from service.cli import main
main()
"""


def photocode(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, "models", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_export_names_the_extra(tmp_path: Path) -> None:
    done = photocode("export", "ViT-B-32", "--random-weights", "--out", tmp_path / "bundle")
    assert done.returncode == 1
    assert done.stderr == "Error: torch is missing: pip install 'photocode[export]'\n"


def test_import_and_check_do_without(bring: Bring, tmp_path: Path) -> None:
    done = photocode("import", bring(text=text_tower()), "--precision", "fp16", "--out", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    checked = photocode("check", tmp_path / "bundle")
    assert checked.returncode == 0, checked.stderr
    assert "fp16" in checked.stdout


@pytest.mark.parametrize("command", ["check", "gate", "thresholds", "slim"])
def test_a_folder_without_a_bundle_is_one_line(command: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,label,role\na.png,x,reference\nb.png,x,query\n")
    words: dict[str, list[object]] = {
        "gate": ["--pictures", tmp_path],
        "thresholds": ["--pictures", tmp_path],
        "slim": ["--keep", "int8"],
    }
    done = photocode(command, tmp_path, *words.get(command, []))
    assert done.returncode == 1
    assert done.stderr == f"Error: {tmp_path} holds no bundle.json\n"

"""The wheel carries everything: it is built, installed apart, and runs the demo from there."""

import csv
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from service.settings import STARTER_BUNDLE

ROOT = Path(__file__).parents[2]
SOME_PRODUCTS = 6
OPEN_SURFACE = """
from service.bootstrap.shipped import FUSION, LABELS, MASK, open_surface
from service.recognition.fusion import FusionModel
from service.recognition.mask_network import MaskNetwork
from service.recognition.verdict.likelihood import LikelihoodModels
from service.settings import Settings

settings = Settings()
open_surface(settings), FusionModel.load(FUSION), LikelihoodModels.load(LABELS), MaskNetwork(MASK)
print(settings.vocabulary, FUSION, LABELS, MASK, sep="\\n")
"""
CARRIED = """
import service, catalog, migrations
from mobile_contract.clients.python import Photocode
from service.web.shell.files import read_page

print(service.__file__, Photocode.__module__, sorted(read_page().files), sep="\\n")
"""


@pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")
def test_the_wheel_runs_the_demo_away_from_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("photocode-*.whl")
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # What Photocode needs comes from this environment; Photocode itself must not.
    site = next(home.glob("lib/python*/site-packages"))
    (site / "needs.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PHOTOCODE_DATA": str(tmp_path / "data")}
    # Whether what describes surfaces is there is asked below: to describe the demo's would take a minute.
    environment |= {"PHOTOCODE_SURFACE": "off", "PHOTOCODE_TEXT": "off"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(home / "bin" / command[0]), *command[1:]],
            capture_output=True, text=True, timeout=200, check=False, cwd=tmp_path, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    imported, spoken, page = run("python", "-c", CARRIED).splitlines()
    assert imported.startswith(str(home))
    carried = ("RULES.md", "openapi.json", "clients/python/examples/photocode.ipynb")
    assert [name for name in carried if not (site / "mobile_contract" / name).is_file()] == []
    assert spoken.startswith("mobile_contract.clients.python")
    assert "--rule" in run("photocode", "contract", "check", "--help")
    assert all(name in page for name in ("index.html", "sw.js", "lang/es.js", "icons/icon-512.png"))
    opened = run("python", "-c", OPEN_SURFACE)
    assert [Path(line).is_relative_to(site) for line in opened.splitlines()] == [True] * 4, opened
    _shorten_demo(site / "service" / "demo" / "data")
    assert "0 failed" in (shown := run("photocode", "demo", "--photo", str(site / _a_photo(site)))), shown
    assert "part number" in shown


def _shorten_demo(data: Path) -> None:
    """All of the demo's pictures are there; its first products are enough to see that it runs."""
    heading, *products = (data / "products.csv").read_text(encoding="utf-8").splitlines()
    named = [path for row in csv.DictReader([heading, *products]) for path in row["pictures"].split(";")]
    assert len(named) > 500
    assert [path for path in named if not (data / path).is_file()] == []
    (data / "products.csv").write_text("\n".join([heading, *products[:SOME_PRODUCTS], ""]), encoding="utf-8")


def _a_photo(site: Path) -> Path:
    return next((site / "service" / "demo" / "data" / "queries").glob("*.jpg"))

"""The examples do what they say, against the real command with the model that ships."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import mobile_contract.clients.python.examples as examples
from mobile_contract.clients.python import Photocode
from service.settings import STARTER_BUNDLE
from tests.integration.serving import serving
from tests.pictures import COLOURS, archive, photo_of, printed

pytestmark = pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")

FOLDER = Path(examples.__file__).parent
ROOT = Path(__file__).parents[3]
OUTPUT_LINES = 8
THINGS = {"D-1": "Stapler", "D-2": "Tape", "D-3": "Glue", "D-4": "Punch", "D-5": "Knife"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served.url


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of each of five printed things, of colours of their own: a busy machine goes by looks alone."""
    folder = tmp_path_factory.mktemp("desk")
    for seed, (number, name) in enumerate(THINGS.items()):
        place = folder / f"{number} {name}"
        place.mkdir()
        label = printed(seed)
        thing = Image.blend(label, Image.new("RGB", label.size, COLOURS[seed]), 0.4)
        for at, angle in enumerate((0, 10, -15)):
            (place / f"{at}.jpg").write_bytes(photo_of(thing, angle=angle, tilt=0.0001 * at).content)
    return folder


@pytest.fixture(scope="module")
def taught(url: str, desk: Path) -> str:
    """What teaching the five things and finding them says; they are in the catalog ``desk`` then."""
    return run("teach_and_find", url, "desk", str(desk))


def run(name: str, *arguments: str, fine: bool = True) -> str:
    command = [sys.executable, "-m", f"mobile_contract.clients.python.examples.{name}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT, env=environment)
    assert (done.returncode == 0) == fine, done.stdout + done.stderr
    return done.stdout


def test_five_things_are_taught_and_found(url: str, desk: Path, taught: str) -> None:
    assert "5 of 5 found" in taught
    for number, name in THINGS.items():
        assert f"{number} {name}: " in taught
    again = run("teach_and_find", url, "desk", str(desk))  # they get the same photos once more
    assert "5 of 5 found" in again


@pytest.mark.usefixtures("taught")
def test_a_thing_is_looked_up_and_confirmed(url: str, desk: Path) -> None:
    photos = [str(path) for path in sorted((desk / "D-1 Stapler").iterdir())[1:]]
    shown = run("look_up_and_confirm", url, "desk", *photos, "--confirm", "D-1")
    assert "1. D-1  Stapler  by image" in shown
    assert "confirmed: D-1" in shown
    assert "kept: none_of_these" in run("look_up_and_confirm", url, "desk", photos[0], "--none")


def test_an_import_is_watched(url: str, tmp_path: Path) -> None:
    upload = tmp_path / "pumps.zip"
    upload.write_bytes(archive("part_number,name,pictures\nA,a,\nB,,\nC,c,none.jpg\n"))
    shown = run("import_with_progress", url, "pumps", str(upload)).splitlines()
    assert shown[:4] == ["2 created", "0 updated", "0 unchanged", "1 failed"]
    assert [line.partition(":")[0] for line in shown[4:]] == ["line 3", "line 4"]
    assert "2 unchanged" in run("import_with_progress", url, "pumps", str(upload))


@pytest.mark.usefixtures("taught")
def test_many_photos_are_looked_up_at_once(url: str, desk: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    photos = [str(next(place.iterdir())) for place in sorted(desk.iterdir())]
    shown = run("many_at_once", url, "desk", *photos, str(broken)).splitlines()
    assert len(shown) == 6
    for number, photo in zip(THINGS, photos, strict=True):
        assert any(line.startswith(f"{photo}: ") and line.endswith(f" {number}") for line in shown), shown
    assert any(line.startswith(f"{broken}: ") and "photo_format_unsupported" in line for line in shown)


def test_the_notebook_runs_from_top_to_bottom(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHOTOCODE_URL", url)
    notebook: dict[str, Any] = json.loads((FOLDER / "photocode.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        assert len(json.dumps(cell.get("outputs", [])).splitlines()) <= OUTPUT_LINES, "stored outputs are short"
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{cell['id']} of the notebook", "exec"), names)  # noqa: S102
    shown = capsys.readouterr().out
    assert "5 products" in shown
    for number in names["THINGS"]:
        assert f"{number} match {number}" in shown or f"{number} ambiguous {number}" in shown, shown
    assert "confirmed N-1 True" in shown
    assert "conflict: product_exists" in shown
    assert "refused: photo_format_unsupported" in shown


@pytest.mark.usefixtures("taught")
def test_a_lookup_is_five_lines(url: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ones in the client's own words, with this service and photo in the place of theirs."""
    words = sys.modules["mobile_contract.clients.python"].__doc__ or ""
    lines = [line[4:] for line in words.splitlines() if line.startswith("    ")]
    assert len([line for line in lines if line]) == 4
    monkeypatch.chdir(next(desk.iterdir()))
    code = "\n".join(lines).replace("http://127.0.0.1:8700", url).replace('"pumps"', '"desk"')
    names: dict[str, Any] = {}
    exec(code.replace("photo.jpg", "0.jpg"), names)  # noqa: S102
    with Photocode(url) as photocode:
        assert photocode.get_lookup(names["answer"].id).candidates[0] == names["answer"].candidates[0]

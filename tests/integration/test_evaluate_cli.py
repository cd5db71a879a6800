"""``photocode evaluate`` as it is typed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.integration.forked import started
from tests.pictures import picture

COLOURS = ("red", "lime", "blue")
WITHOUT = """
import sys
for name in ("scipy", "matplotlib", "jinja2"):
    sys.modules[name] = None
from service.cli import main
main(prog_name="photocode")
"""


def photocode(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *(str(argument) for argument in arguments)], env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three products with a reference and a photo each."""
    lines = ["path,label,role"]
    for colour in COLOURS:
        for role in ("reference", "query"):
            (tmp_path / f"{colour}-{role}.jpg").write_bytes(picture(colour, mark=len(role)))
            lines.append(f"{colour}-{role}.jpg,{colour},{role}")
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    return tmp_path


def test_a_folder_gives_a_table_json_and_a_page(folder: Path, tmp_path: Path) -> None:
    told, page = tmp_path / "told.json", tmp_path / "page.html"
    asked = (folder, "--ablation", "--json", told, "--html", page, "--seed", 3)
    shown = photocode(*asked, PHOTOCODE_CALIBRATE="off", PHOTOCODE_TEXT="off")
    assert shown.exit_code == 0, shown.output
    assert "right first" in shown.output
    figures = json.loads(told.read_bytes())
    assert (figures["queries"]["present"], figures["recall_at_1"]["value"], figures["seed"]) == (3, 1.0, 3)
    assert [one["channels"] for one in figures["ablation"]] == [["image"], ["surface"], ["geometry", "surface"]]
    assert figures["bundle"]["name"] == "starter"
    assert "</html>" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either FOLDER or --catalog"),
        (("FOLDER", "--catalog", "c"), "give either FOLDER or --catalog"),
        (("FOLDER", "--references", "views"), "there is no set 'views' of references"),
        (("FOLDER", "--group", "Fruit"), "there is no group 'Fruit' of queries"),
        (
            ("FOLDER", "--channels", "image,words"),
            "'image,words': channels are image, surface, geometry, text, barcode",
        ),
        (("FOLDER", "--channels", "image", "--ablation"), "give either --channels or --ablation"),
        (("FOLDER", "--strangers", "EMPTY"), "there are no pictures below"),
        (("FOLDER", "--leave-out", "1"), "--leave-out"),
        (("FOLDER", "--json", "nowhere/told.json"), "there is no folder nowhere for told.json"),
        (("EMPTY",), "manifest.csv is not there"),
        (("--catalog", "c", "--leave-out", "0.5"), "--leave-out goes with FOLDER"),
        (("--catalog", "c", "--strangers", "EMPTY"), "--strangers goes with FOLDER"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    shown = photocode(*({"FOLDER": folder, "EMPTY": empty}.get(argument, argument) for argument in arguments))
    assert shown.exit_code in (1, 2)
    assert said in shown.output
    assert "Traceback" not in shown.output


def test_when_no_photo_can_be_answered_the_first_reason_is_said(folder: Path) -> None:
    for colour in COLOURS:
        (folder / f"{colour}-query.jpg").write_bytes(b"no picture")
    shown = photocode(folder, PHOTOCODE_CALIBRATE="off", PHOTOCODE_TEXT="off")
    assert (shown.exit_code, "not one photo could be answered: photo red-query.jpg" in shown.output) == (1, True)


def test_a_catalog_that_is_not_there_is_said(database_url: str, tmp_path: Path) -> None:
    shown = photocode("--catalog", "nowhere", DATABASE_URL=database_url, PHOTOCODE_DATA=str(tmp_path))
    assert (shown.exit_code, "there is no catalog 'nowhere'" in shown.output) == (1, True), shown.output


def test_without_the_extra_the_command_says_what_to_install(folder: Path) -> None:
    command = [sys.executable, "-c", WITHOUT, "evaluate", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: scipy is missing: pip install 'photocode[evaluate]'\n"


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder with a short name: the database's socket lies in it, whose path may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="s-") as name:
        yield Path(name)


def stoppable(folder: Path, scratch: Path) -> None:
    """The command; what a shell starts in its background ignores interruptions, and so would what is started there."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tempfile.tempdir = str(scratch)
    main(["evaluate", str(folder)])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_run_that_is_stopped(folder: Path, scratch: Path, number: signal.Signals) -> None:
    rows = (folder / "manifest.csv").read_text().splitlines()
    # Enough to ask for many seconds.
    (folder / "manifest.csv").write_text("\n".join(rows + rows[-1:] * 20_000))
    with started(stoppable, folder, scratch) as process:
        give_up = time.monotonic() + 60
        while not list(scratch.glob("*/pictures/pictures")) and time.monotonic() < give_up:
            assert process.is_alive()
            time.sleep(0.05)
        (postmaster,) = scratch.glob("*/postgres/postmaster.pid")
        database = int(postmaster.read_text().split("\n", 1)[0])
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(60)
        assert process.exitcode in (1, 143)
    assert list(scratch.glob("photocode-evaluate-*")) == []
    assert not psutil.pid_exists(database) or psutil.Process(database).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def groceries(shared: Path, tmp_path: Path) -> Path:
    """Each fifth product of the real photos of groceries, with all of its pictures."""
    whole = shared / "photos" / "grocery"
    if not whole.is_dir():
        pytest.skip(f"the photos of groceries are not here: {whole}")
    heading, *lines = (whole / "manifest.csv").read_text().splitlines()
    products = sorted({line.split(",")[1] for line in lines})[::5]
    part = tmp_path / "grocery"
    part.mkdir()
    for pictures in ("catalog", "views", "queries"):
        (part / pictures).symlink_to(whole / pictures)
    kept = [line for line in lines if line.split(",")[1] in products]
    (part / "manifest.csv").write_text("\n".join([heading, *kept]))
    return part


def test_real_photos_of_groceries(groceries: Path, shared: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    shown = photocode(
        groceries,
        *("--references", "catalog", "--group", "Packages", "--leave-out", 0.2, "--limit-queries", 6),
        *("--strangers", shared / "photos" / "no_match", "--json", told),
        PHOTOCODE_CALIBRATE="off",
        PHOTOCODE_SELF_TEST="off",
    )
    assert shown.exit_code == 0, shown.output
    figures = json.loads(told.read_bytes())
    assert figures["queries"]["present"] + figures["queries"]["left_out"] == 6
    assert (figures["queries"]["strangers"], figures["queries"]["failed"]) == (6, 0)
    assert figures["products"]["left_out"] > 0
    assert figures["products"]["total"] == 17 - figures["products"]["left_out"]
    assert figures["recall_at_5"]["value"] > 0.5, figures

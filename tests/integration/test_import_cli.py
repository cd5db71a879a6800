"""``photocode import`` and ``photocode imports`` against the running command."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests import asking
from tests.integration.serving import Served, serving
from tests.pictures import archive, picture

WIDE = {"COLUMNS": "200"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    environment = {"PHOTOCODE_TEXT": "off", "PHOTOCODE_SURFACE": "off"}
    with serving(tmp_path_factory.mktemp("cli"), environment=environment) as served:
        yield served


def photocode(served: Served, *arguments: str, exit_code: int = 0) -> str:
    shown: Result = CliRunner().invoke(main, [*arguments, "--url", served.url], env=WIDE)
    assert shown.exit_code == exit_code, shown.output
    return shown.output


def file_of(folder: Path, table: str) -> str:
    path = folder / "products.zip"
    path.write_bytes(archive(table, {"r.jpg": picture("red")}))
    return str(path)


def test_a_file_is_sent_and_watched_to_its_end(served: Served, tmp_path: Path) -> None:
    good = file_of(tmp_path, "part_number,name,pictures\nA,a,r.jpg\nB,b,\n")
    missing = photocode(served, "import", good, "--catalog", "one", exit_code=1)
    assert "catalog_not_found" in missing
    shown = photocode(served, "import", good, "--catalog", "one", "--create")
    assert "completed" in shown
    assert "2 created, 0 updated, 0 unchanged, 0 failed" in shown
    assert "0 created, 0 updated, 2 unchanged" in photocode(served, "import", good, "--catalog", "one", "--create")
    less = file_of(tmp_path, "part_number,name,pictures\nA,a,r.jpg\n")
    refused = photocode(served, "import", less, "--catalog", "one", "--mode", "sync", exit_code=1)
    assert "import_removes_too_many" in refused
    allowed = photocode(served, "import", less, "--catalog", "one", "--mode", "sync", "--max-removed", "0.5")
    assert "1 removed" in allowed
    listed = photocode(served, "imports", "list", "--catalog", "one")
    assert len(re.findall("completed|failed", listed)) == 4 + 1  # and the column's name


def test_failed_rows_are_told_and_written_to_be_mended(served: Served, tmp_path: Path) -> None:
    bad = file_of(tmp_path, "part_number,name,pictures\nA,a,r.jpg\n,b,\n")
    shown = photocode(served, "import", bad, "--catalog", "two", "--create", exit_code=1)
    assert "line 3" in shown
    found = re.search(r"photocode imports failed (\w+)", shown)
    assert found is not None
    out = tmp_path / "failed.csv"
    photocode(served, "imports", "failed", found[1], "--catalog", "two", "--out", str(out))
    assert out.read_text(encoding="utf-8-sig").splitlines()[1] == (
        ",b,,3,part_number,part_number_missing,part_number is empty"
    )
    again = photocode(served, "imports", "retry", found[1], "--catalog", "two")
    assert "1 failed" in again
    assert "import_state_unfit" in photocode(served, "imports", "pause", found[1], "--catalog", "two", exit_code=1)
    assert "beginning of 0 imports" in photocode(served, "imports", "show", "zz", "--catalog", "two", exit_code=1)
    assert "completed" in photocode(served, "imports", "show", found[1], "--catalog", "two", "--follow", exit_code=1)


def test_the_command_that_is_told_writes_rows_that_lost_a_picture_too(served: Served, tmp_path: Path) -> None:
    bad = file_of(tmp_path, "part_number,name,pictures\nA,a,r.jpg;none.jpg\n")
    shown = photocode(served, "import", bad, "--catalog", "lost", "--create")
    told = re.search(r"photocode (imports failed .*--out )failed\.csv(.*)", shown)
    assert told is not None, shown
    out = tmp_path / "failed.csv"
    photocode(served, *told[1].split(), str(out), *told[2].split())
    (_, row) = out.read_text(encoding="utf-8-sig").splitlines()
    assert row.startswith("A,a,r.jpg;none.jpg,2,")


def test_the_service_stops_at_once_though_somebody_watches(tmp_path: Path) -> None:
    with serving(tmp_path, environment={"PHOTOCODE_TEXT": "off", "PHOTOCODE_WORKER": "off"}) as served:
        asking.post(f"{served.url}/v1/catalogs", json={"name": "c"})
        upload = archive("part_number,name\nA,a\n")
        place = asking.post(f"{served.url}/v1/catalogs/c/imports", files={"archive": ("c.zip", upload)}).headers[
            "Location"
        ]
        with asking.stream("GET", f"{served.url}{place}/events", timeout=60) as events:
            lines = (line for line in events.iter_lines() if line.startswith("data:"))
            assert json.loads(next(lines)[5:])["state"] == "queued"
            begun = time.monotonic()
            assert served.stop() == 0
            assert time.monotonic() - begun < 15  # seconds; nobody was waited for, or had to be killed


def test_a_table_says_itself_how_it_is_read_and_its_columns_can_be_said(served: Served, tmp_path: Path) -> None:
    table = tmp_path / "parts.csv"
    table.write_bytes("Nummer A;Was;Größe\nT-1;Rohr;5\n".encode("cp1252"))
    said = ["--column", "Nummer A=part_number", "--column", "Was=name", "--encoding", "windows-1252"]
    shown = photocode(served, "import", str(table), "--catalog", "tables", "--create", *said)
    assert "completed" in shown
    product = asking.get(f"{served.url}/v1/catalogs/tables/products/T-1").json()
    assert (product["name"], product["metadata"]) == ("Rohr", {"Größe": "5"})
    wrong = photocode(served, "import", str(table), "--catalog", "tables", "--column", "name", exit_code=2)
    assert "HEADER=FIELD" in wrong

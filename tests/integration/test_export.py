"""Catalogs as files: what is exported imports back as it was, and is harmless in a spreadsheet."""

import csv
import io
import zipfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from service.cli import calling, main
from service.demo.phone import Phone
from tests.integration.conftest import Client
from tests.pictures import PNG, archive, encoded, picture, printed

NOTICE = {"severity": "danger", "text": 'Hot; "very"', "validUntil": "2999-12-31"}
FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "'=1+1", "''-x", "'quoted'", "-7", "ü\nline")
KEPT = ("-40 to 85 °C", "a,b;c", '"quoted"', "1.50", "tab\there")


def export(client: Client, catalog: str, **asked: str) -> bytes:
    answer = client.get(f"/v1/catalogs/{catalog}/export", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def filled(client: Client, run_import: Any) -> Client:
    """The catalog ``first``: odd texts, notices, a chain, shared pictures, one too large to be kept as it is, a taught
    one, a removed product.
    """
    client.post("/v1/catalogs", json={"name": "first"})
    rows = "P-1,one,warm,P-2,a.jpg;b.png\nP/2,two,,,a.jpg\nÜ-3,drei,kalt,,large.jpg\nP-4,four,,,\nP-9,gone,,,gone.jpg\n"
    files = {
        "a.jpg": picture("red"),
        "b.png": picture("blue", form=PNG),
        "large.jpg": encoded(printed(3).resize((1800, 1350))),
        "gone.jpg": picture("yellow"),
    }
    table = f"part_number,name,category,superseded_by,pictures\n{rows}"
    assert run_import("first", archive(table, files))["counters"]["failed"] == 0
    texts = {f"key {at}": text for at, text in enumerate((*FORMULAS, *KEPT))}
    said = {"name": "=HYPERLINK()", "description": "+49 170\nline", "metadata": texts, "notices": [NOTICE]}
    assert client.put("/v1/catalogs/first/products/P-4", json=said).status_code == 200
    shot = [("photo", ("a.jpg", picture("lime"), "image/jpeg"))]
    assert client.post("/v1/catalogs/first/products/P-4", files=shot).status_code == 201
    assert client.delete("/v1/catalogs/first/products/P-9").status_code == 204
    return client


def products(client: Client, catalog: str) -> list[dict[str, Any]]:
    """All that an export keeps of a catalog."""
    kept = []
    for one in client.get(f"/v1/catalogs/{catalog}/products").json()["products"]:
        product = client.get(f"/v1/catalogs/{catalog}/products/{one['partNumber']}").json()
        pictures = [client.get(shown["imageUrl"]).content for shown in product["referenceImages"]]
        left = ("createdAt", "updatedAt", "referenceImages")
        kept.append({name: value for name, value in product.items() if name not in left} | {"pictures": pictures})
    return kept


@pytest.mark.parametrize("table", ["csv", "jsonl"])
def test_what_is_exported_imports_back_as_it_was(filled: Client, run_import: Any, table: str) -> None:
    exported = export(filled, "first", table=table)
    filled.post("/v1/catalogs", json={"name": "second"})
    rows = run_import("second", exported)["counters"]
    assert (rows["created"], rows["failed"], rows["withWarnings"]) == (4, 0, 0)
    assert products(filled, "second") == products(filled, "first")
    assert export(filled, "second", table=table) == exported


def test_imported_where_it_came_from_it_changes_nothing(filled: Client, run_import: Any) -> None:
    before = [filled.get(f"/v1/catalogs/first/products/{number}").json() for number in ("P-1", "P/2", "Ü-3", "P-4")]
    rows = run_import("first", export(filled, "first", table="csv"))["counters"]
    assert (rows["unchanged"], rows["updated"], rows["failed"]) == (4, 0, 0)
    after = [filled.get(f"/v1/catalogs/first/products/{number}").json() for number in ("P-1", "P/2", "Ü-3", "P-4")]
    assert after == before


def test_lines_say_everything_exactly(filled: Client) -> None:
    found = members(export(filled, "first"))
    lines = [msgspec.json.decode(line) for line in found["products.jsonl"].splitlines()]
    by_number = {line["part_number"]: line for line in lines}
    assert list(by_number) == ["P-1", "P-4", "P/2", "Ü-3"]
    four = by_number["P-4"]
    assert four["metadata"] == {f"key {at}": text for at, text in enumerate((*FORMULAS, *KEPT))}
    assert (four["name"], four["description"]) == ("=HYPERLINK()", "+49 170\nline")
    assert four["notices"] == [{"severity": "danger", "text": 'Hot; "very"', "valid_until": "2999-12-31"}]
    assert (by_number["P-1"]["superseded_by"], "description" in by_number["P-1"]) == ("P-2", False)
    shown = [client_picture for line in lines for client_picture in line["pictures"]]
    # The red one is two products'.
    assert (len(shown), set(shown)) == (5, set(found) - {"products.jsonl"})
    assert [found[name] for name in by_number["P-1"]["pictures"]] == [picture("red"), picture("blue", form=PNG)]


def test_no_cell_of_a_table_is_a_formula(filled: Client) -> None:
    content = export(filled, "first", format="csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    risky = [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert risky == ["-7"]
    assert "'=HYPERLINK()" in cells


def test_a_table_alone_is_that_of_the_archive(filled: Client) -> None:
    for form in ("csv", "jsonl"):
        inside = members(export(filled, "first", table=form))[f"products.{form}"]
        assert export(filled, "first", format=form) == inside
    answer = filled.get("/v1/catalogs/first/export", params={"format": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="first.csv"'


def test_metadata_of_a_fields_name_is_not_taken_for_the_field(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "first"})
    said = {"name": "n", "metadata": {"Name": "x", "Part Number": "y", "finish": "z"}}
    client.put("/v1/catalogs/first/products/P", json=said)
    header, _ = csv.reader(io.StringIO(export(client, "first", format="csv").decode()))
    assert [name for name in header if name.startswith("metadata:")] == ["metadata:Name", "metadata:Part Number"]
    assert header.count("name") == header.count("part_number") == 1
    line = msgspec.json.decode(export(client, "first", format="jsonl"))
    assert line["metadata"] == said["metadata"]


def test_an_empty_catalog_and_one_that_is_not_there(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "first"})
    assert members(export(client, "first")) == {"products.jsonl": b""}
    absent = client.get("/v1/catalogs/none/export")
    assert (absent.status_code, absent.json()["code"]) == (404, "catalog_not_found")
    wrong = client.get("/v1/catalogs/first/export", params={"format": "pdf"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "validation_failed")


def test_the_command_writes_a_file_when_all_of_it_has_come(
    filled: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(filled)))
    for name, asked in {"a.zip": {}, "b.csv": {"format": "csv"}, "c.JSONL": {"format": "jsonl"}}.items():
        done = CliRunner().invoke(main, ["export", "first", str(tmp_path / name)])
        assert (done.exit_code, str(tmp_path / name) in done.output.replace("\n", "")) == (0, True), done.output
        assert (tmp_path / name).read_bytes() == export(filled, "first", **asked)
    spreadsheet = CliRunner().invoke(main, ["export", "first", str(tmp_path / "a.zip"), "--table", "csv"])
    assert spreadsheet.exit_code == 0
    assert "products.csv" in members((tmp_path / "a.zip").read_bytes())
    before = (tmp_path / "a.zip").read_bytes()
    absent = CliRunner().invoke(main, ["export", "none", str(tmp_path / "a.zip")])
    assert (absent.exit_code, "catalog_not_found" in absent.output) == (1, True)
    assert (tmp_path / "a.zip").read_bytes() == before
    assert CliRunner().invoke(main, ["export", "first", str(tmp_path / "a.pdf")]).exit_code == 2
    assert sorted(path.name for path in tmp_path.glob("[!_]*") if path.is_file()) == ["a.zip", "b.csv", "c.JSONL"]

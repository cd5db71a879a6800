"""``photocode facets``, ``lookup`` and ``similar``: what they show of counts, and of what comes after."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import calling, main
from service.demo.phone import Phone
from tests.integration.conftest import Client
from tests.pictures import COLOURS, picture

WIDE = {"COLUMNS": "200"}
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


@pytest.fixture
def service(colours: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The application behind the commands' address."""
    monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(colours)))
    return colours


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "red.jpg"
    path.write_bytes(picture("red", mark=50))
    return str(path)


def photocode(*arguments: str, exit_code: int = 0) -> str:
    shown: Result = CliRunner().invoke(main, list(arguments), env=WIDE)
    assert shown.exit_code == exit_code, shown.output
    return shown.output


def row(output: str, first: str) -> list[str]:
    """The words of the line that holds this one."""
    return next(line.split() for line in output.splitlines() if first in line.split())


@pytest.mark.usefixtures("service")
def test_facets_are_a_table_with_what_is_left_out() -> None:
    shown = photocode("facets", "colours", "--limit", "4")
    assert "colours: 6 products" in shown
    assert row(shown, "category") == ["category", "even", "3"]
    assert row(shown, "finish") == ["finish", "blue", "1"]
    assert "further values: 2" in shown
    narrowed = photocode(
        "facets", "colours", "--category", "odd", "--metadata", "finish:lime", "--metadata", "finish:red"
    )
    assert "colours: 1 products" in narrowed
    assert row(narrowed, "even") == ["category", "even", "1"]
    only = photocode("facets", "colours", "--key", "none")
    assert "finish" not in only
    assert "no product has any" in only


@pytest.mark.usefixtures("service")
def test_a_lookup_says_that_there_is_more_and_shows_it(photo: str) -> None:
    few = photocode("lookup", photo, "--catalog", "colours", "--limit", "2", "--facet", "category")
    assert "the first 2 of 6 that were ranked; --all shows those that are kept" in few
    assert row(few, "even") == ["category", "even", "3"]
    everything = photocode("lookup", photo, "--catalog", "colours", "--limit", "2", "--all")
    assert all(f"P-{colour}" in everything for colour in COLOURS)
    assert "that were ranked" not in everything
    narrowed = photocode("lookup", photo, "--catalog", "colours", "--category", "odd", "--metadata", "finish:cyan")
    assert [colour for colour in COLOURS if f"P-{colour}" in narrowed] == ["cyan"]


@pytest.mark.usefixtures("service")
def test_products_like_one_go_on_after_the_cursor_that_is_shown() -> None:
    first = photocode("similar", "P-red", "--catalog", "colours", "--limit", "3", "--facet", "category")
    assert "there are more" in first
    assert row(first, "odd") == ["category", "odd", "3"]
    cursor = first.split("--after ")[1].split()[0]
    second = photocode("similar", "P-red", "--catalog", "colours", "--limit", "3", "--after", cursor)
    seen = [{colour for colour in COLOURS[1:] if f" P-{colour} " in page} for page in (first, second)]
    assert (len(seen[0]), len(seen[1]), seen[0] & seen[1]) == (3, 2, set())
    assert "there are more" not in second


@pytest.mark.usefixtures("service")
def test_what_cannot_be_asked_is_said() -> None:
    assert "no KEY:VALUE" in photocode("facets", "colours", "--metadata", "brass", exit_code=2)
    assert "catalog_not_found" in photocode("facets", "none", exit_code=1)
    assert "the cursor is wrong" in photocode("similar", "P-red", "--catalog", "colours", "--after", "5", exit_code=1)

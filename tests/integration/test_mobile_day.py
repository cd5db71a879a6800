"""The load test as a user runs it: a short day against the real service, and against ones that answer wrongly."""

import csv
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from loadtests.mobile_day.plan import visits
from loadtests.mobile_day.preparing import WARM_UP
from loadtests.mobile_day.shape import Day
from loadtests.run import main
from mobile_contract.problems import KINDS, Code, Problem
from service.demo.data_set import CATALOG, DATA
from service.demo.phone import connect
from tests import asking
from tests.integration.altering_proxy import Reply, altering
from tests.integration.serving import serving
from tests.pictures import archive

ROOT = Path(__file__).parents[2]
PRODUCTS = 12
RATE, MINUTES, SEED = 4.0, 0.05, 5400
"""A day of twelve workers, with an interruption of each kind, something broken, and second looks of both kinds."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run: exit status, what it said, its figures and its page."""

    status: int
    said: str
    figures: dict[str, Any]
    page: str


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a part of the demo catalog: so that the test is short."""
    # Without text, which has tests of its own: a day begins once it is read.
    with serving(tmp_path_factory.mktemp("day"), environment={"PHOTOCODE_TEXT": "off"}) as served:
        with connect(served.url) as phone:
            phone.create_catalog(CATALOG, "A part of the demo")
            assert phone.import_archive(CATALOG, some_products(), lambda _: None).counters.created == PRODUCTS
        yield served.url


def some_products() -> bytes:
    with (DATA / "products.csv").open(newline="", encoding="utf-8") as table:
        reader = csv.DictReader(table)
        rows, columns = list(itertools.islice(reader, PRODUCTS)), reader.fieldnames or []
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows(rows)
    paths = [path for row in rows for path in row["pictures"].split(";")]
    return archive(written.getvalue(), {path: (DATA / path).read_bytes() for path in paths})


def typed(url: str, folder: Path, *, products: int) -> list[str]:
    """What is typed after ``python -m loadtests.run``."""
    files = ["--report", str(folder / "report.html"), "--json", str(folder / "figures.json")]
    day = ["--rate", str(RATE), "--minutes", str(MINUTES), "--seed", str(SEED), "--products", str(products)]
    return ["--url", url, *files, *day]


def run_of(folder: Path, status: int, said: str) -> Run:
    """A run that has ended, with what it left in the folder."""
    figures = folder / "figures.json"
    assert figures.exists(), said
    page = (folder / "report.html").read_text(encoding="utf-8")
    return Run(status=status, said=said, figures=json.loads(figures.read_bytes()), page=page)


def run_day(url: str, folder: Path, *, products: int) -> Run:
    """The command without a process of its own; the load generator has one."""
    shown = CliRunner().invoke(main, typed(url, folder, products=products))
    return run_of(folder, shown.exit_code, shown.output)


def lookups_path(method: str, path: str) -> bool:
    return method == "POST" and path == f"/v1/catalogs/{CATALOG}/lookups"


def test_a_short_day_is_answered_and_counted(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loadtests.run", *typed(url, tmp_path, products=5)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    run = run_of(tmp_path, done.returncode, done.stdout + done.stderr)
    figures, plan = run.figures, visits(Day(rate=RATE, seconds=MINUTES * 60), SEED)
    assert run.status == 0, run.said
    assert "every answer was as documented" in run.said
    assert figures["failures"] == {}
    assert figures["unfinished"] == 0
    assert figures["arrivals"] == len(plan)
    photos = sum(one["wishes"] for one in figures["kinds"] if one["name"] in ("photo", "two photos"))
    assert photos == sum(not one.broken for one in plan)
    assert figures["lookups"] == figures["answered"] + figures["refused"]
    assert figures["interrupted"].keys() == {
        one.interruption.value for one in plan if one.interruption and not one.broken
    }
    assert figures["replayed"] >= 1
    assert figures["broken_declined"] == sum(bool(one.broken) for one in plan)
    assert sum(figures["confirmed"].values()) >= 1
    assert figures["imported"]["products"] == 5
    assert "<svg" in run.page
    assert str(tmp_path / "report.html") in run.said
    catalogs = asking.get(f"{url}/v1/catalogs").raise_for_status().json()["catalogs"]
    assert any(one["name"].startswith("load-import-") for one in catalogs)


def test_wrong_answers_and_errors_end_with_status_1(url: str, tmp_path: Path) -> None:
    """Half of the answers are to another lookup, as if the previous photo's were shown; no word is kept."""
    counter = itertools.count()

    def spoil(method: str, path: str, reply: Reply) -> Reply:
        status, headers, body = reply
        if path.endswith("/confirmation"):
            return problem(Code.INTERNAL_ERROR)
        if not lookups_path(method, path) or status != 200 or next(counter) % 2:
            return reply
        return status, headers, msgspec.json.encode({**json.loads(body), "clientLookupId": "of another photo"})

    with altering(url, spoil) as proxy:
        run = run_day(proxy, tmp_path, products=0)
    assert run.status == 1
    assert "not every answer was as documented" in run.said
    failed = {one["name"]: one["failed"] for one in run.figures["kinds"]}
    assert run.figures["failures"].pop("confirmation: status 500: internal_error") == failed["confirmation"] >= 1
    assert run.figures["failures"]
    assert all("clientLookupId" in what or "otherwise" in what for what in run.figures["failures"])


def test_honest_refusals_are_counted_and_no_failure(url: str, tmp_path: Path) -> None:
    counter, importing = itertools.count(1), itertools.count()

    def refuse_some(method: str, path: str, reply: Reply) -> Reply:
        if method == "GET" and "/load-import-" in path and next(importing) % 2 == 0:
            return problem(Code.UNAVAILABLE, retry_after="1")
        if not lookups_path(method, path) or reply[0] != 200:
            return reply
        if (count := next(counter)) <= WARM_UP or count % 3:
            return reply
        return problem(Code.OVERLOADED, retry_after="1")

    with altering(url, refuse_some) as proxy:
        run = run_day(proxy, tmp_path, products=3)
    assert run.status == 0, run.said
    assert run.figures["refusals"]["overloaded"] >= 3
    assert run.figures["retried"] >= 1
    assert run.figures["imported"]["products"] == 3
    assert run.figures["failures"] == {}


def problem(code: Code, *, retry_after: str | None = None) -> Reply:
    kind = KINDS[code]
    document = Problem(type="urn:x", title=kind.title, status=kind.status, code=code, detail="", request_id="r")
    headers = {"Content-Type": "application/problem+json"} | ({"Retry-After": retry_after} if retry_after else {})
    return kind.status, headers, msgspec.json.encode(document)

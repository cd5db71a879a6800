"""``photocode contract check URL`` passes what keeps to the rules, and fails exactly the rule that is broken."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import mobile_contract
from mobile_contract.clients.python import Photocode
from service.app import create_app
from service.cli import main
from service.contract_check.every import RULES
from service.contract_check.own_catalog import NoDeployment
from service.contract_check.report import Report, examine
from service.contract_check.serving import is_loopback
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.contract_check.faults import FAULTS, SERVICES, Fault, all_of, problem, rules_of, wearing
from tests.integration.loopback import on_loopback
from tests.integration.meddling import Asked, Meddled, Relay, Reply
from tests.pictures import colour_catalog

ON_THE_DEVICE = {"R5", "R12"}
OF_ALL_ANSWERS = ("R11", "R15", "R16", "R18")


class Deployment:
    """A service, and what may be done to it."""

    def __init__(self, url: str, line: Meddled) -> None:
        self.url = url
        self.line = line


@pytest.fixture(scope="module")
def deployment(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with fresh_database(postgres) as database:
        data = tmp_path_factory.mktemp("data")
        settings = Settings(
            database_url=database, data=data, connections=6, text="off", calibrate="off", self_test="off"
        )
        line = Meddled(create_app(settings, FakeEngine(), FakeSurface()))
        with on_loopback(line) as url:
            with Photocode(url) as photocode:
                photocode.create_catalog("colours")
                photocode.wait_for_import(photocode.start_import("colours", colour_catalog()), poll=0.02)
            yield Deployment(url, line)


def check(url: str, *ids: str, **options: Any) -> Report:
    """Without the pauses that phones make."""
    return examine(url, rules=[rule for rule in RULES if not ids or rule.id in ids], longest_pause=0.1, **options)


def photocode(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: the service of these tests writes its log to this one."""
    command = [sys.executable, "-m", "service", "contract", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def those(report: Report, outcome: str) -> set[str]:
    return {one.id for one in report.rules if one.outcome == outcome}


def said(report: Report) -> str:
    return "\n".join(f"{one.id} {one.outcome}: {one.why}" for one in report.rules)


def test_the_service_keeps_to_all_rules(deployment: Deployment) -> None:
    report = check(deployment.url)
    assert those(report, "failed") == set(), said(report)
    assert those(report, "skipped") == {*ON_THE_DEVICE, "R18"}
    assert [one.id for one in report.rules] == [f"R{at}" for at in range(1, 22)]
    assert (report.passed, report.failed, report.skipped) == (18, 0, 3)
    assert all(one.why for one in report.rules)
    assert report.left[0] == f"catalog {report.catalog}"
    again = check(deployment.url)
    assert (again.failed, again.catalog) == (0, report.catalog), said(again)


@pytest.mark.parametrize("faults", [pytest.param(faults, id=name) for name, faults in SERVICES.items()])
def test_a_service_that_breaks_several_rules_breaks_no_other(deployment: Deployment, faults: list[Fault]) -> None:
    with deployment.line.by(all_of(faults)):
        report = check(deployment.url)
    assert those(report, "failed") == rules_of(faults), said(report)


@pytest.mark.parametrize(
    ("fault", "others"), [pytest.param(one, faults, id=one[0]) for faults in SERVICES.values() for one in faults]
)
def test_a_service_that_breaks_a_rule_is_told_which(deployment: Deployment, fault: Fault, others: list[Fault]) -> None:
    """Of those that break in company; that it breaks none of the rest is tested with that."""
    _, meddle, broken = fault
    with deployment.line.by(meddle):
        report = check(deployment.url, *rules_of(others), *OF_ALL_ANSWERS)
    assert those(report, "failed") == broken, said(report)


def test_every_rule_that_shows_on_a_service_has_a_service_that_breaks_it() -> None:
    assert {rule.id for rule in RULES} - rules_of(FAULTS) == {*ON_THE_DEVICE, "R6"}


def test_headers_of_deprecation_that_are_well_formed_pass(deployment: Deployment) -> None:
    dying = wearing(deprecation="@1767225600", sunset="Fri, 01 Jan 2027 00:00:00 GMT")
    with deployment.line.by(dying):
        assert those(check(deployment.url, "R6", "R18"), "passed") == {"R6", "R18"}


def test_a_named_catalog_is_not_changed(deployment: Deployment) -> None:
    with Photocode(deployment.url) as client:
        before = client.catalog("colours")
        catalogs = len(client.catalogs())
        report = check(deployment.url, catalog="colours")
        assert (client.catalog("colours"), len(client.catalogs())) == (before, catalogs)
    assert those(report, "failed") == set(), said(report)
    assert those(report, "skipped") == {*ON_THE_DEVICE, "R4", "R18"}
    assert [one.split()[1] for one in report.left] == ["lookups"]


def test_where_no_catalog_may_be_made_the_rest_is_checked(deployment: Deployment) -> None:
    async def readers_only(asked: Asked, relay: Relay) -> Reply:
        if asked.method == "POST" and asked.path == "/v1/catalogs":
            return problem(403, "not_found")
        return await relay(asked)

    with deployment.line.by(readers_only):
        report = check(deployment.url, "R6", "R7", "R21")
    assert (those(report, "passed"), those(report, "skipped")) == ({"R6", "R21"}, {"R7"})
    assert "--catalog" in report.rules[1].why


def test_a_token_is_sent_and_asked_for(deployment: Deployment) -> None:
    async def closed(asked: Asked, relay: Relay) -> Reply:
        known = asked.headers.get("authorization") == "Bearer secret"
        return await relay(asked) if known else problem(401, "device_token_missing")

    with deployment.line.by(closed):
        with pytest.raises(NoDeployment, match="--token"):
            check(deployment.url, "R7")
        assert those(check(deployment.url, "R7", token="secret"), "passed") == {"R7"}


def test_a_catalog_that_is_not_there_is_said(deployment: Deployment) -> None:
    with pytest.raises(NoDeployment, match="catalog_not_found"):
        check(deployment.url, catalog="none")


def test_the_table_is_for_people(deployment: Deployment) -> None:
    shown = photocode(deployment.url, "--rule", "R5", "--rule", "r6")
    assert shown.returncode == 0, shown.stderr
    for words in ("passed", "loopback", "skipped", "on the device", "1 passed, 0 failed, 1 skipped", "left there"):
        assert words in " ".join(shown.stdout.split()), words


def test_a_broken_rule_is_an_exit_status_and_json_says_the_same(deployment: Deployment) -> None:
    with deployment.line.by(wearing(deprecation="true")):
        shown = photocode(deployment.url, "--catalog", "colours", "--rule", "R6", "--rule", "R18", "--json")
    assert shown.returncode == 1, shown.stderr
    report = json.loads(shown.stdout)
    assert [(one["id"], one["outcome"]) for one in report["rules"]] == [("R6", "passed"), ("R18", "failed")]
    assert (report["failed"], "structured date" in report["rules"][1]["why"]) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("http://127.0.0.1:1",), 1, "does not answer"),
        (("127.0.0.1:8700",), 2, "http://"),
        (("http://127.0.0.1:1", "--rule", "R99"), 2, "no rule R99"),
        (("--json",), 2, "URL"),
        ((), 0, "up to date"),
    ],
)
def test_what_cannot_be_checked_is_said(arguments: tuple[str, ...], status: int, words: str) -> None:
    shown = CliRunner().invoke(main, ["contract", "check", *arguments])
    assert (shown.exit_code, words in shown.output) == (status, True), shown.output
    assert "Traceback" not in shown.output


@pytest.mark.parametrize(
    ("host", "own"),
    [
        *((own, True) for own in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost")),
        *((other, False) for other in ("192.0.2.1", "example.com", "localhost.example.com", "10.0.0.1")),
    ],
)
def test_loopback_is_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) == own


def test_the_page_of_rules_and_the_check_say_the_same() -> None:
    page = (Path(mobile_contract.__file__).parent / "RULES.md").read_text(encoding="utf-8")
    written = re.findall(r"^### (R\d+) (.+)$", page, re.MULTILINE)
    assert written == sorted(((rule.id, rule.title) for rule in RULES), key=lambda one: int(one[0][1:]))
    unchecked = re.findall(r"^### (R\d+) [^#]+?\*Not checked:\*", page, re.MULTILINE)
    assert set(unchecked) == ON_THE_DEVICE
    assert len(re.findall(r"^\*Checked:\*", page, re.MULTILINE)) == len(RULES) - len(ON_THE_DEVICE)

"""``photocode calibration``: what a catalog's verdicts are fitted on, in plain words."""

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from service.cli import calling, main
from service.demo.phone import Phone
from service.recognition import stages
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.printed_shop import Shop, open_shop, unhurried
from tests.pictures import printed

PATIENCE_SECONDS = 60
THINGS = {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2)}
CALIBRATION = "/v1/catalogs/shop/calibration"


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop, of which the commands' address is."""
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    with open_shop(msgspec.structs.replace(settings, calibrate="on"), THINGS) as opened:
        monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(opened.client)))
        yield opened


@pytest.fixture
def service(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The application behind the commands' address, which fits no verdicts."""
    monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(client)))
    return client


def photocode(*arguments: str, exit_code: int = 0) -> str:
    shown = CliRunner().invoke(main, ["calibration", *arguments])
    assert shown.exit_code == exit_code, shown.output
    return shown.output


def decoded(output: str) -> dict[str, Any]:
    """Log lines of the service, which is in this process, come before it."""
    found: dict[str, Any] = json.loads(output[output.index("{\n") :])
    return found


def test_before_the_first_calibration_verdicts_are_the_shared_models(service: Client) -> None:
    assert service.post("/v1/catalogs", json={"name": "empty"}).status_code == 201
    shown = photocode("empty")
    assert "empty: at most 1.0% of matches are to be wrong" in shown
    assert "no calibration yet: verdicts are the shared model's" in shown
    assert decoded(photocode("empty", "--json")) == {"wrongMatches": 0.01}


def test_what_verdicts_are_fitted_on_is_said(shop: Shop, database_url: str) -> None:
    assert "at most 2.5% of matches" in photocode("shop", "--wrong-matches", "0.025")
    give_up = time.monotonic() + PATIENCE_SECONDS
    while "fitted" not in (found := shop.client.get(CALIBRATION).json()):
        assert time.monotonic() < give_up
        photocode("shop", "--wrong-matches", "0.025")
        time.sleep(0.1)
    fitted, shown = found["fitted"], photocode("shop")
    assert "shop: at most 2.5% of matches are to be wrong" in shown
    assert f"calibration {fitted['version']}, of " in shown
    assert f"{fitted['rehearsed']} answers about the catalog's own pictures" in shown
    assert f"in {fitted['leftOut']} of which the product was left out" in shown
    assert "0 confirmed lookups" in shown
    assert f"no match below a probability of {fitted['noMatchProbability']:.3f}" in shown
    assert decoded(photocode("shop", "--json")) == found
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE calibration SET match_probability = 0.75, wrong_matches = 0.05, confirmed = 12")
    some = photocode("shop")
    assert "a match from a probability of 0.750 on" in some
    assert "12 confirmed lookups" in some
    assert "made for 5.0% of wrong matches; the next one goes by what is wanted now" in some
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE calibration SET match_probability = 1")
    assert "nothing is a match by its looks" in photocode("shop")


@pytest.mark.usefixtures("service")
def test_what_cannot_be_wanted_is_said() -> None:
    assert "0.001<=x<=0.2" in photocode("shop", "--wrong-matches", "0.5", exit_code=2)
    assert "catalog_not_found" in photocode("none", exit_code=1)
    assert "catalog_not_found" in photocode("none", "--wrong-matches", "0.02", exit_code=1)

"""The self-test that follows an import, as its status tells of it."""

import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from service.cli import main
from service.jobs import self_tests
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.printed_shop import Shop, open_shop
from tests.integration.serving import serving
from tests.pictures import archive, picture, printed

PATIENCE_SECONDS = 60
IMPORTS = "/v1/catalogs/shop/imports"
SELF_TEST = "/v1/catalogs/shop/self-test"
ORDER = ["due", "queued", "running", "completed"]
LABELS = {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2)}
SIDES = {"RED": [printed(90, band="red")], "SIDES": [printed(70), printed(71, band="red")]}
"""One has a red side, and is asked about by that, or by the one beside which it looks like nothing."""


@pytest.fixture
def testing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(self_tests, "IDLE_SECONDS", 0.2)
    return msgspec.structs.replace(settings, self_test="on", surface="off")


def imported(shop: Shop, things: dict[str, Any]) -> str:
    """Import; gives the import's address."""
    shop.stock(things)
    return f"{IMPORTS}/{shop.client.get(IMPORTS).json()['imports'][0]['id']}"


def outcome(shop: Shop, place: str) -> dict[str, Any]:
    """What an import says of its self-test once that is complete; on the way it says what comes."""
    seen: list[str] = []
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        said: dict[str, Any] = shop.client.get(place).json()["selfTest"]
        seen.append(said["state"])
        assert ("id" in said) == (said["state"] != "due")
        if said["state"] == "completed":
            assert seen == sorted(seen, key=ORDER.index)
            return said
        assert "lost" not in said
        time.sleep(0.02)
    raise AssertionError(seen)


def test_an_import_tells_how_its_self_test_went(testing: Settings) -> None:
    with open_shop(testing, LABELS | SIDES) as shop:
        first = f"{IMPORTS}/{shop.client.get(IMPORTS).json()['imports'][0]['id']}"
        said = outcome(shop, first)
        found = shop.client.get(said["selfTestUrl"]).json()
        assert (said["selfTestUrl"], said["id"]) == (SELF_TEST, found["id"])
        counters = found["report"]["counters"]
        assert (said["asked"], said["lost"]) == (counters["asked"], counters["lost"])
        assert said["asked"] == 4
        assert said["lost"] == len(found["report"]["lost"]) > 0
        # The list and its events say how far imports are, and nothing of tests.
        assert "selfTest" not in shop.client.get(IMPORTS).json()["imports"][0]


def test_of_several_self_tests_since_an_import_the_newest_is_told(testing: Settings) -> None:
    with open_shop(testing, LABELS) as shop:
        first = f"{IMPORTS}/{shop.client.get(IMPORTS).json()['imports'][0]['id']}"
        one = outcome(shop, first)
        same = imported(shop, LABELS)
        assert "selfTest" not in shop.client.get(same).json(), "no picture came: no test comes of itself"
        assert shop.client.post(SELF_TEST).status_code == 202
        two = outcome(shop, same)
        assert two["id"] != one["id"]
        assert shop.client.get(first).json()["selfTest"] == two
        more = imported(shop, SIDES)
        three = outcome(shop, more)
        assert three["asked"] == 4
        assert [shop.client.get(place).json()["selfTest"] for place in (first, same)] == [three, three]


def test_where_catalogs_are_not_tested_nothing_is_promised(client: Client) -> None:
    shop = Shop(client=client)
    client.post("/v1/catalogs", json={"name": "shop"})
    assert "selfTest" not in client.get(imported(shop, LABELS)).json()


def test_the_command_tells_where_the_self_test_is_and_waits_for_it(tmp_path: Path) -> None:
    file = tmp_path / "products.zip"
    table = "part_number,name,pictures\nA,a,r.jpg\nB,b,g.jpg\n"
    file.write_bytes(archive(table, {"r.jpg": picture("red"), "g.jpg": picture("lime")}))
    environment = {"PHOTOCODE_TEXT": "off", "PHOTOCODE_SURFACE": "off", "PHOTOCODE_SELF_TEST": "on"}
    with serving(tmp_path, environment=environment) as served:

        def photocode(*arguments: str) -> str:
            shown = CliRunner().invoke(main, [*arguments, "--url", served.url], env={"COLUMNS": "200"})
            assert shown.exit_code == 0, shown.output
            return shown.output

        begun = photocode("import", str(file), "--catalog", "one", "--create")
        coming = [f"self-test  {state}: photocode self-test one" for state in ("follows", "queued", "running")]
        assert any(words in begun for words in (*coming, "products asked about"))
        import_id = begun.partition("import ")[2][:8]
        shown = photocode("imports", "show", import_id, "--catalog", "one", "--self-test")
        assert "asked about 2, 0 by a picture held out, 2 by a drawn view" in shown
        again = photocode("import", str(file), "--catalog", "one", "--self-test")
        assert "no self-test follows: no picture came or went" in again
        listed = photocode("imports", "show", import_id, "--catalog", "one")
        # How many depends on the views that are drawn: the model knows parts, and not plain colours.
        assert re.search(r"self-test  \d of 2 products asked about .*: photocode self-test one", listed), listed

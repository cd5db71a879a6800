"""``photocode preview`` and ``photocode self-test``, in plain words."""

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from service.cli import calling, main
from service.demo.phone import Phone
from service.jobs import self_tests
from service.recognition import stages
from service.settings import Settings
from tests.integration.printed_shop import Shop, open_shop, unhurried
from tests.pictures import archive, encoded, printed


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    monkeypatch.setattr(self_tests, "IDLE_SECONDS", 0.2)
    with open_shop(msgspec.structs.replace(settings, self_test="on"), {"LABEL-1": [printed(1)]}) as opened:
        monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(opened.client)))
        yield opened


def photocode(*arguments: str, exit_code: int = 0) -> str:
    shown = CliRunner().invoke(main, arguments)
    assert shown.exit_code == exit_code, shown.output
    return shown.output


def test_a_preview_is_read_and_then_applied(shop: Shop, tmp_path: Path) -> None:
    table = "part_number,name,pictures\nLABEL-1,Renamed,\nNEW,New one,new.jpg\n,,\nBAD,,\nCOPY,c,new.jpg\n"
    file = tmp_path / "shop.zip"
    file.write_bytes(archive(table, {"new.jpg": encoded(printed(2))}))
    told = photocode("preview", str(file), "--catalog", "shop", "--mode", "sync")
    assert "create 2, update 1, leave 0 as they are" in told
    assert "delete 0 products" in told
    assert "update  line 2: LABEL-1: name 'LABEL-1' -> 'Renamed'; category 'LABEL' -> nothing; pictures +0 -1" in told
    assert "COPY: new.jpg is the same file as a picture of NEW in line 3" in told
    assert "wrong   line 5, name: name is empty (name_missing)" in told
    assert shop.client.get("/v1/catalogs/shop").json()["products"] == 1
    told = photocode("preview", str(file), "--catalog", "shop", "--apply")
    place = told.rsplit("has begun: ", 1)[1].splitlines()[0]
    until = time.monotonic() + 60
    while (status := shop.client.get(place).json())["state"] != "completed" and time.monotonic() < until:
        time.sleep(0.05)
    assert status["counters"]["total"] == 4
    as_json = photocode("preview", str(file), "--catalog", "shop", "--json")
    assert json.loads(as_json[as_json.index("{\n") :])["state"] == "completed"


def test_a_self_test_is_waited_for_and_read(shop: Shop) -> None:
    told = photocode("self-test", "shop", "--again")
    assert "1 products, 1 with pictures, 0 with several" in told
    assert "find themselves first: 100.0% (20.6% to 100.0%) of 1" in told
    assert "LABEL: 1 of 1 with pictures" in told
    assert "There is no such catalog" in photocode("self-test", "none", exit_code=1)

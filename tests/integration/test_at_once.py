"""What follows on an import begins as soon as it can, not when somebody looks again."""

import time

import msgspec
import pytest

from service.jobs import calibration, self_tests
from service.recognition import stages
from service.rehearsal import rehearse
from service.settings import Settings
from tests.integration.printed_shop import open_shop, unhurried
from tests.pictures import printed

PATIENCE_SECONDS = 100


def test_pictures_that_are_described_are_calibrated_by_and_tested_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for worker in (calibration, self_tests):
        monkeypatch.setattr(worker, "IDLE_SECONDS", 10 * PATIENCE_SECONDS)
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    monkeypatch.setattr(rehearse, "VIEWS_OF_PICTURE", 1)
    both = msgspec.structs.replace(settings, calibrate="on", self_test="on")
    with open_shop(both, {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2, 3)}) as shop:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (told := shop.client.get("/v1/catalogs/shop/self-test").json()).get("state") != "completed":
            assert time.monotonic() < give_up, told
            time.sleep(0.1)
        assert "fitted" in shop.client.get("/v1/catalogs/shop/calibration").json()

"""Stages that can be left out: late, broken or in time."""

import asyncio

import pytest

from service.recognition import stages as module
from service.recognition.stages import Stages


async def _value(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return 7


async def _broken() -> int:
    raise OSError("the store is away")


def test_a_stage_in_time_gives_its_value_and_its_time() -> None:
    stages = Stages()
    assert asyncio.run(stages.optional("recall", _value(0.01))) == 7
    assert stages.laps["recall"] >= 10
    assert stages.dropped == {}


def test_a_late_stage_is_left_out_and_said_to_be_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.BUDGETS, "recall", 0.01)
    stages = Stages()
    assert asyncio.run(stages.optional("recall", _value(5))) is None
    assert stages.dropped == {"recall": "late"}
    assert stages.laps["recall"] < 1_000


def test_a_broken_stage_is_left_out_and_said_to_have_failed() -> None:
    stages = Stages()
    assert asyncio.run(stages.optional("geometry", _broken())) is None
    assert stages.dropped == {"geometry": "failed"}

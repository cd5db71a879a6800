"""A service's workers without HTTP, which certain jobs kill.

A row of the part number DEADLY kills whoever reads it for an import, the picture at :data:`DEADLY_URL` whoever fetches
it for a preview, and a blue reference whoever asks its catalog about it, as no exception can tell.
"""

import asyncio
import os
import signal
import threading
from types import FrameType
from typing import Any, Final

import psycopg
import pytest

from catalog.imports.items import hash_of_row
from service.bootstrap import Given, open_services
from service.fetching.pictures import PictureFetcher
from service.jobs import calibration, self_tests
from service.recognition import stages
from service.rehearsal import rehearse
from service.settings import load_settings
from tests.integration.deadly_process import DeadlyEngine
from tests.integration.printed_shop import unhurried

DEADLY: Final = "DEADLY"
DEADLY_URL: Final = "https://pictures.example/deadly.jpg"
HURRY: Final = (
    "UPDATE import_preview SET held_until = now() WHERE held_until IS NOT NULL",
    "UPDATE self_test SET held_until = now() WHERE held_until IS NOT NULL",
    "UPDATE catalog SET calibrating_until = now() WHERE calibrating_until IS NOT NULL",
)


class DeadlyFetcher(PictureFetcher):
    """Dies of one address."""

    async def fetch(self, url: str) -> bytes:
        if url == DEADLY_URL:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().fetch(url)


def die_of_row(frame: FrameType, event: str, _: Any) -> None:
    """Called as functions are, in threads: the table is read in one."""
    if event == "call" and frame.f_code is hash_of_row.__code__ and frame.f_locals["fields"].part_number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)


def in_no_hurry(patched: pytest.MonkeyPatch) -> None:
    """On a busy machine a catalog would be asked again after minutes."""
    patched.setattr(stages, "BUDGETS", unhurried())
    patched.setattr(rehearse, "VIEWS_OF_PICTURE", 1)
    for worker in (calibration, self_tests):
        patched.setattr(worker, "IDLE_SECONDS", 0.2)
        patched.setattr(worker, "BUSY_SECONDS", 0.2)


def work() -> None:
    """Until it is killed."""
    threading.setprofile(die_of_row)
    with pytest.MonkeyPatch.context() as hurried:
        in_no_hurry(hurried)
        asyncio.run(_work())


async def _work() -> None:
    async with open_services(load_settings(), Given(engine=DeadlyEngine(), fetcher=DeadlyFetcher())):
        await asyncio.Event().wait()


def hurry() -> None:
    """Leases of a process that is dead end at once, so that nobody waits for a minute."""
    with psycopg.connect(load_settings().database_url, autocommit=True) as connection:
        for statement in HURRY:
            connection.execute(statement)

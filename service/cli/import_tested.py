"""Waiting for the self-test after an import, and showing what it found."""

import time
from typing import Final

from msgspec import UNSET
from rich.console import Console

from mobile_contract.imports import ImportSelfTestState, ImportStatus
from mobile_contract.self_tests import SelfTest
from service.cli.import_client import ImportClient
from service.cli.self_test import lines

POLL_SECONDS: Final = 0.5
_TO_COME: Final = (ImportSelfTestState.DUE, ImportSelfTestState.QUEUED, ImportSelfTestState.RUNNING)


def follow_self_test(console: Console, client: ImportClient, status: ImportStatus) -> None:
    """Wait for the self-test after an import that has ended, and show what it found.

    Raises:
        SystemExit: with 130 at Ctrl-C; the test goes on.

    """
    try:
        found = _waited_for(console, client, status)
    except KeyboardInterrupt:
        console.print(f"the self-test goes on: photocode self-test {client.catalog}", highlight=False)
        raise SystemExit(130) from None
    if found is None:
        console.print("no self-test follows: no picture came or went, or the service makes none", highlight=False)
        return
    for line in lines(found):
        console.print(line, highlight=False, markup=False)


def _waited_for(console: Console, client: ImportClient, status: ImportStatus) -> SelfTest | None:
    with console.status("waiting for the self-test") as shown:
        while status.self_test is not UNSET and status.self_test.state in _TO_COME:
            if status.self_test.id is not UNSET:
                now = client.self_test()
                if now.to_ask:
                    shown.update(f"asked about {now.done} of {now.to_ask} products")
            time.sleep(POLL_SECONDS)
            status = client.show(status.id)
    return None if status.self_test is UNSET else client.self_test()

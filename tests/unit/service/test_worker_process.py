"""A worker process of the HTTP server."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
STARTED = """
import asyncio, gc
from service.cli.taking_over import TakingOver
from service.cli.worker import Stoppable

async def started(scope, receive, send):
    await send({"type": "lifespan.startup.complete"})

async def sent(message):
    print(message["type"], gc.get_freeze_count() > 1000)

asyncio.run(Stoppable(started, TakingOver())({"type": "lifespan"}, None, sent))
"""


def test_what_was_loaded_is_not_looked_through_again_while_somebody_waits() -> None:
    done = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "lifespan.startup.complete True\n"

"""The HTTP server's worker process: how it starts, and how it stops.

Three things are done here that granian leaves open. A signal that comes while the application is being imported would
be taken by the handler that the worker inherited from its parent, where it changes nothing. One that comes while models
are loaded would wait for them. And when the worker is told to stop, granian closes the port at once: who comes then is
refused by the machine, and not told to come again.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from functools import partial
from importlib import import_module
from multiprocessing.sharedctypes import Synchronized
from typing import TYPE_CHECKING

from granian.server.mp import MPServer

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import Message, Receive, Scope, Send

APPLICATION = ("service.app", "create")
"""Loaded by workers only: their parent needs neither Litestar nor ONNX Runtime."""


def stoppable(server: MPServer) -> partial["Stoppable"]:
    """What the server's workers load: the application, which stops as it should."""
    replaced: Synchronized[int] = multiprocessing.Value("l", 0)

    def note() -> None:
        replaced.value = server.wrks[0].inner.pid if server.wrks else 0

    server.on_reload(note)
    return partial(load, replaced)


def load(replaced: "Synchronized[int]") -> "Stoppable":
    """Called in a worker process, before anything else. ``replaced``: id of a worker that another one takes over from.

    Raises:
        SystemExit: it was told to stop before this.

    """
    inherited = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Of a terminal, which sends it to the parent too; that one tells its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = getattr(inherited, "__self__", None)
    if isinstance(parent, MPServer) and parent.interrupt_signal:
        sys.exit(0)
    module, factory = APPLICATION
    return Stoppable(getattr(import_module(module), factory)(), replaced)


class Stoppable:
    """An application that is killed while it starts, and answers what is under way before it stops."""

    def __init__(self, app: "Litestar", replaced: "Synchronized[int]") -> None:
        """As for :func:`load`."""
        self._app, self._replaced = app, replaced
        self._stopping: asyncio.Task[None] | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """As ASGI's."""
        if scope["type"] != "lifespan":  # type: ignore[comparison-overlap]  # Litestar's types leave it out
            await self._app(scope, receive, send)
            return
        # Nothing is served yet, and what is written is written in transactions: there is nothing to wait for.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

        async def send_and_listen(message: "Message") -> None:
            if message["type"] == "lifespan.startup.complete":  # type: ignore[comparison-overlap]  # as above
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
            await send(message)

        await self._app(scope, receive, send_and_listen)

    def _stop(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._drain(), name="stopping")

    async def _drain(self) -> None:
        """Let nothing more in and answer what is under way; then have granian close the port and end the loop."""
        if self._replaced.value != os.getpid():  # else another worker answers at this port, who comes shall get to it
            await self._app.state.parts.admission.drain()
        signal.raise_signal(signal.SIGINT)

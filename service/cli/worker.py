"""The HTTP server's worker process: how it starts, and how it stops.

Three things are done here that granian leaves open. A signal that comes while the application is being imported would
be taken by the handler that the worker inherited from its parent, where it changes nothing. One that comes while models
are loaded would wait for them. And when the worker is told to stop, granian closes the port at once: who comes then is
refused by the machine, and not told to come again.
"""

import asyncio
import gc
import os
import signal
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import Message, Receive, Scope, Send

from service.cli.taking_over import STOP_SIGNALS, TakingOver

APPLICATION = ("service.app", "create")
"""Loaded by workers only: their parent needs neither Litestar nor ONNX Runtime."""


def load(taking_over: TakingOver) -> "Stoppable":
    """Called in a worker process, before anything else. It ends here if it was told to stop before this."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Of a terminal, which sends it to the parent too; that one tells its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    # What is loaded stays: to look for garbage in it, again and again, would be a tenth of the start.
    gc.disable()
    module, factory = APPLICATION
    return Stoppable(getattr(import_module(module), factory)(), taking_over)


class Stoppable:
    """An application that is killed while it starts, and answers what is under way before it stops."""

    def __init__(self, app: "Litestar", taking_over: TakingOver) -> None:
        """As for :func:`load`."""
        self._app, self._taking_over = app, taking_over
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
                # Looking through all that was loaded takes 0.1 s, for which nobody would be answered, again and again.
                gc.collect()
                gc.freeze()
                gc.enable()
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
                self._taking_over.say_ready()
            await send(message)

        await self._app(scope, receive, send_and_listen)

    def _stop(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._drain(), name="stopping")

    async def _drain(self) -> None:
        """Let nothing more in and answer what is under way; then have granian close the port and end the loop."""
        # Where another worker has taken over at this port, who comes shall get to that one.
        if self._taking_over.from_worker != os.getpid():
            await self._app.state.parts.admission.drain()
        signal.raise_signal(signal.SIGINT)

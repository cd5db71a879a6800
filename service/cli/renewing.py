"""The certificate of a service that runs for long: renewed before it ends, and when this machine's address changes."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from granian.server.mp import MPServer

from service.cli.lan import Door, chosen_address
from service.settings import Settings
from service.tls.store import ends_soon

CHECK_SECONDS: Final = 600


@contextmanager
def renewing(server: MPServer, due: Callable[[], bool], reopen: Callable[[], Door]) -> Iterator[None]:
    """While the block runs, look now and then whether the certificate is due, and have the server go on with another.

    Another worker takes over from the server's, as by ``kill -HUP``. ``reopen``: prepares the door.
    """

    def reload() -> None:
        click.echo(f"The certificate was looked at again; phones open {reopen().url}: photocode devices enrol")

    server.on_reload(reload)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(CHECK_SECONDS):
            if due():
                os.kill(os.getpid(), signal.SIGHUP)

    thread = threading.Thread(target=watch, name="renewing")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def is_due(settings: Settings, listen: str, name: str | None) -> bool:
    """Whether the certificate ends soon, or is not of the address by which phones would come now. A machine that has no
    address now keeps what it has.
    """
    try:
        return ends_soon(settings.certificates, chosen_address(listen, name))
    except click.UsageError:
        return False

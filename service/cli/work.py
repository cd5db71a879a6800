"""``photocode worker``: background work beside the service, on this machine or another one."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click
import msgspec

from service.bootstrap import open_services
from service.cli.at_database import database_url
from service.cli.serve import checked_settings
from service.logs import configure_logs
from service.settings import Settings

NICENESS = 5
"""Lookups of a service on the same machine go first."""


@click.command()
@click.option(
    "--shared-folder",
    is_flag=True,
    help="Pictures lie in a folder, and the service and all workers see the same one.",
)
def worker(shared_folder: bool) -> None:
    """Carry imports out, and describe and read their pictures, until told to stop.

    Any number may run, on as many machines as wanted: all use the DATABASE_URL and the pictures of the service, which
    is best run with PHOTOCODE_WORKER=off then.
    """
    settings = checked_settings()
    if settings.pictures_is_folder and not shared_folder:
        raise click.UsageError(
            f"pictures lie in the folder {settings.pictures_location}, which other machines do not see: set "
            "PHOTOCODE_PICTURES to an S3-compatible store, or say --shared-folder if the service sees the same folder"
        )
    configure_logs(settings.log, settings.log_level)
    with database_url(settings) as url:
        asyncio.run(_work(msgspec.structs.replace(settings, database_url=url, worker="on")))


def _give_way() -> None:
    """Let other processes go first, once all is loaded."""
    if sys.platform == "linux":  # elsewhere, threads have no niceness of their own
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    async with open_services(settings):
        _give_way()
        click.echo("Photocode worker; stop with Ctrl-C")
        await stop.wait()

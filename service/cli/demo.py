"""``photocode demo``: the main job on the demo catalog, on this machine, without the internet."""

import os
from pathlib import Path

import click
import httpx
from rich.console import Console

from service.cli.serve import checked_settings, free_port
from service.demo.phone import ServiceRefused, connect
from service.demo.server import DemoServerError, running_service
from service.demo.walk import Walk

WIDTH_OF_A_FILE = 120
EVERY = 4


@click.command()
@click.option(
    "--photo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Look up this picture instead of the demo's field photos.",
)
@click.option("--all", "every_photo", is_flag=True, help="Look all field photos up, not only every fourth.")
def demo(photo: Path | None, every_photo: bool) -> None:
    """Start a service, import the demo catalog over HTTP, look photos up as a phone would, confirm one."""
    console = Console(width=None if os.isatty(1) else WIDTH_OF_A_FILE)
    log = checked_settings().data_folder / "demo-server.log"
    console.print("starting the database and the service ...")
    try:
        with running_service(free_port("127.0.0.1"), log) as url, connect(url) as phone:
            walk = Walk(phone=phone, console=console)
            name = walk.prepare()
            if photo is None:
                walk.look_up_all(name, 1 if every_photo else EVERY)
            else:
                walk.look_up_own(name, photo)
        console.print(
            "with a page: make serve (photocode serve); on your phone: make serve LAN=1 (photocode serve --lan)"
        )
    except (DemoServerError, ServiceRefused) as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"the service went away ({error}); its log: {log}") from error

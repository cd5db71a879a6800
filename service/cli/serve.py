"""``photocode serve``: database, migrations and the HTTP server, until told to stop."""

import asyncio
import ipaddress
import os
import signal
import socket
import sys
from math import ceil
from pathlib import Path
from types import FrameType

import click
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from catalog.database import Database
from catalog.devices import device_access
from catalog.keys import live_keys
from service.access.pepper import Pepper, PepperError
from service.cli.at_database import database_url
from service.cli.lan import Door, announce_door, enrolling, listening_address, open_door
from service.cli.renewing import is_due, renewing
from service.cli.taking_over import HttpServer
from service.cli.worker import load
from service.recognition.embedding.bundle import BundleError, open_bundle
from service.recognition.surface.vocabulary import Vocabulary, VocabularyInvalid
from service.settings import Settings, SettingsError, load_settings
from service.tls.names import for_url
from service.tls.store import Certificates

BACKLOG = 512
CLOSE_SECONDS = 10
"""A worker that has answered what was under way has so long to end its background work, before it is killed."""
OVERLAP_SECONDS = 60
"""A worker that takes over from another, as for a renewed certificate, has so long at most to load its models."""


@click.command()
@click.option("--host", help="Address to listen on: 127.0.0.1 unless given, with --lan all. Others need keys.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--lan", is_flag=True, help="Let phones of the local network in, over HTTPS and once they are enrolled.")
@click.option("--name", help="With --lan: the name or address that phones open, in place of this machine's address.")
def serve(host: str | None, port: int, lan: bool, name: str | None) -> None:
    """Run the service. Settings are PHOTOCODE_* variables and DATABASE_URL."""
    if name and not lan:
        raise click.UsageError("--name goes with --lan")
    signal.signal(signal.SIGTERM, leave)
    if lan:
        serve_network(host, port, name)
    else:
        serve_machine(host or "127.0.0.1", port)


def leave(_signal: int, _frame: FrameType | None) -> None:
    """Told to stop before the server listens to signals itself: what was begun, as the database, ends first.

    Raises:
        SystemExit: always.
    """
    sys.exit(0)


def serve_machine(host: str, port: int) -> None:
    """Serve over HTTP: programs and browsers of this machine, or, on another address, whoever has a key."""
    is_open = not is_loopback(host)
    settings = checked_settings()
    if not is_open:
        port = port or free_port(host)
        refuse_taken_port(host, port)
    with database_url(settings) as url:
        if is_open:
            refuse_without_keys(host, url, settings)
            port = port or free_port(host)
            refuse_taken_port(host, port)
            if settings.access == "auto":
                os.environ["PHOTOCODE_ACCESS"] = "keys"
        os.environ["DATABASE_URL"] = url
        click.echo(f"Photocode on http://{for_url(host)}:{port} ({who_may_ask(settings, is_open=is_open)})")
        announce(f"http://{for_url(host)}:{port}", settings)
        run(server(settings, host, port))


def who_may_ask(settings: Settings, *, is_open: bool) -> str:
    """In a few words, of a service without HTTPS."""
    if not is_open and settings.access != "keys":
        return "development mode: this machine only, without keys; for phones: photocode serve --lan"
    here = "whoever asks, this machine too, needs" if settings.access != "local" else "all other machines need"
    over = "; HTTP can be read on the way: let a proxy add TLS" if is_open else ""
    return f"{here} a key or a device token{over}"


def serve_network(host: str | None, port: int, name: str | None) -> None:
    """Serve this machine and enrolled devices, over HTTPS."""
    settings = checked_settings()
    listen = listening_address(host)
    port = port or free_port(listen)
    refuse_taken_port(listen, port)

    def opened() -> Door:
        door = open_door(settings, listen, name, port)
        os.environ["PHOTOCODE_NAMES"] = ",".join([*settings.own_names, *door.certificates.names])
        return door

    door = opened()
    https = server(settings, listen, port, door.certificates)
    with database_url(settings) as url:
        os.environ["DATABASE_URL"] = url
        click.echo(f"Photocode on {door.url} (enrolled devices) and https://localhost:{port} (this machine)")
        announce(f"https://localhost:{port}", settings)
        announce_door(door)
        with enrolling(url, door.url), renewing(https, lambda: is_due(settings, listen, name), opened):
            run(https)


def announce(url: str, settings: Settings) -> None:
    """Say what to open on this machine, and what to type next."""
    photocode = Path(sys.executable).with_name("photocode")
    click.echo(f"  open       {url}/        the phone page: find a part, or teach one")
    click.echo(f"             {url}/docs    every route, to be tried from the page")
    click.echo(f"  type       {photocode} lookup my-photo.jpg --url {url} --catalog standard-parts")
    click.echo("             (make demo imports the catalog standard-parts; curl lines for your own are in the README)")
    click.echo(f"  model      {settings.bundle}")
    click.echo(f"  data       {settings.data_folder}")
    click.echo("Stop with Ctrl-C.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Raises:
        click.UsageError: it is no address.

    """
    try:
        return all(ipaddress.ip_address(str(info[4][0])).is_loopback for info in socket.getaddrinfo(host, None))
    except OSError as error:
        raise click.UsageError(f"{host} is no address of this machine: {error}") from error


def refuse_without_keys(host: str, url: str, settings: Settings) -> None:
    """A port that other machines reach is opened once somebody has a key, or a device is enrolled.

    Raises:
        click.UsageError: nobody has, so that nothing could be asked.
        click.ClickException: the pepper cannot be read.

    """
    try:
        pepper = Pepper(settings.pepper, settings.data_folder).name
    except PepperError as error:
        raise click.ClickException(str(error)) from error
    if not asyncio.run(_anyone(url, pepper)):
        raise click.UsageError(
            f"{host} can be reached from outside, and nobody has a key: photocode keys create NAME --scope admin; "
            "or use --lan for phones of the local network, or 127.0.0.1 for this machine alone"
        )


async def _anyone(url: str, pepper: str) -> bool:
    database = Database(url, pool_size=1)
    try:
        async with database.read() as session:
            return bool(await live_keys(session, pepper)) or await device_access(session)
    finally:
        await database.close()


def refuse_taken_port(host: str, port: int) -> None:
    """The server shares its port between processes, and so would share it with another service too.

    Raises:
        click.UsageError: somebody listens there.
    """
    with socket.socket(_family(host)) as probe:
        # So that the closed connections of a service just stopped do not count as somebody.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.UsageError(f"port {port} is in use; try --port 0 for a free one") from error


def checked_settings() -> Settings:
    """The settings, with files that open: better told here than by a worker that dies again and again.

    Raises:
        click.ClickException: a setting, the bundle or the vocabulary is wrong.
    """
    try:
        settings = load_settings()
        open_bundle(settings.bundle)
        if settings.surface == "on":
            Vocabulary.load(settings.vocabulary)
    except (SettingsError, BundleError, VocabularyInvalid) as error:
        raise click.ClickException(str(error)) from error
    return settings


def run(http: HttpServer) -> None:
    """Serve until told to stop."""
    http.serve_application(load)


def server(settings: Settings, host: str, port: int, certificates: Certificates | None = None) -> HttpServer:
    """The HTTP server, or HTTPS with certificates: one worker process that is started again when it dies."""
    return HttpServer(
        "service.cli.worker:load",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=ceil(settings.drain + settings.linger) + CLOSE_SECONDS,
        respawn_interval=OVERLAP_SECONDS,
        log_level=LogLevels.warning,
        ssl_cert=certificates.certificate if certificates else None,
        ssl_key=certificates.key if certificates else None,
        ssl_protocol_min=SSLProtocols.tls12,  # older phones and scanners know no other
    )


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET

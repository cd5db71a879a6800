"""``photocode serve --lan``: by which address and certificate phones of the local network reach the service."""

import os
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from sqlalchemy.exc import SQLAlchemyError

from service.cli.enrolling import NewcomerRights, show_enrolment
from service.settings import Settings
from service.tls.names import LOOPBACK, as_address, for_url, is_name, lan_addresses, machine_names, unique
from service.tls.store import Certificates, note_address, prepare_certificates

LOOK_SECONDS = 0.5
PAGE = NewcomerRights()
"""One's own phone: it may teach, too."""

STEPS = """On the phone, which has to be in the same network:
  1  Scan the code and open the address. The browser warns, because it does not know this machine: go on to the page.
  2  Open {url}/ca.crt and install the certificate. From then on there is no warning, photos wait
     on the phone while it is offline, and the page can be installed as an app.
       iPhone   Settings > Profile Downloaded > Install; then General > About > Certificate Trust Settings: switch it on
       Android  Settings > Security > Encryption & credentials > Install a certificate > CA certificate
     It vouches for private addresses and names of local networks only. Its SHA-256, as the phone shows it:
       {first}
       {second}"""


@dataclass(frozen=True, kw_only=True)
class Door:
    """``url``: what phones open."""

    url: str
    certificates: Certificates


def listening_address(host: str | None) -> str:
    """The address to listen on: what is given, or all of this machine, of both kinds where it has both."""
    return host or ("::" if socket.has_dualstack_ipv6() else "0.0.0.0")  # noqa: S104  it is what --lan asks for


def open_door(settings: Settings, listen: str, name: str | None, port: int) -> Door:
    """Choose the address for phones, and prepare the certificate. ``name``: in place of this machine's address.

    Raises:
        click.UsageError: there is no address for phones, or the name is none.
        click.ClickException: the certificates cannot be kept.

    """
    shown = chosen_address(listen, name)
    wanted = [*LOOPBACK, *machine_names(), *map(str, lan_addresses())]
    try:
        certificates = prepare_certificates(settings.certificates, demanded=[shown], wanted=unique(wanted))
        url = f"https://{for_url(shown)}:{port}"
        note_address(settings.certificates, url)
    except OSError as error:
        raise click.ClickException(f"certificates cannot be kept in {settings.certificates}: {error}") from error
    return Door(url=url, certificates=certificates)


def chosen_address(listen: str, name: str | None) -> str:
    """The name or address that phones open.

    Raises:
        click.UsageError: there is none, or the name cannot be one.

    """
    if name:
        if not as_address(name) and not is_name(name.lower()):
            raise click.UsageError(f"{name!r} is no name of a machine, such as photocode.local, and no address")
        return name.lower()
    address = as_address(listen)
    if address and not address.is_unspecified:
        return listen
    addresses = lan_addresses()
    if not addresses:
        raise click.UsageError("this machine has no address in a private network; say how phones reach it: --name")
    return str(addresses[0])


def announce_door(door: Door) -> None:
    """Say what a phone has to do."""
    bytes_ = door.certificates.fingerprint.split(":")
    half = len(bytes_) // 2
    if door.certificates.replaced:
        click.echo(
            "The certificate authority was made anew: phones that had installed it before have to install this one."
        )
    click.echo(STEPS.format(url=door.url, first=":".join(bytes_[:half]), second=":".join(bytes_[half:])))


@contextmanager
def enrolling(database_url: str, url: str) -> Iterator[None]:
    """Show an enrolment code, and while the block runs another one whenever Enter is pressed."""
    show_enrolment(database_url, url, PAGE)
    if not sys.stdin.isatty():
        click.echo("  Another one: photocode devices enrol")
        yield
        return
    click.echo("  Another one: press Enter here, or photocode devices enrol in another terminal.")
    stop = threading.Event()
    thread = threading.Thread(target=_at_every_enter, args=(stop, database_url, url), name="enrolling")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _at_every_enter(stop: threading.Event, database_url: str, url: str) -> None:
    """Looks before it reads: who waits in a read cannot be stopped, and a job in the background must not read."""
    terminal = sys.stdin.fileno()
    while not stop.is_set():
        ready, _, _ = select.select([terminal], [], [], LOOK_SECONDS)
        if not ready or os.tcgetpgrp(terminal) != os.getpgrp():
            stop.wait(LOOK_SECONDS if ready else 0)
            continue
        if not os.read(terminal, 1024):
            return
        try:
            show_enrolment(database_url, url, PAGE)
        except SQLAlchemyError as error:
            click.echo(f"No code could be made, because the database does not answer: {type(error).__name__}", err=True)

"""Three times too much (``make overload``, ``python -m loadtests.overload``).

How many lookups a second the service answers is measured first, by clients of which each waits for its answer. Then
three times as many come, whatever becomes of them. Ends with status 1 where less than 0.9 of the capacity is answered,
1 % of the refusals take more than 100 ms, or anything is answered otherwise than is documented.
"""

import subprocess
import sys
from pathlib import Path

import click
import httpx
import msgspec
from rich.console import Console

from loadtests.clients import Measured
from loadtests.machine import this_machine
from loadtests.mobile_day.preparing import prepare
from loadtests.overload.asking import Asked
from loadtests.overload.figures import Overload, summarize
from loadtests.run import service
from service.demo.data_set import CATALOG
from service.demo.phone import ServiceRefused
from service.demo.server import DemoServerError
from service.settings import STARTER_BUNDLE

CLIENTS = (4, 8, 16)
"""Of the clients that are tried, those count which get most answers."""


def measured_capacity(url: str, seconds: float, console: Console) -> tuple[int, float]:
    """How many clients got most, and lookups a second."""
    found: list[tuple[float, int]] = []
    for clients in CLIENTS:
        run = _generated("loadtests.clients", url, CATALOG, "--clients", str(clients), "--seconds", str(seconds))
        measured = msgspec.json.decode(run, type=Measured)
        found.append((len(measured.milliseconds) / measured.seconds, clients))
        console.print(f"  {clients} clients: {found[-1][0]:.1f} lookups a second", highlight=False)
    capacity, clients = max(found)
    return clients, capacity


def overloaded(url: str, rate: float, seconds: float, seed: int) -> Asked:
    """Offer ``rate`` lookups a second."""
    options = ("--rate", str(rate), "--seconds", str(seconds), "--seed", str(seed))
    return msgspec.json.decode(_generated("loadtests.overload.asking", url, CATALOG, *options), type=Asked)


def _generated(module: str, *arguments: str) -> bytes:
    """What a load generator prints.

    Raises:
        click.ClickException: it failed.

    """
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{module} ended with status {done.returncode}: {done.stderr.decode()[-1000:]}")
    return done.stdout


def show(console: Console, found: Overload) -> None:
    """Print the figures, the one line of most interest last."""
    say = [
        f"capacity {found.capacity:.1f} lookups a second ({found.clients} clients), offered {found.offered:.1f}, "
        f"for {found.seconds:g} s",
        f"answered {found.answered}: {_times(found.answer_ms)}",
        f"refused {sum(found.refused.values())} {found.refused}: {_times(found.refusal_ms)}",
        f"wrong: {found.wrong or 'none'}; the generator was {found.generator_late:.0f} ms late at most",
        f"goodput {found.goodput:.1f} a second, {found.share:.2f} of capacity; refusals' p99 "
        f"{found.refusal_ms.get(99, 0):.0f} ms; wrong {sum(found.wrong.values())}",
    ]
    for line in say:
        console.print(line, highlight=False, soft_wrap=True)


def _times(quantiles: dict[int, float]) -> str:
    named = {quantile: f"p{quantile}" if quantile < 100 else "longest" for quantile in quantiles}
    return ", ".join(f"{named[quantile]} {value:,.0f} ms" for quantile, value in quantiles.items())


@click.command()
@click.option("--seconds", default=120.0, show_default=True, type=click.FloatRange(1), help="Of the overload.")
@click.option(
    "--times", default=3.0, show_default=True, type=click.FloatRange(0.1), help="The capacity that is offered."
)
@click.option("--capacity-seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Of each try.")
@click.option("--seed", default=0, show_default=True, help="Of other arrivals.")
@click.option("--url", help="A service that runs, in place of a fresh one; the demo catalog is imported where missing.")
@click.option("--bundle", type=click.Path(path_type=Path), default=STARTER_BUNDLE, show_default="the starter")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures there.")
def main(
    *,
    seconds: float,
    times: float,
    capacity_seconds: float,
    seed: int,
    url: str | None,
    bundle: Path,
    json_file: Path | None,
) -> None:
    """Offer a service three times what it can answer, and print what becomes of it."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    machine = this_machine()
    console.print(str(machine), highlight=False)
    try:
        with service(url, bundle) as root:
            prepare(root, lambda text: console.print(text, highlight=False))
            console.print(f"measuring the capacity, {capacity_seconds:g} s each", highlight=False)
            clients, capacity = measured_capacity(root, capacity_seconds, console)
            console.print(f"offering {times:g} times that for {seconds:g} s", highlight=False)
            asked = overloaded(root, times * capacity, seconds, seed)
    except (DemoServerError, ServiceRefused, httpx.TransportError) as error:
        raise click.ClickException(str(error)) from error
    found = summarize(machine, clients, capacity, asked)
    show(console, found)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    if found.misses:
        raise click.ClickException("; ".join(found.misses))


if __name__ == "__main__":
    main()

"""The load test (``make loadtest``, ``python -m loadtests.run``): a mobile day against a service of its own.

Ends with status 1 where anything was answered otherwise than is documented; a service that says that it has no room is
no failure. Locust is a process of its own, because it replaces Python's sockets and threads with gevent's.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import httpx
import msgspec
from rich.console import Console

from loadtests.machine import this_machine
from loadtests.mobile_day.figures import Summary
from loadtests.mobile_day.photos import save, subjects
from loadtests.mobile_day.plan import visits
from loadtests.mobile_day.preparing import prepare
from loadtests.mobile_day.records import DayRecord
from loadtests.mobile_day.report import draw_page
from loadtests.mobile_day.screen import show
from loadtests.mobile_day.shape import Day
from loadtests.mobile_day.summary import summarize
from loadtests.photos import BUILD
from loadtests.serving import fresh_service
from service.demo.phone import ServiceRefused
from service.demo.server import DemoServerError
from service.settings import STARTER_BUNDLE

LOCUSTFILE: Final = Path(__file__).parent / "locustfile.py"
REPORT: Final = BUILD / "loadtest" / "report.html"
SECONDS_OF_MINUTE: Final = 60


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. ``minutes``: of the day. ``products``: imported beside it."""

    rate: float
    minutes: float
    products: int
    seed: int

    @property
    def day(self) -> Day:
        """As the load generator makes it."""
        return Day(rate=self.rate, seconds=self.minutes * SECONDS_OF_MINUTE)


def drive(url: str, options: Options, folder: Path) -> DayRecord:
    """Run a day against a service that has the demo catalog. ``folder`` is for files between two processes.

    Raises:
        click.ClickException: Locust ended without a record.

    """
    photos, record = folder / "photos.msgpack", folder / "record.json"
    save(subjects(len(visits(options.day, options.seed)), options.seed), photos)
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--host", url]
    command += ["--only-summary", "--skip-log-setup", "--exit-code-on-error", "0"]
    for name in ("rate", "minutes", "products", "seed"):
        command += [f"--{name}", str(getattr(options, name))]
    command += ["--photos", str(photos), "--record", str(record)]
    done = subprocess.run(command, cwd=LOCUSTFILE.parents[1], capture_output=True, text=True, check=False)
    if done.returncode or not record.exists():
        said = "\n".join((done.stderr + done.stdout).strip().splitlines()[-15:])
        raise click.ClickException(f"Locust ended with status {done.returncode}:\n{said}")
    return msgspec.json.decode(record.read_bytes(), type=DayRecord)


@contextmanager
def service(url: str | None, bundle: Path) -> Iterator[str]:
    """One that runs, or one of our own while the block runs; gives its URL."""
    if url is not None:
        yield url.rstrip("/")
        return
    with fresh_service(bundle) as serving:
        yield serving.url


def live(options: Options, url: str | None, bundle: Path, say: Callable[[str], None]) -> Summary:
    """A whole run.

    Raises:
        DemoServerError: the service did not start.

    """
    machine = this_machine()
    say(str(machine))
    say("starting the service" if url is None else f"using {url}")
    with service(url, bundle) as root, tempfile.TemporaryDirectory(prefix="photocode-day-") as folder:
        prepare(root, say)
        say(f"{options.minutes:g} minutes, {options.rate:g} workers a second at the peaks")
        record = drive(root, options, Path(folder))
    return summarize(record, machine, round(os.getloadavg()[0], 2))


@click.command()
@click.option(
    "--rate", default=4.0, show_default=True, type=click.FloatRange(0.1), help="Workers a second at the peaks."
)
@click.option("--minutes", default=2.0, show_default=True, type=click.FloatRange(0.05), help="Length of the day.")
@click.option(
    "--products", default=300, show_default=True, type=click.IntRange(0), help="Imported beside it; 0 imports nothing."
)
@click.option("--seed", default=0, show_default=True, help="Of another day of the same shape.")
@click.option("--url", help="A service that runs, in place of a fresh one; the demo catalog is imported where missing.")
@click.option("--bundle", type=click.Path(path_type=Path), default=STARTER_BUNDLE, show_default="the starter")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), default=REPORT, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures there.")
def main(
    *,
    rate: float,
    minutes: float,
    products: int,
    seed: int,
    url: str | None,
    bundle: Path,
    report: Path,
    json_file: Path | None,
) -> None:
    """Let a day of workers loose on the service, and print what became of them."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    options = Options(rate=rate, minutes=minutes, products=products, seed=seed)
    try:
        summary = live(options, url, bundle, lambda text: console.print(text, highlight=False))
    except (DemoServerError, ServiceRefused, httpx.TransportError) as error:
        raise click.ClickException(str(error)) from error
    show(console, summary)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(draw_page(summary), encoding="utf-8")
    console.print(f"load after {summary.load_after:.1f}; report: {report}", highlight=False, soft_wrap=True)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n")
    if not summary.good:
        raise click.ClickException("not every answer was as documented")
    console.print("every answer was as documented")


if __name__ == "__main__":
    main()

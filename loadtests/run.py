"""The load test (``make loadtest``, ``python -m loadtests.run``): Locust's phones against a service of its own.

Ends with status 1 where anything was answered otherwise than it should be. Locust is a process of its own, because it
replaces Python's sockets and threads with gevent's.
"""

import subprocess
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from loadtests.bench import import_demo
from loadtests.machine import this_machine
from loadtests.photos import phones_photos
from loadtests.serving import fresh_service
from service.demo.server import DemoServerError
from service.settings import STARTER_BUNDLE

LOCUSTFILE = Path(__file__).parent / "locustfile.py"
QUANTILES = (0.5, 0.95, 0.99)
SPAWNED_PER_SECOND = 8


class RequestStats(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request, from Locust's ``--json``: ``response_times`` counts requests by rounded milliseconds."""

    name: str
    method: str
    num_requests: int
    num_failures: int
    start_time: float
    last_request_timestamp: float | None
    response_times: dict[str, int]

    def quantile(self, share: float) -> float:
        """Milliseconds that ``share`` of the requests did not exceed; as coarse as Locust's rounding."""
        left = share * sum(self.response_times.values())
        for milliseconds, count in sorted((float(key), count) for key, count in self.response_times.items()):
            left -= count
            if left <= 0:
                return milliseconds
        return float("nan")


def drive(url: str, users: int, seconds: int) -> tuple[list[RequestStats], int]:
    """Run Locust; gives what it counted, and its exit status."""
    # Made before Locust starts: its clock runs while it loads its file.
    phones_photos()
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--json", "--host", url]
    command += ["--users", str(users), "--spawn-rate", str(SPAWNED_PER_SECOND), "--run-time", f"{seconds}s"]
    command += ["--skip-log-setup", "--stop-timeout", "30"]
    done = subprocess.run(command, cwd=LOCUSTFILE.parents[1], stdout=subprocess.PIPE, check=False)
    if not done.stdout.strip():
        raise click.ClickException(f"Locust ended with status {done.returncode} and no figures")
    return msgspec.json.decode(done.stdout, type=list[RequestStats]), done.returncode


def summary(stats: list[RequestStats], seconds: int) -> Table:
    """For the terminal."""
    table = Table(title=f"{seconds} s of load", title_justify="left")
    table.add_column("request")
    for column in ("requests", "failures", "p50 ms", "p95 ms", "p99 ms", "per second"):
        table.add_column(column, justify="right")
    for one in sorted(stats, key=lambda one: one.name):
        quantiles = [f"{one.quantile(share):.0f}" for share in QUANTILES]
        counts = (f"{one.num_requests}", f"{one.num_failures}")
        table.add_row(one.name, *counts, *quantiles, f"{one.num_requests / seconds:.1f}")
    return table


@click.command()
@click.option("--users", default=16, show_default=True, type=click.IntRange(1), help="Phones at once.")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5))
@click.option("--bundle", type=click.Path(path_type=Path), default=STARTER_BUNDLE, show_default="the starter")
def main(users: int, seconds: int, bundle: Path) -> None:
    """Start the service, import the demo catalog, and let phones loose on it."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"[bold]{this_machine()}[/]")
    console.print(f"starting the service, {users} phones for {seconds} s ...")
    try:
        with fresh_service(bundle) as serving:
            import_demo(serving)
            stats, status = drive(serving.url, users, seconds)
    except DemoServerError as error:
        raise click.ClickException(str(error)) from error
    console.print(summary(stats, seconds))
    failures = sum(one.num_failures for one in stats)
    if failures or status or not any(one.num_requests for one in stats):
        raise click.ClickException(f"{failures} failures; Locust ended with status {status}")
    console.print("no failures")


if __name__ == "__main__":
    main()

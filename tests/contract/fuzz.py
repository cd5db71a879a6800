"""``python -m tests.contract.fuzz --cases 10000``: Schemathesis against the running service, stateful too.

Requests of the documented form and of others, with pictures and archives that are whole and broken. Every answer has to
be documented: no server error, a status, a content type, headers and a body that the document names, and 405 with
``Allow`` for other methods. The last line holds the figures; the exit status is 0 where nothing was found.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
import msgspec

from tests import asking
from tests.contract import fuzz_hooks
from tests.contract.example_services import stock
from tests.integration.serving import Served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
ROOT = Path(__file__).parents[2]
REQUEST_SECONDS = 60
FEW, EACH_OF_FEW, EACH_OF_MANY = 1_000, 2, 50
"""Cases of an operation in a round."""


class Counts(msgspec.Struct):
    """Requests by status, and by operation."""

    statuses: dict[str, int] = {}
    operations: dict[str, int] = {}


class Result(NamedTuple):
    """Of a whole run. ``failed``: rounds in which Schemathesis found something."""

    statuses: Counter[str]
    operations: Counter[str]
    failed: int
    seconds: float
    report: str

    @classmethod
    def of(cls, counts: Counts, *, failed: int, seconds: float, report: str = "") -> "Result":
        """What was counted in all rounds."""
        return cls(Counter(counts.statuses), Counter(counts.operations), failed, seconds, report)

    @property
    def cases(self) -> int:
        """Requests that were sent."""
        return self.statuses.total()

    def line(self) -> str:
        """The figures."""
        kinds = Counter({f"{status[0]}xx": 0 for status in self.statuses})
        for status, number in self.statuses.items():
            kinds[f"{status[0]}xx"] += number
        answers = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        found = "0 failures" if not self.failed else f"FAILURES in {self.failed} rounds"
        return f"{self.cases:,} cases of {len(self.operations)} operations ({answers}): {found}, {self.seconds:.0f} s"


@click.command()
@click.option("--cases", default=10_000, show_default=True, help="Requests to send, at least.")
@click.option("--seed", default=1, show_default=True, help="Of the first round; each round has the next one.")
def main(cases: int, seed: int) -> None:
    """Ask until there were that many cases, or something was found."""
    result = fuzz(cases, seed=seed, show=True)
    click.echo(result.line())
    sys.exit(1 if result.failed else 0)


def fuzz(
    cases: int,
    *,
    seed: int,
    show: bool = False,
    phases: str = "examples,coverage,fuzzing,stateful",
    settings: Mapping[str, str] | None = None,
) -> Result:
    """Start the service, fill a catalog, and ask in rounds.

    Args:
        cases: at least so many, unless something is found before.
        seed: of the first round.
        show: what Schemathesis prints goes to the screen, and not into the result.
        phases: Schemathesis's own.
        settings: of the service, as environment variables.

    """
    start = time.monotonic()
    statuses, operations = Counter[str](), Counter[str]()
    environment = {"PHOTOCODE_FETCH": "off", "PHOTOCODE_LOG_LEVEL": "error", **(settings or {})}
    with TemporaryDirectory() as folder:
        served = Served(Path(folder), environment=environment)
        try:
            served.wait_until_ready()
            _fill(served.url)
            failed, report = 0, ""
            while statuses.total() < cases and not failed:
                each = EACH_OF_MANY if cases > FEW else EACH_OF_FEW
                failed, counts, report = _round(served.url, Path(folder), seed, each=each, phases=phases, show=show)
                statuses.update(counts.statuses)
                operations.update(counts.operations)
                seed += 1
        finally:
            served.stop()
    return Result(statuses, operations, failed, time.monotonic() - start, report)


def _fill(url: str) -> None:
    asking.post(f"{url}/v1/catalogs", json={"name": fuzz_hooks.CATALOG}).raise_for_status()
    archive = {"archive": ("stock.zip", stock(), "application/zip")}
    started = asking.post(f"{url}/v1/catalogs/{fuzz_hooks.CATALOG}/imports", files=archive).raise_for_status()
    while asking.get(f"{url}{started.headers['Location']}").json()["state"] != "completed":
        time.sleep(0.05)


def _round(url: str, folder: Path, seed: int, *, each: int, phases: str, show: bool) -> tuple[int, Counts, str]:
    counts = folder / "counts.json"
    counts.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/docs/openapi.json"),
        *("--checks", ",".join(CHECKS), "--phases", phases, "--max-examples", str(each), "--seed", str(seed)),
        *("--request-timeout", str(REQUEST_SECONDS), "--workers", "1", "--warnings", "off", "--no-color"),
        *("--suppress-health-check", "all"),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": fuzz_hooks.__name__, "FUZZ_COUNTS": str(counts)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(command, check=False, cwd=folder, env=environment, text=True, capture_output=not show)
    found = msgspec.json.decode(counts.read_bytes(), type=Counts) if counts.exists() else Counts()
    return int(done.returncode != 0), found, "" if show else done.stdout + done.stderr


if __name__ == "__main__":
    main()

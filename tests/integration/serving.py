"""The real command in a process of its own, to be killed and started again."""

import atexit
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx
import psutil

from migrations.runner import upgrade
from service.cli.serve import free_port
from service.database.embedded import embedded_postgres
from tests.asking import NOBODY

READY_SECONDS = 60
QUIET = {"PHOTOCODE_CALIBRATE": "off", "PHOTOCODE_SELF_TEST": "off"}
UNREAD = {"PHOTOCODE_TEXT": "off"}
"""To load what reads text on objects is a third of a start; who tests it asks for it."""


class Served:
    """``photocode serve`` on a data folder; with ``lan`` over HTTPS."""

    def __init__(
        self,
        data: Path,
        *,
        environment: dict[str, str] | None = None,
        lan: bool = False,
        arguments: tuple[str, ...] = (),
        new_session: bool = False,
    ) -> None:
        self.port = free_port("127.0.0.1")
        self.url = f"{'https' if lan else 'http'}://127.0.0.1:{self.port}"
        self.authority = data / "tls" / "ca.pem"
        command = [sys.executable, "-m", "service", "serve", "--port", str(self.port), *(["--lan"] if lan else [])]
        self.log = data / "serve.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCODE_")}
        kept.pop("DATABASE_URL", None)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**kept, "PHOTOCODE_DATA": str(data), **QUIET, **(environment or {})},
                cwd=data,
                start_new_session=new_session,
            )

    def wait_until_ready(self) -> None:
        give_up = time.monotonic() + READY_SECONDS
        while time.monotonic() < give_up:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2, verify=self._trust()).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready: {self.log.read_text()}")

    def _trust(self) -> ssl.SSLContext:
        if not self.url.startswith("https"):
            return NOBODY
        # Its authority is made while it starts; certifi's many are left out, which take long to read.
        return ssl.create_default_context(cafile=self.authority) if self.authority.exists() else NOBODY

    def worker(self) -> psutil.Process:
        """The process that serves HTTP: the command's child that listens on the port."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if any(connection.laddr and connection.laddr.port == self.port for connection in child.net_connections()):
                return child
        raise AssertionError("no worker listens")

    def kill_all(self) -> None:
        """Pull the plug: the command and all below it, PostgreSQL too."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for process in [*family, *postmasters(self.log.parent)]:
            process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def postmasters(data: Path) -> list[psutil.Process]:
    """PostgreSQL servers on a data folder."""
    found = psutil.process_iter(["cmdline"])
    return [p for p in found if p.info["cmdline"] and str(data / "postgres") in p.info["cmdline"]]


def with_database(data: Path) -> Path:
    """The data folder, with a database in it: migrated and empty, a copy of one that is made once a run."""
    if not (data / "postgres").exists():
        # not shutil's: the files belong to PostgreSQL's own user where root runs the tests
        subprocess.run(["cp", "-a", _empty_database(), data / "postgres"], check=True)
    return data


@cache
def _empty_database() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="photocode-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # as above
    with embedded_postgres(folder) as url:
        upgrade(url)
    # Tests kill processes, not the machine: what fsync guards against does not happen here.
    with (folder / "postgres" / "postgresql.auto.conf").open("a") as settings:
        settings.write("fsync = off\n")
    return folder / "postgres"


@contextmanager
def serving(
    data: Path, *, environment: dict[str, str] | None = None, lan: bool = False, arguments: tuple[str, ...] = ()
) -> Iterator[Served]:
    """The command while the block runs, ready to answer; on a copied database where the folder has none. Text on
    objects is not read, unless said.
    """
    if "DATABASE_URL" not in (environment or {}):
        with_database(data)
    served = Served(data, environment={**UNREAD, **(environment or {})}, lan=lan, arguments=arguments)
    try:
        served.wait_until_ready()
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()

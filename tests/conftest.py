"""What every test may use: the shared pictures, where they are."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

# A machine that is busy is no defect of what is tested; what hangs is ended by pytest-timeout.
settings.register_profile("photocode", deadline=None)
settings.load_profile("photocode")

# As a service logs. Without this, a traceback shows every variable of every frame: on its loop, for many seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that runs inside a test sets up the logs of its process, which is everybody's here."""
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    structlog.configure(**configured)
    root.handlers = handlers
    root.setLevel(level)


ROOT = Path(__file__).parents[1]
BROWSER = "tests/browser/"


class Shared(LoadFileScheduling):  # type: ignore[misc]  # without types
    """Files are kept whole, and those that one service and one browser serve together."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shared:
    """In place of ``--dist loadfile``."""
    return Shared(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and hostile files; ``PHOTOCODE_SHARED`` points elsewhere."""
    folder = Path(os.environ.get("PHOTOCODE_SHARED", ROOT.parent / "shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"real photos and hostile files are not here: {folder} (set PHOTOCODE_SHARED)")
    return folder

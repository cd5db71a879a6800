"""Services' workers without HTTP in processes of their own, forked from one that has imported the service once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from service.settings import Settings

PATIENCE: Final = 30.0
_context: Final = get_context("forkserver")
_context.set_forkserver_preload(
    ["service.bootstrap", "tests.integration.deadly_jobs_process", "tests.integration.enriching_process"]
)
Work = Callable[[], None]
NONE: Final[Mapping[str, str]] = {}


def _nothing() -> None:
    pass


class Workers:
    """Processes that are started again whenever they die of SIGKILL, as a supervisor does.

    ``work`` is what each does, a function of a module, and ``bury`` what is done after a death and before the next
    start. ``options``: settings, text, calibrations and self-tests being off.
    """

    def __init__(
        self,
        settings: Settings,
        work: Work,
        *,
        count: int = 1,
        bury: Work = _nothing,
        options: Mapping[str, str] = NONE,
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCODE_")}
        asked = {"TEXT": "off", "CALIBRATE": "off", "SELF_TEST": "off", "DATA": str(settings.data), **options}
        environment = {f"PHOTOCODE_{name}": value for name, value in asked.items()}
        environment = {**kept, **environment, "DATABASE_URL": settings.database_url}
        self._deaths = settings.data_folder / "deaths"
        self._deaths.touch()
        arguments = (environment, count, self._deaths, work, bury)
        self._supervisor: BaseProcess = _context.Process(target=_supervise, args=arguments)
        self._supervisor.start()

    @property
    def deaths(self) -> int:
        return self._deaths.stat().st_size

    def look_after(self) -> None:
        """Each of them dies by being killed, or the supervisor ends."""
        assert self._supervisor.is_alive()

    def stop(self) -> None:
        """Kill all of them."""
        assert self._supervisor.pid is not None
        try:
            os.killpg(self._supervisor.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._supervisor.kill()  # it has not come as far as to have a group
        self._supervisor.join(PATIENCE)


@contextmanager
def working(
    settings: Settings, work: Work, *, count: int = 1, bury: Work = _nothing, options: Mapping[str, str] = NONE
) -> Iterator[Workers]:
    """Workers while the block runs."""
    workers = Workers(settings, work, count=count, bury=bury, options=options)
    try:
        yield workers
    finally:
        workers.stop()


@contextmanager
def started(work: Callable[..., None], *arguments: object) -> Iterator[BaseProcess]:
    """A process that does what a function of a module does, killed where it has not ended with the block."""
    process = _context.Process(target=work, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(PATIENCE)


def _supervise(environment: dict[str, str], count: int, deaths: Path, work: Work, bury: Work) -> None:
    """A byte a death is added to the file."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    running = {_forked(work) for _ in range(count)}
    while True:
        died, status = os.wait()
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(f"worker {died} ended otherwise than by being killed: {status}")
        bury()
        with deaths.open("ab") as file:
            file.write(b".")
        running.remove(died)
        running.add(_forked(work))


def _forked(work: Work) -> int:
    """Gives its process id."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return child

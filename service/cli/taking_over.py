"""Workers of the HTTP server that are started while signals wait, and one that takes the port over from another."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from granian.log import logger
from granian.server.mp import MPServer

STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_LOOK_SECONDS: Final = 0.05
_ENDING_SECONDS: Final = 2.0
"""Of a busy machine, from when a process has closed its files to when it has ended."""


class TakingOver:
    """What workers and their parent know of one another. Made before they are; all of them have the same one."""

    def __init__(self) -> None:
        """Nobody takes over from anybody."""
        self._from = multiprocessing.Value("l", 0)
        self._ready = multiprocessing.Event()

    @property
    def from_worker(self) -> int:
        """The id of the process that another one takes over from; 0 before the first."""
        return int(self._from.value)

    @property
    def is_ready(self) -> bool:
        """Whether the one that takes over serves, or is about to."""
        return self._ready.is_set()

    def begin(self, process: int | None) -> None:
        """A worker starts, in place of this one."""
        self._from.value = process or 0
        self._ready.clear()

    def say_ready(self) -> None:
        """Of a worker: it has its models."""
        self._ready.set()


class HttpServer(MPServer):
    """granian's, with three differences.

    Python forgets a signal that comes to a new process before it is set up, as it does on a busy machine: such a worker
    would be waited for, and killed in the end. Here signals wait until the worker takes them. And a worker that is
    replaced goes as soon as its successor is ready, or after ``respawn_interval`` seconds. And a process that is ending
    closes its files, which ``join`` waits for, before it has ended: it is not killed for that.
    """

    def serve_application(self, load: Callable[[TakingOver], Any]) -> None:
        """Serve until told to stop. ``load`` gives workers their application, and lets signals through."""
        self._taking_over = TakingOver()
        self.serve(target_loader=partial(load, self._taking_over), wrap_loader=False)

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        with _signals_waiting():
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian has few types

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        for place in workers:
            self.respawned_wrks[place] = time.monotonic()
            old: Any = self.wrks.pop(place)
            self._taking_over.begin(old.inner.pid)
            with _signals_waiting():
                new: Any = self._spawn_worker(idx=place, target=spawn_target, callback_loader=target_loader)
                new.start()
                self.wrks.insert(place, new)
            self._wait_for(new, delay)
            self._end(old)

    def _wait_for(self, worker: Any, seconds: float) -> None:
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and worker.is_alive() and not self.interrupt_signal:
            if self._taking_over.is_ready:
                return
            time.sleep(_LOOK_SECONDS)

    def _stop_workers(self) -> None:
        workers: list[Any] = self.wrks
        for worker in workers:
            worker.terminate()
        for worker in workers:
            self._gone(worker)
        workers.clear()

    def _end(self, worker: Any) -> None:
        worker.terminate()
        self._gone(worker)

    def _gone(self, worker: Any) -> None:
        worker.join(self.workers_kill_timeout)
        give_up = time.monotonic() + _ENDING_SECONDS
        while worker.is_alive() and time.monotonic() < give_up:
            time.sleep(_LOOK_SECONDS)
        if worker.is_alive():
            logger.warning(f"Killing worker-{worker.idx + 1} after it refused to gracefully stop")
            worker.kill()
            worker.join()


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Of this thread, and of processes that it starts until they say otherwise."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

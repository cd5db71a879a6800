"""``make crashtest``: an import while its worker, or PostgreSQL, is killed again and again at random moments.

Ends with one line of figures; exit status 1 where a row was lost or doubled, progress fell, an acknowledged write is
gone, or the median time to go on is above five seconds.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

import httpx

from loadtests.crashtest.cluster import Cluster
from loadtests.crashtest.corpus import write_archive
from loadtests.crashtest.programs import Program, Service
from loadtests.crashtest.truth import Found, look
from migrations.runner import upgrade

RESUME_SECONDS: Final = 5.0
WORK_SECONDS: Final = (0.05, 1.5)
"""A victim lives so long after it has gone on."""
EARLY_SHARE: Final = 0.15
"""Of the kills that come before the victim has done anything, while it starts or reads the file."""
LOOK_SECONDS: Final = 0.05
STUCK_SECONDS: Final = 120.0
WRITE_SECONDS: Final = 0.5

Victim = Literal["worker", "postgres"]


@dataclass
class Figures:
    """What happened."""

    kills: int = 0
    falls: int = 0
    resumes: list[float] = field(default_factory=list)
    seconds: float = 0.0
    found: Found | None = None

    @property
    def is_met(self) -> bool:
        """Whether all is as it has to be."""
        found = self.found
        clean = found is not None and not (found.lost or found.doubled or found.forgotten)
        return clean and not self.falls and (not self.resumes or median(self.resumes) <= RESUME_SECONDS)


class Watch:
    """An import's progress over HTTP, which must not fall."""

    def __init__(self, url: str, figures: Figures) -> None:
        """``figures``: where falls are counted."""
        self._client = httpx.Client(base_url=url, timeout=10)
        self._figures = figures
        self.place, self.done, self.state = "", 0, ""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def begin(self, catalog: str, archive: Path) -> None:
        """Send an import into a new catalog."""
        made = self._insist("/v1/catalogs", json={"name": catalog})
        if made.status_code != HTTPStatus.CONFLICT:  # made before, by a request whose answer was lost
            made.raise_for_status()
        answer = self._insist(
            f"/v1/catalogs/{catalog}/imports",
            content=archive.read_bytes(),
            headers={"Content-Type": "application/zip"},
        )
        answer.raise_for_status()
        self.place, self.done, self.state = answer.headers["Location"], 0, "queued"

    def _insist(self, path: str, **request: Any) -> httpx.Response:
        """Post, again while the database was just killed: the service says then to ask later.

        Raises:
            TimeoutError: it says so for too long.

        """
        give_up = time.monotonic() + STUCK_SECONDS
        while time.monotonic() < give_up:
            try:
                answer = self._client.post(path, **request)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{path} is not taken")

    def look(self) -> None:
        """Ask how far it is. A service without its database says so, and nothing is known then."""
        try:
            answer = self._client.get(self.place)
        except httpx.TransportError:
            return
        if not answer.is_success:
            return
        status: dict[str, Any] = answer.json()
        counters = status["counters"]
        done = counters["total"] - counters["pending"]
        if done < self.done:
            self._figures.falls += 1
        self.done, self.state = done, status["state"]

    def wait_for_more(self, than: int) -> bool:
        """Wait until more has landed; False where the import has ended without it.

        Raises:
            TimeoutError: nothing moves.

        """
        give_up = time.monotonic() + STUCK_SECONDS
        while time.monotonic() < give_up:
            self.look()
            if self.done > than:
                return True
            if self.state in ("completed", "failed"):
                return False
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"nothing moves: {self.state}, {self.done} rows")


class Writer(threading.Thread):
    """Makes catalogs all the while, and remembers those that were acknowledged."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._over = url, threading.Event()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        """Write until told to stop."""
        with httpx.Client(base_url=self._url, timeout=10) as client:
            number = 0
            while not self._over.wait(WRITE_SECONDS):
                number += 1
                try:
                    if client.post("/v1/catalogs", json={"name": f"written-{number}"}).is_success:
                        self.acknowledged.append(f"written-{number}")
                except httpx.TransportError:
                    continue

    def stop(self) -> None:
        """Write no more."""
        self._over.set()
        if self.is_alive():
            self.join()


class CrashTest:
    """One run."""

    def __init__(self, folder: Path, *, victim: Victim, kills: int, rows: int, seed: int) -> None:
        """``folder``: an empty one with a short path."""
        self._kills, self._rows, self._victim = kills, rows, victim
        self._rng = random.Random(seed)
        self._archive = folder / "products.zip"
        self._cluster = Cluster(folder)
        environment = {
            "DATABASE_URL": self._cluster.url,
            "PHOTOCODE_DATA": str(folder / "data"),
            "PHOTOCODE_CALIBRATE": "off",
            "PHOTOCODE_TEXT": "off",
        }
        (folder / "data").mkdir()
        worker = "off" if victim == "worker" else "on"
        self._service = Service(folder, {**environment, "PHOTOCODE_WORKER": worker})
        self._worker = Program(folder / "worker.log", environment, "worker", "--shared-folder")
        self._figures = Figures()
        self._catalogs: list[str] = []
        write_archive(self._archive, rows, seed=seed)

    def run(self) -> Figures:
        """Import and kill until all kills are done, then let it end and look."""
        begin = time.monotonic()
        writer, watch = Writer(self._service.url), Watch(self._service.url, self._figures)
        try:
            self._cluster.start()
            upgrade(self._cluster.url)
            self._service.start()
            self._service.wait_until_ready()
            if self._victim == "worker":
                self._worker.start()
            writer.start()
            while True:
                self._begin(watch)
                self._import(watch)
                if self._figures.kills >= self._kills:
                    break
            writer.stop()
            self._figures.found = look(self._cluster.url, self._catalogs, self._rows, writer.acknowledged)
        finally:
            writer.stop()
            watch.close()
            self._worker.kill()
            self._service.kill()
            self._cluster.stop()
        self._figures.seconds = time.monotonic() - begin
        return self._figures

    def _begin(self, watch: Watch) -> None:
        self._catalogs.append(f"crash-{len(self._catalogs)}")
        watch.begin(self._catalogs[-1], self._archive)

    def _import(self, watch: Watch) -> None:
        """Kill while the import goes on, and see it to its end."""
        seen = 0
        while self._figures.kills < self._kills:
            if self._rng.random() < EARLY_SHARE:
                time.sleep(self._rng.uniform(0, 2 * WORK_SECONDS[1]))
            else:
                if not watch.wait_for_more(seen):
                    return
                time.sleep(self._rng.uniform(*WORK_SECONDS))
            watch.look()
            if watch.state == "completed":
                return
            self._kill()
            watch.look()
            killed, seen = time.monotonic(), watch.done
            self._revive()
            if watch.wait_for_more(seen):
                self._figures.resumes.append(time.monotonic() - killed)
        while watch.wait_for_more(watch.done):
            pass
        if watch.state != "completed":
            raise RuntimeError(f"the import is {watch.state}")

    def _kill(self) -> None:
        (self._worker if self._victim == "worker" else self._cluster).kill()
        self._figures.kills += 1

    def _revive(self) -> None:
        """As an operator's supervisor does, at once."""
        (self._worker if self._victim == "worker" else self._cluster).start()


def crash(*, victim: Victim, kills: int, rows: int, seed: int = 1) -> Figures:
    """Run once in a folder that goes afterwards; its path is short, because sockets need that."""
    with tempfile.TemporaryDirectory(prefix="pcc", dir="/tmp", ignore_cleanup_errors=True) as folder:
        return CrashTest(Path(folder), victim=victim, kills=kills, rows=rows, seed=seed).run()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill", choices=("worker", "postgres"), default="worker")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    figures = crash(victim=asked.kill, kills=asked.kills, rows=asked.rows, seed=asked.seed)
    found = figures.found
    assert found is not None
    resumed = sorted(figures.resumes)
    resume = f"{median(resumed):.1f} s median, {resumed[-1]:.1f} s at most" if resumed else "never measured"
    print(
        f"crashtest: {figures.kills} kills of {asked.kill}, {asked.rows} rows: {found.lost} lost, "
        f"{found.doubled} doubled, {found.forgotten} acknowledged writes gone, progress fell {figures.falls} times, "
        f"went on after {resume}, {figures.seconds:.0f} s in all: {'met' if figures.is_met else 'MISSED'}"
    )
    return 0 if figures.is_met else 1


if __name__ == "__main__":
    sys.exit(main())

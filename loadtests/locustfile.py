"""The mobile day as Locust runs it: ``locust -f loadtests/locustfile.py --host URL`` (or ``python -m loadtests.run``).

An open model: one Locust user holds the plan of a day and lets a worker loose whenever one is due, whether or not those
before have been answered. Locust's own users come back when they are answered, so that a slow service would be asked
less, and its slowness would not show. Latencies are counted from when a request was due.
"""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import msgspec
from gevent.pool import Group
from locust import User, events, task

from loadtests.mobile_day.book import Book
from loadtests.mobile_day.hints import hints
from loadtests.mobile_day.imports import Administrator, archive_of
from loadtests.mobile_day.photos import Subject, in_other_bytes, load, subjects
from loadtests.mobile_day.plan import Visit, visits
from loadtests.mobile_day.records import DayRecord, Imported
from loadtests.mobile_day.shape import SECOND_PEAK, Day
from loadtests.mobile_day.visits import Phone, Scene
from loadtests.mobile_day.wire import Wire
from service.demo.data_set import CATALOG

DRAIN_SECONDS = 120.0
"""After the last worker came: longer than every phone's patience."""
SECONDS_OF_MINUTE = 60


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no types that mypy may follow
def add_arguments(parser: ArgumentParser) -> None:
    """Beside Locust's own; the first four are on its page too."""
    parser.add_argument("--rate", type=float, default=4.0, help="Workers a second at the peak")
    parser.add_argument("--minutes", type=float, default=2.0, help="Length of the day")
    parser.add_argument("--products", type=int, default=0, help="Products imported beside it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--photos", default="", help="File of photos to send, made by loadtests.run")
    parser.add_argument("--record", default="", help="File for what became of the day")


class Workers(User):  # type: ignore[misc]  # as above
    """All workers of a site."""

    fixed_count = 1

    @task  # type: ignore[untyped-decorator]  # as above
    def live_the_day(self) -> None:
        """From the first worker to the last answer."""
        options = self.environment.parsed_options
        day = Day(rate=options.rate, seconds=options.minutes * SECONDS_OF_MINUTE)
        plan = visits(day, options.seed)
        made = load(Path(options.photos)) if options.photos else subjects(len(plan), options.seed)
        archive = archive_of(options.products, options.seed) if options.products else b""
        site = Site(url=self.host, book=Book(self._notify), day=day, plan=plan, subjects=made)
        try:
            site.live(archive, options.products)
        finally:
            if options.record:
                Path(options.record).write_bytes(msgspec.json.encode(site.record()))
        self.environment.runner.quit()

    def _notify(self, what: str, milliseconds: float, wrong: str | None) -> None:
        self.environment.events.request.fire(
            request_type="wish",
            name=what,
            response_time=milliseconds,
            response_length=0,
            exception=None if wrong is None else AssertionError(wrong),
            context={},
        )


class Site:
    """Workers, their administrator, and a book."""

    def __init__(self, *, url: str, book: Book, day: Day, plan: list[Visit], subjects: list[Subject]) -> None:
        """``subjects``: one for each visit, or for the first ones, which are photographed again then."""
        self._wire, self._book = Wire(url), book
        self._scene = Scene(wire=self._wire, catalog=CATALOG, hints=hints(), book=book)
        self._day, self._plan, self._subjects = day, plan, subjects
        self._imported: Imported | None = None
        self._phones, self._unfinished = Group(), 0
        self._processor_before = time.process_time()

    def live(self, archive: bytes, products: int) -> None:
        """Let workers loose as they are due, then wait until all are done, or long enough."""
        importing = gevent.spawn(self._import, archive, products) if products else None
        try:
            self._let_loose()
        finally:
            self._unfinished = len(self._phones)
            self._phones.kill()
        if importing is not None and not gevent.joinall([importing], timeout=DRAIN_SECONDS):
            self._book.fail("import", f"had not ended {DRAIN_SECONDS:.0f} s after the day")

    def _let_loose(self) -> None:
        for visit in self._plan:
            self._book.wait_until(visit.due)
            self._phones.spawn(self._visit, visit)
        self._book.wait_until(self._day.seconds)
        self._phones.join(timeout=DRAIN_SECONDS)

    def record(self) -> DayRecord:
        """What became of it."""
        return DayRecord(
            day=self._day,
            arrivals=[visit.due for visit in self._plan],
            asked=self._book.asked,
            failures=self._book.failures,
            imported=self._imported,
            unfinished=self._unfinished,
            processor_seconds=time.process_time() - self._processor_before,
            seconds=self._book.now(),
        )

    def _visit(self, visit: Visit) -> None:
        times, place = divmod(visit.number, len(self._subjects))
        subject = self._subjects[place]
        if times:
            note = visit.number.to_bytes(8, "big")
            again = [in_other_bytes(photo, note) for photo in subject.photos]
            subject = Subject(part_number=subject.part_number, photos=again)
        with self._own_faults():
            Phone(self._scene, visit, subject).run()

    def _import(self, archive: bytes, products: int) -> None:
        begin, _ = self._day.span(SECOND_PEAK)
        with self._own_faults():
            self._imported = Administrator(self._wire, self._book, archive, products).run(begin)

    @contextmanager
    def _own_faults(self) -> Iterator[None]:
        """What ends by a fault of the generator's own must not pass for something that did not happen."""
        try:
            yield
        except Exception as error:
            self._book.fail("the generator", repr(error))
            raise

"""An administrator who imports products into a catalog of their own while workers look theirs up."""

import csv
import http.client
import io
import random
import zipfile
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import msgspec
from PIL import Image

from loadtests.mobile_day.answers import WrongAnswer, problem_of, refusal
from loadtests.mobile_day.book import Book
from loadtests.mobile_day.photos import jpeg_of, retaken
from loadtests.mobile_day.records import Imported
from loadtests.mobile_day.wire import Answer, Body, Wire
from mobile_contract.imports import ENDED, ImportState, ImportStatus
from service.demo.data_set import DATA

CATALOG: Final = "load-import-"
EDGE: Final = 640
QUALITY: Final = 85
POLL_SECONDS: Final = 0.5
WHAT: Final = "import"


def archive_of(products: int, seed: int) -> bytes:
    """A ZIP with a table of that many products and a picture of each, no two alike."""
    rng = random.Random(seed)
    pictures = sorted((DATA / "references").iterdir())
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["part_number", "name", "category", "pictures"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number in range(products):
            with Image.open(pictures[number % len(pictures)]) as opened:
                picture = retaken(opened.convert("RGB"), EDGE, rng)
            archive.writestr(f"pictures/{number}.jpg", jpeg_of(picture, QUALITY))
            writer.writerow([f"L-{number:06}", f"Part {number}", "Parts", f"pictures/{number}.jpg"])
        archive.writestr("products.csv", table.getvalue())
    return buffer.getvalue()


class Administrator:
    """Imports an archive and watches it."""

    def __init__(self, wire: Wire, book: Book, archive: bytes, products: int) -> None:
        """``products``: that the archive holds."""
        self._wire, self._book = wire, book
        self._archive, self._products = archive, products
        self._catalog = f"{CATALOG}{uuid4().hex[:12]}"

    def run(self, begin: float) -> Imported | None:
        """Upload when it is due, and wait for its end; None where it failed, which is in the book."""
        self._book.wait_until(begin)
        try:
            return self._import()
        except WrongAnswer as error:
            self._book.fail(WHAT, str(error))
        except TimeoutError:
            self._book.fail(WHAT, "no answer")
        except (OSError, http.client.HTTPException) as error:
            self._book.fail(WHAT, f"the connection was lost: {error!r}")
        return None

    def _import(self) -> Imported:
        begin = self._book.now()
        path = f"/v1/catalogs/{self._catalog}/imports"
        self._post("/v1/catalogs", Body("application/json", msgspec.json.encode({"name": self._catalog})))
        status = _status(self._post(path, Body("application/zip", self._archive)))
        watched, landed = f"{path}/{status.id}", [(begin, 0)]
        while status.state not in ENDED:
            self._book.wait_until(self._book.now() + POLL_SECONDS)
            status = _status(self._once_there_is_room(lambda: self._wire.get(watched)))
            landed.append((self._book.now(), status.counters.total - status.counters.pending))
        if status.state is not ImportState.COMPLETED or status.counters.created != self._products:
            raise WrongAnswer(f"{self._products} products were sent, {status.state}: {status.counters}")
        return Imported(
            products=self._products,
            megabytes=len(self._archive) / 1_000_000,
            begin=begin,
            completed=landed[-1][0],
            landed=landed,
        )

    def _post(self, path: str, body: Body) -> Answer:
        key = str(uuid4())
        answer = self._once_there_is_room(lambda: self._wire.post(path, body, key))
        if answer.status >= 400:
            raise WrongAnswer(f"status {answer.status}: {problem_of(answer).code}")
        return answer

    def _once_there_is_room(self, send: Callable[[], Answer]) -> Answer:
        """Ask again as long as the service says that it has no room; the day's end bounds it."""
        while True:
            answer = send()
            if refusal(answer, repeated=False) is None:
                return answer
            self._book.wait_until(self._book.now() + (answer.retry_after or POLL_SECONDS))


def _status(answer: Answer) -> ImportStatus:
    try:
        return msgspec.json.decode(answer.body, type=ImportStatus)
    except msgspec.MsgspecError as error:
        raise WrongAnswer(f"status {answer.status}: not an import: {answer.body[:80]!r}") from error

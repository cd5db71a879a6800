"""A worker with a phone: looks a part up, sends again what was interrupted or refused, and says what it was."""

import http.client
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

import msgspec
from msgspec import UNSET

from loadtests.mobile_day.answers import (
    WrongAnswer,
    check_again,
    checked_confirmation,
    checked_lookup,
    problem_of,
    refusal,
)
from loadtests.mobile_day.book import Book, Wish
from loadtests.mobile_day.photos import Subject
from loadtests.mobile_day.plan import BROKEN, Again, Interruption, Visit, Word
from loadtests.mobile_day.records import Outcome
from loadtests.mobile_day.wire import PATIENCE_SECONDS, Answer, Body, Cut, Wire, form
from mobile_contract.confirmations import NewConfirmation
from mobile_contract.confirmations import Outcome as Said
from mobile_contract.lookups import Lookup, LookupOptions
from mobile_contract.photos import Region

MOST_REQUESTS: Final = 4
REPEATED_FOR: Final = 20.0
"""Seconds after which a phone puts a photo into its queue in place of asking again at once."""
IMPATIENT_SECONDS: Final = 0.3
MIDDLE: Final = Region(x=0.15, y=0.15, width=0.7, height=0.7)
SHOWN: Final = 5
JSON: Final = "application/json"
CLOSED_EARLY: Final = (OSError, http.client.HTTPException)


class Send(Protocol):
    """Sends a wish's body under its key, which stays the same."""

    def __call__(self, *, cut: float | None = None, patience: float = PATIENCE_SECONDS) -> Answer:
        """As :meth:`Wire.post`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where workers work. ``hints``: what they may type, by part number."""

    wire: Wire
    catalog: str
    hints: dict[str, str]
    book: Book


class Phone:
    """A worker's phone for one visit."""

    def __init__(self, scene: Scene, visit: Visit, subject: Subject) -> None:
        """``subject``: what is photographed."""
        self._scene, self._book = scene, scene.book
        self._visit, self._subject = visit, subject

    def run(self) -> None:
        """All that the worker does. Whatever goes wrong is in the book."""
        if self._visit.broken:
            self._send_no_photo()
            return
        lookup = self._look_up()
        if lookup is not None and self._visit.again:
            lookup = self._look_again(lookup) or lookup
        if lookup is not None and self._visit.word:
            self._say(lookup)

    def _look_up(self) -> Lookup | None:
        photos = self._subject.photos
        options = LookupOptions(client_lookup_id=str(uuid4()), limit=SHOWN)
        body = form(photos, msgspec.json.encode(options))
        wish = self._wish("photo" if len(photos) == 1 else "two photos", body, self._visit.due)
        send = self._sender(wish, body)

        def work() -> Lookup | None:
            first = self._interrupt(wish, send)
            answer = self._insist(wish, send) if first is None else first
            if answer is None:
                return None
            lookup = self._taken(wish, answer, options, photos)
            if wish.interrupted:
                self._repeat(wish, send, answer)
            return lookup

        return self._fulfil(wish, work)

    def _look_again(self, before: Lookup) -> Lookup | None:
        """By the photo that the service has kept: by its middle, or with a word typed."""
        # Of several photos no region can be meant.
        whole = self._visit.again is Again.HINT or len(self._subject.photos) > 1
        options = LookupOptions(
            photo_of=before.id,
            client_lookup_id=str(uuid4()),
            limit=SHOWN,
            region=UNSET if whole else MIDDLE,
            text=self._scene.hints.get(self._subject.part_number or "", "screw") if whole else UNSET,
        )
        body = Body(JSON, msgspec.json.encode(options))
        wish = self._wish("with a word" if whole else "by a part", body, self._think())
        send = self._sender(wish, body)

        def work() -> Lookup | None:
            answer = self._insist(wish, send)
            return None if answer is None else self._taken(wish, answer, options, [])

        return self._fulfil(wish, work)

    def _say(self, lookup: Lookup) -> None:
        truth = self._subject.part_number
        word = NewConfirmation(outcome=Said.UNSURE if self._visit.word is Word.UNSURE else Said.NONE_OF_THESE)
        if self._visit.word is Word.TRUE and truth in {one.part_number for one in lookup.candidates}:
            word = NewConfirmation(outcome=Said.CONFIRMED, part_number=truth or UNSET)
        body = Body(JSON, msgspec.json.encode(word))
        wish = self._wish("confirmation", body, self._think())
        wish.word = word.outcome.value
        send = self._sender(wish, body, f"/v1/lookups/{lookup.id}/confirmation")

        def work() -> None:
            answer = self._insist(wish, send)
            if answer is None:
                return
            checked_confirmation(answer, lookup, word)
            self._end(wish, Outcome.ANSWERED)
            if self._visit.repeats_word:
                self._repeat(wish, send, answer)

        self._fulfil(wish, work)

    def _send_no_photo(self) -> None:
        content, code = BROKEN[self._visit.broken]
        options = LookupOptions(client_lookup_id=str(uuid4()), limit=SHOWN)
        body = form([content], msgspec.json.encode(options))
        wish = self._wish("no photo", body, self._visit.due)
        send = self._sender(wish, body)

        def work() -> None:
            answer = self._insist(wish, send)
            if answer is None:
                return
            if answer.status < 400 or (said := problem_of(answer).code) is not code:
                raise WrongAnswer(f"{self._visit.broken} in place of a photo: {code} was expected, not {said}")
            self._end(wish, Outcome.DECLINED)

        self._fulfil(wish, work)

    def _wish(self, what: str, body: Body, due: float) -> Wish:
        """Begins when it is due; later, if the generator is late."""
        self._book.wait_until(due)
        return Wish(
            visit=self._visit.number,
            what=what,
            due=due,
            started=self._book.now(),
            size=len(body.content),
            uplink=self._visit.uplink,
        )

    def _think(self) -> float:
        """When the next step is due."""
        return self._book.now() + self._visit.think

    def _sender(self, wish: Wish, body: Body, path: str | None = None) -> Send:
        key, to = str(uuid4()), path or f"/v1/catalogs/{self._scene.catalog}/lookups"

        def send(*, cut: float | None = None, patience: float = PATIENCE_SECONDS) -> Answer:
            wish.requests += 1
            return self._scene.wire.post(to, body, key, uplink=wish.uplink, cut=cut, patience=patience)

        return send

    def _interrupt(self, wish: Wish, send: Send) -> Answer | None:
        """What the plan says that the network does. An answer where one came all the same."""
        planned, answer = self._visit.interruption, None
        wish.interrupted = planned.value
        if planned is Interruption.LOST:
            return self._insist(wish, send)
        if planned is Interruption.CUT:
            with suppress(Cut):
                send(cut=self._visit.cut)
        elif planned is Interruption.IMPATIENT:
            with suppress(TimeoutError):
                answer = send(patience=self._visit.cut * IMPATIENT_SECONDS)
        if planned is not Interruption.NONE and (answer is None or answer.status >= 400):
            wish.due = self._book.now() + self._visit.away
            self._book.wait_until(wish.due)
            return None
        return answer

    def _insist(self, wish: Wish, send: Send) -> Answer | None:
        """Send until it is answered; None where the service had no room each time."""
        waits, begin = 1.0, self._book.now()
        while True:
            answer = send()
            code = refusal(answer, repeated=wish.requests > 1)
            if code is None:
                return answer
            wish.refusals[code] += 1
            if wish.requests >= MOST_REQUESTS or self._book.now() - begin > REPEATED_FOR:
                return None
            time.sleep((answer.retry_after or 1.0) * waits * random.uniform(1.0, 1.5))
            waits *= 2

    def _taken(self, wish: Wish, answer: Answer, options: LookupOptions, photos: list[bytes]) -> Lookup:
        lookup = checked_lookup(answer, self._scene.catalog, options, photos)
        wish.verdict, wish.dropped = lookup.verdict.value, lookup.dropped
        self._end(wish, Outcome.ANSWERED)
        return lookup

    def _repeat(self, wish: Wish, send: Send, first: Answer) -> None:
        """As after a lost answer."""
        again = self._insist(wish, send)
        if again is not None:
            check_again(first, again)
            wish.replayed += 1

    def _end(self, wish: Wish, outcome: Outcome) -> None:
        wish.ended, wish.outcome = self._book.now(), outcome

    def _fulfil(self, wish: Wish, work: Callable[[], Lookup | None]) -> Lookup | None:
        """Do it, and write down what became of it."""
        wrong, lookup = None, None
        try:
            lookup = work()
        except WrongAnswer as error:
            wrong = str(error)
        except TimeoutError:
            wrong = f"no answer within {PATIENCE_SECONDS:.0f} s"
        except CLOSED_EARLY as error:
            wrong = f"the connection was lost: {error!r}"
        self._book.keep(wish, wrong)
        return lookup

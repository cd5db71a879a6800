"""Field workers and their phones: ``locust -f loadtests/locustfile.py --host URL`` (or ``python -m loadtests.run``).

Photos are variations of the demo's field photos, popular parts oftener than others, and no two posts have the same
bytes. Phones send idempotency keys, repeat some posts as after a lost answer, confirm what they see, and now and then
send something that is no photo, which must be refused in the documented way.
"""

import random
from typing import Any, ClassVar
from uuid import uuid4

import msgspec
from locust import FastHttpUser, between, task

from loadtests.clients import Form, form_of
from loadtests.photos import Variation, never_seen, phones_photos
from mobile_contract.confirmations import NewConfirmation, Outcome
from mobile_contract.lookups import Lookup
from mobile_contract.problems import Problem
from service.demo.data_set import CATALOG

REPEATED = 0.1
CONFIRMED = 0.3

BROKEN = {
    "truncated": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "photo_unreadable"),
    "a text": (b"this is no picture", "photo_format_unsupported"),
    "empty": (b"", "photo_empty"),
}


class Phone(FastHttpUser):  # type: ignore[misc]  # Locust has no types that mypy may follow
    """A field worker's phone."""

    wait_time = between(0.2, 1.0)
    photos: ClassVar[list[Variation]] = phones_photos()

    def on_start(self) -> None:
        """Every phone takes other photos."""
        self.random = random.Random(uuid4().int)

    @task(20)  # type: ignore[untyped-decorator]  # as above
    def look_up(self) -> None:
        """A photo; sometimes posted again under the same key, sometimes confirmed."""
        photo = self.random.choice(self.photos)
        form = form_of(never_seen(photo.content, self.random))
        key = str(uuid4())
        first = self._post(form, key, "look up")
        if first is None:
            return
        if self.random.random() < REPEATED:
            self._repeat(form, key, first)
        if self.random.random() < CONFIRMED:
            self._confirm(msgspec.json.decode(first, type=Lookup), photo.part_number)

    @task(1)  # type: ignore[untyped-decorator]  # as above
    def send_no_photo(self) -> None:
        """Something broken: the answer is a 4xx with the documented code."""
        name, (body, code) = self.random.choice(list(BROKEN.items()))
        form = form_of(body)
        headers = {"Content-Type": form.content_type}
        with self.client.post(
            f"/v1/catalogs/{CATALOG}/lookups",
            data=form.body,
            headers=headers,
            name=f"look up: {name}",
            catch_response=True,
        ) as answer:
            said = _problem_code(answer)
            if said == code:
                answer.success()
            else:
                answer.failure(f"{code} was expected, not {answer.status_code} {said}")

    def _repeat(self, form: Form, key: str, first: bytes) -> None:
        again = self._post(form, key, "look up: repeated")
        if again is not None and again != first:
            self.environment.events.request.fire(
                request_type="CHECK",
                name="the same answer again",
                response_time=0,
                response_length=len(again),
                exception=AssertionError("a repeated lookup was answered otherwise"),
                context={},
            )

    def _post(self, form: Form, key: str, name: str) -> bytes | None:
        headers = {"Content-Type": form.content_type, "Idempotency-Key": key}
        path = f"/v1/catalogs/{CATALOG}/lookups"
        with self.client.post(path, data=form.body, headers=headers, name=name, catch_response=True) as answer:
            content: bytes = answer.content or b""
            if answer.status_code == 200 and msgspec.json.decode(content, type=Lookup).candidates:
                answer.success()
                return content
            answer.failure(f"{answer.status_code}: {content[:200]!r}")
        return None

    def _confirm(self, lookup: Lookup, truth: str | None) -> None:
        offered = {candidate.part_number for candidate in lookup.candidates}
        said = NewConfirmation(outcome=Outcome.NONE_OF_THESE)
        if truth is not None and truth in offered:
            said = NewConfirmation(outcome=Outcome.CONFIRMED, part_number=truth)
        self.client.post(
            f"/v1/lookups/{lookup.id}/confirmation",
            data=msgspec.json.encode(said),
            headers={"Content-Type": "application/json", "Idempotency-Key": str(uuid4())},
            name="confirm",
        )


def _problem_code(answer: Any) -> str | None:
    try:
        return str(msgspec.json.decode(answer.content or b"", type=Problem).code)
    except msgspec.MsgspecError:
        return None

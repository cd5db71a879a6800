"""The client's core without any network: steps out, answers in."""

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET

import mobile_contract.clients.python as client
from mobile_contract.catalogs import Catalog
from mobile_contract.clients.python.catalogs import catalog, create_catalog
from mobile_contract.clients.python.deprecation import deprecation_date, sunset_date
from mobile_contract.clients.python.exchange import Answer, Core, Flow, Lost, Send, Wait
from mobile_contract.clients.python.retrying import Retries, retry_after_seconds
from mobile_contract.clients.python.teaching import wait_for_surfaces
from mobile_contract.clients.python.tolerant import decode, unknown_member
from mobile_contract.imports import ImportState, ImportStatus
from mobile_contract.lookups import Verdict
from mobile_contract.problems import Problem

HALF = 0.5
LIST = b'{"name":"c","title":"","createdAt":"2026-01-01T00:00:00Z","products":0,"referenceImages":0,"space":'
FOUND = Answer(
    200, {}, LIST + b'{"bundle":"b","identity":"i","dimension":1,"preprocessingRevision":1,"new":[1]},"more":{}}'
)
BUSY = Answer(503, {}, b"")


class Clock:
    """Time that passes where a flow waits, and ``each`` seconds a request."""

    def __init__(self, each: float = 0.0) -> None:
        self.now = 0.0
        self.each = each

    def __call__(self) -> float:
        return self.now


def played(flow: Flow[Any], clock: Clock, *came: Answer | Lost) -> tuple[Any, list[float], list[Send]]:
    """What a flow gives, or raises, where this comes; its pauses and what it sent."""
    answers, pauses, sent = list(came), [], []
    step = next(flow)
    try:
        while True:
            if isinstance(step, Wait):
                pauses.append(step.seconds)
                clock.now += step.seconds
                step = flow.send(None)
            else:
                assert isinstance(step, Send)
                sent.append(step)
                clock.now += clock.each
                step = flow.send(answers.pop(0))
    except StopIteration as end:
        return end.value, pauses, sent
    except client.PhotocodeError as error:
        return error, pauses, sent


def core(clock: Clock, **retries: Any) -> Core:
    return Core(clock=clock, chance=lambda: HALF, retries=Retries(**retries))


def test_pauses_double_up_to_the_longest() -> None:
    clock = Clock()
    asked = catalog(core(clock, tries=9, first=1, most=5), "c")
    found, pauses, _ = played(asked, clock, *[BUSY] * 5, FOUND)
    assert isinstance(found, Catalog)
    assert pauses == [0.75 * seconds for seconds in (1, 2, 4, 5, 5)]


def test_chance_cuts_a_pause_by_up_to_a_half_and_adds_to_what_the_service_names() -> None:
    retries = Retries(first=2)
    assert [retries.pause(1, None, chance) for chance in (0.0, 1.0)] == [2, 1]
    assert [retries.pause(1, 7.0, chance) for chance in (0.0, 1.0)] == [7, 8]


def test_the_deadline_counts_requests_and_pauses() -> None:
    clock = Clock(each=4)
    error, pauses, sent = played(catalog(core(clock, deadline=10, first=1), "c"), clock, *[BUSY] * 9)
    assert isinstance(error, client.Unavailable)
    assert (len(sent), len(pauses), error.tries) == (2, 1, 2)
    assert [step.seconds for step in sent] == [10, 10 - 4 - 0.75]


def test_surfaces_are_waited_for_until_the_time_is_over() -> None:
    def described(pending: int) -> Answer:
        enrichment = b'"enrichment":{"total":9,"pending":%d,"enriched":0,"failed":0}' % pending
        return Answer(200, {}, FOUND.content.replace(b'"more":{}', enrichment))

    for came, waited in (([2, 1, 0], 2), ([2, 2, 2, 2], 3)):
        clock = Clock()
        asked = wait_for_surfaces(core(clock), "c", poll=3, timeout=10)
        found, pauses, _ = played(asked, clock, *[described(pending) for pending in came])
        assert (found.enrichment.pending, pauses) == (came[-1], [3] * waited)
    found, pauses, _ = played(wait_for_surfaces(core(clock), "c"), clock, FOUND)
    assert (found.enrichment, pauses) == (UNSET, [])


def test_what_was_never_sent_is_sent_again_without_a_key_too() -> None:
    clock = Clock()
    refused = Lost(OSError("refused"), unsent=True)
    found, _, sent = played(create_catalog(core(clock), "c"), clock, refused, Answer(429, {}, b""), FOUND)
    assert (isinstance(found, Catalog), len(sent)) == (True, 3)
    for doubtful in (Lost(OSError("reset")), BUSY):
        error, _, sent = played(create_catalog(core(clock), "c"), clock, doubtful)
        assert (isinstance(error, client.PhotocodeError), len(sent)) == (True, 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("3", 3),
        ("0", 0),
        ("-3", None),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0),
        ("9" * 400, None),
    ],
)
def test_a_moment_is_named_in_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(text, now=10) == seconds


def test_dates_of_deprecation_have_two_forms() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    assert (deprecation_date("@1767225600"), sunset_date("Thu, 01 Jan 2026 00:00:00 GMT")) == (day, day)
    for read, text in ((deprecation_date, "true"), (deprecation_date, "@soon"), (deprecation_date, "@" + "9" * 30)):
        with pytest.raises(ValueError, match=r"."):
            read(text)
    with pytest.raises(ValueError, match=r"."):
        sunset_date("@1767225600")


def test_a_value_that_an_enumeration_lacks_is_its_own() -> None:
    member = unknown_member(Verdict, "almost")
    assert (member == "almost", member is unknown_member(Verdict, "almost")) == (True, True)
    assert (isinstance(member, Verdict), member in list(Verdict), repr(member), f"{member}") == (
        True,
        False,
        "<Verdict.almost: 'almost'>",
        "almost",
    )
    problem = decode(b'{"type":"t","title":"t","status":418,"code":"teapot","detail":"","requestId":""}', Problem)
    assert problem.code == "teapot"


def test_what_lacks_a_field_is_not_understood() -> None:
    with pytest.raises(Exception, match="missing required field"):
        decode(b'{"state":"pondering"}', ImportStatus)
    assert "pondering" not in list(ImportState)


def test_what_is_public_is_listed_and_the_clients_have_the_same_methods() -> None:
    public = {name for name in vars(client) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(client, name))}
    assert public - modules == set(client.__all__)
    blocking, awaiting = (
        {name: inspect.signature(one) for name, one in vars(kind).items() if not name.startswith("_")}
        for kind in (client.Photocode, client.AsyncPhotocode)
    )
    assert blocking.keys() == awaiting.keys()
    assert len(blocking) >= 23
    for name in blocking.keys() - {"further_candidates"}:
        assert blocking[name] == awaiting[name], name
        assert inspect.getdoc(getattr(client.Photocode, name)), name
    assert list(blocking["confirm"].parameters)[:3] == ["self", "lookup", "part_number"]

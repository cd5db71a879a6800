"""What the Python clients do where the network or the service fails, and where an answer is not what was asked for."""

import json
import socket
import ssl
import time
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import trustme

from mobile_contract.clients.python import (
    AnswerError,
    AnswerMismatch,
    AnswerUnreadable,
    Conflict,
    Denied,
    DeprecatedRoute,
    ImportFailed,
    ImportTimeout,
    Refused,
    Retries,
    Unavailable,
    Unreachable,
)
from mobile_contract.lookups import Verdict
from tests.integration.clients.conftest import QUICK, Service
from tests.integration.cut_line import cut_line
from tests.integration.meddling import Asked, Meddle, Relay, Reply
from tests.pictures import colour_catalog, picture

Connect = Callable[..., Any]

RED = picture("red")
PROBLEM = {"type": "t", "title": "t", "detail": "d", "requestId": "r"}


def failing(times: int, status: int, code: str | None = None, **headers: str) -> Meddle:
    """Answers so many requests with a failure before the service sees them."""
    left = [times]

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        if not left[0]:
            return await relay(asked)
        left[0] -= 1
        body = json.dumps(PROBLEM | {"status": status, "code": code}).encode() if code else b"<html>Bad gateway</html>"
        return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    return meddle


def changing(change: Callable[[dict[str, Any]], None], *, path: str = "/lookups") -> Meddle:
    """Changes JSON answers of addresses that end so."""

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        reply = await relay(asked)
        if asked.path.endswith(path):
            answer = json.loads(reply.body)
            change(answer)
            reply.body = json.dumps(answer).encode()
        return reply

    return meddle


def wearing(**headers: str) -> Meddle:
    """Adds headers to answers."""

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        reply = await relay(asked)
        reply.headers |= headers
        return reply

    return meddle


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (408, None),
        (425, None),
        (429, None),
        (500, "internal_error"),
        (502, None),
        (503, "overloaded"),
        (504, None),
        (409, "idempotency_key_in_flight"),
        (422, "photo_too_slow"),
    ],
)
def test_what_may_pass_is_asked_again_with_the_same_key_and_bytes(
    connect: Connect, service: Service, status: int, code: str | None
) -> None:
    with service.line.by(failing(2, status, code)) as line:
        assert connect().look_up("colours", RED).verdict is Verdict.MATCH
    assert len(line.seen) == 3
    assert len({asked.key for asked in line.seen}) == 1
    assert line.seen[0].key
    first, *others = (asked.body.replace(boundary(asked), b"") for asked in line.seen)
    assert others == [first, first]


def boundary(asked: Asked) -> bytes:
    return asked.headers["content-type"].partition("boundary=")[2].encode()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 415, 422])
def test_what_is_final_is_asked_once(connect: Connect, service: Service, status: int) -> None:
    with service.line.by(failing(9, status, "validation_failed")) as line, pytest.raises(Refused) as refused:
        connect().look_up("colours", RED)
    assert (len(line.seen), refused.value.status, refused.value.tries) == (1, status, 1)
    assert isinstance(refused.value, Denied) == (status in (401, 403))
    assert isinstance(refused.value, Conflict) == (status == 409)


def test_after_all_tries_the_service_is_unavailable(connect: Connect, service: Service) -> None:
    with service.line.by(failing(9, 503, "overloaded")) as line, pytest.raises(Unavailable) as given_up:
        connect().look_up("colours", RED, idempotency_key="mine")
    assert (len(line.seen), given_up.value.tries) == (QUICK.tries, QUICK.tries)
    assert (given_up.value.code, given_up.value.idempotency_key) == ("overloaded", "mine")
    assert {asked.key for asked in line.seen} == {"mine"}


def test_a_moment_that_the_service_names_is_waited_for(connect: Connect, service: Service) -> None:
    start = time.monotonic()
    with service.line.by(failing(1, 503, "overloaded", Retry_After="1")):
        assert connect().look_up("colours", RED)
    assert 1 <= time.monotonic() - start < 5


def test_a_moment_beyond_the_deadline_is_not(connect: Connect, service: Service) -> None:
    start = time.monotonic()
    with service.line.by(failing(9, 503, "overloaded", Retry_After="60")) as line, pytest.raises(Unavailable):
        connect().look_up("colours", RED)
    assert (len(line.seen), time.monotonic() - start < 5) == (1, True)


def test_a_service_that_is_too_slow_is_given_up_in_time(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, answers nothing
        start = time.monotonic()
        with pytest.raises(Unreachable):
            connect(f"http://127.0.0.1:{silent.getsockname()[1]}", retries=Retries(deadline=0.6, first=0.01)).ready()
        assert 0.5 <= time.monotonic() - start < 5


def test_a_service_that_is_not_there_is_unreachable(connect: Connect) -> None:
    with pytest.raises(Unreachable) as nowhere:
        connect("http://127.0.0.1:1").look_up("colours", RED, idempotency_key="later")
    assert (nowhere.value.tries, nowhere.value.idempotency_key) == (QUICK.tries, "later")
    assert nowhere.value.__cause__ is not None
    with pytest.raises(ValueError, match="http"):
        connect("ftp://127.0.0.1")


def test_a_certificate_that_is_not_trusted_is_not_tried_again(connect: Connect) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever)
    thread.start()
    url = f"https://127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(Unreachable, match="certificate") as distrusted:
            connect(url).catalogs()
        assert distrusted.value.tries == 1
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        with pytest.raises(Unavailable) as trusted:  # the server knows no method at all
            connect(url, verify=trusting).catalogs()
        assert trusted.value.status == 501
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("cuts", [1, 2])
def test_an_answer_that_was_lost_is_given_again_and_the_work_done_once(
    connect: Connect, service: Service, cuts: int
) -> None:
    with cut_line(service.url) as line:
        photocode = connect(line.url)
        name = f"cut-{id(photocode)}"
        photocode.create_catalog(name)
        line.cuts = cuts
        taught = photocode.teach_product(name, "N-1", "once", RED)
        assert line.cuts == 0
        line.cuts = cuts
        answer = photocode.look_up(name, RED)
        assert answer.candidates[0].part_number == "N-1"
        assert photocode.product(name, "N-1") == taught
        line.cuts = cuts
        assert photocode.confirm(answer, "N-1") == photocode.get_lookup(answer.id).confirmation


def test_what_has_no_key_is_not_done_twice(connect: Connect, service: Service) -> None:
    with cut_line(service.url) as line:
        photocode = connect(line.url)
        line.cuts = 1
        with pytest.raises(Unreachable) as unknown:
            photocode.create_catalog(f"made-{id(photocode)}")
        assert unknown.value.tries == 1
        assert photocode.catalog(f"made-{id(photocode)}").products == 0


def test_the_answer_to_another_photo_is_never_given(connect: Connect, service: Service) -> None:
    def other_client(answer: dict[str, Any]) -> None:
        answer["clientLookupId"] = "of-somebody-else"

    def nobodys(answer: dict[str, Any]) -> None:
        del answer["clientLookupId"]

    def other_photo(answer: dict[str, Any]) -> None:
        answer["photo"]["sha256"] = "0" * 64

    for change in (other_client, nobodys, other_photo):
        with service.line.by(changing(change)) as line, pytest.raises(AnswerMismatch):
            connect().look_up("colours", RED)
        assert len(line.seen) == 1


def test_the_key_of_a_queue_gives_the_same_answer_after_a_restart(connect: Connect, service: Service) -> None:
    key = f"queued-{time.time()}"
    first = connect().look_up("colours", RED, idempotency_key=key)
    assert connect().look_up("colours", RED, idempotency_key=key) == first
    assert first.client_lookup_id == key
    with pytest.raises(Refused) as reused:
        connect().look_up("colours", picture("blue"), idempotency_key=key)
    assert reused.value.code == "idempotency_key_reused"


def test_services_that_know_more_are_understood(connect: Connect, service: Service) -> None:
    def later(answer: dict[str, Any]) -> None:
        answer["hologram"] = {"depth": 3}
        answer["verdict"] = "almost"
        answer["candidates"][0]["matchedBy"].append("smell")
        answer["candidates"][0]["evidence"]["smellScore"] = 0.5
        answer["photo"]["region"] = {"x": 0, "y": 0, "width": 1, "height": 1, "angle": 5}

    with service.line.by(changing(later)):
        answer = connect().look_up("colours", RED)
    assert (str(answer.verdict), answer.verdict in list(Verdict), isinstance(answer.verdict, Verdict)) == (
        "almost",
        False,
        True,
    )
    assert answer.candidates[0].matched_by[-1] == "smell"
    assert answer.candidates[0].part_number == "P-red"
    assert answer.photo.region.width == 1


def test_codes_that_are_newer_than_the_client_are_kept_as_they_came(connect: Connect, service: Service) -> None:
    with service.line.by(failing(1, 418, "teapot")), pytest.raises(Refused) as refused:
        connect().look_up("colours", RED)
    assert (refused.value.code, refused.value.detail) == ("teapot", "d")


def test_an_answer_of_a_proxy_is_no_problem_document(connect: Connect, service: Service) -> None:
    with service.line.by(failing(9, 404, x_request_id="gate-7")), pytest.raises(AnswerError) as error:
        connect().look_up("colours", RED)
    assert (error.value.problem, error.value.code, error.value.request_id) == (None, None, "gate-7")


def test_a_success_that_is_none_is_said(connect: Connect, service: Service) -> None:
    for change in (lambda answer: answer.pop("verdict"), lambda answer: answer.update(candidates=None)):
        with service.line.by(changing(change)), pytest.raises(AnswerUnreadable):
            connect().look_up("colours", RED)


def test_a_route_that_is_to_go_is_told_once(connect: Connect, service: Service) -> None:
    photocode = connect()
    dying = wearing(deprecation="@1767225600", sunset="Fri, 01 Jan 2027 00:00:00 GMT", link='</new>; rel="sunset"')
    with service.line.by(dying):
        with pytest.warns(DeprecatedRoute, match="listCatalogs is deprecated, since 2026-01-01.*2027-01-01.*</new>"):
            photocode.catalogs()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            photocode.catalogs()
        with pytest.warns(DeprecatedRoute, match="getCatalog"):
            photocode.catalog("colours")


def test_the_token_goes_with_every_request(connect: Connect, service: Service) -> None:
    with service.line.by(wearing()) as line:
        connect(token="tell-nobody").look_up("colours", RED)
        connect().catalogs()
    assert [asked.headers.get("authorization") for asked in line.seen] == ["Bearer tell-nobody", None]


def test_progress_is_told_byte_by_byte_and_from_the_start_again(connect: Connect, service: Service) -> None:
    sent: list[tuple[int, int]] = []
    photo = picture("red", size=(3000, 2000), form="PNG") + b"\0" * 300_000
    with service.line.by(failing(1, 503)) as line:
        connect(shrink=None).look_up("colours", photo, progress=lambda *one: sent.append(one))
    total = len(line.seen[0].body)
    assert {whole for _, whole in sent} == {total}
    half = len(sent) // 2
    counts = [count for count, _ in sent]
    assert counts[:half] == sorted(counts[:half]) == counts[half:]
    assert (counts[-1], half >= 5) == (total, True)


def test_an_import_that_fails_or_hangs_is_an_error(connect: Connect, service: Service) -> None:
    photocode = connect()
    name = f"import-{id(photocode)}"
    photocode.create_catalog(name)
    started = photocode.start_import(name, colour_catalog())

    def fail(answer: dict[str, Any]) -> None:
        answer |= {"state": "failed", "failure": "the upload is gone"}

    def hang(answer: dict[str, Any]) -> None:
        answer["state"] = "pondering"

    path = f"/imports/{started.id}"
    with service.line.by(changing(fail, path=path)), pytest.raises(ImportFailed, match="upload is gone") as failed:
        photocode.wait_for_import(started, poll=0.01)
    assert failed.value.status.id == started.id
    with service.line.by(changing(hang, path=path)), pytest.raises(ImportTimeout, match="pondering"):
        photocode.wait_for_import(started, poll=0.01, timeout=0.1)
    assert photocode.wait_for_import(started, poll=0.02).state == "completed"


def test_a_service_may_lie_below_a_path(connect: Connect, service: Service) -> None:
    async def below(asked: Asked, relay: Relay) -> Reply:
        assert asked.path.startswith("/plant/7/")
        return Reply(404, {}, b"here")

    with service.line.by(below), pytest.raises(AnswerError) as found:
        connect(f"{service.url}/plant/7").catalogs()
    assert found.value.status == 404

"""Bodies go out at the speed of the uplink, and connections drop where they should."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from loadtests.mobile_day.wire import FAST, Body, Cut, Uplink, Wire, form, paced

CONTENT = bytes(range(256)) * 100
SLOW = Uplink(name="1 Mbit/s", bits=1_000_000)
ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nIdempotency-Replayed: true\r\nContent-Length: 2\r\n\r\n{}"
)


class Listener:
    """Takes one request. Answers once ``wanted`` bytes have come, or never."""

    def __init__(self, *, wanted: int | None, answer: bytes = ANSWER) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._wanted, self._answer = wanted, answer
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.came = b""
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        connection, _ = self._socket.accept()
        with connection, suppress(ConnectionResetError):
            while self._wanted is None or len(self.came) < self._wanted:
                piece = connection.recv(65_536)
                self.came += piece
                if not piece:
                    return
            connection.sendall(self._answer)

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()


@contextmanager
def listening(*, wanted: int | None, answer: bytes = ANSWER) -> Iterator[Listener]:
    listener = Listener(wanted=wanted, answer=answer)
    try:
        yield listener
    finally:
        listener.close()


def test_a_slow_uplink_takes_its_time() -> None:
    begin = time.monotonic()
    arrived = [(time.monotonic() - begin, piece) for piece in paced(CONTENT, SLOW)]
    assert b"".join(piece for _, piece in arrived) == CONTENT
    carried = 0
    for when, piece in arrived:
        carried += len(piece)
        assert when >= SLOW.seconds(carried) - 0.001
    assert len(arrived) > 5
    assert arrived[-1][0] < SLOW.seconds(len(CONTENT)) + 1


def test_a_fast_uplink_sends_at_once() -> None:
    assert list(paced(CONTENT, FAST)) == [CONTENT]
    assert list(paced(b"", FAST)) == []
    assert FAST.seconds(10**9) == 0.0


def test_a_cut_comes_after_its_share() -> None:
    pieces = paced(CONTENT, FAST, 0.25)
    assert next(pieces) == CONTENT[: len(CONTENT) // 4]
    with pytest.raises(Cut):
        next(pieces)


def test_a_request_has_a_length_and_a_key_and_its_answer_is_read() -> None:
    with listening(wanted=len(CONTENT)) as listener:
        answer = Wire(listener.url).post("/here", Body("image/jpeg", CONTENT), "key-1", uplink=SLOW)
    head, body = listener.came.split(b"\r\n\r\n", 1)
    assert head.startswith(b"POST /here HTTP/1.1\r\n")
    assert f"Content-Length: {len(CONTENT)}".encode() in head
    assert b"Idempotency-Key: key-1" in head
    assert b"chunked" not in head
    assert CONTENT.startswith(body)
    assert (answer.status, answer.body, answer.replayed, answer.retry_after) == (503, b"{}", True, 2.0)


def test_a_cut_leaves_the_service_with_a_part_of_the_body() -> None:
    with listening(wanted=None) as listener, pytest.raises(Cut):
        Wire(listener.url).post("/", Body("image/jpeg", CONTENT), "k", cut=0.5)
    assert listener.came.endswith(CONTENT[: len(CONTENT) // 2])


def test_patience_ends() -> None:
    with listening(wanted=None) as listener, pytest.raises(TimeoutError):
        Wire(listener.url).post("/", Body("image/jpeg", CONTENT), "k", patience=0.1)


def test_an_answer_before_the_body_has_gone_out_is_read() -> None:
    with listening(wanted=1) as listener:
        answer = Wire(listener.url).post("/", Body("image/jpeg", CONTENT), "k", uplink=SLOW)
    assert answer.status == 503


def test_a_lost_connection_is_told() -> None:
    with listening(wanted=1, answer=b"") as listener, pytest.raises(OSError, match=r"."):
        Wire(listener.url).post("/", Body("image/jpeg", CONTENT), "k")


def test_a_form_holds_each_photo_and_the_options() -> None:
    made = form([b"first", b"second"], b"{}")
    assert made.content_type.startswith("multipart/form-data; boundary=")
    assert made.content.count(b'name="photo"') == 2
    assert b"first" in made.content
    assert b'name="request"' in made.content

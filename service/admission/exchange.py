"""One request from the door to its end: its body within a time, its turn, and its end when the client leaves."""

import asyncio
from contextlib import ExitStack
from typing import Any, Final, cast

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPDisconnectEvent, HTTPReceiveMessage, HTTPScope, Message, Receive, Send

from mobile_contract.problems import Code
from service.admission.doors import Admission
from service.admission.lanes import TERMS, Lane, honours_keys
from service.admission.metering import Metered
from service.idempotency import HEADER, REPLAYED, UNPAID
from service.problems import answer_failure
from service.refused import Refused

EVENTS: Final = b"text/event-stream"
GIVEN_BACK: Final = frozenset({429, 499, 503})
"""Statuses of requests for which nothing was done."""
IN_FLIGHT: Final = 409


class Exchange:
    """Made for each request."""

    def __init__(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
        admission: Admission,
        lane: Lane | None,
        metered: Metered | None,
    ) -> None:
        """``lane``: None where there is no body; ``metered``: None where it is not counted."""
        self._scope, self._receive, self._send = scope, receive, send
        self._admission, self._lane, self._metered = admission, lane, metered
        self._under_way = ExitStack()
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + (TERMS[lane].body if lane else 0.0)
        self._begun: float | None = None
        self._complete = self._started = self._paid = False
        self._gone: asyncio.Task[None] | None = None
        self._left = asyncio.Event()

    async def run(self, app: ASGIApp) -> None:
        """Have the request answered."""
        with self._under_way:
            self._under_way.enter_context(self._admission.request())
            if self._lane is None:
                await app(self._scope, self.receive, self.send)
            else:
                await self._work(app)

    async def receive(self) -> HTTPReceiveMessage | HTTPDisconnectEvent:
        """As ASGI's; the last piece of a body comes when it is the request's turn.

        Raises:
            Refused: there is no unit left.
            Overloaded: it waited too long for its turn.
            TimeoutError: the body did not come in time.

        """
        if self._complete:
            await self._end()
            return {"type": "http.disconnect"}
        if self._lane is None:
            return await self._piece()
        await self._pay()
        terms = TERMS[self._lane]
        async with asyncio.timeout_at(min(self._until, self._loop.time() + terms.chunk)):
            message = await self._piece()
        if self._complete and message["type"] == "http.request":
            self._gone = asyncio.create_task(self._watch(), name="client leaves")
            await self._admission.take(self._lane)
            self._begun = self._loop.time()
        return message

    async def send(self, message: Message) -> None:
        """As ASGI's; the first one says what is left to the client."""
        if message["type"] == "http.response.start":
            self._started = True
            headers = MutableScopeHeaders(message)
            if self._metered is not None:
                await self._settle(self._metered, message["status"], headers)
            if headers.get("content-type", "").encode().startswith(EVENTS):
                self._under_way.close()  # it never ends by itself: nobody waits for it
        await self._send(message)

    async def _piece(self) -> HTTPReceiveMessage | HTTPDisconnectEvent:
        message = cast("HTTPReceiveMessage | HTTPDisconnectEvent", await self._receive())
        self._complete = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    async def _work(self, app: ASGIApp) -> None:
        """A task of its own, so that it can be ended when there is nobody any more to answer."""
        work = asyncio.create_task(self._answer(app), name="request")
        leaving = asyncio.create_task(self._left.wait(), name="leaving")
        closed = asyncio.create_task(self._admission.closed.wait(), name="closed")
        try:
            await asyncio.wait((work, leaving, closed), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await _ended(work)
                await self._refuse(left=leaving.done())
            else:
                work.result()
        finally:
            for task in (work, leaving, closed, self._gone):
                if task is not None:
                    task.cancel()
            self._give_back()

    async def _answer(self, app: ASGIApp) -> None:
        await app(self._scope, self.receive, self.send)

    async def _refuse(self, *, left: bool) -> None:
        if self._started:
            return
        error = (
            Refused(Code.CLIENT_CLOSED_REQUEST, "the client left before it was answered")
            if left
            else Refused(Code.SHUTTING_DOWN, "the service is being stopped; try again shortly")
        )
        request: Request[Any, Any, Any] = Request(self._scope, self._receive, self._send)
        # Not given back where it was being worked for: who leaves again and again is no lighter a burden.
        answer = answer_failure(request, error).to_asgi_response(None, request)
        await answer(self._scope, self._receive, self._send if left and self._begun else self.send)

    def _give_back(self) -> None:
        if self._begun is not None and self._lane is not None:
            self._admission.places(self._lane).give_back(self._loop.time() - self._begun)
            self._begun = None

    async def _watch(self) -> None:
        """Until the client has gone."""
        if (await self._receive())["type"] != "http.disconnect":
            await self._loop.create_future()  # a server that gives more than there is says nothing of the client
        if self._lane is None or not TERMS[self._lane].left_alone or self._begun is None:
            self._left.set()

    async def _end(self) -> None:
        """Until the client has gone or the service closes: whoever asks for more of a whole body waits for that."""
        closing = asyncio.create_task(self._admission.closing.wait())
        gone = self._gone or asyncio.create_task(self._watch())
        try:
            await asyncio.wait((closing, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
            if gone is not self._gone:
                gone.cancel()

    async def _pay(self) -> None:
        """Raises Refused where no unit is left; a repeated request may find that it was answered before."""
        if self._paid:
            return
        self._paid = True
        if self._metered is None or (refusal := await self._metered.refusal()) is None:
            return
        handler = self._scope["route_handler"]
        if HEADER.lower() in _names(self._scope) and isinstance(handler, HTTPRouteHandler) and honours_keys(handler):
            self._scope["state"][UNPAID] = refusal
        else:
            raise refusal

    async def _settle(self, metered: Metered, status: int, headers: MutableScopeHeaders) -> None:
        if REPLAYED in headers or status in GIVEN_BACK or (status == IN_FLIGHT and "Retry-After" in headers):
            await metered.give_back()
        for name, value in (await metered.headers()).items():
            headers[name] = value


def _names(scope: HTTPScope) -> frozenset[str]:
    return frozenset(name.decode("latin-1").lower() for name, _ in scope["headers"])


async def _ended(work: asyncio.Task[Any]) -> None:
    """Cancel, and wait until it has let go of what it holds."""
    work.cancel()
    await asyncio.wait((work,))

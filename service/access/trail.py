"""Writes down who changed what.

What changes something in a transaction notes it there, so that there is never one without the other. Whatever else an
administrator's or a catalog's writing route did, or refused to do, is written down before its answer goes out.
"""

from typing import Any, Final
from urllib.parse import quote

import structlog
from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Send
from litestar.types import Scope as Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.audit import AuditEntry, add_entry
from service.access.routes import READING
from service.access.scopes import NEEDS, Scope
from service.access.visitor import STATE, Visitor
from service.bootstrap import Services
from service.idempotency import REPLAYED

NOTED: Final = "noted"
WRITING: Final = frozenset({Scope.CATALOG_WRITE, Scope.ADMIN})


async def note(
    session: AsyncSession, request: Request[Any, Any, Any], *, target: str | None = None, subject: str | None = None
) -> None:
    """Write down, with what the session commits, that a request did what it was to do. ``target``: the path of what it
    was about, the request's unless given; ``subject``: who did it, the visitor unless given.
    """
    status = request.scope["route_handler"].status_code  # type: ignore[union-attr]
    await add_entry(session, _entry(request.scope, status, target, subject))
    request.scope["state"][NOTED] = True


class AuditTrail(ASGIMiddleware):
    """Writes down what no transaction did. Inside the gate: who was not let in changed nothing."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Connection, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        if scope.get("method") in READING or WRITING.isdisjoint(scope["route_handler"].opt.get(NEEDS, ())):
            await next_app(scope, receive, send)
            return

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders(message)
                # Where what was noted came to nothing, so did the note.
                noted = scope["state"].get(NOTED) and message["status"] < 400
                if not noted and headers.get(REPLAYED) is None:
                    await _write(scope, message["status"], headers.get("Location"))
            await send(message)

        await next_app(scope, receive, send_noted)


async def _write(scope: Connection, status: int, target: str | None) -> None:
    parts: Services = scope["litestar_app"].state.parts
    try:
        async with parts.database.write() as session:
            await add_entry(session, _entry(scope, status, target, None))
    except (SQLAlchemyError, OSError) as error:
        log = structlog.get_logger("photocode.audit")
        log.error("not written down", path=scope["path"], status=status, reason=type(error).__name__)


def _entry(scope: Any, status: int, target: str | None, subject: str | None) -> AuditEntry:
    visitor: Visitor = scope["state"][STATE]
    return AuditEntry(
        subject=subject or visitor.subject,
        address=visitor.client,
        operation=scope["route_handler"].operation_id or scope["path_template"],
        # Encoded, so that no request writes into the terminal of who reads this.
        target=target or quote(scope["path"]),
        request_id=scope["state"]["request_id"],
        status=status,
    )

"""Route of the audit log."""

from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from catalog.audit import read_entries
from mobile_contract.audit import AuditPage
from mobile_contract.limits import AUDIT_DEFAULT, AUDIT_MAX
from service.access.scopes import Scope, needs
from service.audit.presenter import present_entries
from service.dependencies import Parts
from service.paging import After, read_sequence
from service.problems import documented

PageLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=AUDIT_MAX, description="Of a page, at most")]
Subject = Annotated[
    str | None, QueryParameter(name="subject", min_length=1, max_length=200, description="Of this client only")
]
OperationName = Annotated[
    str | None, QueryParameter(name="operation", min_length=1, max_length=200, description="Of this operation only")
]


class AuditController(Controller):
    """The audit log."""

    path = "/v1/audit"
    tags = ("access",)

    @get(opt=needs(Scope.ADMIN), operation_id="listAudit", summary="Who changed what", responses=documented())
    async def list(
        self,
        parts: Parts,
        after: After = None,
        limit: PageLimit = AUDIT_DEFAULT,
        subject: Subject = None,
        operation: OperationName = None,
    ) -> AuditPage:
        """What was changed, or was to be, the newest first."""
        before = None if after is None else read_sequence(after)
        async with parts.database.read() as session:
            rows = await read_entries(session, most=limit + 1, before=before, subject=subject, operation=operation)
        return present_entries(rows, limit)

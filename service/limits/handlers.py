"""Routes of rates and quotas."""

from litestar import Controller, delete, get, put
from litestar.params import JSONBody

from mobile_contract.allowances import ClientAllowance, ClientAllowanceList, NewAllowance
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Parts
from service.limits.actions import forget_allowance, put_allowance, see_allowance, see_allowances
from service.limits.requests import PAGE_DEFAULT, After, Most, Subject
from service.problems import documented


class LimitsController(Controller):
    """How much each client may ask."""

    path = "/v1/limits"
    tags = ("access",)

    @get(operation_id="listLimits", summary="What clients may ask", responses=documented(), opt=needs(Scope.ADMIN))
    async def list(self, parts: Parts, after: After = None, limit: Most = PAGE_DEFAULT) -> ClientAllowanceList:
        """Clients for which something was set or that have asked something today, page by page."""
        return await see_allowances(parts, after, limit)

    @get(
        "/{subject:str}",
        operation_id="getLimits",
        summary="What one client may ask",
        responses=documented(),
        opt=needs(Scope.ADMIN),
    )
    async def get(self, subject: Subject, parts: Parts) -> ClientAllowance:
        """What one client may ask a minute and a day, and what it has asked."""
        return await see_allowance(parts, subject)

    @put(
        "/{subject:str}",
        operation_id="putLimits",
        summary="Set what one client may ask",
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.BODY_TOO_LARGE),
        opt=needs(Scope.ADMIN),
    )
    async def put(self, subject: Subject, data: JSONBody[NewAllowance], parts: Parts) -> ClientAllowance:
        """Set a rate, a quota or both for one client, in place of what was set before. It holds within 4 seconds."""
        return await put_allowance(parts, subject, data)

    @delete(
        "/{subject:str}",
        operation_id="deleteLimits",
        summary="Let one client ask what all may",
        responses=documented(),
        opt=needs(Scope.ADMIN),
    )
    async def delete(self, subject: Subject, parts: Parts) -> None:
        """Forget what was set for one client; also where nothing was."""
        await forget_allowance(parts, subject)

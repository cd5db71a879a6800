"""Routes of a catalog's self-test."""

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from mobile_contract.problems import Code
from mobile_contract.self_tests import SelfTest
from service.access.scopes import Scope, needs
from service.dependencies import Parts
from service.problems import documented
from service.self_test.actions import find_self_test, start_self_test
from service.self_test.presenter import present_self_test


class SelfTestController(Controller):
    """Whether a catalog's products find themselves."""

    path = "/v1/catalogs/{catalog:str}/self-test"
    tags = ("catalogs",)

    @post(
        operation_id="startSelfTest",
        summary="Ask a catalog whether its products find themselves",
        status_code=202,
        responses=documented(Code.CATALOG_NOT_FOUND, Code.SPACE_MISMATCH, Code.SELF_TEST_OFF),
        opt=needs(Scope.CATALOG_WRITE),
    )
    async def start(self, catalog: FromPath[str], parts: Parts) -> Response[SelfTest]:
        """Test a catalog in the background, as happens after an import; where a test is under way, it is that one."""
        found = present_self_test(await start_self_test(parts, catalog))
        return Response(found, status_code=202, headers={"Location": f"/v1/catalogs/{catalog}/self-test"})

    @get(
        operation_id="getSelfTest",
        summary="What a catalog's newest self-test found",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.SELF_TEST_NOT_FOUND),
        opt=needs(Scope.CATALOG_READ),
    )
    async def get(self, catalog: FromPath[str], parts: Parts) -> SelfTest:
        """Which products find themselves, which nobody can tell apart, which pictures are weak or copies."""
        return present_self_test(await find_self_test(parts, catalog))

"""Asking for a catalog to be tested, and for what came of it."""

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.self_tests import SelfTestProgress, ask_for_test, newest_test
from mobile_contract.problems import Code
from service.bootstrap import Services
from service.refused import Refused


async def start_self_test(parts: Services, catalog_name: str) -> SelfTestProgress:
    """Let a catalog be tested; where a test is under way, it is that one.

    Raises:
        Refused: catalogs are not tested here.
        CatalogNotFound, SpaceMismatch: it cannot be.

    """
    if parts.self_tests is None:
        raise Refused(Code.SELF_TEST_OFF, "PHOTOCODE_SELF_TEST is off")
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
        await ask_for_test(session, catalog_id, parts.self_tests.most)
        found = await newest_test(session, catalog_id)
    parts.self_tests.wake()
    return found


async def find_self_test(parts: Services, catalog_name: str) -> SelfTestProgress:
    """A catalog's newest self-test.

    Raises:
        CatalogNotFound, SelfTestNotFound: there is none.

    """
    async with parts.database.read() as session:
        return await newest_test(session, await find_catalog(session, catalog_name))

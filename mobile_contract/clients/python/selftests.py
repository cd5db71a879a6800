"""Flows of self-tests: which products of a catalog find themselves."""

from mobile_contract.clients.python.exchange import Call, Core, Flow, Wait, ask
from mobile_contract.clients.python.queries import at
from mobile_contract.clients.python.teaching import POLL_SECONDS, WAIT_SECONDS
from mobile_contract.self_tests import SelfTest, SelfTestState


def start_self_test(core: Core, catalog: str) -> Flow[SelfTest]:
    """Test a catalog in the background; where a test is under way, it is that one.

    Raises:
        Conflict: the service is set to test nothing.

    """
    return ask(core, Call(operation="startSelfTest", method="POST", path=_at(catalog), kind=SelfTest))


def self_test(core: Core, catalog: str) -> Flow[SelfTest]:
    """A catalog's newest self-test.

    Raises:
        NotFound: it has not been tested.

    """
    return ask(core, Call(operation="getSelfTest", method="GET", path=_at(catalog), kind=SelfTest))


def wait_for_self_test(
    core: Core, test: SelfTest, *, poll: float = POLL_SECONDS, timeout: float = WAIT_SECONDS
) -> Flow[SelfTest]:
    """Wait until a catalog's self-test is ``completed`` or ``failed``, or until the time is over; gives the newest one
    as it is then. ``poll`` and ``timeout`` are seconds.
    """
    until = core.clock() + timeout
    while test.state in (SelfTestState.QUEUED, SelfTestState.RUNNING) and core.clock() + poll <= until:
        yield Wait(poll)
        test = yield from self_test(core, test.catalog)
    return test


def _at(catalog: str) -> str:
    return f"{at(catalog)}/self-test"

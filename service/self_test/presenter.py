"""Self-tests as the wire shows them."""

import msgspec
from msgspec import UNSET

from catalog.self_tests import SelfTestProgress
from mobile_contract.self_tests import SelfTest, SelfTestReport, SelfTestState


def present_self_test(found: SelfTestProgress) -> SelfTest:
    """A self-test, with its report where it is complete."""
    row = found.row
    return SelfTest(
        id=row.id,
        catalog=found.catalog_name,
        state=SelfTestState(row.state),
        to_ask=found.asked,
        done=found.done,
        report=msgspec.convert(row.report, SelfTestReport) if row.report is not None else UNSET,
        failure=row.failure or UNSET,
        failure_code=row.failure_code or UNSET,
        created_at=row.created_at,
        finished_at=row.finished_at or UNSET,
    )

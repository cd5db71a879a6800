"""What a check of a deployment gives."""

from collections.abc import Sequence

import msgspec

from service.contract_check.own_catalog import find_catalog
from service.contract_check.rules import Checked, Outcome, Rule, run
from service.contract_check.site import LONGEST_PAUSE, Site, client


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rules. ``left``: what the check made there and could not take away."""

    url: str
    catalog: str
    passed: int
    failed: int
    skipped: int
    rules: list[Checked]
    left: list[str]


def examine(
    url: str,
    *,
    rules: Sequence[Rule],
    catalog: str | None = None,
    token: str | None = None,
    longest_pause: float = LONGEST_PAUSE,
) -> Report:
    """Check rules against a deployment. ``longest_pause``: seconds to wait before asking again, whatever it says.

    Raises:
        NoDeployment: there is nothing to check.

    """
    with client(url, token) as http:
        site = Site(http=http, longest_pause=longest_pause)
        find_catalog(site, catalog)
        checked = list(run(rules, site))
    counted = {outcome: sum(one.outcome is outcome for one in checked) for outcome in Outcome}
    return Report(
        url=url,
        catalog=site.catalog or "",
        passed=counted[Outcome.PASSED],
        failed=counted[Outcome.FAILED],
        skipped=counted[Outcome.SKIPPED],
        rules=sorted(checked, key=lambda one: int(one.id[1:])),
        left=[*site.left, f"{_lookups(site)} lookups"] if site.catalog else site.left,
    )


def _lookups(site: Site) -> int:
    """Different ones that were answered."""
    answers = [seen.json.get("id") for seen in site.seen if seen.status == 200 and seen.what.endswith("/lookups")]
    return len(set(answers))

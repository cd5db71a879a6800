"""Rules, what became of each, and running them all."""

import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

import httpx
import msgspec

from mobile_contract.problems import Code
from service.contract_check.site import Seen, Site


class Broken(Exception):
    """The deployment breaks the rule that is being checked; its words say how."""


class Unchecked(Exception):
    """The rule cannot be checked here; its words say why."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule by its id and title in RULES.md. ``check`` gives what was seen, in words.

    It raises Broken or Unchecked.
    """

    id: str
    title: str
    check: Callable[[Site], str]


class Outcome(StrEnum):
    """What became of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and what became of it; ``why``: what was seen, what is wrong, or why it was skipped."""

    id: str
    title: str
    outcome: Outcome
    why: str
    seconds: float


def run(rules: Iterable[Rule], site: Site) -> Iterator[Checked]:
    """Check one rule after the other."""
    for rule in rules:
        start = time.monotonic()
        outcome, why = _outcome(rule, site)
        yield Checked(
            id=rule.id, title=rule.title, outcome=outcome, why=why, seconds=round(time.monotonic() - start, 2)
        )


def _outcome(rule: Rule, site: Site) -> tuple[Outcome, str]:
    try:
        return Outcome.PASSED, rule.check(site)
    except Unchecked as why:
        return Outcome.SKIPPED, str(why)
    except Broken as why:
        return Outcome.FAILED, str(why)
    except httpx.HTTPError as error:
        return Outcome.FAILED, f"no answer: {error or type(error).__name__}"


def hold(condition: object, why: str) -> None:
    """Raises Broken with the words where the condition does not hold."""
    if not condition:
        raise Broken(why)


def need_catalog(site: Site) -> None:
    """Raises Unchecked where there is no catalog to look up in."""
    if site.catalog is None:
        raise Unchecked(site.without)


def need_own(site: Site, what: str) -> None:
    """Raises Unchecked where the catalog is none of the check's own."""
    need_catalog(site)
    if not site.own:
        raise Unchecked(f"{what} would change the catalog {site.catalog}, which is not the check's own")


def answered(seen: Seen) -> dict[str, Any]:
    """A lookup's answer, or any other.

    Raises:
        Broken: it is none.

    """
    hold(seen.status in (200, 201), f"refused: {seen}")
    return seen.json


def refused(seen: Seen, code: Code) -> None:
    """Raises Broken where the answer is not a refusal with this code."""
    hold(seen.json.get("code") == code, f"{code} was due: {seen}")

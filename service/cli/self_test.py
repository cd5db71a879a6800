"""``photocode self-test``: whether a catalog's products find themselves, in plain words."""

import time
from collections.abc import Iterator

import click
import msgspec
from msgspec import UNSET, UnsetType

from mobile_contract.self_tests import LostProduct, SelfTest, SelfTestReport, SelfTestState, Share
from service.cli.calling import calling, url_option
from service.demo.phone import Phone

SHOWN = 10
POLL_SECONDS = 0.5
_UNDER_WAY = (SelfTestState.QUEUED, SelfTestState.RUNNING)


@click.command()
@click.argument("catalog")
@click.option("--again", is_flag=True, help="Test it again, and wait for that.")
@click.option("--json", "as_json", is_flag=True, help="Print it as the service gave it.")
@url_option
def self_test(catalog: str, again: bool, as_json: bool, url: str) -> None:
    """Show which products of CATALOG find themselves, which nobody can tell apart, and which pictures are weak.

    A catalog is tested after each import. Where it has not been, it is tested now; where a test is under way, this
    waits for it.
    """
    with calling(url) as phone:
        found = _wait(phone, catalog, None if again else phone.self_test(catalog))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
        return
    for line in lines(found):
        click.echo(line)


def _wait(phone: Phone, catalog: str, found: SelfTest | None) -> SelfTest:
    found = found or phone.start_self_test(catalog)
    told = -1
    while found.state in _UNDER_WAY:
        if found.to_ask and found.done != told:
            click.echo(f"asked about {found.done} of {found.to_ask} products", err=True)
            told = found.done
        time.sleep(POLL_SECONDS)
        found = phone.self_test(catalog) or phone.start_self_test(catalog)
    return found


def lines(found: SelfTest) -> Iterator[str]:
    """A self-test in words."""
    if found.report is UNSET:
        why = f"{found.failure or 'nobody knows why'} ({found.failure_code or 'no code'})"
        yield f"{found.catalog}: the self-test failed: {why}"
        return
    report = found.report
    yield f"{found.catalog}, tested {found.finished_at or found.created_at:%Y-%m-%d %H:%M} UTC"
    yield from _found(report)
    yield from _twins(report)
    yield from _weak(report)
    yield from _copies(report)
    yield from _categories(report)


def _found(report: SelfTestReport) -> Iterator[str]:
    counts = report.counters
    yield f"  {counts.products} products, {counts.with_pictures} with pictures, {counts.with_several} with several"
    asked = f"asked about {counts.asked}, {counts.held_out} by a picture held out, {counts.drawn} by a drawn view"
    sampled = "all that have pictures" if counts.sampled >= counts.with_pictures else f"a sample of {counts.sampled}"
    yield f"  {asked}; figures are of {sampled}, with 95 % bounds (Wilson)"
    yield f"  find themselves first: {_share(report.finds_itself)}"
    yield f"  among five: {_share(report.finds_itself_among_five)}"
    ranks = ", ".join(f"{'not found' if rank == 'none' else rank}: {count}" for rank, count in report.ranks.items())
    yield f"  by place: {ranks or 'nobody was asked'}"
    if counts.unusable:
        yield f"  {counts.unusable} could not be asked about: their picture is no photo that can be used"
    for one in report.lost[:SHOWN]:
        yield f"    {_lost(one)}"
    yield from _more(counts.lost, "products do not come first")


def _lost(one: LostProduct) -> str:
    place = "is not found" if one.rank is UNSET else f"comes {one.rank}."
    return f"{one.part_number} ({one.name}) {place}" + ("" if one.found is UNSET else f", first is {one.found}")


def _twins(report: SelfTestReport) -> Iterator[str]:
    counts = report.counters
    yield f"  indistinguishable: {counts.twins} products in {counts.twin_groups} groups"
    for one in report.twins[:SHOWN]:
        numbers = ", ".join(one.part_numbers[:SHOWN]) + (", ..." if one.count > SHOWN else "")
        yield f"    {one.count}: {numbers} (by {' and '.join(one.because)})"
    yield from _more(counts.twin_groups, "groups")


def _weak(report: SelfTestReport) -> Iterator[str]:
    codes = ", ".join(f"{code} {count}" for code, count in report.weak_codes.items())
    yield f"  weak pictures: {report.counters.weak_pictures}" + (f" ({codes})" if codes else "")
    for one in report.weak_pictures[:SHOWN]:
        yield f"    {one.part_number}: {', '.join(one.codes)} ({one.reference_image})"
    yield from _more(report.counters.weak_pictures, "pictures")
    if report.counters.not_looked_at:
        yield f"    {report.counters.not_looked_at} pictures had not been looked at"


def _copies(report: SelfTestReport) -> Iterator[str]:
    yield f"  pictures that look the same on several products: {report.counters.copy_groups} groups"
    for one in report.copies[:SHOWN]:
        numbers = ", ".join(dict.fromkeys(each.part_number for each in one.pictures[:SHOWN]))
        yield f"    {one.count} pictures of {one.products}: {numbers}{' (the same file)' if one.identical else ''}"
    yield from _more(report.counters.copy_groups, "groups")


def _categories(report: SelfTestReport) -> Iterator[str]:
    counts = report.counters
    yield f"  categories: {counts.categories}, {counts.empty_categories} without any picture"
    for one in report.categories:
        name = "(none)" if one.category is UNSET else one.category
        having = f"{one.with_pictures} of {one.products} with pictures, {one.with_several} with several"
        yield f"    {name}: " + ("no picture at all" if one.empty else f"{having}; first {_share(one.finds_itself)}")


def _share(one: Share | UnsetType) -> str:
    if one is UNSET:
        return "not asked"
    return f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%}) of {one.among}"


def _more(count: int, what: str) -> Iterator[str]:
    if count > SHOWN:
        yield f"    {count} {what} in all; --json has the first of them"

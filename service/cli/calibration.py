"""``photocode calibration``: what a catalog's verdicts are fitted on, and what share of wrong matches it wants."""

from collections.abc import Iterator

import click
import msgspec
from msgspec import UNSET

from mobile_contract.calibrations import LEAST_WRONG, MOST_WRONG, Calibration, Fitted
from service.cli.calling import calling, url_option


@click.command()
@click.argument("catalog")
@click.option(
    "--wrong-matches",
    type=click.FloatRange(LEAST_WRONG, MOST_WRONG),
    help="Want this share of wrong ones among matches from now on, as 0.02.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as the service gave it.")
@url_option
def calibration(catalog: str, wrong_matches: float | None, as_json: bool, url: str) -> None:
    """Show what the verdicts of CATALOG are fitted on, and from what probability on something is a match."""
    with calling(url) as phone:
        found = phone.calibration(catalog) if wrong_matches is None else phone.want(catalog, wrong_matches)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
        return
    click.echo(f"{catalog}: at most {found.wrong_matches:.1%} of matches are to be wrong")
    for line in _lines(found):
        click.echo(f"  {line}")


def _lines(found: Calibration) -> Iterator[str]:
    fitted = found.fitted
    if found.failure is not UNSET:
        yield f"the last try was given up: {found.failure} ({found.failure_code or 'no code'})"
        yield f"--wrong-matches {found.wrong_matches:g} has it tried anew"
    if fitted is UNSET:
        yield "no calibration yet: verdicts are the shared model's"
        return
    yield f"calibration {fitted.version}, of {fitted.created_at:%Y-%m-%d %H:%M} UTC, is fitted on"
    without = f"in {fitted.left_out} of which the product was left out"
    yield f"  {fitted.rehearsed} answers about the catalog's own pictures, {without}"
    yield f"  {fitted.confirmed} confirmed lookups"
    if (fitted.slope, fitted.intercept, fitted.confirmed) == (1.0, 0.0, 0):
        yield "the catalog's own pictures say little of photos: probabilities are the shared model's"
    yield from _thresholds(fitted)
    if fitted.wrong_matches != found.wrong_matches:
        yield f"it was made for {fitted.wrong_matches:.1%} of wrong matches; the next one goes by what is wanted now"


def _thresholds(fitted: Fitted) -> Iterator[str]:
    if fitted.match_probability < 1:
        yield f"a match from a probability of {fitted.match_probability:.3f} on"
    else:
        yield "nothing is a match by its looks: from no probability on were wrong ones as rare as is wanted"
    yield f"no match below a probability of {fitted.no_match_probability:.3f}"

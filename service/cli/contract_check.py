"""``photocode contract check URL``: the rules for phones, run against a deployment."""

import sys
from collections.abc import Iterable

import click
import msgspec
from rich.console import Console
from rich.table import Table

from service.cli.lazy import Late
from service.contract_check.every import RULES
from service.contract_check.own_catalog import NoDeployment
from service.contract_check.report import Report, examine
from service.contract_check.rules import Outcome, Rule

DOCUMENTS = Late("service.cli.contract:documents", "Whether the committed documents are the code's.")
"""What is done without an address; it needs the application, which a check of another deployment does not."""
_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}


@click.command("check")
@click.argument("url", required=False)
@click.option("--catalog", help="Look up in this catalog, and change nothing in it. Without: one of the check's own.")
@click.option("--token", envvar="PHOTOCODE_TOKEN", help="Sent as Authorization: Bearer.")
@click.option("--rule", "ids", multiple=True, metavar="ID", help="Only this rule, repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(
    context: click.Context,
    url: str | None,
    catalog: str | None,
    token: str | None,
    ids: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run the rules for phones (mobile_contract/RULES.md) against the deployment at URL; exit status 1 where one
    fails. Without URL: whether the committed OpenAPI document is the code's.
    """
    if url is None:
        if catalog or ids or as_json:
            raise click.UsageError("give the deployment's URL")
        context.invoke(DOCUMENTS.load())
        return
    try:
        report = examine(_http(url), catalog=catalog, token=token, rules=_chosen(ids))
    except NoDeployment as error:
        raise click.ClickException(str(error)) from error
    _show(report, as_json=as_json)
    sys.exit(1 if report.failed else 0)


def _http(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url} is no address that begins with http:// or https://", param_hint="URL")
    return url


def _chosen(ids: Iterable[str]) -> list[Rule]:
    wanted = {one.upper() for one in ids}
    if unknown := sorted(wanted - {rule.id for rule in RULES}):
        raise click.BadParameter(f"there is no rule {unknown[0]}", param_hint="--rule")
    return [rule for rule in RULES if not wanted or rule.id in wanted]


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
        return
    console = Console()
    table = Table("rule", "", "outcome", "what was seen, what is wrong, why it was skipped", box=None, pad_edge=False)
    for one in report.rules:
        table.add_row(one.id, one.title, f"[{_COLOURS[one.outcome]}]{one.outcome}[/]", one.why)
    console.print(table)
    console.print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped", style="bold")
    if report.left:
        console.print(f"left there, since no route takes them away: {', '.join(report.left)}")

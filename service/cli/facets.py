"""``photocode facets``: what a catalog of a running service can be narrowed by."""

import click
from rich.console import Console

from mobile_contract.limits import FACET_VALUES_MAX
from service.cli.calling import calling, narrowing_options, url_option
from service.demo.screen import show_catalog_facets


@click.command()
@click.argument("catalog")
@narrowing_options
@click.option("--key", "keys", multiple=True, help="Of this metadata key only, repeatable.")
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, FACET_VALUES_MAX), help="Values of a field."
)
@url_option
def facets(
    catalog: str,
    categories: tuple[str, ...],
    metadata: tuple[tuple[str, str], ...],
    keys: tuple[str, ...],
    limit: int,
    url: str,
) -> None:
    """Show how many products of CATALOG have which category and metadata. Each field is counted under the conditions on
    all others, so that it shows what else could be chosen.
    """
    with calling(url) as phone:
        found = phone.facets(catalog, categories=categories, metadata=metadata, keys=keys, limit=limit)
        show_catalog_facets(Console(), catalog, found)

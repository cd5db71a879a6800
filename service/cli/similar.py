"""``photocode similar``: products that look like one, of a running service."""

import click
from rich.console import Console

from mobile_contract.limits import CANDIDATES_MAX
from service.cli.calling import calling, catalog_option, facet_option, narrowing_options, url_option
from service.demo.screen import show_facets, show_similar


@click.command()
@click.argument("part_number")
@click.option(
    "--limit", default=5, show_default=True, type=click.IntRange(1, CANDIDATES_MAX), help="Products at most, of a page."
)
@click.option("--after", help="The page after this cursor, which the page before it shows.")
@narrowing_options
@facet_option
@catalog_option
@url_option
def similar(
    part_number: str,
    limit: int,
    after: str | None,
    categories: tuple[str, ...],
    metadata: tuple[tuple[str, str], ...],
    facets: tuple[str, ...],
    catalog: str,
    url: str,
) -> None:
    """Show the products whose pictures look most like those of the product PART_NUMBER."""
    with calling(url) as phone:
        found = phone.similar(
            catalog, part_number, limit=limit, after=after, categories=categories, metadata=metadata, facets=facets
        )
        show_similar(Console(), part_number, found)
        show_facets(Console(), found.facets)

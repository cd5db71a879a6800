"""``photocode similar``: products that look like one, of a running service."""

import click
import httpx
from rich.console import Console

from service.demo.data_set import CATALOG
from service.demo.phone import ServiceRefused, connect
from service.demo.screen import show_similar


@click.command()
@click.argument("part_number")
@click.option("--url", default="http://127.0.0.1:8700", show_default=True, help="The service.")
@click.option("--catalog", default=CATALOG, show_default=True)
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Products at most.")
def similar(part_number: str, url: str, catalog: str, limit: int) -> None:
    """Show the products whose pictures look most like those of the product PART_NUMBER."""
    try:
        with connect(url) as phone:
            show_similar(Console(), part_number, phone.similar(catalog, part_number, limit=limit))
    except ServiceRefused as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is `photocode serve` running?") from error

"""``photocode lookup``: one photo against a running service."""

from pathlib import Path

import click
import httpx
from rich.console import Console

from service.demo.data_set import CATALOG, MEDIA_TYPES
from service.demo.phone import ServiceRefused, connect
from service.demo.screen import show_lookup
from service.demo.sheet import draw_sheet


@click.command()
@click.argument("photo", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8700", show_default=True, help="The service.")
@click.option("--catalog", default=CATALOG, show_default=True)
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Candidates at most.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Draw photo and candidates into a file.")
def lookup(photo: Path, url: str, catalog: str, limit: int, sheet: Path | None) -> None:
    """Look PHOTO up and show the candidates."""
    media_type = MEDIA_TYPES.get(photo.suffix.lower(), "image/jpeg")
    try:
        with connect(url) as phone:
            answer, milliseconds = phone.look_up(catalog, photo, media_type, limit=limit)
            show_lookup(Console(), photo.name, answer, milliseconds)
            if sheet is not None:
                references = [phone.picture(candidate.reference_image.image_url) for candidate in answer.candidates]
                draw_sheet(photo.read_bytes(), answer, references).save(sheet)
    except ServiceRefused as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is `photocode serve` running?") from error

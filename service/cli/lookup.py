"""``photocode lookup``: a photo, a file or an address, or several of one part, against a running service."""

from pathlib import Path

import click
import httpx
from rich.console import Console

from mobile_contract.limits import PHOTOS_MAX
from mobile_contract.lookups import Region
from service.demo.data_set import CATALOG
from service.demo.phone import ServiceRefused, connect
from service.demo.screen import show_lookup
from service.demo.sheet import draw_sheet

SCHEME = "https://"


@click.command()
@click.argument("photos", metavar="[PHOTO]...", nargs=-1)
@click.option("--text", help="Words for what is meant: a hint beside photos, or all that is asked.")
@click.option("--url", default="http://127.0.0.1:8700", show_default=True, help="The service.")
@click.option("--catalog", default=CATALOG, show_default=True)
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Candidates at most.")
@click.option(
    "--region",
    type=(float, float, float, float),
    metavar="X Y WIDTH HEIGHT",
    help="Look at this part only, in fractions of the photo.",
)
@click.option("--labels", metavar="product|category|metadata:KEY", help="Give the most probable labels of this kind.")
@click.option("--tags", is_flag=True, help="Give those of the catalog's tags that the photo looks like.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Draw photo and candidates into a file.")
def lookup(
    photos: tuple[str, ...],
    text: str | None,
    url: str,
    catalog: str,
    limit: int,
    region: tuple[float, float, float, float] | None,
    labels: str | None,
    tags: bool,
    sheet: Path | None,
) -> None:
    """Look PHOTO up, a file or a public https address that the service fetches, and show the candidates. Several files
    are photos of one part, which is looked up by all of them.
    """
    if not photos and text is None:
        raise click.UsageError("give a photo, several of one part, an address, or --text")
    address = photos[0] if photos and photos[0].startswith(SCHEME) else None
    if address and len(photos) > 1:
        raise click.UsageError("an address is looked up alone")
    if sheet is not None and (address or not photos):
        raise click.UsageError("a sheet needs the photo as a file")
    if len(photos) > PHOTOS_MAX:
        raise click.UsageError(f"{PHOTOS_MAX} photos are taken at most")
    files = [] if address else [_file(photo) for photo in photos]
    box = None if region is None else Region(x=region[0], y=region[1], width=region[2], height=region[3])
    try:
        with connect(url) as phone:
            if files:
                answer, milliseconds = phone.look_up(
                    catalog, *files, limit=limit, region=box, text=text, labels=labels, tags=tags
                )
            else:
                answer, milliseconds = phone.ask(
                    catalog, photo_url=address, limit=limit, region=box, text=text, labels=labels, tags=tags
                )
            asked = [*(file.name for file in files), *filter(None, (address, text))]
            show_lookup(Console(), ", ".join(asked), answer, milliseconds)
            if sheet is not None:
                references = [phone.picture(candidate.reference_image.image_url) for candidate in answer.candidates]
                draw_sheet(files[0].read_bytes(), answer, references).save(sheet)
    except ServiceRefused as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is `photocode serve` running?") from error


def _file(name: str) -> Path:
    if not (path := Path(name)).is_file():
        raise click.BadParameter(f"there is no file {name}", param_hint="PHOTO")
    return path

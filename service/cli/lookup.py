"""``photocode lookup``: a photo, a file or an address, or several of one part, against a running service."""

from pathlib import Path

import click
from msgspec import UNSET, structs
from rich.console import Console

from mobile_contract.limits import CANDIDATES_MAX, PHOTOS_MAX
from mobile_contract.lookups import Focus, LookupOptions
from mobile_contract.photos import Region
from service.cli.calling import by_key, calling, catalog_option, facet_option, narrowing_options, url_option
from service.demo.phone import Phone
from service.demo.screen import show_facets, show_lookup, show_objects, show_rest
from service.demo.sheet import draw_sheet

SCHEME = "https://"


@click.command()
@click.argument("photos", metavar="[PHOTO]...", nargs=-1)
@click.option("--text", help="Words for what is meant: a hint beside photos, or all that is asked.")
@url_option
@catalog_option
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, CANDIDATES_MAX), help="Candidates.")
@click.option("--all", "everything", is_flag=True, help="Show all candidates that are kept, page by page of --limit.")
@click.option(
    "--region",
    type=(float, float, float, float),
    metavar="X Y WIDTH HEIGHT",
    help="Look at this part only, in fractions of the photo.",
)
@narrowing_options
@facet_option
@click.option("--labels", metavar="product|category|metadata:KEY", help="Give the most probable labels of this kind.")
@click.option("--tags", is_flag=True, help="Give those of the catalog's tags that the photo looks like.")
@click.option("--objects", is_flag=True, help="The photo shows several things: say of each what it may be.")
@click.option("--focus", is_flag=True, help="Look at the one object of the photo where it is small or aside.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Draw photo and candidates into a file.")
def lookup(
    photos: tuple[str, ...],
    text: str | None,
    url: str,
    catalog: str,
    limit: int,
    everything: bool,
    region: tuple[float, float, float, float] | None,
    categories: tuple[str, ...],
    metadata: tuple[tuple[str, str], ...],
    facets: tuple[str, ...],
    labels: str | None,
    tags: bool,
    objects: bool,
    focus: bool,
    sheet: Path | None,
) -> None:
    """Look PHOTO up, a file or a public https address that the service fetches, and show the candidates. Several files
    are photos of one part, which is looked up by all of them.
    """
    address, files = _places(photos, text)
    if sheet is not None and not files:
        raise click.UsageError("a sheet needs the photo as a file")
    options = LookupOptions(
        photo_url=address or UNSET,
        text=UNSET if text is None else text,
        limit=limit,
        region=UNSET if region is None else Region(x=region[0], y=region[1], width=region[2], height=region[3]),
        categories=list(categories),
        metadata=by_key(metadata),
        facets=list(facets) or UNSET,
        labels=labels or UNSET,
        tags=tags,
        objects=objects,
        focus=Focus.AUTO if focus else Focus.OFF,
    )
    with calling(url) as phone:
        _look_up(phone, catalog, files, options, everything=everything, sheet=sheet)


def _look_up(
    phone: Phone, catalog: str, files: list[Path], options: LookupOptions, *, everything: bool, sheet: Path | None
) -> None:
    if files:
        answer, milliseconds = phone.look_up(catalog, *files, options=options)
    else:
        answer, milliseconds = phone.ask(catalog, options)
    if everything:
        further = phone.further_candidates(answer, limit=options.limit)
        answer = structs.replace(answer, candidates=[*answer.candidates, *further], next=UNSET)
    asked = [*(file.name for file in files), *(said for said in (options.photo_url, options.text) if said is not UNSET)]
    show_lookup(Console(), ", ".join(asked), answer, milliseconds)
    show_rest(Console(), answer)
    show_objects(Console(), answer.objects)
    show_facets(Console(), answer.facets)
    if sheet is not None:
        references = [phone.picture(candidate.reference_image.image_url) for candidate in answer.candidates]
        draw_sheet(files[0].read_bytes(), answer, references).save(sheet)


def _places(photos: tuple[str, ...], text: str | None) -> tuple[str | None, list[Path]]:
    """The photo's address, or the photos' files."""
    if not photos and text is None:
        raise click.UsageError("give a photo, several of one part, an address, or --text")
    if photos and photos[0].startswith(SCHEME):
        if len(photos) > 1:
            raise click.UsageError("an address is looked up alone")
        return photos[0], []
    if len(photos) > PHOTOS_MAX:
        raise click.UsageError(f"{PHOTOS_MAX} photos are taken at most")
    return None, [_file(photo) for photo in photos]


def _file(name: str) -> Path:
    if not (path := Path(name)).is_file():
        raise click.BadParameter(f"there is no file {name}", param_hint="PHOTO")
    return path

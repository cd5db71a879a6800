"""What the demo shows on the terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mobile_contract.candidates import Candidate, Channel
from mobile_contract.facets import CatalogFacets, Facet
from mobile_contract.lookups import FoundObject, Lookup, Verdict
from mobile_contract.photos import NextPhoto, PhotoFacts, Region
from mobile_contract.similar import SimilarProducts
from mobile_contract.statements import Difference
from service.demo.score import Score

COLOURS = {Verdict.MATCH: "green", Verdict.AMBIGUOUS: "yellow", Verdict.NO_MATCH: "red"}
SHOWN_METADATA = 3
SHOWN_DIFFERENCES = 3


def show_lookup(console: Console, title: str, answer: Lookup, milliseconds: float, truth: str | None = None) -> None:
    """One answer: verdict, then candidates; the right one is marked where it is known."""
    table = Table(
        title=f"[bold]{title}[/]  {_verdict(answer)}  {milliseconds:.0f} ms",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        expand=True,
    )
    table.add_column("#", width=3)
    table.add_column("score", width=7, justify="right")
    table.add_column("found by", min_width=15, no_wrap=True)
    table.add_column("part number", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("name", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("what is known of it", ratio=4, style="dim", no_wrap=True, overflow="ellipsis")
    for candidate in answer.candidates:
        right = candidate.part_number == truth
        table.add_row(
            f"{candidate.rank}{' ✓' if right else ''}",
            f"{candidate.score:.3f}",
            _why(candidate),
            candidate.part_number,
            candidate.name,
            _known(candidate.metadata),
            style="green" if right else None,
        )
    console.print(table)
    for line in _probable(answer):
        console.print(f"  {line}", style="bold", highlight=False, markup=False)
    timings = ", ".join(f"{stage} {spent:.0f}" for stage, spent in answer.timings.items() if stage != "total")
    console.print(f"  ms: {timings}", style="dim", highlight=False)
    if answer.dropped:
        console.print(f"  without {_dropped(answer)}", style="yellow", highlight=False)
    for place, photo in enumerate(_photos(answer), start=1):
        if photo.lines is not UNSET:
            console.print(
                f"  read on photo {place}: {' | '.join(line.text for line in photo.lines)}", style="dim", markup=False
            )
        for line in _scale(photo):
            console.print(f"  photo {place}: {line}", highlight=False)
        if photo.focused is True and photo.region is not UNSET:
            console.print(f"  focus: looked at {_place(photo.region)} of photo {place} alone", highlight=False)
        if photo.advice:
            console.print(f"  advice on photo {place}: {', '.join(photo.advice)}")


def _scale(photo: PhotoFacts) -> Iterator[str]:
    """The scale card and what was measured by it."""
    if photo.scale is UNSET:
        return
    card = f"scale card ({photo.scale.markers} of 4 markers)"
    if (part := photo.scale.measured) is UNSET:
        yield f"{card}, no part made out beside it"
    else:
        yield f"{card}, the part is {part.length:.0f} x {part.breadth:.0f} mm as it lies (±{part.error:.0%})"


def show_objects(console: Console, objects: Sequence[FoundObject] | UnsetType) -> None:
    """A block of candidates an object; nothing where none were asked for."""
    if objects is UNSET:
        return
    if not objects:
        console.print("  no objects are found", highlight=False)
        return
    table = Table(title="[bold]objects[/]", title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    table.add_column("x y width height", width=19, no_wrap=True)
    table.add_column("verdict", ratio=2, no_wrap=True, overflow="ellipsis")
    table.add_column("score", width=7, justify="right")
    table.add_column("found by", min_width=15, no_wrap=True)
    table.add_column("part number", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("name", ratio=3, no_wrap=True, overflow="ellipsis")
    for one in objects:
        first = (_place(one.region), _verdict(one))
        for candidate in one.candidates:
            what = (f"{candidate.score:.3f}", _why(candidate), escape(candidate.part_number), escape(candidate.name))
            table.add_row(*first, *what)
            first = ("", "")
        if not one.candidates:
            table.add_row(*first, "", "", "nothing", "")
        table.add_section()
    console.print(table)


def _place(region: Region) -> str:
    """As ``--region`` takes it."""
    return f"{region.x:.2f} {region.y:.2f} {region.width:.2f} {region.height:.2f}"


def _verdict(answer: Lookup | FoundObject) -> str:
    colour, probability = COLOURS[answer.verdict], answer.verdict_basis.probability
    certain = "" if probability is UNSET else f" (first is right: {probability:.0%})"
    return f"[{colour} bold]{answer.verdict.value}[/]{certain}"


def _probable(answer: Lookup) -> Iterator[str]:
    """What is certain where the product is not, then labels and tags."""
    if answer.coarse is not UNSET:
        certain = ", ".join(f"{one.value} ({_bare(one.field)})" for one in answer.coarse.certain)
        open_ones = ", ".join(_bare(field) for field in answer.coarse.uncertain) or "which one"
        yield f"{answer.coarse.probability:.0%} certain: {certain}; not certain: {open_ones}"
    if answer.differences:
        yield f"told apart by: {'; '.join(_told(one) for one in answer.differences[:SHOWN_DIFFERENCES])}"
    if answer.next_photo is not UNSET:
        yield f"next photo: {_wanted(answer.next_photo)}"
    if answer.labels is not UNSET:
        nearest = [f"{one.label} {one.probability:.0%}" for one in answer.labels.nearest]
        yield "; ".join([*nearest, f"something else {answer.labels.something_else:.0%}"])
    if answer.tags is not UNSET:
        yield "tags: " + ("; ".join(f"{one.tag} {one.probability:.0%}" for one in answer.tags) or "none are set")


def _told(one: Difference) -> str:
    values = ", ".join("not stated" if some.value is UNSET else some.value for some in one.values)
    return f"{_bare(one.field)} ({values})"


def _wanted(photo: NextPhoto) -> str:
    if photo.reference_image is UNSET:
        return photo.way.value
    return f"from the side that {photo.part_number} is shown from in {photo.reference_image.image_url}"


def _bare(field: str) -> str:
    return "part number" if field == "partNumber" else field.removeprefix("metadata:")


def _known(metadata: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in list(metadata.items())[:SHOWN_METADATA])


def _photos(answer: Lookup) -> list[PhotoFacts]:
    first = [] if answer.photo is UNSET else [answer.photo]
    return first + ([] if answer.further_photos is UNSET else answer.further_photos)


def _why(candidate: Candidate) -> str:
    """The channels, and for geometry how many features fit one view."""
    ways = [channel.value for channel in candidate.matched_by if channel is not Channel.GEOMETRY]
    if Channel.GEOMETRY in candidate.matched_by:
        ways.append(f"{candidate.evidence.inliers} fit")
    return ", ".join(ways)


def _dropped(answer: Lookup) -> str:
    return ", ".join(f"{stage} ({reason})" for stage, reason in answer.dropped.items())


def show_similar(console: Console, part_number: str, found: SimilarProducts) -> None:
    """Products that look like one."""
    table = Table(title=f"[bold]like {part_number}[/]", title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    table.add_column("score", width=7, justify="right")
    table.add_column("part number", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("name", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("what is known of it", ratio=4, style="dim", no_wrap=True, overflow="ellipsis")
    for product in found.products:
        table.add_row(f"{product.score:.3f}", product.part_number, product.name, _known(product.metadata))
    console.print(table)
    if found.next is not UNSET:
        console.print(f"  there are more: --after {found.next}", style="dim", highlight=False, soft_wrap=True)


def show_rest(console: Console, answer: Lookup) -> None:
    """How many candidates were ranked beyond those shown, if any, and how to see them."""
    shown = len(answer.candidates)
    if answer.ranked is UNSET or answer.ranked <= shown:
        return
    more = "no more are kept" if answer.next is UNSET else "--all shows those that are kept"
    console.print(f"  the first {shown} of {answer.ranked} that were ranked; {more}", style="dim", highlight=False)


def show_catalog_facets(console: Console, catalog: str, found: CatalogFacets) -> None:
    """What a catalog can be narrowed by."""
    console.print(f"[bold]{catalog}[/]: {found.products} products", highlight=False)
    show_facets(console, found.facets)
    if found.further_keys:
        console.print(f"  further metadata keys: {found.further_keys}", style="dim", highlight=False)


def show_facets(console: Console, facets: Sequence[Facet] | UnsetType) -> None:
    """A block of values a field; nothing where none were asked for."""
    if facets is UNSET:
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("field", no_wrap=True, overflow="ellipsis")
    table.add_column("value", overflow="fold")
    table.add_column("products", justify="right")
    for facet in facets:
        for place, one in enumerate(facet.values):
            table.add_row("" if place else escape(facet.field), escape(one.value), str(one.count))
        if facet.further_values:
            table.add_row("", f"further values: {facet.further_values}", "", style="dim")
        if not facet.values:
            table.add_row(escape(facet.field), "no product has any", "", style="dim")
        table.add_section()
    console.print(table)


def show_dropped(console: Console, answers: Sequence[Lookup]) -> None:
    """How many answers had to do without something, if any, and without what."""
    if without := Counter(_dropped(answer) for answer in answers if answer.dropped):
        often = ", ".join(f"{count} without {what}" for what, count in without.most_common())
        console.print(f"  not all answers are complete: {often}", style="yellow", highlight=False)


def _tops(top1: float | None, top5: float | None) -> str:
    return "none" if top1 is None or top5 is None else f"top-1 {top1:.1%}, top-5 {top5:.1%}"


def show_score(console: Console, score: Score) -> None:
    """The demo's figures, whatever they are."""
    console.print(
        f"[bold]{score.photos} field photos of {score.products} products:[/] {_tops(score.top1, score.top5)}; "
        f"median {score.median_milliseconds:.0f} ms as a phone sees it"
    )
    console.print(
        f"  products with a twin, equal but for scale, apart: {_tops(score.twins_top1, score.twins_top5)}",
        highlight=False,
    )
    console.print(
        f"  verdict match: {score.matches}, of them on the wrong product: {score.wrong_matches}; "
        f"{score.strangers} photos of parts in no catalog: {score.strangers_refused} no_match, "
        f"{score.strangers_matched} match"
    )

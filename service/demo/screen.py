"""What the demo shows on the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from mobile_contract.lookups import Lookup, Verdict
from service.demo.score import Score

COLOURS = {Verdict.MATCH: "green", Verdict.AMBIGUOUS: "yellow", Verdict.NO_MATCH: "red"}
SHOWN_METADATA = 3


def show_lookup(console: Console, title: str, answer: Lookup, milliseconds: float, truth: str | None = None) -> None:
    """One answer: verdict, then candidates; the right one is marked where it is known."""
    colour = COLOURS[answer.verdict]
    timings = ", ".join(f"{stage} {spent:.0f}" for stage, spent in answer.timings.items() if stage != "total")
    table = Table(
        title=f"[bold]{title}[/]  [{colour} bold]{answer.verdict.value}[/]  {milliseconds:.0f} ms ({timings})",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        expand=True,
    )
    table.add_column("#", width=3)
    table.add_column("score", width=6, justify="right")
    table.add_column("part number", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("name", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("what is known of it", ratio=4, style="dim", no_wrap=True, overflow="ellipsis")
    for candidate in answer.candidates:
        right = candidate.part_number == truth
        facts = list(candidate.metadata.items())[:SHOWN_METADATA]
        table.add_row(
            f"{candidate.rank}{' ✓' if right else ''}",
            f"{candidate.score:.3f}",
            candidate.part_number,
            candidate.name,
            ", ".join(f"{key} {value}" for key, value in facts),
            style="green" if right else None,
        )
    console.print(table)
    if answer.photo.advice:
        console.print(f"  advice: {', '.join(answer.photo.advice)}")


def show_score(console: Console, score: Score) -> None:
    """The demo's figures, whatever they are."""
    console.print(
        f"[bold]{score.photos} field photos of {score.products} products:[/] "
        f"top-1 {score.top1:.1%}, top-5 {score.top5:.1%}; median {score.median_milliseconds:.0f} ms as a phone sees it"
    )
    console.print(
        f"  verdict match: {score.matches}, of them on the wrong product: {score.wrong_matches}; "
        f"{score.strangers} photos of parts in no catalog: {score.strangers_refused} no_match, "
        f"{score.strangers_matched} match"
    )

"""``photocode scale-card``: the card that is laid beside a part, to be printed."""

from pathlib import Path

import click

from service.printing.scale_card import card_pdf
from service.recognition.evidence.card import CARDS


@click.command("scale-card")
@click.option(
    "--paper",
    type=click.Choice([card.name for card in CARDS]),
    default="card",
    show_default=True,
    help="Pocket size for parts up to a hand's size, or a whole sheet for larger ones.",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PDF file to write.")
def scale_card(paper: str, out: Path) -> None:
    """Write a scale card, true to scale. Photographed beside a part it tells the part's size. Print it at 100 %, check
    the bar with a ruler, and keep it flat.
    """
    card = next(card for card in CARDS if card.name == paper)
    out.write_bytes(card_pdf(card))
    click.echo(f"{out}: {card.width:g} x {card.height:g} mm; print at 100 %, the bar must be {card.bar:g} mm long")

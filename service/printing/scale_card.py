"""The scale card as a PDF of vector shapes, one page, true to scale."""

import io
from typing import Final

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from service.recognition.evidence.card import MODULES, Card, marker_corners, marker_modules

FONT: Final = "Helvetica"
ADVICE: Final = "Print at 100 %: the bar is {bar:g} mm. Lay flat beside the part."
CAPTION_MM: Final = (5.5, 4.2)
ADVICE_MM: Final = 2.0
POINTS_PER_MM: Final = float(mm)


def card_pdf(card: Card) -> bytes:
    """A page as large as the card."""
    stream = io.BytesIO()
    canvas = Canvas(
        stream,
        pagesize=(card.width * POINTS_PER_MM, card.height * POINTS_PER_MM),
        pageCompression=0,
        initialFontName=FONT,
        invariant=1,
    )
    canvas.setTitle(f"Scale card, {card.width:g} x {card.height:g} mm")
    # Millimetres with the origin at the upper left, as the card is described.
    canvas.scale(POINTS_PER_MM, POINTS_PER_MM)
    _markers(canvas, card)
    _words(canvas, card)
    _bar(canvas, card)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _markers(canvas: Canvas, card: Card) -> None:
    module = card.marker / MODULES
    for number, corners in marker_corners(card).items():
        left, top = (float(place) for place in corners[0])
        path = canvas.beginPath()
        for row, column in marker_modules(number):
            path.rect(left + column * module, card.height - top - (row + 1) * module, module, module)
        canvas.drawPath(path, stroke=0, fill=1)


def _words(canvas: Canvas, card: Card) -> None:
    for line, (words, size) in enumerate(zip(card.caption, CAPTION_MM, strict=True)):
        canvas.setFont(FONT, size)
        canvas.drawCentredString(card.width / 2, card.height / 2 - (line - 0.5) * 8 - size / 3, words)


def _bar(canvas: Canvas, card: Card) -> None:
    left, right, down = card.bar_ends
    height = card.height - down
    canvas.setLineWidth(0.2)
    canvas.line(left, height, right, height)
    for end in (left, right):
        canvas.line(end, height - 1.5, end, height + 1.5)
    canvas.setFont(FONT, ADVICE_MM)
    canvas.drawCentredString(card.width / 2, height - 2 * ADVICE_MM, ADVICE.format(bar=card.bar))

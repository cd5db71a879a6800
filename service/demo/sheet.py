"""A picture of a lookup: the photo beside its candidates' reference images."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from mobile_contract.lookups import Lookup, Verdict

TILE, GAP, TEXT = 220, 14, 58
BACKGROUND, INK, FAINT = "#ffffff", "#16181d", "#5c6270"
COLOURS = {Verdict.MATCH: "#16794c", Verdict.AMBIGUOUS: "#a05a00", Verdict.NO_MATCH: "#b3261e"}


def draw_sheet(photo: bytes, answer: Lookup, references: Sequence[bytes]) -> Image.Image:
    """RGB. ``references``: the encoded reference image of each candidate, in order."""
    columns = 1 + len(references)
    sheet = Image.new("RGB", (columns * (TILE + GAP) + GAP, TILE + TEXT + 2 * GAP), BACKGROUND)
    captions = [("the photo", answer.verdict.value.replace("_", " "), COLOURS[answer.verdict])]
    captions += [(f"{c.rank}. {c.part_number}", f"{c.score:.2f}  {c.name}", FAINT) for c in answer.candidates]
    for column, (content, (title, line, colour)) in enumerate(zip([photo, *references], captions, strict=True)):
        left = GAP + column * (TILE + GAP)
        with Image.open(io.BytesIO(content)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        sheet.paste(ImageOps.pad(upright, (TILE, TILE), color="#f1f2f4"), (left, GAP))
        draw = ImageDraw.Draw(sheet)
        _write(draw, (left, GAP + TILE + 8), title, INK, 15)
        _write(draw, (left, GAP + TILE + 32), line, colour, 13)
    return sheet


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, colour: str, size: int) -> None:
    font = ImageFont.load_default(size)
    while draw.textlength(text, font) > TILE and len(text) > 1:
        text = text[:-2].rstrip("…") + "…"
    draw.text(at, text, colour, font)

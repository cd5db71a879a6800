"""What is printed is true to scale: the page's shapes, drawn, hold the card's markers where they belong."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from service.cli import main
from service.recognition.evidence.card import CARDS, Card
from service.recognition.evidence.card_pose import find_card

DOTS_PER_MM = 8.0
POINTS_PER_MM = 72 / 25.4
NUMBER = rb"(-?[\d.]+)"


def drawn(pdf: bytes) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """The page's filled rectangles, uint8[h, w] at 8 dots a millimetre, and its size in mm."""
    box = re.search(rb"/MediaBox \[ 0 0 " + NUMBER + b" " + NUMBER, pdf)
    scale = re.search(NUMBER + rb" 0 0 " + NUMBER + rb" 0 0 cm\n", pdf[pdf.index(b"stream") + 30 :])
    assert box is not None
    assert scale is not None
    width, height = (float(edge) / POINTS_PER_MM for edge in box.groups())
    unit = float(scale[1]) / POINTS_PER_MM
    page = np.full((round(height * DOTS_PER_MM), round(width * DOTS_PER_MM)), 255, np.uint8)
    for found in re.finditer(b" ".join([NUMBER] * 4) + b" re", pdf):
        x, y, wide, high = (float(value) * unit for value in found.groups())
        left, right = round(x * DOTS_PER_MM), round((x + wide) * DOTS_PER_MM)
        low, top = round((height - y) * DOTS_PER_MM), round((height - y - high) * DOTS_PER_MM)
        page[top:low, left:right] = 0
    return page, (width, height)


@pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])
def test_a_printed_card_measures_true_millimetres(card: Card, tmp_path: Path) -> None:
    out = tmp_path / "card.pdf"
    result = CliRunner().invoke(main, ["scale-card", "--paper", card.name, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert f"{card.bar:g} mm" in result.output
    page, size = drawn(out.read_bytes())
    assert size == pytest.approx((card.width, card.height), abs=0.01)
    framed = cv2.copyMakeBorder(page, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    pose = find_card(np.asarray(framed, np.uint8))
    assert pose is not None
    assert (pose.card, pose.markers) == (card, 4)
    ends = np.array([(40.0, 40.0), (40 + card.width * DOTS_PER_MM, 40 + card.height * DOTS_PER_MM)]) - 0.5
    corners = pose.millimetres(ends)
    assert corners == pytest.approx(card.outline[[0, 2]], abs=0.15)


def test_the_sheet_is_an_a4() -> None:
    assert {(card.width, card.height) for card in CARDS} == {(85.6, 54.0), (297.0, 210.0)}

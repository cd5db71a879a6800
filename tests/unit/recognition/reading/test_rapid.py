"""The reader that ships reads a rendered label, whichever way it is turned, and asks nobody for its models."""

import logging
import socket
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont

from service.recognition.reading import rapid
from service.recognition.reading.likeness import likeness
from service.recognition.reading.port import ReaderUnavailable
from service.recognition.reading.rapid import MOST_LINES, RapidReader
from service.recognition.reading.words import words_of_lines


@pytest.fixture(scope="module")
def reader() -> Iterator[RapidReader]:
    """Opened without a network."""
    with pytest.MonkeyPatch.context() as patched:

        def refuse(*_: object) -> None:
            raise AssertionError("somebody was asked")

        patched.setattr(socket.socket, "connect", refuse)
        patched.setattr(socket, "getaddrinfo", refuse)
        yield RapidReader.open()


def label(*lines: str, size: tuple[int, int] = (640, 400), height: int = 56) -> Image.Image:
    image = Image.new("RGB", size, (238, 236, 230))
    draw = ImageDraw.Draw(image)
    for place, text in enumerate(lines):
        draw.text((40, 30 + place * (height + 24)), text, (20, 30, 60), ImageFont.load_default(height))
    return image


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_label_is_read_whichever_way_it_is_turned(reader: RapidReader, turned: int) -> None:
    lines = reader.read(label("VANILJ YOGHURT", "P-6204-2RS").rotate(turned, expand=True))
    said = {word.text for word in words_of_lines(lines)}
    for wanted in ("vanilj", "yoghurt", "6204"):
        assert max(likeness(wanted, one) for one in said) == 1, said
    assert all(0.6 <= line.confidence <= 1 for line in lines)


def test_an_outline_is_where_the_line_is(reader: RapidReader) -> None:
    (line,) = reader.read(label("VANILJ", size=(800, 600)))
    across, down = zip(*line.outline, strict=True)
    assert 0 <= min(across) < 0.1 < max(across) < 0.5
    assert 0 <= min(down) < 0.1 < max(down) < 0.25
    assert line.outline[0][0] < line.outline[1][0]
    assert line.outline[0][1] < line.outline[3][1]


def test_pictures_without_text_give_none(reader: RapidReader) -> None:
    assert reader.read(Image.new("RGB", (640, 480), "steelblue")) == []
    assert reader.read(Image.new("RGB", (3, 900))) == []
    assert reader.read(Image.new("RGB", (1, 1))) == []


def test_a_strip_is_read_as_it_is(reader: RapidReader) -> None:
    """And takes no more memory or time than another picture."""
    assert reader.read(Image.new("RGB", (20_000, 30), "white")) == []
    strip = label("VANILJ YOGHURT NATURELL", size=(3_000, 110))
    assert any(likeness("vanilj", word.text) == 1 for word in words_of_lines(reader.read(strip)))


def test_of_many_lines_the_highest_are_read(reader: RapidReader) -> None:
    image = label("BEARING", size=(640, 900))
    draw = ImageDraw.Draw(image)
    for place in range(MOST_LINES + 8):
        draw.text((40, 140 + place * 22), f"small print {place}", "black", ImageFont.load_default(14))
    lines = reader.read(image)
    assert len(lines) <= MOST_LINES
    assert any(likeness("bearing", word.text) == 1 for word in words_of_lines(lines))


def test_it_is_silent_and_says_what_it_is(reader: RapidReader, capfd: pytest.CaptureFixture[str]) -> None:
    reader.read(label("VANILJ"))
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("RapidOCR").level == logging.CRITICAL
    assert reader.version.startswith("rapidocr 3.10")
    assert str(rapid.PIXELS) in reader.version


def test_missing_models_are_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rapid._MODELS, "Rec", "absent.onnx")
    with pytest.raises(ReaderUnavailable, match=r"absent\.onnx"):
        RapidReader.open()

"""Codes in photos, and what they may name."""

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from service.recognition.evidence.codes import MOST_PIXELS, read_codes
from service.recognition.evidence.naming import LEAST_CHARACTERS, MOST_CHARACTERS, MOST_NAMES, names_in
from tests.pictures import coded


@pytest.mark.parametrize(
    ("text", "form", "name"),
    [
        ("4006381333931", zxingcpp.BarcodeFormat.EAN13, "EAN-13"),
        ("M8-40/Z", zxingcpp.BarcodeFormat.Code128, "Code 128"),
        ("PX-77", zxingcpp.BarcodeFormat.Code39, "Code 39"),
        ("Größe 7", zxingcpp.BarcodeFormat.QRCode, "QR Code"),
        ("ABC-1", zxingcpp.BarcodeFormat.DataMatrix, "Data Matrix"),
        ("ABC-1", zxingcpp.BarcodeFormat.Aztec, "Aztec"),
        ("ABC-1", zxingcpp.BarcodeFormat.PDF417, "PDF417"),
    ],
)
@pytest.mark.parametrize("turned", [0, 90, 180, 200])
def test_a_code_is_read_in_any_direction(text: str, form: zxingcpp.BarcodeFormat, name: str, turned: int) -> None:
    turned -= turned % 90 if form == zxingcpp.BarcodeFormat.PDF417 else 0  # read along the photo's edges only
    photo = coded(text, form).rotate(turned, expand=True, fillcolor=(200, 200, 200))
    (code,) = read_codes(photo)
    assert (code.text, code.format) == (text, name)


def test_the_outline_is_where_the_code_is() -> None:
    image = Image.new("RGB", (1000, 500), "grey")
    image.paste(coded("ABC-12345").resize((400, 400)), (550, 50))
    (code,) = read_codes(image)
    assert all(0.55 <= x <= 0.95 and 0.1 <= y <= 0.9 for x, y in code.outline)
    (left, top), (right, upper), (beyond, bottom), _ = code.outline
    assert left < right
    assert top == pytest.approx(upper, abs=0.02)
    assert (beyond, bottom) > (left, top)


def test_several_codes_and_each_text_once() -> None:
    image = Image.new("RGB", (1200, 900), "white")
    for place, text in enumerate(("AAAA", "BBBB", "AAAA")):
        image.paste(coded(text).resize((300, 300)), (50 + 350 * place, 100))
    assert sorted(code.text for code in read_codes(image)) == ["AAAA", "BBBB"]


def test_a_large_photo_is_read_smaller() -> None:
    image = coded("ABC-1").resize((2400, 2400))
    assert image.width * image.height > MOST_PIXELS
    assert [code.text for code in read_codes(image)] == ["ABC-1"]


def test_where_there_is_none_there_is_none() -> None:
    assert read_codes(Image.effect_noise((400, 300), 90)) == []
    assert read_codes(Image.new("RGB", (1, 1))) == []
    assert read_codes(Image.new("L", (4000, 1))) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("M8-40", ["M8-40"]),
        ("0036000291452", ["0036000291452", "00036000291452", "036000291452"]),
        ("(01)04006381333931(241)M8-40(10)L1", ["04006381333931", "4006381333931", "M8-40"]),
        ("https://id.example/01/04006381333931?21=77", ["4006381333931", "04006381333931"]),
        ("https://parts.example/p/M8%2F40?sku=K-900", ["M8/40", "K-900"]),
        ("1PM8-40", ["1PM8-40", "M8-40"]),
        ("[)>\x1e06\x1d1PM8-40\x1dQ5\x1e\x04", ["M8-40"]),
        (
            "[)>\N{SYMBOL FOR RECORD SEPARATOR}06\N{SYMBOL FOR GROUP SEPARATOR}PM8-40\N{SYMBOL FOR GROUP SEPARATOR}Q5",
            ["M8-40"],
        ),
    ],
)
def test_what_a_text_names(text: str, names: list[str]) -> None:
    assert set(names) <= set(names_in(text))


def test_what_is_too_short_names_nothing() -> None:
    assert names_in("123") == ()
    assert names_in("https://a.example/b/c1") == ("https://a.example/b/c1",)


@given(st.one_of(st.text(max_size=300), st.text("0123456789()PQ1[]>/:?=&%https.\x1d\x1e ", max_size=120)))
def test_whatever_a_code_says_names_are_few_and_bounded(text: str) -> None:
    names = names_in(text)
    assert len(names) == len(set(names)) <= MOST_NAMES
    assert all(LEAST_CHARACTERS <= len(name) <= MOST_CHARACTERS for name in names)


@given(st.from_regex(r"[1-9][0-9]{6,13}", fullmatch=True))
def test_a_gtin_is_named_at_every_length_that_holds_it(digits: str) -> None:
    forms = [digits.zfill(length) for length in (8, 12, 13, 14) if len(digits) <= length]
    for form in forms:
        assert set(forms) <= set(names_in(form))

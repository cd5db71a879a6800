"""Texts are cleaned as open_clip cleans them."""

import pytest

from service.recognition.embedding.bundle import TextCleaning
from service.recognition.embedding.text_cleaning import clean_text


@pytest.mark.parametrize(
    ("cleaning", "text", "cleaned"),
    [
        ("none", "  A &amp; b ", "  A &amp; b "),
        ("whitespace", "  A\t\u00a0B\r\nC ", "A B C"),
        ("whitespace", "", ""),
        ("whitespace", "nuts &amp;amp; bolts", "nuts & bolts"),
        ("whitespace", "cafÃ© â€œM8â€\u009d", 'café "M8"'),
        ("whitespace", "Cre\u0300me", "Crème"),
        ("whitespace", "\ud800", "\ufffd"),
        ("lower", "M8 Größe İ", "m8 größe i\u0307"),
        ("canonicalize", "Hex_Bolt, M8x20 (zinc-plated)!", "hex bolt m8x20 zincplated"),
        ("canonicalize", "«Ø12»", "«ø12»"),
    ],
)
def test_cleaning(cleaning: TextCleaning, text: str, cleaned: str) -> None:
    assert clean_text(text, cleaning) == cleaned

"""QR codes on terminals can be read, with and without colours."""

import pytest
from click import style

from service.printing.terminal_code import code_lines
from tests.codes import read_printed_code


@pytest.mark.parametrize("text", ["https://192.168.178.100:8700/#enrol=pce_" + "a1B" * 16, "x", "photocode " * 10])
def test_a_printed_code_says_what_it_was_made_of(text: str) -> None:
    lines = code_lines(text)
    assert len({len(line) for line in lines}) == 1
    assert read_printed_code("before\n\n" + "\n".join(f"  {line}" for line in lines)) == text
    assert read_printed_code("\n".join("  " + style(line, fg=231, bg=16) for line in lines)) == text


def test_an_enrolment_fits_a_terminal_of_80_columns_and_24_lines() -> None:
    lines = code_lines("https://192.168.178.100:8700/#enrol=pce_" + "a" * 49)
    assert (len(lines), len(lines[0])) == (23, 45)

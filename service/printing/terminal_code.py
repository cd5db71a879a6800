"""A QR code for a terminal: two rows of modules in a line of text."""

import segno

QUIET_MODULES = 4

# Light modules are drawn and dark ones left out, so that it is right on a dark ground also where colours are lost.
_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def code_lines(text: str) -> list[str]:
    """The lines of a QR code that says ``text``, to be shown in white on black."""
    code = segno.make(text, error="l", micro=False)
    light = [[not module for module in row] for row in code.matrix_iter(border=QUIET_MODULES)]
    if len(light) % 2:
        light.append([False] * len(light[0]))
    pairs = zip(light[::2], light[1::2], strict=True)
    return ["".join(_BLOCKS[pair] for pair in zip(top, bottom, strict=True)) for top, bottom in pairs]

"""Reads the QR codes that commands print, as a phone's camera would."""

import re

import numpy as np
import zxingcpp

MODULE_PIXELS = 4
_HALVES = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}


def read_printed_code(output: str) -> str:
    """What the last code in a command's output says."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    blocks: list[list[str]] = [[]]
    for line in plain.splitlines():
        drawn = line[2:]
        if "█" in drawn or "▀" in drawn:
            blocks[-1].append(drawn)
        elif blocks[-1]:
            blocks.append([])
    lines = [block for block in blocks if block][-1]
    rows = [[_HALVES[one][half] for one in line] for line in lines for half in (0, 1)]
    picture = np.array(rows, dtype=np.uint8).repeat(MODULE_PIXELS, axis=0).repeat(MODULE_PIXELS, axis=1)
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)

"""Reads a part number from an address."""

from urllib.parse import unquote

from service.dependencies import Call


def read_part_number(request: Call) -> str:
    """The part number as it was sent.

    From the raw path: routing folds double slashes and drops a last one, which part numbers may hold.
    """
    raw = request.scope["raw_path"].partition(b"?")[0]
    return unquote(raw.partition(b"/products/")[2].decode("latin-1"))

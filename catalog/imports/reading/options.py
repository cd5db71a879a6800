"""What a client says about an upload, and what was found out about it."""

from typing import Any, Literal

import msgspec

Format = Literal["csv", "jsonl"]
IGNORE, METADATA = "ignore", "metadata"


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read an upload where the client knows better; what is None or absent is detected.

    ``format``: of the table. ``encoding``: a name that Python knows, of a charset. ``delimiter``: one character.
    ``columns``: from a column's header, or a key of JSON, to a field's name, ``metadata:KEY``, ``metadata`` (under its
    own name) or ``ignore``.
    """

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: dict[str, str] = {}


class Detected(msgspec.Struct, frozen=True, kw_only=True):
    """How an upload is read. Given back as options, it is read the same way again.

    ``table``: the table's path in the archive; None where the upload is the table. ``delimiter``: None where cells
    have none. ``columns``: from header to field, as in the options; of JSON lines, the keys of the first ones.
    """

    format: Format
    table: str | None
    encoding: str
    delimiter: str | None
    columns: dict[str, str]

    @property
    def options(self) -> ReadOptions:
        """Options by which the upload is read in this way again."""
        return ReadOptions(
            format=self.format, encoding=self.encoding, delimiter=self.delimiter, columns=dict(self.columns)
        )

    @property
    def stored(self) -> dict[str, Any]:
        """For a column of JSON, which keeps no order of keys: that of the columns is the table's."""
        return {**msgspec.structs.asdict(self), "columns": [list(pair) for pair in self.columns.items()]}


def detected_from(stored: dict[str, Any]) -> Detected:
    """What :attr:`Detected.stored` gave."""
    return msgspec.convert(stored | {"columns": dict(stored["columns"])}, Detected)

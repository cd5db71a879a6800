"""How an upload is read, as the wire shows it: of imports and of what comes before them."""

from msgspec import UNSET

from catalog.imports.reading.options import Detected
from mobile_contract.imports import ImportDetected, ImportFormat


def present_detected(found: Detected) -> ImportDetected:
    """How an upload is read."""
    return ImportDetected(
        format=ImportFormat(found.format),
        table=found.table or UNSET,
        encoding=found.encoding,
        delimiter=found.delimiter or UNSET,
        columns=found.columns,
    )

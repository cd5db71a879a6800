"""Uploads of imports, opened to be read: the rows of one, and what tells the pictures that they name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from catalog.imports.reading.opening import Upload, open_upload
from catalog.imports.reading.options import ReadOptions
from catalog.imports.rows import TableRow
from catalog.storage.pictures import PictureStore
from service.jobs.picture_sources import is_address, uploaded_digest


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An open upload: its rows, once and in order; reading them blocks.

    ``mark``: what tells the content of the picture that a row calls so from another's, without reading it. None where
    the upload has none of this name, or where it lies elsewhere and may have changed since.
    """

    rows: Iterator[TableRow]
    mark: Callable[[str], str | None]


@contextmanager
def reading(pictures: PictureStore, key: str, options: Mapping[str, Any]) -> Iterator[Reading]:
    """An upload while the block runs; blocks. ``options``: how its import is to be read (``ReadOptions`` as JSON).

    Raises:
        ArchiveInvalid, TableInvalid, FormatUnsupported: it cannot be read.
        FileNotFoundError: it is gone.

    """
    stream = pictures.open_archive(key)
    try:
        with open_upload(stream, msgspec.convert(dict(options), ReadOptions)) as upload:
            yield Reading(rows=upload.rows, mark=lambda name: _mark(upload, name))
    finally:
        stream.close()


def _mark(upload: Upload, name: str) -> str | None:
    # What an address gives may be another picture tomorrow.
    return None if is_address(name) else uploaded_digest(name) or upload.mark(name)

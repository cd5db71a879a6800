"""What Schemathesis is told of this service: what photos and archives look like, and which catalog there is.

It is loaded by Schemathesis itself (``SCHEMATHESIS_HOOKS``), and leaves what it counted in the file ``FUZZ_COUNTS``.
"""

import atexit
import os
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pillow_heif
import schemathesis
from hypothesis import strategies as st
from PIL import Image

from tests.contract.example_files import content_of
from tests.pictures import encoded, photo_of, picture, printed

CATALOG, PART = "pumps", "PX-100-24"
STATUSES: Counter[str] = Counter()
OPERATIONS: Counter[str] = Counter()

pillow_heif.register_heif_opener()
SMALL = photo_of(printed(1), scale=0.4, size=(360, 270)).content


def pictures(form: str) -> st.SearchStrategy[bytes]:
    """Whole pictures of a form, broken ones, and what is none."""
    whole = [picture(colour, form=form, size=(96, 64)) for colour in ("red", "lime", "blue")]
    whole.append(encoded(Image.new("L", (1, 1)), form))
    cut = st.builds(lambda data, at: data[: at % len(data)], st.sampled_from(whole), st.integers(0, 10_000))
    changed = st.builds(_changed, st.sampled_from(whole), st.integers(0, 10_000), st.integers(0, 255))
    return st.one_of(st.sampled_from(whole), cut, changed, st.binary(max_size=64))


def _changed(data: bytes, at: int, byte: int) -> bytes:
    place = at % len(data)
    return data[:place] + bytes([byte]) + data[place + 1 :]


photos = st.one_of(st.just(SMALL), pictures("JPEG"))
schemathesis.openapi.media_type("image/jpeg", photos)
for media_type, form in (("png", "PNG"), ("webp", "WEBP"), ("heic", "HEIF"), ("heif", "HEIF"), ("avif", "AVIF")):
    schemathesis.openapi.media_type(f"image/{media_type}", pictures(form))
archives = st.one_of(
    st.sampled_from([content_of("spares.zip"), content_of("no-table.zip")]),
    st.builds(_changed, st.just(content_of("spares.zip")), st.integers(0, 10_000), st.integers(0, 255)),
    st.binary(max_size=200),
)
schemathesis.openapi.media_type("application/zip", archives)
tables = st.one_of(
    st.just(content_of("spares.csv")),
    st.builds(_changed, st.just(content_of("spares.csv")), st.integers(0, 10_000), st.integers(0, 255)),
    st.just(b'{"part_number": "A", "name": "a"}\n'),
    st.binary(max_size=200),
)
for media_type in ("text/csv", "application/jsonl"):
    schemathesis.openapi.media_type(media_type, tables)
schemathesis.openapi.format("binary", st.one_of(photos, archives))


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
    """Mostly of what is there: other names are asked for as well, but have one answer."""
    there = {"catalog": CATALOG, "part_number": PART}
    for name, value in there.items():
        if name in (path_parameters or {}) and len(str(path_parameters[name])) % 4:
            path_parameters[name] = value
    return path_parameters


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count it."""
    STATUSES[str(response.status_code)] += 1
    OPERATIONS[case.operation.definition.raw.get("operationId", case.operation.label)] += 1


@atexit.register
def leave_counts() -> None:
    """For the one who started Schemathesis."""
    if place := os.environ.get("FUZZ_COUNTS"):
        Path(place).write_bytes(msgspec.json.encode({"statuses": STATUSES, "operations": OPERATIONS}))

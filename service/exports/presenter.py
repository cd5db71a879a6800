"""Exports as the wire shows them."""

from collections.abc import AsyncIterator

from litestar.response import Stream

MEDIA_TYPES = {"zip": "application/zip", "csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def present_export(chunks: AsyncIterator[bytes], catalog_name: str, form: str) -> Stream:
    """A file to be kept, not shown."""
    headers = {
        "Content-Disposition": f'attachment; filename="{catalog_name}.{form}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(chunks, media_type=MEDIA_TYPES[form], headers=headers)

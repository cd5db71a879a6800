"""Previews of imports as the wire shows them."""

from datetime import timedelta

import msgspec
from msgspec import UNSET

from catalog.imports.previews import NamedPreview
from mobile_contract.import_previews import ImportPreview, PictureCheck, PreviewReport, PreviewState
from mobile_contract.imports import ImportMode
from mobile_contract.limits import PREVIEW_SECONDS


def present_preview(preview: NamedPreview) -> ImportPreview:
    """A preview with what was found up to now."""
    row = preview.row
    return ImportPreview(
        id=row.id,
        catalog=preview.catalog_name,
        state=PreviewState(row.state),
        mode=ImportMode(row.options["mode"]),
        pictures=PictureCheck(row.options["pictures"]),
        report=msgspec.convert(row.report, PreviewReport) if row.report is not None else UNSET,
        failure=row.failure or UNSET,
        failure_code=row.failure_code or UNSET,
        created_at=row.created_at,
        finished_at=row.finished_at or UNSET,
        expires_at=row.created_at + timedelta(seconds=PREVIEW_SECONDS),
        import_id=row.id if row.applied_at else UNSET,
    )

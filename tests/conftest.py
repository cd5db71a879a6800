"""What every test may use: the shared pictures, where they are."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A machine that is busy is no defect of what is tested; what hangs is ended by pytest-timeout.
settings.register_profile("photocode", deadline=None)
settings.load_profile("photocode")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and hostile files; ``PHOTOCODE_SHARED`` points elsewhere."""
    folder = Path(os.environ.get("PHOTOCODE_SHARED", ROOT.parent / "shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"real photos and hostile files are not here: {folder} (set PHOTOCODE_SHARED)")
    return folder

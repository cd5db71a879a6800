"""The API's page in a real browser, with no other host in reach."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.serving import Served

CHROMIUM = shutil.which("chromium")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--virtual-time-budget=10000",
)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)")
def test_the_page_shows_every_operation_without_the_internet(stocked: Served, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{stocked.url}/docs"]
    page = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
    for operation in (
        "operations-lookups-lookUp",
        "operations-imports-startImport",
        "operations-lookups-confirmLookup",
    ):
        assert f'id="{operation}"' in page
    assert "Find the product in a photo" in page

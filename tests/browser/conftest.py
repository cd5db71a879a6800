"""The service with a small catalog of rendered parts, and a browser."""

import csv
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from service.demo.data_set import CATALOG, DATA, TITLE
from service.settings import STARTER_BUNDLE
from tests.browser.phone import CHROMIUM, Browsers
from tests.integration.serving import Served, serving

PHOTOS = {
    "DIN 6336 - 5L-50": "din-6336-5l-50-c.jpg",
    "BR-110x36x24": "br-110x36x24-b.jpg",
    "ISO 15 - CR-17x40x12": "iso-15-cr-17x40x12-c.jpg",
    "SG-m1.5-z40-b8-W6": "sg-m1-5-z40-b8-w6-a.jpg",
    "TB-5.08-4-10x8": "tb-5-08-4-10x8-a.jpg",
    "RC-30x50-12-2": "rc-30x50-12-2-c.jpg",
}
"""Part numbers, and a field photo each: a JPEG, which any browser can show, and of a part that the
model alone puts first: on a busy machine the other stages may be left out."""
SECONDS = 90


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    """Until the file ends: its loop would be in the way of tests that run loops of their own."""
    _skip_where_nothing_can_be_shown()
    with sync_playwright() as driver:
        begun = Browsers(driver, tmp_path_factory.mktemp("films"))
        yield begun
        begun.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty service."""
    _skip_where_nothing_can_be_shown()
    with serving(tmp_path_factory.mktemp("served")) as one:
        yield one


@pytest.fixture(scope="package")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with parts of some families, its pictures described: one for all files, which leave its products as
    they are.
    """
    _skip_where_nothing_can_be_shown()
    with serving(tmp_path_factory.mktemp("stocked")) as one:
        with httpx.Client(base_url=f"{one.url}/v1/catalogs", timeout=60) as client:
            _stock(client)
        yield one


@pytest.fixture(scope="package")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of the local network, empty: who puts a catalog in takes it out, but for the last one."""
    _skip_where_nothing_can_be_shown()
    with serving(tmp_path_factory.mktemp("lan"), lan=True) as one:
        yield one


def _skip_where_nothing_can_be_shown() -> None:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    if not STARTER_BUNDLE.exists():
        pytest.skip("the starter bundle is not in this checkout")


def _stock(client: httpx.Client) -> None:
    assert client.post("", json={"name": CATALOG, "title": TITLE}).status_code == 201
    headers = {"Content-Type": "application/zip"}
    assert client.post(f"/{CATALOG}/imports", content=_archive(), headers=headers).status_code == 202
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        catalog = client.get(f"/{CATALOG}").json()
        if catalog["products"] == len(PHOTOS) and catalog["enrichment"]["pending"] == 0:
            return
        time.sleep(0.1)
    raise AssertionError("the pictures were not described in time")


def parts() -> list[dict[str, str]]:
    """The catalog's rows: parts of different families."""
    with (DATA / "products.csv").open(newline="", encoding="utf-8") as table:
        rows = {row["part_number"]: row for row in csv.DictReader(table)}
    return [rows[number] for number in PHOTOS]


def pictures_of(part: dict[str, str]) -> list[Path]:
    """The three studio views of a part."""
    return [DATA / path for path in part["pictures"].split(";")]


def field_photo_of(number: str) -> Path:
    """How a phone saw a part."""
    return DATA / "queries" / PHOTOS[number]


def _archive() -> bytes:
    chosen = parts()
    text = io.StringIO()
    writer = csv.DictWriter(text, chosen[0].keys())
    writer.writeheader()
    writer.writerows(chosen)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("products.csv", text.getvalue())
        for part in chosen:
            for picture in pictures_of(part):
                archive.write(picture, picture.relative_to(DATA).as_posix())
    return buffer.getvalue()

"""The demo catalog in a service, complete, before any clock runs."""

import time
from collections.abc import Callable

from msgspec import UNSET

from mobile_contract.imports import ImportStatus
from service.demo.data_set import CATALOG, TITLE, field_photos, import_archive
from service.demo.phone import POLL_SECONDS, Phone, connect

WARM_UP = 8
STEP = 100
READING_SECONDS = 300.0


def prepare(url: str, say: Callable[[str], None]) -> None:
    """Import it where it is not there, wait until its surfaces are described and, if that is soon, its text is read, so
    that nothing else goes on beside the day, and ask a little to warm up.

    Raises:
        RuntimeError: rows were not imported.

    """
    with connect(url) as phone:
        if phone.catalog(CATALOG) is None:
            say("importing the demo catalog")
            _import(phone)
        say("describing surfaces")
        phone.wait_for_enrichment(CATALOG, lambda _: None)
        say("reading text on its pictures")
        _wait_until_read(phone, say)
        for photo in field_photos()[::STEP][:WARM_UP]:
            phone.look_up(CATALOG, photo.path)


def _import(phone: Phone) -> None:
    phone.create_catalog(CATALOG, TITLE)
    status: ImportStatus = phone.import_archive(CATALOG, import_archive(), lambda _: None)
    if status.counters.failed:
        raise RuntimeError(f"{status.counters.failed} rows of the demo catalog were not imported")


def _wait_until_read(phone: Phone, say: Callable[[str], None]) -> None:
    """Or until it has taken long; then it goes on beside the day, as it gives way to lookups."""
    give_up = time.monotonic() + READING_SECONDS
    while True:
        catalog = phone.catalog(CATALOG)
        if catalog is None or catalog.reading is UNSET or not catalog.reading.pending:
            return
        if time.monotonic() > give_up:
            say(f"going on while text on {catalog.reading.pending} of {catalog.reading.total} pictures is still read")
            return
        time.sleep(POLL_SECONDS)

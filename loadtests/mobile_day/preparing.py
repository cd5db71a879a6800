"""The demo catalog in a service, complete, before any clock runs."""

from collections.abc import Callable

from mobile_contract.imports import ImportStatus
from service.demo.data_set import CATALOG, TITLE, field_photos, import_archive
from service.demo.phone import Phone, connect

WARM_UP = 8
STEP = 100


def prepare(url: str, say: Callable[[str], None]) -> None:
    """Import it where it is not there, wait until its surfaces are described, and ask a little to warm up.

    Raises:
        RuntimeError: rows were not imported.

    """
    with connect(url) as phone:
        if phone.catalog(CATALOG) is None:
            say("importing the demo catalog")
            _import(phone)
        say("describing surfaces")
        phone.wait_for_enrichment(CATALOG, lambda _: None)
        for photo in field_photos()[::STEP][:WARM_UP]:
            phone.look_up(CATALOG, photo.path)


def _import(phone: Phone) -> None:
    phone.create_catalog(CATALOG, TITLE)
    status: ImportStatus = phone.import_archive(CATALOG, import_archive(), lambda _: None)
    if status.counters.failed:
        raise RuntimeError(f"{status.counters.failed} rows of the demo catalog were not imported")

"""The first minute with an empty service: five things taught by photos, and found; a phone that is not known yet."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from service.demo.data_set import DATA
from tests import asking
from tests.browser.phone import PATIENCE_MS, PHONE, Browsers, Phone, phone_of
from tests.codes import read_printed_code
from tests.integration.serving import Served

THINGS = {
    "Star knob": "din-6336-5l-50",
    "Bracket": "br-110x36x24",
    "Roller bearing": "iso-15-cr-17x40x12",
    "Gear": "sg-m1-5-z40-b8-w6",
    "Coupling": "rc-30x50-12-2",
}
A_MINUTE = 60


def view(thing: str, number: int) -> Path:
    return DATA / "references" / f"{THINGS[thing]}-{number}.webp"


def teach(phone: Phone, name: str, *pictures: Path, number: str | None = None) -> None:
    page = phone.page
    page.wait_for_selector(".slots", state="attached")
    phone.choose(*pictures)
    page.get_by_role("link", name="Name it").click()
    page.get_by_label("Name", exact=True).fill(name)
    if number is not None:
        page.get_by_label("Part number").fill(number)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/#teach")


def test_five_things_are_taught_and_found_in_a_minute(browsers: Browsers, served: Served) -> None:
    with phone_of(browsers, served.url, workers=True) as phone:
        page = phone.page
        phone.open()
        expect(page.get_by_role("heading", level=1)).to_have_text("Photograph a thing, get its number")
        assert phone.serious() == []
        begun = time.monotonic()
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("link", name="Now find one")).to_have_count(0)
        for name in THINGS:
            teach(phone, name, view(name, 1), view(name, 2))
        expect(page.locator(".taught .state.done")).to_have_count(len(THINGS), timeout=PATIENCE_MS)
        expect(page.locator(".taught .row").first).to_contain_text("T-005")
        # However much was taught, one sees what is photographed, and what comes next.
        seen = page.locator(".stage").bounding_box()
        assert seen is not None
        assert seen["height"] >= 0.44 * PHONE[1]
        page.get_by_role("link", name="Now find one").click()
        page.wait_for_url("**/#take")
        found: dict[str, str] = {}
        for name in THINGS:
            phone.go("#take")
            page.wait_for_selector("input.from-files", state="attached")
            phone.choose(view(name, 3))
            phone.find()
            phone.verdict()
            found[name] = page.locator(".facts h2").inner_text()
        taken = time.monotonic() - begun
        assert found == {name: name for name in THINGS}
        assert taken < A_MINUTE
        assert phone.serious() == []
    (catalog,) = asking.get(f"{served.url}/v1/catalogs").json()["catalogs"]
    assert (catalog["products"], catalog["referenceImages"]) == (len(THINGS), 2 * len(THINGS))


def test_what_nothing_fits_is_taught_with_the_same_photo(browsers: Browsers, served: Served) -> None:
    with phone_of(browsers, served.url) as phone:
        page = phone.page
        desk(served)
        phone.open()
        phone.choose(DATA / "references" / "ps-22-16-2-1.webp")
        phone.find()
        phone.verdict()
        page.get_by_role("button", name=re.compile("None of these|It is not here")).click()
        page.get_by_role("button", name="Teach it").click()
        page.get_by_role("link", name="Name it").click()
        page.get_by_label("Name", exact=True).fill("Pipe saddle")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".taught .state.done")).to_have_count(1, timeout=PATIENCE_MS)


def test_a_number_that_is_taken_can_be_changed_or_added_to(browsers: Browsers, served: Served) -> None:
    with phone_of(browsers, served.url) as phone:
        page = phone.page
        desk(served)
        phone.open("#teach")
        teach(phone, "Gear", view("Gear", 1), number="SAME-1")
        expect(page.locator(".taught .state.done")).to_have_count(1, timeout=PATIENCE_MS)
        teach(phone, "Another gear", view("Gear", 2), number="SAME-1")
        first = page.locator(".taught .row").first
        expect(first).to_contain_text("This number is taken.")
        assert phone.serious() == []
        first.get_by_role("button", name="Save as SAME-2").click()
        expect(page.locator(".taught .state.done")).to_have_count(2, timeout=PATIENCE_MS)
        teach(phone, "The same gear", view("Gear", 3), number="SAME-1")
        first.get_by_role("button", name="Add photos to it").click()
        expect(page.locator(".taught .state.done")).to_have_count(3, timeout=PATIENCE_MS)
        phone.complaints[:] = [one for one in phone.complaints if "409" not in one]
    name = asking.get(f"{served.url}/v1/catalogs").json()["catalogs"][0]["name"]
    product = asking.get(f"{served.url}/v1/catalogs/{name}/products/SAME-1").json()
    assert len(product["referenceImages"]) == 2


def test_things_are_taught_without_network_too(browsers: Browsers, served: Served) -> None:
    with phone_of(browsers, served.url, workers=True) as phone:
        page = phone.page
        name = desk(served)
        phone.open("#teach")
        phone.context.set_offline(True)
        teach(phone, "Knob without network", view("Star knob", 1), number="OFF-1")
        expect(page.locator(".taught .row").first).to_contain_text("Waits for the network")
        phone.context.set_offline(False)
        expect(page.locator(".taught .state.done")).to_have_count(1, timeout=PATIENCE_MS)
    assert asking.get(f"{served.url}/v1/catalogs/{name}/products/OFF-1").json()["name"] == "Knob without network"


def test_a_phone_on_the_local_network_is_let_in_by_the_printed_code(browsers: Browsers, lan: Served) -> None:
    printed = urlsplit(read_printed_code(lan.log.read_text()))
    if printed.hostname in (None, "127.0.0.1", "localhost"):
        pytest.skip("this machine has no address on a network")
    with phone_of(browsers, f"https://{printed.netloc}", host=printed.hostname, workers=True) as phone:
        page = phone.page
        phone.open()
        expect(page.get_by_role("heading", level=1)).to_have_text("This device is not known yet")
        assert phone.serious() == []
        page.goto("about:blank")
        phone.open(f"#{printed.fragment}")
        expect(page.get_by_role("button", name="Begin")).to_be_visible()
        assert printed.fragment not in page.url
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("isSecureContext"), "there would be no camera"
        page.reload()
        page.get_by_role("button", name="Begin").click()
        teach(phone, "Gear", view("Gear", 1))
        expect(page.locator(".taught .state.done")).to_have_count(1, timeout=PATIENCE_MS)
        phone.go("#menu")
        expect(page.get_by_text("This device: Linux browser")).to_be_visible()
        page.goto("about:blank")
        phone.open(f"#{printed.fragment}")
        expect(page.get_by_role("alert")).to_contain_text("The code was used before")
        phone.complaints[:] = [one for one in phone.complaints if "401" not in one and "403" not in one]


def desk(served: Served) -> str:
    """A catalog, where a test runs by itself; gives its name."""
    with httpx.Client(base_url=f"{served.url}/v1/catalogs") as client:
        catalogs = client.get("").json()["catalogs"]
        return str(catalogs[0]["name"] if catalogs else client.post("", json={"name": "my-desk"}).json()["name"])

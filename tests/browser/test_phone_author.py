"""The name that stands with a worker's words: asked for in passing, kept on the phone, sent with each word."""

import ssl
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests import asking
from tests.browser.conftest import PHOTOS, field_photo_of
from tests.browser.phone import Browsers, Phone, phone_of, until
from tests.browser.test_phone_page import ask, asked_id, lookups_of
from tests.codes import read_printed_code
from tests.integration.serving import Served

KNOB, BRACKET, *_ = PHOTOS
FORBIDDEN = "An\u2028a \u0007 Ruiz "
"""A name with what the service takes for none: it is made one line, so that no word is lost for it."""


def words(served: Served, entry: str, client: httpx.Client | None = None) -> list[tuple[str, str | None]]:
    """What the service keeps of a phone's request: the newest word, and by whom."""
    (lookup,) = lookups_of(served, entry)
    path = f"/v1/lookups/{lookup['id']}"
    answer = client.get(path) if client else asking.get(f"{served.url}{path}")
    said = answer.json().get("confirmation")
    return [] if said is None else [(said["outcome"], said.get("worker"))]


def look_up(phone: Phone, number: str) -> str:
    entry = ask(phone, field_photo_of(number))
    phone.verdict()
    return entry


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Who confirms?")


def test_a_name_is_asked_for_in_passing_and_stands_with_the_words_after_it(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url) as phone:
        page = phone.page
        phone.open()
        first = look_up(phone, KNOB)
        expect(page.locator(".signature")).to_have_count(0)
        page.get_by_role("button", name="Not sure").click()
        until(lambda: words(stocked, first) == [("unsure", None)])
        page.get_by_role("button", name="Put your name to the next ones").click()
        page.keyboard.press("Escape")
        expect(question(page)).to_have_count(0)
        expect(page.get_by_role("button", name="Next photo")).to_be_focused()
        page.get_by_role("button", name="Put your name to the next ones").click()
        expect(question(page).get_by_label("Your name")).to_be_focused()
        question(page).get_by_label("Your name").fill(FORBIDDEN)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="From now on: An a Ruiz.")).to_be_visible()
        expect(page.get_by_role("button", name="Next photo")).to_be_focused()
        assert words(stocked, first) == [("unsure", None)], "it was given before there was a name"
        page.get_by_role("button", name="Change").click()
        expect(page.get_by_role("button", name="As An a Ruiz")).to_be_visible()
        page.get_by_role("button", name="None of these").click()
        expect(page.locator(".thanks")).to_contain_text("By An a Ruiz.")
        until(lambda: words(stocked, first) == [("none_of_these", "An a Ruiz")])
        page.reload()
        expect(page.locator(".thanks")).to_contain_text("By An a Ruiz.")
        phone.go("#history")
        expect(page.locator(".history .state").first).to_have_text("None of these")
        look_up(phone, BRACKET)
        page.get_by_role("button", name="As An a Ruiz").click()
        question(page).get_by_role("button", name="Without a name").click()
        expect(page.locator(".signature")).to_have_count(0)
        page.get_by_role("button", name=f"Yes, it is {BRACKET}").click()
        until(lambda: words(stocked, asked_id(page)) == [("confirmed", None)])
        expect(page.locator(".thanks")).not_to_contain_text("By")
        expect(page.locator(".signature")).to_have_count(0)  # who said no is not asked again


def test_a_word_that_waits_keeps_the_name_that_was_set(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, workers=True) as phone:
        page = phone.page
        phone.open("#menu")
        name = page.get_by_label("Your name")
        name.fill("Ana Ruiz")
        page.get_by_role("button", name="Save").click()
        anas, bos, nobodys = (look_up(phone, number) for number in (KNOB, BRACKET, BRACKET))
        page.wait_for_function("navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
        phone.context.set_offline(True)
        for entry, worker in ((anas, "Ana Ruiz"), (bos, "Bo"), (nobodys, "")):
            phone.go("#menu")
            expect(name).to_have_value("Ana Ruiz" if entry != nobodys else "Bo")
            if worker:
                name.fill(worker)
                page.get_by_role("button", name="Save").click()
            else:
                page.get_by_role("button", name="Remove the name").click()
                expect(name).to_have_value("")
                expect(page.get_by_role("button", name="Remove the name")).to_be_hidden()
            phone.go(f"#answer/{entry}")
            page.get_by_role("button", name="Not sure").click()
            expect(page.locator(".thanks")).to_be_visible()
        page.reload()
        assert words(stocked, anas) == []
        phone.context.set_offline(False)
        until(lambda: words(stocked, anas) == [("unsure", "Ana Ruiz")])
        until(lambda: words(stocked, bos) == [("unsure", "Bo")])
        until(lambda: words(stocked, nobodys) == [("unsure", None)])


def test_the_name_that_a_device_was_enrolled_for_is_shown_and_can_be_taken_off(browsers: Browsers, lan: Served) -> None:
    rights = {"worker": "Ana Ruiz", "scopes": ["lookup", "catalog:read"]}
    with _here(lan) as here:
        network = urlsplit(read_printed_code(lan.log.read_text()))
        if network.hostname in (None, "127.0.0.1", "localhost"):
            pytest.skip("this machine has no address on a network")
        assert here.post("/v1/catalogs", json={"name": "desk"}).status_code == 201
        begun = here.post("/v1/devices/enrolments", json=rights).json()
        with phone_of(browsers, f"https://{network.netloc}", host=network.hostname) as phone:
            page = phone.page
            phone.open(begun["link"].removeprefix("/"))
            phone.go("#search")
            page.get_by_label("Words").fill("a knob")
            page.keyboard.press("Enter")
            phone.verdict()
            expect(page.get_by_role("button", name="As Ana Ruiz")).to_be_visible()
            page.get_by_role("button", name="Not sure").click()
            entry = asked_id(page)
            until(lambda: words(lan, entry, here) == [("unsure", "Ana Ruiz")])
            phone.go("#menu")
            page.get_by_role("button", name="Remove the name").click()
            page.reload()
            expect(page.get_by_label("Your name")).to_have_value("")
            phone.go(f"#answer/{entry}")
            page.get_by_role("button", name="Change").click()
            page.get_by_role("button", name="Not sure").click()
            until(lambda: words(lan, entry, here) == [("unsure", None)])
        here.delete("/v1/catalogs/desk", params={"confirm": "desk"}).raise_for_status()


def _here(served: Served) -> httpx.Client:
    """The service as programs of its own machine reach it."""
    return httpx.Client(base_url=served.url, verify=ssl.create_default_context(cafile=served.authority))

"""What is dangerous about a part, and what has replaced it, stands where the worker looks before confirming."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from service.demo.data_set import CATALOG
from tests import asking
from tests.browser.conftest import PHOTOS, field_photo_of
from tests.browser.phone import Browsers, phone_of
from tests.integration.serving import Served

KNOB, BRACKET, *_ = PHOTOS


@pytest.fixture
def own(stocked: Served) -> Iterator[Served]:
    """The service, whose products are as they were once the test has ended."""
    yield stocked
    for number in (KNOB, BRACKET):
        say(stocked, number, supersededBy="", notices=[])


def say(served: Served, number: str, **said: object) -> None:
    address = f"{served.url}/v1/catalogs/{CATALOG}/products/{quote(number, safe='')}"
    asking.patch(address, json=said).raise_for_status()


def test_notices_and_successors_are_shown(browsers: Browsers, own: Served) -> None:
    hot = {"severity": "danger", "text": "The knob may shatter", "url": "https://example.com/recall"}
    over = {"severity": "info", "text": "Long over", "validUntil": "2020-01-01"}
    say(own, KNOB, supersededBy=BRACKET, notices=[over, hot])
    with phone_of(browsers, own.url) as phone:
        page = phone.page
        phone.open()
        phone.go("#take")
        page.wait_for_selector("input.from-files", state="attached")
        phone.choose(field_photo_of(KNOB))
        phone.find()
        page.locator(f'.strip button[value="{KNOB}"]').click()
        danger = page.locator(".note.danger")
        expect(danger).to_contain_text("Danger: The knob may shatter")
        expect(danger.get_by_role("link")).to_have_attribute("href", "https://example.com/recall")
        replaced = page.locator(".note.warn").filter(has_text="Replaced by")
        expect(replaced).to_contain_text(BRACKET)
        expect(page.get_by_text("Long over")).to_have_count(0)
        assert phone.serious() == []
        phone.go(f"#product/{CATALOG}/{quote(KNOB, safe='')}")
        expect(page.locator(".details .note.danger")).to_contain_text("The knob may shatter")
        expect(page.get_by_text("Long over")).to_have_count(0)
        say(own, BRACKET, supersededBy=KNOB)
        phone.go("#take")
        phone.go(f"#product/{CATALOG}/{quote(KNOB, safe='')}")
        expect(page.locator(".details .note.warn")).to_contain_text("the replacements lead in a circle")

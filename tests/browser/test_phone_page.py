"""The phone page in a real browser, on the real service: from the camera to a confirmed answer."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Page, Route, expect

from tests import asking
from tests.browser.conftest import PHOTOS, field_photo_of
from tests.browser.phone import DESKTOP, SMALL_PHONE, Browsers, Phone, database_of, phone_of, until
from tests.integration.serving import Served

KNOB, BRACKET, RING, *_ = PHOTOS
FIRST_LOAD_BYTES = 150 * 1024
LOOKUPS = re.compile(r"/v1/catalogs/[^/]+/lookups$")
TABS_AT_MOST = 40


def lookups_of(served: Served, client_id: str) -> list[dict[str, Any]]:
    """The answers that the database holds for a request of a phone."""
    with psycopg.connect(database_of(served)) as connection:
        rows = connection.execute("SELECT answer FROM lookup WHERE client_lookup_id = %s", (client_id,))
        return [row[0] for row in rows]


def kept_photo(page: Page, entry: str) -> bytes:
    """The photo of an entry, as the page has it, which is as it sent it."""
    numbers = page.evaluate(
        """(id) => new Promise((resolve) => {
            const opened = indexedDB.open("photocode");
            opened.onsuccess = () => {
                const request = opened.result.transaction("entries").objectStore("entries").get(id);
                request.onsuccess = async () => {
                    const bytes = await request.result.photos[0].arrayBuffer();
                    resolve([...new Uint8Array(bytes)]);
                };
            };
        })""",
        entry,
    )
    return bytes(numbers)


def asked_id(page: Page) -> str:
    """The id of the entry whose answer is on the screen."""
    return page.url.rsplit("/", 1)[-1]


def ask(phone: Phone, picture: Path) -> str:
    """Send a picture; gives the entry's id."""
    phone.go("#take")
    phone.page.wait_for_selector("input.from-files", state="attached")
    phone.choose(picture)
    phone.find()
    return asked_id(phone.page)


def numbers(page: Page) -> list[str]:
    """The candidates' part numbers, best first."""
    return [str(one) for one in page.locator(".strip button[value]").evaluate_all("all => all.map((one) => one.value)")]


def test_the_camera_sees_a_part_and_its_number_is_confirmed(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, sees=field_photo_of(KNOB), workers=True) as phone:
        page = phone.page
        phone.open()
        phone.shoot()
        phone.find()
        phone.verdict()
        assert numbers(page)[0] == KNOB
        pictures = page.locator(".pair img, .strip img")
        until(lambda: all(pictures.evaluate_all("all => all.map((one) => one.complete && one.naturalWidth > 0)")))
        expect(page.get_by_role("img", name="Your photo")).to_be_visible()
        page.get_by_role("button", name="Show more").click()
        until(lambda: sorted(numbers(page)) == sorted(PHOTOS))
        page.get_by_role("button", name=f"Yes, it is {KNOB}").click()
        expect(page.get_by_role("status").filter(has_text=KNOB)).to_contain_text("Thank you")
        (answer,) = lookups_of(stocked, asked_id(page))
        lookup = f"{stocked.url}/v1/lookups/{answer['id']}"
        until(lambda: "confirmation" in asking.get(lookup).json())
        said = asking.get(lookup).json()["confirmation"]
        assert (said["outcome"], said["partNumber"]) == ("confirmed", KNOB)
        page.get_by_role("button", name="Next photo").click()
        expect(page.get_by_role("button", name="Take a photo")).to_be_enabled()


def test_an_outline_is_drawn_where_the_service_says(browsers: Browsers, stocked: Served) -> None:
    outline = [{"x": 0.1, "y": 0.2}, {"x": 0.8, "y": 0.25}, {"x": 0.75, "y": 0.9}, {"x": 0.15, "y": 0.8}]

    def with_outline(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        said["candidates"][0]["outline"] = outline
        route.fulfill(response=answer, json=said)

    with phone_of(browsers, stocked.url) as phone:
        phone.open()
        phone.page.route(LOOKUPS, with_outline)
        ask(phone, field_photo_of(RING))
        phone.verdict()
        view = phone.page.locator(".pair svg.photo")
        _, _, width, height = (float(one) for one in (view.get_attribute("viewBox") or "").split())
        drawn = view.locator("polygon.outline.match").get_attribute("points") or ""
        corners = [tuple(map(float, corner.split(","))) for corner in drawn.split()]
        assert corners == [pytest.approx((one["x"] * width, one["y"] * height), abs=0.1) for one in outline]


def test_what_leaves_the_phone_is_small_upright_and_without_metadata(
    browsers: Browsers, stocked: Served, tmp_path: Path
) -> None:
    original = tmp_path / "original.jpg"
    with Image.new("RGB", (3000, 1500), "red") as image:
        image.paste("blue", (0, 0, 300, 1500))  # the left edge, which is the upper one once it is turned
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        exif[ExifTags.Base.Artist] = "who took it"
        image.save(original, exif=exif)
    with phone_of(browsers, stocked.url) as phone:
        phone.open()
        entry = ask(phone, original)
        phone.verdict()
        sent = kept_photo(phone.page, entry)
        (answer,) = lookups_of(stocked, entry)
    assert answer["photo"]["sha256"] == hashlib.sha256(sent).hexdigest()
    assert b"who took it" not in sent
    with Image.open(io.BytesIO(sent)) as photo:
        assert (photo.format, photo.size) == ("JPEG", (512, 1024))
        assert len(photo.getexif()) == 0
        assert photo.getpixel((256, 10)) == pytest.approx((0, 0, 255), abs=12)


def test_two_photos_on_their_way_get_each_their_own_answer(browsers: Browsers, stocked: Served) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    with phone_of(browsers, stocked.url) as phone:
        page = phone.page
        phone.open()
        page.route(LOOKUPS, hold_the_first)
        first = ask(phone, field_photo_of(KNOB))
        page.get_by_role("button", name="Next photo").click()
        second = ask(phone, field_photo_of(RING))
        phone.verdict()
        assert numbers(page)[0] == RING
        phone.go(f"#answer/{first}")
        expect(page.get_by_role("heading", name="Sending")).to_be_visible()
        assert page.locator(".verdict").count() == 0, "the other photo's answer is shown for this one"
        held[0].continue_()
        phone.verdict()
        assert numbers(page)[0] == KNOB
        phone.go(f"#answer/{second}")
        expect(page.locator(".facts h2")).to_be_visible()
        assert numbers(page)[0] == RING


def test_a_photo_that_was_not_sent_yet_outlives_the_page(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, workers=True) as phone:
        page = phone.page
        phone.open()
        phone.choose(field_photo_of(KNOB))
        page.get_by_role("button", name="Mark the part").click()
        page.get_by_label("A word that helps").fill("a knob")
        page.goto("about:blank")  # as when the phone ends a page that is not looked at
        phone.open()
        expect(page.get_by_role("heading", name="This photo?")).to_be_visible()
        expect(page.locator(".framed img")).to_be_visible()
        expect(page.locator(".grip.all")).to_be_visible()
        expect(page.get_by_label("A word that helps")).to_have_value("a knob")
        phone.find()
        phone.verdict()
        assert numbers(page)[0] == KNOB
        phone.open()
        expect(page.locator("input.from-files")).to_be_attached()
        assert page.locator(".tray img").count() == 0, "what was sent is in the hand no longer"


def test_an_answer_to_another_request_is_never_shown(browsers: Browsers, stocked: Served) -> None:
    def as_another(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "clientLookupId": "another"})

    with phone_of(browsers, stocked.url) as phone:
        phone.open()
        phone.page.route(LOOKUPS, as_another, times=1)
        entry = ask(phone, field_photo_of(KNOB))
        expect(phone.page.get_by_text("The answer was not of this photo")).to_be_visible()
        phone.verdict()
        assert numbers(phone.page)[0] == KNOB
        assert len(lookups_of(stocked, entry)) == 1


def test_a_photo_waits_for_the_network_and_is_sent_once(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, workers=True) as phone:
        page = phone.page
        phone.open()
        page.wait_for_function("navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
        phone.context.set_offline(True)
        entry = ask(phone, field_photo_of(KNOB))
        expect(page.get_by_role("heading", name="No network")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="No network")).to_be_visible()
        assert lookups_of(stocked, entry) == []
        phone.go("#history")
        expect(page.get_by_text("Waits to be sent")).to_be_visible()
        twin = phone.context.new_page()  # a second window on the same queue
        twin.goto(f"{stocked.url}/#history")
        phone.context.set_offline(False)
        phone.go(f"#answer/{entry}")
        phone.verdict()
        assert numbers(page)[0] == KNOB
        (answer,) = lookups_of(stocked, entry)
        page.get_by_role("button", name="None of these").click()
        until(lambda: "confirmation" in asking.get(f"{stocked.url}/v1/lookups/{answer['id']}").json())
        page.wait_for_timeout(1500)
        assert len(lookups_of(stocked, entry)) == 1


def test_a_closed_page_is_no_reason_to_wait(browsers: Browsers, stocked: Served) -> None:
    """The browser wakes the worker when the network is back."""
    with phone_of(browsers, stocked.url, workers=True) as phone:
        other = phone.context.new_page()
        other.goto(f"{stocked.url}/livez")
        session = phone.context.new_cdp_session(other)
        workers: list[str] = []
        session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: workers.extend(one["registrationId"] for one in event["registrations"]),
        )
        session.send("ServiceWorker.enable")
        phone.open()
        phone.page.wait_for_function("navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
        phone.context.set_offline(True)
        entry = ask(phone, field_photo_of(RING))
        expect(phone.page.get_by_role("heading", name="No network")).to_be_visible()
        phone.page.close()
        phone.context.set_offline(False)
        assert lookups_of(stocked, entry) == []
        woken = {"origin": stocked.url, "registrationId": workers[-1], "tag": "photocode-queue", "lastChance": False}
        session.send("ServiceWorker.dispatchSyncEvent", woken)
        until(lambda: len(lookups_of(stocked, entry)) == 1)
        other.goto(f"{stocked.url}/#answer/{entry}")
        expect(other.locator(".verdict")).to_be_visible()
        assert numbers(other)[0] == RING


def test_a_photo_whose_answer_was_lost_is_not_looked_up_twice(browsers: Browsers, stocked: Served) -> None:
    lost: list[str] = []
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().json()["id"])
            route.abort("connectionreset")

    with phone_of(browsers, stocked.url) as phone:
        phone.open()
        phone.page.route(LOOKUPS, lose_the_first)
        entry = ask(phone, field_photo_of(RING))
        phone.verdict()
        (answer,) = lookups_of(stocked, entry)
        assert answer["id"] == lost[0]
        assert len(keys) == 2
        assert len(set(keys)) == 1


def test_a_refusal_is_told_in_words_and_can_be_mended(browsers: Browsers, stocked: Served, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(field_photo_of(KNOB).read_bytes()[:400])
    with phone_of(browsers, stocked.url) as phone:
        phone.open()
        phone.choose(broken)
        phone.find()
        alert = phone.page.get_by_role("alert")
        expect(alert).to_contain_text("The photo is broken. Take it again.")
        assert phone.serious() == []
        phone.complaints[:] = [one for one in phone.complaints if "422" not in one and "blob" not in one]
        phone.page.get_by_role("button", name="New photo").click()
        expect(phone.page.get_by_role("button", name="Start the camera")).to_be_visible()


def test_without_a_camera_pictures_do(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url) as phone:
        page = phone.page
        phone.open()
        start = page.get_by_role("button", name="Start the camera")
        expect(start).to_be_visible()
        assert phone.serious() + phone.small_targets() == []
        start.click()
        expect(page.get_by_role("button", name="Open the camera")).to_be_enabled()
        assert phone.serious() == []
        page.set_input_files("input.from-app", field_photo_of(KNOB))
        phone.find()
        phone.verdict()
        assert numbers(page)[0] == KNOB


def test_a_part_of_the_photo_a_word_and_a_second_photo(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url) as phone:
        page = phone.page
        phone.open()
        phone.choose(field_photo_of(BRACKET))
        page.get_by_role("button", name="Mark the part").click()
        layer = page.locator(".region").bounding_box()
        assert layer is not None
        page.mouse.move(layer["x"] + 5, layer["y"] + 5)
        page.mouse.down()
        page.mouse.move(layer["x"] + layer["width"] * 0.9, layer["y"] + layer["height"] * 0.9, steps=4)
        page.mouse.up()
        page.get_by_label("A word that helps").fill("bracket")
        phone.find()
        phone.verdict()
        (answer,) = lookups_of(stocked, asked_id(page))
        assert answer["photo"]["region"]["x"] < 0.05
        assert 0.8 < answer["photo"]["region"]["width"] < 0.95
        assert answer["text"] == "bracket"
        page.get_by_role("button", name="Mark the part or add a word").click()
        page.get_by_role("button", name="Whole photo").click()
        with page.expect_request(LOOKUPS) as sent:
            phone.find()
        phone.verdict()
        assert json.loads(sent.value.post_data or "")["photoOf"] == answer["id"], "the photo was sent again"
        phone.go("#take")
        phone.choose(field_photo_of(BRACKET))
        page.get_by_role("link", name="Add a photo of the same part").click()
        page.wait_for_selector("input.from-files", state="attached")
        phone.choose(field_photo_of(BRACKET))
        expect(page.locator(".tray img")).to_have_count(2)
        phone.find()
        phone.verdict()
        (answer,) = lookups_of(stocked, asked_id(page))
        assert len(answer["furtherPhotos"]) == 1


def test_words_alone_find_and_what_is_found_is_searched_on_with(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url) as phone:
        page = phone.page
        phone.open("#search")
        page.get_by_label("Words").fill(KNOB)
        page.keyboard.press("Enter")
        expect(phone.verdict()).to_have_text("This is it")
        page.get_by_role("link", name="Details, and what looks like it").click()
        expect(page.locator(".gallery img")).to_have_count(3)
        expect(page.locator(".similar li")).to_have_count(len(PHOTOS) - 1)
        with page.expect_request(re.compile("referenceId=")):
            page.get_by_role("button", name="Search on with picture 2").click()
        other = page.locator(".similar a").first
        name = other.locator("strong").inner_text()
        other.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.get_by_role("button", name="Back").click()
        expect(page.get_by_text(KNOB, exact=True)).to_be_visible()


def press_until(page: Page, name: str) -> None:
    """Tab on until the thing with this name has the focus, as who cannot use a pointer does; then press it."""
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if (
            page.evaluate("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)")
            .strip()
            .startswith(name)
        ):
            seen = page.evaluate("document.activeElement.matches(':focus-visible')")
            assert seen, f"{name}: the focus is not to be seen"
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def test_everything_is_reached_by_keyboard_alone(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, sees=field_photo_of(KNOB), size=DESKTOP) as phone:
        page = phone.page
        phone.open()
        expect(page.get_by_role("button", name="Take a photo")).to_be_enabled()
        press_until(page, "Take a photo")
        expect(page.get_by_role("heading", name="This photo?")).to_be_focused()
        press_until(page, "Mark the part")
        expect(page.locator(".grip.all")).to_be_focused()
        left = page.locator(".region-box").evaluate("(one) => one.style.left")
        page.keyboard.press("ArrowRight")
        assert page.locator(".region-box").evaluate("(one) => one.style.left") != left
        press_until(page, "Whole photo")
        press_until(page, "Find it")
        phone.verdict()
        press_until(page, "Yes, it is")
        expect(page.get_by_role("button", name="Next photo")).to_be_focused()
        page.keyboard.press("Enter")
        press_until(page, "History")
        press_until(page, "Delete all")
        press_until(page, "Delete all")
        expect(page.get_by_text("Nothing yet")).to_be_visible()


def walk(phone: Phone, look: Callable[[str], None]) -> None:
    """Through every screen, with something on each."""
    page = phone.page
    phone.open()
    expect(page.locator(".shutter.live")).to_be_enabled()
    look("take")
    phone.shoot()
    page.locator(".chip").click()
    look("review")
    page.locator(".chip").click()
    page.locator(".review .main").click()
    phone.verdict()
    look("answer")
    page.locator(".actions .second").last.click()
    expect(page.locator(".thanks")).to_be_visible()
    look("thanks")
    page.locator(".signature").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Ana Ruiz")
    look("who")
    page.get_by_role("dialog").locator(".main").click()
    page.locator(".toast").evaluate("(one) => Promise.all(one.getAnimations().map((drop) => drop.finished))")
    page.locator(".actions .second").last.click()
    expect(page.locator(".signature")).to_contain_text("Ana Ruiz")
    look("as whom")
    page.locator(".facts a.second").click()
    page.wait_for_selector(".similar li")
    look("product")
    for screen in ("search", "history", "menu", "teach", "welcome"):
        phone.go(f"#{screen}")
        page.wait_for_selector(
            {"search": "#words", "history": "ol.history li", "menu": ".choice"}.get(screen, ".main:visible, .slots")
        )
        look(screen)
    phone.go("#teach")
    phone.shoot()
    expect(page.locator(".slots img")).to_have_count(1)
    look("teach, one side")
    phone.go("#name")
    page.wait_for_selector("#number")
    look("name")


def test_nobody_is_shut_out(browsers: Browsers, stocked: Served) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    with phone_of(browsers, stocked.url, sees=field_photo_of(RING)) as phone:

        def look(screen: str) -> None:
            found["light", screen] = phone.serious() + phone.small_targets()
            phone.in_the_dark(True)
            found["dark", screen] = phone.serious_in_colours() + phone.small_targets()
            phone.in_the_dark(False)

        walk(phone, look)
    assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
    assert len(found) == 2 * 14


@pytest.mark.parametrize(("size", "language"), [(SMALL_PHONE, "de-DE"), (DESKTOP, "es-ES")], ids=["small", "desktop"])
def test_it_fits_screens_of_any_width(
    browsers: Browsers, stocked: Served, size: tuple[int, int], language: str
) -> None:
    wide: list[str] = []
    with phone_of(browsers, stocked.url, sees=field_photo_of(RING), size=size, language=language) as phone:
        walk(phone, lambda screen: wide.append(screen) if phone.too_wide() else None)
        assert phone.page.evaluate("document.documentElement.lang") == language[:2]
    assert wide == []


def test_the_language_can_be_chosen_and_stays(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, language="de-AT") as phone:
        page = phone.page
        phone.open("#menu")
        expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
        page.get_by_label("Español").check()
        expect(page.get_by_role("heading", name="Ajustes")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Ajustes")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "es"


def test_the_first_load_is_small_and_the_page_can_be_installed(browsers: Browsers, stocked: Served) -> None:
    with phone_of(browsers, stocked.url, workers=True) as phone:
        page = phone.page
        session = phone.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        phone.open()
        page.wait_for_load_state("networkidle")
        assert len(sizes) > 30
        assert 20_000 < sum(sizes) <= FIRST_LOAD_BYTES
        page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
        found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []

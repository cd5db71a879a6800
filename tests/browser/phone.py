"""A phone in the hand of a test: Chromium with a camera that sees a picture, and nothing else in reach."""

import io
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageOps
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright

from tests.integration.serving import Served

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 20_000
PHONE = (390, 844)
SMALL_PHONE = (360, 640)
DESKTOP = (1280, 800)
CAMERA_SIZE = (960, 1280)
_CAMERA_RATE = 10
"""Pictures a second: thirty, each a JPEG to be decoded, would keep a core busy that finds nothing more in them."""
_FLAGS = (
    "--disable-quic",
    # What is drawn is drawn by the processor alone: a process that talks to a graphics card has nothing to do.
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--in-process-gpu",
)
_COLOURS = "cat.color"
_AXE = {"rules": {"color-contrast-enhanced": {"enabled": True}}, "resultTypes": ["violations"]}
_OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED", "net::ERR_CONNECTION")


@dataclass
class Phone:
    """A page that keeps count of what it must never do: errors on the console, violations of the content policy."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in _OFFLINE):
            self.complaints.append(message.text)

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.url}/{fragment}")
        self.page.wait_for_selector("main h1", state="attached")

    def go(self, fragment: str) -> None:
        """To another screen, as a link would; until it is there, the one before it is seen."""
        self.page.evaluate("(hash) => { location.hash = hash }", fragment)
        self.page.wait_for_selector(f'#app[data-screen="{fragment}"]')

    def choose(self, *pictures: Path) -> None:
        """From the pictures on the phone."""
        self.page.set_input_files("input.from-files", [str(one) for one in pictures])

    def shoot(self) -> None:
        """With the live camera."""
        self.page.locator(".shutter.live:enabled").click()

    def find(self) -> None:
        """Send what is in the hand, and wait until it is on its way."""
        self.page.get_by_role("button", name="Find it").click()
        self.page.wait_for_url("**/#answer/*")

    def verdict(self) -> Locator:
        """The answer, once it has come."""
        self.page.wait_for_selector(".verdict", timeout=PATIENCE_MS)
        return self.page.locator(".verdict h1")

    def serious(self) -> list[str]:
        """What axe finds serious or critical on the screen, contrast of 7 to 1 (AAA) included."""
        return self._found(_AXE)

    def serious_in_colours(self) -> list[str]:
        """The same of colours alone: of a screen whose elements :meth:`serious` has seen in others."""
        return self._found(_AXE | {"runOnly": {"type": "tag", "values": [_COLOURS]}})

    def _found(self, options: Mapping[str, object]) -> list[str]:
        known = self.page.evaluate("'axe' in window")  # half a megabyte, which a page has to read but once
        found = (Axe("0") if known else Axe()).run(self.page, options=dict(options)).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]

    def in_the_dark(self, dark: bool) -> None:
        """As the phone turns to its dark colours, and back; what fades has faded."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.evaluate(
            """() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)
                .map((one) => one.finished))"""
        )

    def too_wide(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def small_targets(self) -> list[str]:
        """What is to be pressed and is less than 48 pixels high or wide; links within a sentence aside."""
        return list(
            self.page.evaluate(
                """() => [...document.querySelectorAll("button, a, input, .choice")].filter((one) => {
                    const box = one.getBoundingClientRect();
                    const shown = box.width > 0 && getComputedStyle(one).visibility !== "hidden";
                    const inside = one.closest(".choice") && !one.matches(".choice");
                    return shown && !inside && !one.closest("p") && Math.min(box.width, box.height) < 47.5;
                }).map((one) => one.outerHTML.slice(0, 120))"""
            )
        )


def until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_MS / 1000
    while not true():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.1)


def database_of(served: Served) -> str:
    """Where the embedded database of a running service is."""
    server = (served.log.parent / "postgres" / "postmaster.pid").read_text().splitlines()
    return f"host={server[4]} port={server[3]} user=postgres dbname=postgres"


def as_jpeg(picture: Path, size: tuple[int, int] | None = None) -> bytes:
    """A picture as a phone's JPEG, without transparency; on a ground of ``size`` where one is given."""
    buffer = io.BytesIO()
    with Image.open(picture) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        ground = Image.new("RGBA", upright.size, "white")
        ground.alpha_composite(upright)
        flat = ground.convert("RGB")
        if size is not None:
            flat = ImageOps.pad(flat, size, color="grey")
        flat.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def film_of(picture: Path) -> bytes:
    """What a camera sees that sees a picture: as Y4M, which need not be decoded."""
    width, height = CAMERA_SIZE
    with Image.open(io.BytesIO(as_jpeg(picture, CAMERA_SIZE))) as image:
        bright, blue, red = image.convert("YCbCr").split()
    # Of video: 16 is black, 235 white, and four points have one colour.
    planes = [bright.point([16 + round(one * 219 / 255) for one in range(256)])]
    for plane in (blue, red):
        small = plane.resize((width // 2, height // 2), Image.Resampling.BOX)
        planes.append(small.point([128 + round((one - 128) * 224 / 255) for one in range(256)]))
    frame = b"FRAME\n" + b"".join(plane.tobytes() for plane in planes)
    return f"YUV4MPEG2 W{width} H{height} F{_CAMERA_RATE}:1 Ip A1:1 C420\n".encode() + 2 * frame


class Browsers:
    """Chromium, begun once for all phones whose camera sees the same: a phone has storage and a window of its own."""

    def __init__(self, driver: Playwright, folder: Path) -> None:
        """``folder``: for what cameras see."""
        self._driver, self._folder = driver, folder
        self._begun: dict[tuple[Path | None, str | None], Browser] = {}

    def one(self, sees: Path | None, host: str | None) -> Browser:
        """As for :func:`phone_of`."""
        if (sees, host) not in self._begun:
            self._begun[sees, host] = self._driver.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=self._flags(sees, host), chromium_sandbox=False
            )
        return self._begun[sees, host]

    def _flags(self, sees: Path | None, host: str | None) -> list[str]:
        flags = [*_FLAGS, f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host or '127.0.0.1'}"]
        if host is not None:
            flags.append("--ignore-certificate-errors")  # as a phone that was given the printed authority
        if sees is not None:
            film = self._folder / f"{sees.stem}.y4m"
            film.write_bytes(film_of(sees))
            flags += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
            flags.append(f"--use-file-for-fake-video-capture={film}")
        return flags

    def close(self) -> None:
        for browser in self._begun.values():
            browser.close()


@contextmanager
def phone_of(
    browsers: Browsers,
    url: str,
    *,
    sees: Path | None = None,
    size: tuple[int, int] = PHONE,
    language: str = "en-GB",
    workers: bool = False,
    host: str | None = None,
) -> Iterator[Phone]:
    """A phone with storage of its own, whose camera is allowed and sees a picture; without one it has none. What it
    complained of fails the test at the end. ``workers``: with the page's service worker, as phones have it; to install
    it costs as much as the page. ``host``: of a service on the local network.
    """
    context = browsers.one(sees, host).new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
        has_touch=size != DESKTOP,
        locale=language,
        color_scheme="light",
        service_workers="allow" if workers else "block",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        phone = Phone(context.new_page(), context, url)
        phone.listen()
        yield phone
        assert phone.complaints == []
    finally:
        context.close()

"""The page's icons as pictures, rendered from their drawing: ``python -m service.web.shell.icons`` (needs chromium).

Installing an app takes pictures of fixed sizes; a maskable one and the touch icon fill their square, because phones cut
their own shape out of it.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from service.web.shell.files import PAGE

ICONS = PAGE / "icons"
ROUNDED = 'rx="112"'
GROUND = "#101314"
PICTURES = {
    "icon-192.png": (192, False),
    "icon-512.png": (512, False),
    "maskable-512.png": (512, True),
    "touch-180.png": (180, True),
}
"""By name: the edge in pixels, and whether the drawing fills its square."""
_PAGE = """<!doctype html><style>html,body{{margin:0;background:{ground}}}svg{{display:block}}</style>{drawing}"""


def render(chromium: str, name: str, edge: int, *, full: bool) -> None:
    """Write one picture."""
    drawing = (ICONS / "icon.svg").read_text(encoding="utf-8")
    if full:
        drawing = drawing.replace(ROUNDED, "")
    drawing = drawing.replace("<svg ", f'<svg width="{edge}" height="{edge}" ', 1)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "icon.html"
        page.write_text(_PAGE.format(ground=GROUND if full else "transparent", drawing=drawing), encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--default-background-color=00000000", f"--window-size={edge},{edge}"]
        command += [f"--screenshot={ICONS / name}", f"--user-data-dir={folder}/profile", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own command line


def main() -> None:
    """Write all of them."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on this machine (Debian: apt-get install chromium)")
    for name, (edge, full) in PICTURES.items():
        render(chromium, name, edge, full=full)


if __name__ == "__main__":
    main()

"""The phone page's files, read once: each with its type, its validators and a squeezed form.

All files together have one version, a hash of their bytes. Scripts and styles are served below an address that holds
it, and import each other by relative addresses: a page never mixes files of two releases, and what was loaded once may
be kept for ever.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "page"
SHELL = "index.html"
WORKER = "sw.js"
MANIFEST = "manifest.webmanifest"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_VERSION_CHARACTERS = 12
_BASE = "{{base}}"
_FILES = "{{files}}"
_MODULES = "<!-- modules -->"
_WORTH = 0.9


@dataclass(frozen=True, kw_only=True)
class PageFile:
    """A file as it is served: its bytes, and the same by gzip where that is worth it."""

    body: bytes
    squeezed: bytes | None
    media_type: str
    etag: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """The phone page. ``base``: where the files of this version lie, ``/page/v-<hash>/``; ``files``: by path."""

    version: str
    base: str
    files: dict[str, PageFile]

    def find(self, path: str) -> tuple[PageFile, bool] | None:
        """The file at a path below ``/page/``, and whether its address is of this very version."""
        version, _, rest = path.partition("/")
        if version == self.version:
            file = self.files.get(rest)
            return None if file is None else (file, True)
        found = self.files.get(path)
        return None if found is None else (found, False)


def read_page(folder: Path = PAGE) -> Page:
    """Read a page's folder; files of other types than :data:`TYPES` are not served."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in TYPES)
    raw = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, body in raw.items():
        digest.update(f"{name}\0{len(body)}\0".encode() + body)
    version = f"v-{digest.hexdigest()[:_VERSION_CHARACTERS]}"
    base = f"/page/{version}/"
    listed = " ".join(base + name for name in raw if name not in (SHELL, WORKER, MANIFEST))
    modules = "\n".join(f'<link rel="modulepreload" href="{base}{name}">' for name in raw if _is_code(name))
    filled = {name: _filled(name, body, base, listed, modules) for name, body in raw.items()}
    files = {name: _file(body, TYPES[Path(name).suffix]) for name, body in filled.items()}
    return Page(version=version, base=base, files=files)


def _is_code(name: str) -> bool:
    """Whether a file is a module that every start needs; of the languages one is loaded."""
    return name.endswith(".js") and name != WORKER and not name.startswith("lang/")


def _filled(name: str, body: bytes, base: str, listed: str, modules: str) -> bytes:
    """Put the version's addresses into the three files that are served from the root."""
    if name not in (SHELL, WORKER, MANIFEST):
        return body
    text = body.decode().replace(_BASE, base).replace(_FILES, listed).replace(_MODULES, modules)
    if name == WORKER:
        text = text.replace('from "./', f'from "{base}')
    return text.encode()


def _file(body: bytes, media_type: str) -> PageFile:
    squeezed = gzip.compress(body, mtime=0)
    return PageFile(
        body=body,
        squeezed=squeezed if len(squeezed) < _WORTH * len(body) else None,
        media_type=media_type,
        etag=hashlib.sha256(body).hexdigest()[:32],
    )

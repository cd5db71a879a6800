"""Routes of the phone page: the shell at ``/``, its files below ``/page/``, what browsers want at the root."""

from litestar import Controller, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, SkipValidation

from service.dependencies import Call
from service.web.presenter import present_file
from service.web.shell.files import MANIFEST, SHELL, WORKER, Page, read_page

Files = SkipValidation[NamedDependency[Page]]
"""The page's files, as the parameter ``page`` of a handler."""


class PageController(Controller):
    """The phone page. Nobody needs a token to load it: it holds nothing but itself."""

    include_in_schema = False

    @get("/")
    async def shell(self, request: Call, page: Files) -> Response[bytes]:
        """The page itself; it names the files of one version."""
        return present_file(request, page.files[SHELL], lasting=False)

    @get(f"/{WORKER}")
    async def worker(self, request: Call, page: Files) -> Response[bytes]:
        """The service worker: at the root, because it answers for addresses below its own only."""
        return present_file(request, page.files[WORKER], lasting=False)

    @get(f"/{MANIFEST}")
    async def manifest(self, request: Call, page: Files) -> Response[bytes]:
        """What makes the page installable."""
        return present_file(request, page.files[MANIFEST], lasting=False)

    @get("/page/{path:path}")
    async def file(self, path: FromPath[str], request: Call, page: Files) -> Response[bytes]:
        """A file of the page, by an address with this version, or by its name alone."""
        found = page.find(path.lstrip("/"))
        if found is None:
            raise NotFoundException
        return present_file(request, found[0], lasting=found[1])


def page_router() -> Router:
    """The page, with its files read."""
    page = read_page()
    return Router(
        path="/",
        route_handlers=[PageController],
        dependencies={"page": Provide(lambda: page, sync_to_thread=False)},
        include_in_schema=False,
    )

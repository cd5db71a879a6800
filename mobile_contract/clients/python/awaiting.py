"""The client that awaits."""

import asyncio
import functools
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx
from msgspec import UNSET

from mobile_contract.candidates import Candidate
from mobile_contract.clients.python import access, previews, selftests, teaching
from mobile_contract.clients.python import catalogs as of_catalogs
from mobile_contract.clients.python import devices as of_devices
from mobile_contract.clients.python import imports as of_imports
from mobile_contract.clients.python import limits as of_limits
from mobile_contract.clients.python import lookups as of_lookups
from mobile_contract.clients.python import pictures as of_pictures
from mobile_contract.clients.python import products as of_products
from mobile_contract.clients.python.exchange import Answer, Core, Flow, Lost, Send, Wait
from mobile_contract.clients.python.methods import describe
from mobile_contract.clients.python.photos import SHRINK_EDGE
from mobile_contract.clients.python.retrying import Retries
from mobile_contract.clients.python.wire import Late, answered, given_of, kept_in, lost, request_of, settings
from mobile_contract.limits import CANDIDATES_MAX
from mobile_contract.lookups import Lookup

P = ParamSpec("P")
T = TypeVar("T")


def _method(
    flow: Callable[Concatenate[Core, P], Flow[T]],
) -> Callable[Concatenate["AsyncPhotocode", P], Coroutine[Any, Any, T]]:
    """A flow as a method, with its parameters and its words."""

    @functools.wraps(flow)
    async def run(self: "AsyncPhotocode", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(flow(self._core, *args, **kwargs))

    describe(run, flow)
    return run


class AsyncPhotocode:
    """A client of one service, for one event loop. An async context manager, or await :meth:`close`.

    The rest is as in :class:`mobile_contract.clients.python.Photocode`; photos are read and shrunk beside the loop.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        shrink: int | None = SHRINK_EDGE,
        retries: Retries | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """Nothing is sent yet."""
        self._core = Core(token=token, shrink=shrink, retries=retries or Retries())
        self._http = httpx.AsyncClient(**settings(url, verify))

    look_up = _method(of_lookups.look_up)
    get_lookup = _method(of_lookups.get_lookup)
    confirm = _method(of_lookups.confirm)
    candidates_page = _method(of_lookups.candidates_page)
    reference_picture = _method(of_lookups.reference_picture)
    ready = _method(of_catalogs.ready)
    catalogs = _method(of_catalogs.catalogs)
    catalog = _method(of_catalogs.catalog)
    create_catalog = _method(of_catalogs.create_catalog)
    remove_catalog = _method(of_catalogs.remove_catalog)
    export_catalog = _method(of_catalogs.export_catalog)
    export_catalog_to = _method(of_catalogs.export_catalog_to)
    product = _method(of_catalogs.product)
    similar = _method(of_catalogs.similar)
    facets = _method(of_catalogs.facets)
    tags = _method(of_catalogs.tags)
    put_tags = _method(of_catalogs.put_tags)
    calibration = _method(of_catalogs.calibration)
    put_calibration = _method(of_catalogs.put_calibration)
    products_page = _method(of_products.products_page)
    product_tagged = _method(of_products.product_tagged)
    put_product = _method(of_products.put_product)
    change_product = _method(of_products.change_product)
    upsert_products = _method(of_products.upsert_products)
    remove_product = _method(of_products.remove_product)
    removed_products = _method(of_products.removed_products)
    restore_product = _method(of_products.restore_product)
    purge_product = _method(of_products.purge_product)
    upload_pictures = _method(of_pictures.upload_pictures)
    references = _method(of_pictures.references)
    reference = _method(of_pictures.reference)
    place_reference = _method(of_pictures.place_reference)
    delete_reference = _method(of_pictures.delete_reference)
    teach_product = _method(teaching.teach_product)
    add_references = _method(teaching.add_references)
    start_import = _method(teaching.start_import)
    get_import = _method(teaching.get_import)
    list_imports = _method(of_imports.list_imports)
    pause_import = _method(of_imports.pause_import)
    resume_import = _method(of_imports.resume_import)
    cancel_import = _method(of_imports.cancel_import)
    retry_import = _method(of_imports.retry_import)
    failed_rows = _method(of_imports.failed_rows)
    failed_rows_to = _method(of_imports.failed_rows_to)
    wait_for_import = _method(teaching.wait_for_import)
    wait_for_surfaces = _method(teaching.wait_for_surfaces)
    preview_import = _method(previews.preview_import)
    import_preview = _method(previews.import_preview)
    wait_for_preview = _method(previews.wait_for_preview)
    apply_preview = _method(previews.apply_preview)
    start_self_test = _method(selftests.start_self_test)
    self_test = _method(selftests.self_test)
    wait_for_self_test = _method(selftests.wait_for_self_test)
    enrol_device = _method(of_devices.enrol_device)
    own_access = _method(of_devices.own_access)
    access_keys = _method(access.access_keys)
    access_key = _method(access.access_key)
    create_key = _method(access.create_key)
    rotate_key = _method(access.rotate_key)
    revoke_key = _method(access.revoke_key)
    devices = _method(access.devices)
    begin_enrolment = _method(access.begin_enrolment)
    revoke_device = _method(access.revoke_device)
    put_own_worker = _method(access.put_own_worker)
    erase_photos = _method(access.erase_photos)
    erase_own_photos = _method(access.erase_own_photos)
    erase_device_photos = _method(access.erase_device_photos)
    audit_page = _method(access.audit_page)
    limits = _method(of_limits.limits)
    limits_of = _method(of_limits.limits_of)
    set_limits = _method(of_limits.set_limits)
    clear_limits = _method(of_limits.clear_limits)

    async def further_candidates(self, lookup: Lookup, *, limit: int = CANDIDATES_MAX) -> AsyncIterator[Candidate]:
        """The candidates after those of an answer, as they were ranked then; pages of ``limit`` are fetched as they
        are needed.
        """
        after = lookup.next
        while after is not UNSET:
            page = await self.candidates_page(lookup, after, limit=limit)
            for candidate in page.candidates:
                yield candidate
            after = page.next

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                if isinstance(step, Send):
                    step = flow.send(await self._send(step))
                elif isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    step = next(flow)
                else:
                    step = flow.send(await asyncio.to_thread(step.function))
        except StopIteration as end:
            found: T = end.value
            return found

    async def _send(self, send: Send) -> Answer | Lost:
        until = time.monotonic() + send.seconds
        try:
            async with asyncio.timeout(send.seconds):
                with request_of(self._http, send, until) as request:
                    response = await self._http.send(request, stream=True)
                    async with aclosing(response):
                        with kept_in(send.call, response) as kept:
                            async for chunk in response.aiter_bytes():
                                kept.write(chunk)
                            return answered(response, given_of(kept))
        except httpx.RequestError as error:
            return lost(error)
        except TimeoutError:
            return lost(Late("the time for this request is over"))

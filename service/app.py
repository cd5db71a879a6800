"""The Litestar application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.static_files import create_static_files_router

from service.access.gate import AccessGate
from service.access.routes import DOCUMENTS
from service.access.scopes import Scope, needs
from service.access.trail import AuditTrail
from service.admission.gatekeeper import Gatekeeper
from service.audit.handlers import AuditController
from service.bootstrap import Given, Services, open_services
from service.calibration.handlers import CalibrationController
from service.catalogs.handlers import CatalogsController
from service.certificates.handlers import CertificatesController
from service.confirmations.handlers import ConfirmationsController
from service.dependencies import provide_parts
from service.devices.handlers import DevicesController
from service.documents.handlers import ASSETS, DocumentsController
from service.draining import UnwantedBodies
from service.exports.handlers import ExportsController
from service.facets.handlers import FacetsController
from service.fetching.pictures import PictureFetcher
from service.health.handlers import HealthController
from service.import_previews.handlers import ImportPreviewsController
from service.imports.handlers import ImportsController
from service.keys.handlers import KeysController
from service.limits.handlers import LimitsController
from service.logs import configure_logs
from service.lookups.handlers import LookupsController
from service.methods import AllowedMethods
from service.pictures.handlers import PicturesController
from service.problems import answer_failure
from service.products.handlers import ProductsController
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.objects.detector import ObjectDetector
from service.recognition.reading.port import TextReader
from service.recognition.surface.port import SurfaceExtractor
from service.references.handlers import ProductPicturesController, ReferencesController
from service.removed_products.handlers import RemovedProductsController
from service.requests import RequestContext
from service.self_test.handlers import SelfTestController
from service.settings import Settings, load_settings
from service.similar.handlers import SimilarController
from service.tags.handlers import TagsController
from service.upserts.handlers import UpsertsController
from service.web.handlers import page_router

FORM_PARTS = 8


class MetricsController(PrometheusController):
    """``/metrics``, in the OpenMetrics text form."""

    path = "/metrics"
    openmetrics_format = True
    opt = needs(Scope.ADMIN)
    include_in_schema = False


Opened = Callable[[], AbstractAsyncContextManager[Services]]
"""What gives the parts of a service that is about to run, and closes them when it ends."""


def create_app(
    settings: Settings,
    engine: ImageEmbedder | None = None,
    surface: SurfaceExtractor | None = None,
    fetcher: PictureFetcher | None = None,
    reader: TextReader | None = None,
    detector: ObjectDetector | None = None,
    openapi: OpenAPIConfig | None = None,
) -> Litestar:
    """The application. ``engine`` and what follows are as in :class:`~service.bootstrap.given.Given`.

    ``openapi``: to make the document anew, which a running service has no need of.
    """
    given = Given(engine=engine, surface=surface, fetcher=fetcher, reader=reader, detector=detector)
    return application(settings, partial(open_services, settings, given), openapi)


def application(settings: Settings, opened: Opened, openapi: OpenAPIConfig | None = None) -> Litestar:
    """All routes. The parts are opened whenever the application starts; of ``settings`` only the doors' are read."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened() as parts:
            app.state.parts = parts
            yield

    return Litestar(
        route_handlers=[
            page_router(),
            CatalogsController,
            ProductsController,
            ProductPicturesController,
            ReferencesController,
            RemovedProductsController,
            UpsertsController,
            ExportsController,
            SimilarController,
            FacetsController,
            TagsController,
            CalibrationController,
            PicturesController,
            SelfTestController,
            ImportsController,
            ImportPreviewsController,
            LookupsController,
            ConfirmationsController,
            DevicesController,
            KeysController,
            AuditController,
            LimitsController,
            CertificatesController,
            HealthController,
            MetricsController,
            DocumentsController,
            create_static_files_router(path=f"{DOCUMENTS}/assets", directories=[ASSETS], include_in_schema=False),
        ],
        dependencies={"parts": Provide(provide_parts, sync_to_thread=False)},
        exception_handlers={Exception: answer_failure},
        lifespan=[lifespan],
        middleware=[
            UnwantedBodies(),
            RequestContext(),
            AllowedMethods(),
            PrometheusConfig(app_name="photocode", group_path=True).middleware,
            AccessGate(settings),
            Gatekeeper(),
            AuditTrail(),
        ],
        multipart_form_part_limit=FORM_PARTS,
        logging_config=None,  # service.logs does it
        openapi_config=openapi,
        pdb_on_exception=False,
    )


def create() -> Litestar:
    """For the HTTP server's worker: settings from the environment."""
    settings = load_settings()
    configure_logs(settings.log, settings.log_level)
    return create_app(settings)

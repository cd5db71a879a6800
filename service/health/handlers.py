"""Routes for an operator's probes."""

from importlib.metadata import version

from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec

from mobile_contract.health import Live, Ready
from service.dependencies import Parts
from service.health.actions import readiness_checks
from service.health.presenter import present_readiness


class HealthController(Controller):
    """Probes."""

    tags = ("operation",)

    @get("/livez", operation_id="getLiveness", summary="The process answers")
    async def live(self) -> Live:
        """The process answers."""
        return Live(live=True, version=version("photocode"))

    @get("/healthz", include_in_schema=False)
    async def healthy(self) -> Live:
        """The same by the name that most probes ask for."""
        return Live(live=True, version=version("photocode"))

    @get(
        "/readyz",
        operation_id="getReadiness",
        summary="Lookups can be answered now",
        responses={503: ResponseSpec(Ready, description="They cannot; the checks say why", generate_examples=False)},
    )
    async def ready(self, parts: Parts) -> Response[Ready]:
        """Whether lookups can be answered now, and by which model on which hardware."""
        ready = present_readiness(parts.engine, await readiness_checks(parts))
        return Response(ready, status_code=200 if ready.ready else 503)

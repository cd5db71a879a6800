"""Routes of a catalog's calibration."""

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from catalog.calibrations import read_calibration, set_wrong_matches
from mobile_contract.calibrations import Calibration, NewCalibration
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.access.trail import note
from service.calibration.presenter import present_calibration
from service.dependencies import Call, Parts
from service.problems import documented


class CalibrationController(Controller):
    """What makes verdicts a catalog's own."""

    path = "/v1/catalogs/{catalog:str}/calibration"
    tags = ("catalogs",)

    @get(
        opt=needs(Scope.CATALOG_READ),
        operation_id="getCalibration",
        summary="A catalog's calibration",
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], parts: Parts) -> Calibration:
        """What share of wrong matches a catalog wants, and what its verdicts are fitted on."""
        async with parts.database.read() as session:
            return present_calibration(*await read_calibration(session, catalog, parts.certainty_maker))

    @put(
        opt=needs(Scope.CATALOG_WRITE),
        operation_id="putCalibration",
        summary="Want another share of wrong matches",
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.CATALOG_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def put(
        self, catalog: FromPath[str], data: JSONBody[NewCalibration], request: Call, parts: Parts
    ) -> Calibration:
        """Want another share of wrong matches. Verdicts go by it once the catalog has been calibrated anew."""
        async with parts.database.write() as session:
            await set_wrong_matches(session, catalog, data.wrong_matches)
            await note(session, request)
            found = present_calibration(*await read_calibration(session, catalog, parts.certainty_maker))
        if parts.calibrating:
            parts.calibrating.wake()
        return found

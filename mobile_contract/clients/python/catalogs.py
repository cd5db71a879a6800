"""Flows of catalogs: what there is, what it holds, what it can be narrowed by, and how it judges."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from mobile_contract.calibrations import Calibration, NewCalibration
from mobile_contract.catalogs import Catalog, CatalogList, NewCatalog, Product, ReferenceImage
from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, json_body, segment
from mobile_contract.facets import CatalogFacets
from mobile_contract.health import Ready
from mobile_contract.limits import CANDIDATES_DEFAULT, FACET_VALUES_DEFAULT
from mobile_contract.similar import SimilarProducts
from mobile_contract.tags import Tag, TagList

Conditions = Mapping[str, Sequence[str]]


def ready(core: Core) -> Flow[Ready]:
    """Which model answers.

    Raises:
        Unavailable: lookups cannot be answered now.

    """
    return ask(core, Call(operation="getReadiness", method="GET", path="/readyz", kind=Ready))


def catalogs(core: Core) -> Flow[list[Catalog]]:
    """All catalogs, by name."""
    found = yield from ask(core, Call(operation="listCatalogs", method="GET", path="/v1/catalogs", kind=CatalogList))
    return found.catalogs


def catalog(core: Core, name: str) -> Flow[Catalog]:
    """A catalog and what it holds.

    Raises:
        NotFound: there is none of this name.

    """
    return ask(core, Call(operation="getCatalog", method="GET", path=_at(name), kind=Catalog))


def create_catalog(core: Core, name: str, title: str = "") -> Flow[Catalog]:
    """Make a catalog. Not repeated where it is unknown whether it was made: the next try would find it taken.

    Raises:
        Conflict: there is one of this name.

    """
    body = json_body(NewCatalog(name=name, title=title))
    path = "/v1/catalogs"
    return ask(
        core,
        Call(operation="createCatalog", method="POST", path=path, kind=Catalog, body=body, repeatable=False),
    )


def product(core: Core, catalog: str, part_number: str) -> Flow[Product]:
    """A product by its part number."""
    path = f"{_at(catalog)}/products/{segment(part_number)}"
    return ask(core, Call(operation="getProduct", method="GET", path=path, kind=Product))


def similar(
    core: Core,
    catalog: str,
    part_number: str | None = None,
    *,
    reference: ReferenceImage | UUID | None = None,
    limit: int = CANDIDATES_DEFAULT,
    after: str | None = None,
    categories: Sequence[str] = (),
    metadata: Conditions | None = None,
    facets: Sequence[str] = (),
) -> Flow[SimilarProducts]:
    """A page of the products that look most like a product, or like one reference image; ``after``: the ``next`` of
    the page before.
    """
    known = reference.id if isinstance(reference, ReferenceImage) else reference
    query = [
        *_given("partNumber", part_number),
        *_given("referenceId", known),
        *_given("after", after),
        ("limit", str(limit)),
        *_each("facet", facets),
        *_conditions(categories, metadata),
    ]
    path = f"{_at(catalog)}/similar"
    return ask(core, Call(operation="findSimilar", method="GET", path=path, kind=SimilarProducts, query=tuple(query)))


def facets(
    core: Core,
    catalog: str,
    *,
    keys: Sequence[str] = (),
    limit: int = FACET_VALUES_DEFAULT,
    categories: Sequence[str] = (),
    metadata: Conditions | None = None,
) -> Flow[CatalogFacets]:
    """What a catalog can be narrowed by."""
    query = [*_each("key", keys), ("limit", str(limit)), *_conditions(categories, metadata)]
    path = f"{_at(catalog)}/facets"
    return ask(core, Call(operation="countFacets", method="GET", path=path, kind=CatalogFacets, query=tuple(query)))


def tags(core: Core, catalog: str) -> Flow[list[Tag]]:
    """The tags that photos of a catalog are given, in their order."""
    found = yield from ask(core, Call(operation="getTags", method="GET", path=f"{_at(catalog)}/tags", kind=TagList))
    return found.tags


def put_tags(core: Core, catalog: str, tags: Iterable[Tag | str]) -> Flow[list[Tag]]:
    """Put tags in the place of those before; a text is a tag that is its own prompt."""
    wanted = TagList(tags=[Tag(tag=one) if isinstance(one, str) else one for one in tags])
    path = f"{_at(catalog)}/tags"
    found = yield from ask(
        core, Call(operation="putTags", method="PUT", path=path, kind=TagList, body=json_body(wanted))
    )
    return found.tags


def calibration(core: Core, catalog: str) -> Flow[Calibration]:
    """What share of wrong matches a catalog wants, and what its verdicts are fitted on."""
    path = f"{_at(catalog)}/calibration"
    return ask(core, Call(operation="getCalibration", method="GET", path=path, kind=Calibration))


def put_calibration(core: Core, catalog: str, *, wrong_matches: float) -> Flow[Calibration]:
    """Want another share of wrong matches, 0.001 to 0.2."""
    body = json_body(NewCalibration(wrong_matches=wrong_matches))
    path = f"{_at(catalog)}/calibration"
    return ask(core, Call(operation="putCalibration", method="PUT", path=path, kind=Calibration, body=body))


def _at(catalog: str) -> str:
    return f"/v1/catalogs/{segment(catalog)}"


def _given(name: str, value: object) -> list[tuple[str, str]]:
    return [] if value is None else [(name, str(value))]


def _each(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


def _conditions(categories: Sequence[str], metadata: Conditions | None) -> list[tuple[str, str]]:
    pairs = [f"{key}:{value}" for key, values in (metadata or {}).items() for value in values]
    return [*_each("category", categories), *_each("metadata", pairs)]

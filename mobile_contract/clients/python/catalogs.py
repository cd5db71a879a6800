"""Flows of catalogs: what there is, what it holds, what it can be narrowed by, and how it judges."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from mobile_contract.calibrations import Calibration, NewCalibration
from mobile_contract.catalogs import Catalog, CatalogList, NewCatalog, Product, ReferenceImage
from mobile_contract.clients.python.exchange import Call, Core, Flow, Work, ask, json_body, segment
from mobile_contract.clients.python.queries import Conditions, at, conditions, each, given
from mobile_contract.clients.python.saving import FILE_SECONDS, demand_place
from mobile_contract.facets import CatalogFacets
from mobile_contract.health import Ready
from mobile_contract.limits import CANDIDATES_DEFAULT, FACET_VALUES_DEFAULT
from mobile_contract.similar import SimilarProducts
from mobile_contract.tags import Tag, TagList

EXPORT_FORMS: Final[dict[str, Literal["zip", "csv", "jsonl"]]] = {".zip": "zip", ".csv": "csv", ".jsonl": "jsonl"}


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
    return ask(core, Call(operation="getCatalog", method="GET", path=at(name), kind=Catalog))


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


def remove_catalog(core: Core, name: str) -> Flow[None]:
    """Remove a catalog with all that it holds; it cannot be restored. Not repeated where no answer came.

    Raises:
        NotFound: there is none of this name.

    """
    query = (("confirm", name),)
    made = Call(operation="removeCatalog", method="DELETE", path=at(name), kind=bytes, query=query, repeatable=False)
    yield from ask(core, made)


def export_catalog(
    core: Core,
    catalog: str,
    form: Literal["zip", "csv", "jsonl"] = "zip",
    *,
    table: Literal["jsonl", "csv"] = "jsonl",
) -> Flow[bytes]:
    """All products as a file that imports back: a ZIP of a ``table`` and their pictures, or a table alone. It is held
    in memory: :meth:`export_catalog_to` is for large ones.
    """
    return ask(core, _export(catalog, form, table, FILE_SECONDS))


def export_catalog_to(
    core: Core,
    catalog: str,
    to: Path | str,
    *,
    form: Literal["zip", "csv", "jsonl"] | None = None,
    table: Literal["jsonl", "csv"] = "jsonl",
    deadline: float = FILE_SECONDS,
) -> Flow[Path]:
    """Write all products into a file that imports back, as they come; gives its path. ``form``: as the file's name
    ends, unless said. The file bears its name once it is whole, and takes the place of one that was there; where it
    fails, nothing is changed. ``deadline``: seconds for all tries.

    Raises:
        ValueError: the name does not tell the form.
        OSError: the file cannot be written; where its folder is missing, nothing was asked.

    """
    path = Path(to)
    wanted = form or EXPORT_FORMS.get(path.suffix.lower())
    if wanted is None:
        raise ValueError(f"{path.name!r} ends in none of {', '.join(EXPORT_FORMS)}: say the form")
    yield Work(lambda: demand_place(path))
    yield from ask(core, _export(catalog, wanted, table, deadline, to=path))
    return path


def _export(catalog: str, form: str, table: str, deadline: float, to: Path | None = None) -> Call[bytes]:
    return Call(
        operation="exportCatalog",
        method="GET",
        path=f"{at(catalog)}/export",
        kind=bytes,
        query=(("format", form), ("table", table)),
        deadline=deadline,
        to=to,
    )


def product(core: Core, catalog: str, part_number: str) -> Flow[Product]:
    """A product by its part number."""
    path = f"{at(catalog)}/products/{segment(part_number)}"
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
        *given("partNumber", part_number),
        *given("referenceId", known),
        *given("after", after),
        ("limit", str(limit)),
        *each("facet", facets),
        *conditions(categories, metadata),
    ]
    path = f"{at(catalog)}/similar"
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
    query = [*each("key", keys), ("limit", str(limit)), *conditions(categories, metadata)]
    path = f"{at(catalog)}/facets"
    return ask(core, Call(operation="countFacets", method="GET", path=path, kind=CatalogFacets, query=tuple(query)))


def tags(core: Core, catalog: str) -> Flow[list[Tag]]:
    """The tags that photos of a catalog are given, in their order."""
    found = yield from ask(core, Call(operation="getTags", method="GET", path=f"{at(catalog)}/tags", kind=TagList))
    return found.tags


def put_tags(core: Core, catalog: str, tags: Iterable[Tag | str]) -> Flow[list[Tag]]:
    """Put tags in the place of those before; a text is a tag that is its own prompt."""
    wanted = TagList(tags=[Tag(tag=one) if isinstance(one, str) else one for one in tags])
    path = f"{at(catalog)}/tags"
    found = yield from ask(
        core, Call(operation="putTags", method="PUT", path=path, kind=TagList, body=json_body(wanted))
    )
    return found.tags


def calibration(core: Core, catalog: str) -> Flow[Calibration]:
    """What share of wrong matches a catalog wants, and what its verdicts are fitted on."""
    path = f"{at(catalog)}/calibration"
    return ask(core, Call(operation="getCalibration", method="GET", path=path, kind=Calibration))


def put_calibration(core: Core, catalog: str, *, wrong_matches: float) -> Flow[Calibration]:
    """Want another share of wrong matches, 0.001 to 0.2."""
    body = json_body(NewCalibration(wrong_matches=wrong_matches))
    path = f"{at(catalog)}/calibration"
    return ask(core, Call(operation="putCalibration", method="PUT", path=path, kind=Calibration, body=body))

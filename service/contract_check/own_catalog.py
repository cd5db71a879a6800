"""The catalog that lookups are asked in: the one that was named, or a small one of the check's own."""

import httpx

from mobile_contract.problems import Code
from service.contract_check.pictures import THINGS, thing
from service.contract_check.site import Site

NAME = "contract-check"
_IDENTITY_SHOWN = 8


class NoDeployment(Exception):
    """There is nothing to check at the address; the words say what is there."""


def find_catalog(site: Site, named: str | None) -> None:
    """Set the site's catalog: the named one, else one of the check's own, made and taught where it is not there yet.

    Raises:
        NoDeployment: nothing answers, the named catalog is not there, or the token is refused.

    """
    try:
        if named is not None:
            seen = site.ask("GET", f"/v1/catalogs/{named}")
            if seen.status != 200:
                raise NoDeployment(f"no catalog {named}: {seen}")
            site.catalog = named
            return
        _make_own(site)
    except httpx.HTTPError as error:
        raise NoDeployment(f"{site.http.base_url} does not answer ({error or type(error).__name__})") from error


def _make_own(site: Site) -> None:
    ready = site.ask("GET", "/readyz", patient=False).json
    # Vectors of two models cannot be compared: each model has a catalog of its own.
    identity = str(ready.get("recognizer", {}).get("identity", ""))[:_IDENTITY_SHOWN]
    name = f"{NAME}-{identity}".rstrip("-").lower()
    made = site.ask("POST", "/v1/catalogs", json={"name": name, "title": "Of photocode contract check"})
    if made.status == 401:
        raise NoDeployment(f"a token is needed: --token ({made})")
    if made.status != 201 and made.json.get("code") != Code.CATALOG_EXISTS:
        site.without = f"no catalog can be made here ({made}); name one: --catalog"
        return
    site.catalog, site.own = name, True
    site.left.append(f"catalog {name}")
    for product in THINGS:
        taught = site.teach(product, thing(product), thing(product), key=site.new_key())
        if taught.status != 201 and taught.json.get("code") != Code.PRODUCT_EXISTS:
            site.without = f"the check's own catalog cannot be taught ({taught})"
            site.catalog = None
            return

"""What an operator may set, read from ``PHOTOCODE_*`` environment variables. Holds values only; builds nothing."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from service.access.clients import Network, read_networks

STARTER_BUNDLE = Path(__file__).parent / "bundles" / "starter"
SURFACE_BUNDLE = Path(__file__).parent / "bundles" / "surface"
OBJECTS_BUNDLE = Path(__file__).parent / "bundles" / "objects"
PEPPER_PATTERN = "^(.{32,})?$"

SELF_TESTED = 400
"""Products of a catalog that a self-test asks about, unless said."""


class SettingsError(Exception):
    """A variable has a value that cannot be used."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every field is the variable ``PHOTOCODE_`` + its name in capitals; only ``database_url`` is ``DATABASE_URL``.

    * ``data``: folder of the embedded database and, by default, the pictures.
    * ``database_url``: a PostgreSQL >= 16 with pgvector >= 0.8.4; without it the embedded one runs in ``data``.
    * ``pictures``: a folder, or a URL such as ``s3://bucket/prefix``.
    * ``bundle``: folder of the model bundle; ``bundle_identity`` (hex) refuses any other model.
    * ``threads``: of one forward pass; 0 is one per core.
    * ``queue``: photos that may wait for the model before lookups are turned away.
    * ``lookups``: requests with photos that are answered or wait for it; more are turned away, to be asked again.
      ``at_once`` of them are worked for at the same time; 0 is what suits the machine.
    * ``rate``, ``quota``: requests with photos, and uploads of catalogs, that each key or device may make a minute and
      a day (UTC), unless ``photocode limits`` says otherwise; 0 is no limit.
    * ``drain``: seconds that a service which is told to stop waits for what is under way, at most; ``linger``: for
      which it goes on saying that it is not ready, at least, so that a load balancer sees it before the port closes.
    * ``surface``: whether local features are used beside the model; ``vocabulary``: file of their visual words, of
      ``photocode starter vocabulary``.
    * ``surface_references``: references that this process keeps in memory for it, about 9 KB each; of a catalog with
      more, local features rank what the model finds.
    * ``text``: whether text on the object is read, on references and, while a verdict is open, in photos: ``auto``
      where the candidates' references bear any, or ``always``.
    * ``worker``: whether this process works in the background too (imports, enrichment, calibration), or leaves that to
      ``photocode worker``.
    * ``calibrate``: whether verdicts are fitted to each catalog, by answers about its own pictures and confirmations.
    * ``self_test``: whether catalogs are asked after an import if their products find themselves: ``on`` asks about 400
      products at most, a number about so many, ``off`` never.
    * ``code_keys``: keys of products' metadata, with commas between, that bar and matrix codes in photos are compared
      with beside the part number.
    * ``size_keys``: keys of products' metadata, with commas between, that hold overall sizes in millimetres or with a
      unit ("88 x 13 x 13", "2 cm", "3/4 in"), with which a part beside a scale card is compared; the first one counts.
    * ``proxies``: addresses or networks, with commas between, of reverse proxies whose ``X-Forwarded-For`` is believed.
      What comes through any proxy is from outside, and needs a key or a device token.
    * ``access``: ``local``: programs of this machine need no key; ``keys``: they do. ``auto`` is ``local``, other than
      where ``photocode serve --host`` opens the port to other machines without ``--lan``.
    * ``pepper``: the secret that keys are hashed with, of 32 characters at least, the same for all processes and
      machines on one database; without it, a file in ``data`` holds one.
    * ``names``: names and addresses, with commas between, by which programs of this machine may ask, beside localhost
      and loopback addresses; ``photocode serve --lan`` adds those of its certificate.
    * ``fetch``: whether lookups and imports may name pictures by public https addresses, which are then fetched from
      here.
    * ``keep_photos``: whether lookups' photos are kept, without metadata, so that they can be asked again;
      ``photo_days``: for so long, 0 until they are erased.
    * ``purge_days``: for how long a product that was removed can be restored.
    * ``audit_days``: for how long entries of the audit log are kept, 0 for ever.
    """

    data: Path = Path("~/.photocode")
    database_url: str = ""
    pictures: str = ""
    bundle: Path = STARTER_BUNDLE
    bundle_identity: str = ""
    precision: Literal["auto", "fp32", "fp16", "int8"] = "auto"
    provider: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 0
    queue: int = 64
    lookups: Annotated[int, msgspec.Meta(ge=1)] = 32
    at_once: Annotated[int, msgspec.Meta(ge=0)] = 0
    rate: Annotated[int, msgspec.Meta(ge=0)] = 0
    quota: Annotated[int, msgspec.Meta(ge=0)] = 0
    drain: Annotated[float, msgspec.Meta(gt=0, le=600)] = 20.0
    linger: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    connections: int = 8
    surface: Literal["on", "off"] = "on"
    vocabulary: Path = SURFACE_BUNDLE / "vocabulary.npz"
    surface_references: Annotated[int, msgspec.Meta(ge=0)] = 100_000
    text: Literal["auto", "always", "off"] = "auto"
    worker: Literal["on", "off"] = "on"
    calibrate: Literal["on", "off"] = "on"
    self_test: Annotated[str, msgspec.Meta(pattern=r"^(on|off|[1-9][0-9]{0,5})$")] = "on"
    code_keys: str = "gtin,ean,upc,sku,mpn"
    size_keys: str = "size_mm,size,dimensions"
    proxies: str = ""
    names: str = ""
    access: Literal["auto", "local", "keys"] = "auto"
    pepper: Annotated[str, msgspec.Meta(pattern=PEPPER_PATTERN)] = ""
    fetch: Literal["on", "off"] = "on"
    keep_photos: Literal["on", "off"] = "on"
    photo_days: Annotated[float, msgspec.Meta(ge=0, le=36_500)] = 0.0
    purge_days: Annotated[float, msgspec.Meta(ge=0, le=36_500)] = 30.0
    audit_days: Annotated[float, msgspec.Meta(ge=0, le=36_500)] = 0.0
    log: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def data_folder(self) -> Path:
        """``data`` as an absolute path."""
        return self.data.expanduser().resolve()

    @property
    def keys_of_codes(self) -> tuple[str, ...]:
        """``code_keys``, apart."""
        return _keys(self.code_keys)

    @property
    def keys_of_sizes(self) -> tuple[str, ...]:
        """``size_keys``, apart."""
        return _keys(self.size_keys)

    @property
    def self_tested_products(self) -> int:
        """Products of a catalog that a self-test asks about at most; 0 is none."""
        words = {"on": SELF_TESTED, "off": 0}
        return words[self.self_test] if self.self_test in words else int(self.self_test)

    @property
    def trusted_proxies(self) -> tuple[Network, ...]:
        """``proxies``, apart.

        Raises:
            ValueError: one is neither an address nor a network.

        """
        return read_networks(self.proxies)

    @property
    def certificates(self) -> Path:
        """Folder of the certificates of ``photocode serve --lan``."""
        return self.data_folder / "tls"

    @property
    def own_names(self) -> frozenset[str]:
        """``names``, apart and in lower case."""
        return frozenset(name.lower() for name in _keys(self.names))

    @property
    def purge_after(self) -> timedelta:
        """``purge_days``, as a time."""
        return timedelta(days=self.purge_days)

    @property
    def audit_kept(self) -> timedelta:
        """``audit_days``, as a time."""
        return timedelta(days=self.audit_days)

    @property
    def pictures_location(self) -> str:
        """Where pictures lie."""
        return self.pictures or str(self.data_folder / "pictures")

    @property
    def pictures_is_folder(self) -> bool:
        """Whether they lie where perhaps no other machine sees them."""
        scheme, separator, _ = self.pictures_location.partition("://")
        return not separator or scheme in ("file", "memory")


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a variable is unknown or its value is of the wrong form.

    """
    given = {name[10:].lower(): value for name, value in environment.items() if name.startswith("PHOTOCODE_")}
    known = {field.name for field in msgspec.structs.fields(Settings)} - {"database_url"}
    # Tests and tools have variables of their own, which are no settings of the service.
    if unknown := sorted(given.keys() - known - {"shared", "url", "token"}):
        raise SettingsError(f"no such setting: PHOTOCODE_{unknown[0].upper()}")
    if url := environment.get("DATABASE_URL"):
        given["database_url"] = url
    try:
        settings = msgspec.convert(given, Settings, strict=False, dec_hook=_to_path)
        _ = settings.trusted_proxies
        return settings
    except ValueError as error:  # as msgspec's are, too
        raise SettingsError(f"a PHOTOCODE_* variable is not of the right form: {error}") from error


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _to_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)

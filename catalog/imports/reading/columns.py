"""Which column holds what: by the client's word, by our own names, by what people call them in three languages."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalog.errors import TableInvalid
from catalog.imports.reading.encodings import first_mark
from catalog.imports.reading.options import IGNORE, METADATA
from catalog.imports.rows import KNOWN, NAME, NOTICES, PART_NUMBER, PICTURES, REQUIRED, TOLD

MOST_COLUMNS = 500
LONGEST_HEADER = 500
PREFIX = METADATA + ":"

# As folded(): in small letters without accents, blanks and signs. Surer words first: the first that a table has counts.
SYNONYMS: dict[str, str] = {
    PART_NUMBER: """partnumber partno partnr partnum pn partid itemnumber itemno itemnr itemcode articlenumber articleno
        articlenr productnumber productno productnr productcode materialnumber materialno catalognumber cataloguenumber
        catalogno artikelnummer artikelnr artnr artno teilenummer teilenr sachnummer sachnr materialnummer materialnr
        produktnummer produktnr identnummer identnr bestellnummer bestellnr numerodepieza nodepieza ndepieza
        numerodeparte nodeparte nparte numerodearticulo nodearticulo ndearticulo codigodearticulo codigoarticulo
        numerodeproducto codigodeproducto codigoproducto referencia codigo sku mpn ordernumber orderno ordercode""",
    NAME: """name productname partname itemname articlename title producttitle designation bezeichnung
        artikelbezeichnung produktbezeichnung teilebezeichnung materialbezeichnung benennung artikelname produktname
        teilename kurzbezeichnung kurztext materialkurztext titel nombre nombredelproducto nombreproducto
        nombredelarticulo denominacion designacion titulo shortdescription shorttext""",
    "description": """description longdescription productdescription longtext beschreibung artikelbeschreibung
        produktbeschreibung langtext langbeschreibung descripcion descripcionlarga descripciondelproducto""",
    "category": """category productcategory productgroup itemgroup kategorie produktkategorie warengruppe produktgruppe
        artikelgruppe materialgruppe categoria grupodeproductos familiadeproductos""",
    "superseded_by": """supersededby replacedby successor nachfolger nachfolgeartikel ersetztdurch sustituidopor
        reemplazadopor sucesor""",
    NOTICES: """notices safetynotices sicherheitshinweise avisosdeseguridad""",
    PICTURES: """pictures picture images image imageurls imageurl imagelink imagepath imagefile imagename pictureurls
        pictureurl picturelink picturepath picturefile photos photo photourl photofile bilder bild bildurl bildlink
        bildpfad bilddatei bildname fotos foto imagenes imagen urlimagen urldelaimagen urldeimagen fotografia img
        imgurl""",
}
_RANKS = {word: (field, rank) for field, words in SYNONYMS.items() for rank, word in enumerate([field, *words.split()])}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a table: their headers, and what each holds (a field, ``metadata:KEY`` or ``ignore``)."""

    headers: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def by_header(self) -> dict[str, str]:
        """What each holds, by header."""
        return dict(zip(self.headers, self.targets, strict=True))


@lru_cache(maxsize=4096)
def folded(header: str) -> str:
    """A header as it is compared: ``Artikel-Nr.`` and ``artikelnr`` are the same."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", header) if not unicodedata.combining(char))
    return "".join(char for char in plain.casefold() if char.isalnum())


def assign(headers: Sequence[str], given: Mapping[str, str]) -> Columns:
    """Say what each column holds. Unknown ones are metadata under their own names; what an import has told of its
    failed rows is passed over.

    Raises:
        TableInvalid: a column has no name or one that cannot be, stands twice, or ``given`` names none of them or no
            field.

    """
    _check(headers)
    targets: list[str | None] = [None] * len(headers)
    places = {header: place for place, header in enumerate(headers)}
    for told in places.keys() & TOLD:
        targets[places[told]] = IGNORE
    for header, target in given.items():
        if header in places:
            targets[places[header]] = _target(header, target)
    best = _by_rank(headers, [place for place, target in enumerate(targets) if target is None], targets)
    for place, field in best.items():
        targets[place] = field
    said = tuple(target or _metadata(header) for header, target in zip(headers, targets, strict=True))
    once = [target for target in said if target not in (PICTURES, IGNORE)]
    if twice := sorted({target for target in once if once.count(target) > 1}):
        raise TableInvalid(f"a column stands twice in the table: {', '.join(twice)}")
    return Columns(headers=tuple(headers), targets=said)


def demand(columns: Columns, given: Mapping[str, str]) -> None:
    """Refuse a header without the columns that every row needs.

    Raises:
        TableInvalid: it says what is missing, what there is, and how to name them.

    """
    if absent := [header for header in given if header not in columns.headers]:
        raise TableInvalid(f"the table has no column {absent[0][:100]!r}; it has {_listed(columns.headers)}")
    if missing := [field for field in REQUIRED if field not in columns.targets]:
        raise TableInvalid(
            f"the table has no column {' and no column '.join(missing)}; it has {_listed(columns.headers)}. "
            "Say which one it is by columns"
        )


def check_targets(given: Mapping[str, str]) -> None:
    """Refuse what is no field.

    Raises:
        TableInvalid: it says which.

    """
    for header, target in given.items():
        _target(header, target)


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(header[:60] for header in headers[:20])


def _metadata(header: str) -> str:
    """Of a column that holds metadata; exports name a key so that is called as a field is."""
    return header if header.startswith(PREFIX) and header != PREFIX else PREFIX + header


def _target(header: str, target: str) -> str:
    if target == METADATA:
        return _metadata(header)
    if target in KNOWN or target == IGNORE or (target.startswith(PREFIX) and target != PREFIX):
        return target
    fields = ", ".join(sorted(KNOWN))
    raise TableInvalid(f"{target[:100]!r} is nothing that a column can hold: {fields}, metadata, metadata:KEY, ignore")


def _check(headers: Sequence[str]) -> None:
    if len(headers) > MOST_COLUMNS:
        raise TableInvalid(f"the table has {len(headers)} columns, at most {MOST_COLUMNS} are taken")
    for place, header in enumerate(headers, start=1):
        if not header:
            raise TableInvalid(f"a column of the table has no name: the one in place {place}")
        if "\x00" in header or first_mark(header) is not None:
            raise TableInvalid(f"the name of the column in place {place} holds bytes that are no text")
        if len(header) > LONGEST_HEADER:
            raise TableInvalid(f"the name of the column in place {place} has more than {LONGEST_HEADER} characters")
    if twice := sorted({header for header in headers if headers.count(header) > 1}):
        raise TableInvalid(f"a column stands twice in the table: {', '.join(twice)[:200]}")


def _by_rank(headers: Sequence[str], free: Sequence[int], targets: Sequence[str | None]) -> dict[int, str]:
    """The best column for each field that none was given for; all that are numbered, for pictures."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place in free:
        word = folded(headers[place])
        if known := _RANKS.get(word) or _picture(word):
            field, rank = known
            found.setdefault(field, []).append((rank, place))
    best: dict[int, str] = {}
    for field, ranked in found.items():
        if field in targets:
            continue
        rank, first = min(ranked)
        exactly = [place for _, place in ranked if folded(headers[place]) == folded(field)]
        if field != PICTURES and len(exactly) > 1:
            raise TableInvalid(f"a column stands twice in the table: {field}")
        taken = [place for _, place in ranked] if field == PICTURES else [first]
        best |= dict.fromkeys(taken, field)
    return best


def _picture(word: str) -> tuple[str, int] | None:
    """Tables often have a column for each picture: image 1, image 2."""
    stem = re.fullmatch(r"(\D+)\d{1,2}", word)
    known = _RANKS.get(stem[1]) if stem else None
    return known if known and known[0] == PICTURES else None

"""What is found out about a table: its encoding, its delimiter, what its columns hold."""

import codecs

import pytest

from catalog.imports.formulas import neutralise, restore
from tests.unit.catalog.imports.uploads import numbers, read, told

GERMAN = "Artikelnummer;Bezeichnung\nA;Schlüssel für Größe\nB;Dichtung Müller\nC;Kegelräder, gehärtet\n"
SPANISH = "Referencia;Nombre\nA;Tuerca hexagonal de presión\nB;Válvula pequeña\n"
FRENCH = "sku;name\nA;Écrou à tête créée\nB;vis à bois, tête fraisée\n"
JAPANESE = "part no,name\nA,六角ボルト\nB,ベアリング(大)\nC,ワッシャー\n"
CHINESE = "part no,name\nA,六角螺栓\nB,轴承\nC,垫圈\n"
KOREAN = "part no,name\nA,볼트\nB,베어링\n"
RUSSIAN = "part no;name\nA;болт\nB;гайка шестигранная\n"
POLISH = "part no;name\nA;śruba sześciokątna\nB;łożysko\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, "utf-8") for text in (GERMAN, JAPANESE, RUSSIAN)),
        *((text, "utf-16-le") for text in (GERMAN, JAPANESE, RUSSIAN, CHINESE)),
        *((text, "utf-16-be") for text in (GERMAN, JAPANESE)),
        *((text, "cp1252") for text in (GERMAN, SPANISH, FRENCH)),
        *((text, "cp850") for text in (GERMAN, SPANISH)),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
    ],
)
def test_encodings_are_found(text: str, encoding: str) -> None:
    detected, rows = read(text.encode(encoding))
    names = [row.fields.name for row in rows if row.fields]
    assert names == [line[2:] for line in text.splitlines()[1:]], detected


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_a_mark_of_byte_order_decides_and_is_no_part_of_the_table(mark: bytes, encoding: str) -> None:
    rows = read(mark + GERMAN.encode(encoding))[1]
    assert numbers(rows) == {2: "A", 3: "B", 4: "C"}


def test_letters_beyond_ascii_that_come_late_are_found() -> None:
    table = b"part_number,name\n" + b"".join(b"P%d,plain\n" % i for i in range(200_000)) + "Q,Größe\n".encode("cp1252")
    detected, rows = read(table)
    assert detected.encoding == "cp1252"
    assert rows[-1].fields
    assert rows[-1].fields.name == "Größe"


def test_bytes_of_another_encoding_cost_their_row_and_are_told_by_line_and_byte() -> None:
    table = "part_number,name\nA,Größe\nB,b\nC,Öse\n".encode() + b"D,\xd6se\nE,e\n"
    detected, rows = read(table)
    assert detected.encoding == "utf-8"
    assert (told(rows), numbers(rows)) == ([(5, "name", "encoding_invalid")], {2: "A", 3: "B", 4: "C", 6: "E"})
    assert rows[3].problems[0].message == "byte 3 of line 5 is 0xD6, which is not utf-8"


def test_the_byte_of_a_row_of_several_lines_is_told_by_its_own_line() -> None:
    rows = read(b'part_number,name\nA,"one\ntw\xf6 \xc3\xb6"\n', encoding="utf-8")[1]
    assert told(rows) == [(2, "name", "encoding_invalid")]
    assert "byte 3 of line 3 is 0xF6" in rows[0].problems[0].message


def test_an_encoding_that_is_said_is_used() -> None:
    rows = read(GERMAN.encode("cp1252"), encoding="utf-8")[1]
    assert [code for _, _, code in told(rows)] == ["encoding_invalid"] * 3
    rows = read("part_number,name\nA,Größe\n".encode("cp437"), encoding="IBM437")[1]
    assert rows[0].fields
    assert rows[0].fields.name == "Größe"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_by_what_they_part(delimiter: str) -> None:
    other = "," if delimiter != "," else ";"
    rows = [["Part No.", "Title", "note"], ["A", "a" + other * 3, "x"], ["B", "b", other.join("more than the header")]]
    table = "\n".join(delimiter.join(row) for row in rows) + "\n"
    detected, found = read(table)
    assert (detected.delimiter, numbers(found)) == (delimiter, {2: "A", 3: "B"})


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "Artikel-Nr.;Bezeichnung;Beschreibung;Warengruppe;Bild;Farbe",
            ["part_number", "name", "description", "category", "pictures", "metadata:Farbe"],
        ),
        (
            "SKU;Product Name;Long description;Product category;Image URL;Replaced by",
            ["part_number", "name", "description", "category", "pictures", "superseded_by"],
        ),
        (
            "N.º de pieza;Denominación;Descripción;Categoría;Imágenes;Sustituido por",
            ["part_number", "name", "description", "category", "pictures", "superseded_by"],
        ),
        ("PART NO.;Title;Picture 1;Picture 2;x", ["part_number", "name", "pictures", "pictures", "metadata:x"]),
        ("partNumber;name;supersededBy", ["part_number", "name", "superseded_by"]),
        (
            "sku;Artikelnummer;title;Bezeichnung",
            ["metadata:sku", "part_number", "metadata:title", "name"],
        ),
        (
            "part_number;name;sku;title;image;pictures",
            ["part_number", "name", "metadata:sku", "metadata:title", "pictures", "pictures"],
        ),
    ],
)
def test_columns_are_found_by_what_people_call_them(header: str, fields: list[str]) -> None:
    width = header.count(";") + 1
    detected, _ = read(header + "\n" + ";".join("abcdefgh"[:width]) + "\n")
    if "title" in header and "Bezeichnung" in header:
        # Of two words for one field the surer is taken; the other stays metadata.
        fields = ["metadata:sku", "part_number", "name", "metadata:Bezeichnung"]
    assert list(detected.columns.values()) == fields


def test_pictures_stand_between_semicolons_bars_or_lines() -> None:
    (row,) = read('part_number,name,pictures\nA,a,"a.jpg; b.jpg|https://x.test/c.jpg?a=1,2\npicture:ab;a.jpg"\n')[1]
    assert row.fields
    assert row.fields.pictures == ["a.jpg", "b.jpg", "https://x.test/c.jpg?a=1,2", "picture:ab"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        ("@x", "'@x"),
        ("-2+3", "'-2+3"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        ("+4.5", "+4.5"),
        ("plain", "plain"),
        ("'quoted'", "'quoted'"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_is_written_as_text_and_read_back(cell: str, written: str) -> None:
    assert (neutralise(cell), restore(written)) == (written, cell)

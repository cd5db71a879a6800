"""The reader of imports: every row is given or told, whatever the table looks like."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ArchiveInvalid, CatalogError, TableInvalid
from catalog.imports.archive import Archive, PictureMissing
from tests.pictures import archive

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=20)


def read(table: str | bytes, **pictures: bytes) -> Archive:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("products.csv", table)
        for name, content in pictures.items():
            zipped.writestr(name, content)
    return Archive(buffer)


@given(
    st.lists(
        st.tuples(TEXT.map(str.strip).filter(bool), TEXT.map(str.strip).filter(bool), TEXT.map(str.strip)),
        unique_by=lambda row: row[0],
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=delimiter)
    writer.writerow(["part_number", "name", "colour"])
    writer.writerows(rows)
    found = list(read(table.getvalue()).rows())
    assert [row.line for row in found] == list(range(2, len(rows) + 2))
    fields = [row.fields for row in found if row.fields]
    assert [(f.part_number, f.name, f.metadata.get("colour", "")) for f in fields] == rows


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_one_typed_error(content: bytes) -> None:
    try:
        rows = list(read(b"part_number,name\n" + content).rows())
    except CatalogError:
        return
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all((row.fields is None) == bool(row.problems) for row in rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_are_refused(content: bytes) -> None:
    with pytest.raises(ArchiveInvalid):
        Archive(io.BytesIO(content))


def test_a_bad_row_between_good_ones_costs_only_itself() -> None:
    rows = list(read('part_number,name\nA,a\n"B"x,b\nC,c\n').rows())
    assert [(row.line, bool(row.problems)) for row in rows] == [(2, False), (3, True), (4, False)]
    assert rows[1].problems[0].code == "row_unreadable"


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks() -> None:
    rows = list(read('part_number,name\nA,"a\nb\nc"\n,x\n').rows())
    assert [(row.line, bool(row.problems)) for row in rows] == [(2, False), (5, True)]


def test_a_table_that_is_not_utf8_names_the_line() -> None:
    with pytest.raises(TableInvalid, match="line 3"):
        list(read(b"part_number,name\nA,a\nB,b\xe9\n").rows())


def test_too_long_cells_and_nul_are_told_by_column() -> None:
    (row,) = read(f"part_number,name,size\n{'x' * 201},a\0b,{'y' * 2001}\n").rows()
    assert {(p.column, p.code) for p in row.problems} == {
        ("part_number", "cell_too_long"),
        ("name", "character_invalid"),
        ("size", "cell_too_long"),
    }


def test_pictures_are_read_by_path_and_up_to_a_size() -> None:
    opened = read("part_number,name\n", **{"a.jpg": b"12345"})
    assert opened.picture("products.csv", "a.jpg", 5) == b"12345"
    for path, most in (("b.jpg", 5), ("a.jpg", 4), ("../a.jpg", 5)):
        with pytest.raises(PictureMissing):
            opened.picture("products.csv", path, most)


def test_a_broken_member_is_missing_and_no_crash() -> None:
    upload = bytearray(archive("part_number,name\n", {"a.jpg": b"A" * 2000}))
    where = upload.index(b"A" * 100)
    upload[where : where + 10] = b"B" * 10
    opened = Archive(io.BytesIO(bytes(upload)))
    with pytest.raises(PictureMissing):
        opened.picture("products.csv", "a.jpg", 5000)


def test_of_several_tables_the_one_named_products_is_taken() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("shop/other.csv", "x")
        zipped.writestr("shop/products.csv", "part_number,name\nA,a\n")
        zipped.writestr("__MACOSX/shop/products.csv", "x")
        zipped.writestr("shop/deep/products.csv", "x")
    assert Archive(buffer).table_name() == "shop/products.csv"

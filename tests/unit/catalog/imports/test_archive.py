"""The ZIP of an import: whatever it holds, nothing leads out of it, and nothing in it costs more than itself."""

import io
import stat
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ArchiveInvalid, CatalogError, FormatUnsupported, TableInvalid
from catalog.imports import members
from catalog.imports.archive import Archive, PictureUnusable
from catalog.imports.reading.opening import open_upload
from tests.pictures import archive

TABLE = "part_number,name\nA,a\n"
NOISE = np.random.default_rng(1).bytes(2_000)


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_STORED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return buffer


def lines(upload: io.BytesIO) -> list[int]:
    with open_upload(upload) as opened:
        return [row.line for row in opened.rows if row.fields]


def picture_problem(opened: Archive, path: str, most: int = 5_000) -> str:
    with pytest.raises(PictureUnusable) as caught:
        opened.picture("products.csv", path, most)
    return caught.value.code


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_are_refused(content: bytes) -> None:
    with pytest.raises(ArchiveInvalid):
        Archive(io.BytesIO(content))


@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 400))
def test_an_archive_with_any_byte_changed_or_cut_off_is_read_or_refused(place: int, byte: int, cut: int) -> None:
    content = bytearray(archive(TABLE, {"pictures/ä.jpg": NOISE[:200]}))
    content[place % len(content)] = byte
    try:
        opened = Archive(io.BytesIO(bytes(content[: len(content) - cut % 40])))
        with opened.open_table(opened.table_name(), 10_000) as table:
            table.read(0)
        opened.picture("products.csv", "pictures/ä.jpg", 5_000)
    except (CatalogError, PictureUnusable):
        pass


def test_pictures_are_read_by_path_and_up_to_a_size() -> None:
    opened = Archive(zipped(("products.csv", b""), ("a.jpg", b"12345"), ("sub/b.jpg", b"b")))
    assert opened.picture("products.csv", "a.jpg", 5) == b"12345"
    assert opened.picture("sub/products.csv", "b.jpg", 5) == b"b"
    assert opened.picture("sub/products.csv", "../a.jpg", 5) == b"12345"
    assert opened.picture("sub/products.csv", "a.jpg", 5) == b"12345", "by its path from the top, too"
    assert picture_problem(opened, "b.jpg") == "picture_missing"
    assert picture_problem(opened, "a.jpg", 4) == "picture_too_large"


@pytest.mark.parametrize(
    "path", ["../a.jpg", "x/../../a.jpg", "/etc/passwd", "C:\\pictures\\a.jpg", "..\\..\\a.jpg", "\\\\server\\a.jpg"]
)
def test_no_path_leads_out_of_the_archive(path: str) -> None:
    opened = Archive(zipped(("products.csv", b""), ("../a.jpg", b"1"), ("/etc/passwd", b"2"), ("a.jpg", b"3")))
    assert picture_problem(opened, path) == "picture_path_invalid"


def test_names_are_found_as_people_write_them() -> None:
    composed, apart = "Schl\u00fcssel.jpg", "Schlu\u0308ssel.jpg"
    opened = Archive(zipped((f"Bilder/{apart}", b"1"), ("win\\dows.JPG", b"2"), ("./dot.png", b"3")))
    assert opened.picture("products.csv", f"bilder\\{composed.upper()}", 5) == b"1"
    assert opened.picture("products.csv", "win/dows.jpg", 5) == b"2"
    assert opened.picture("products.csv", "./Dot.PNG", 5) == b"3"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "cp932", "gb18030"])
def test_names_in_encodings_that_the_archive_does_not_tell_are_found(encoding: str) -> None:
    name = {"cp932": "ボルト.jpg", "gb18030": "螺栓.jpg"}.get(encoding, "Größe.jpg")
    raw = name.encode(encoding)
    # As an old packer writes it: the name's bytes, and no flag that says UTF-8.
    content = zipped(("x" * len(raw), b"1")).getvalue().replace(b"x" * len(raw), raw)
    assert Archive(io.BytesIO(content)).picture("products.csv", name, 5) == b"1"


def test_names_that_differ_by_capitals_are_told_apart_or_not_guessed() -> None:
    opened = Archive(zipped(("a.jpg", b"1"), ("A.jpg", b"2"), ("same.jpg", b"3"), ("Same.jpg", b"3")))
    assert (opened.picture("products.csv", "a.jpg", 5), opened.picture("products.csv", "A.jpg", 5)) == (b"1", b"2")
    assert picture_problem(opened, "A.JPG") == "picture_ambiguous"
    assert opened.picture("products.csv", "SAME.jpg", 5) == b"3"


def test_a_name_that_stands_twice_is_not_guessed() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        upload = zipped(("products.csv", TABLE.encode()), ("a.jpg", b"1"), ("a.jpg", b"2"))
    assert picture_problem(Archive(upload), "a.jpg") == "picture_ambiguous"
    with pytest.warns(UserWarning, match="Duplicate"):
        upload = zipped(("products.csv", b"1"), ("products.csv", b"2"))
    with pytest.raises(TableInvalid, match="twice"):
        Archive(upload).table_name()


def test_links_folders_and_what_is_packed_within_are_no_pictures() -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    opened = Archive(zipped(("products.csv", b""), (link, b"/etc/passwd"), ("folder/", b"")))
    assert picture_problem(opened, "link.jpg") == "picture_unreadable"
    assert picture_problem(opened, "folder") == "picture_missing"
    link.filename = "products.csv"
    with pytest.raises(TableInvalid, match="link"):
        lines(zipped((link, b"/etc/passwd")))


def test_a_member_with_a_wrong_checksum_costs_itself() -> None:
    upload = archive(TABLE, {"a.jpg": b"A" * 2_000, "b.jpg": b"B"}).replace(b"A" * 2_000, b"A" * 1_999 + b"C")
    opened = Archive(io.BytesIO(upload))
    assert picture_problem(opened, "a.jpg") == "picture_unreadable"
    assert opened.picture("products.csv", "b.jpg", 5) == b"B"


def test_a_table_with_a_wrong_checksum_gives_no_row() -> None:
    upload = archive(TABLE).replace(b"A,a", b"A,b")
    with pytest.raises(ArchiveInvalid, match="checksum"):
        lines(io.BytesIO(upload))


def test_an_encrypted_member_says_so() -> None:
    content = bytearray(archive(TABLE, {"a.jpg": NOISE}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + at] |= 1
    assert picture_problem(Archive(io.BytesIO(bytes(content))), "a.jpg") == "picture_unreadable"
    with pytest.raises(ArchiveInvalid, match="encrypted"):
        lines(io.BytesIO(bytes(content)))


def test_packings_whose_memory_the_archive_chooses_are_refused() -> None:
    upload = zipped(("products.csv", TABLE.encode()), ("a.jpg", NOISE), packing=zipfile.ZIP_LZMA)
    assert picture_problem(Archive(upload), "a.jpg") == "picture_packing_unsupported"
    with pytest.raises(ArchiveInvalid, match="compressed by LZMA"):
        lines(upload)
    assert lines(zipped(("products.csv", TABLE.encode()), packing=zipfile.ZIP_BZIP2)) == [2]


@pytest.mark.parametrize("kept", [30, 200, -1, -30])
def test_an_archive_that_was_cut_off_says_so(kept: int) -> None:
    with pytest.raises(ArchiveInvalid, match="cut off"):
        lines(io.BytesIO(archive(TABLE, {"a.jpg": NOISE})[:kept]))


def test_large_archives_are_read_in_their_own_form() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        with opened.open("products.csv", "w", force_zip64=True) as member:
            member.write(TABLE.encode())
        for number in range(66_000):  # more than the old form can count
            opened.writestr(f"{number}.jpg", b"")
    assert lines(buffer) == [2]


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "HARMLESS_BYTES", 1024 * 1024)
    bomb = zipped(("products.csv", TABLE.encode()), ("a.jpg", bytes(8 * 1024 * 1024)), packing=zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveInvalid, match="unpack to 8388629 bytes"):
        Archive(bomb)
    monkeypatch.setattr(members, "UNPACKED_BYTES", 4_000)
    with pytest.raises(ArchiveInvalid, match="would unpack"):
        Archive(zipped(("products.csv", NOISE), ("a.jpg", NOISE), ("b.jpg", NOISE)))


def test_members_that_share_their_bytes_are_refused() -> None:
    content = bytearray(zipped(("a.jpg", NOISE), ("b.jpg", NOISE)).getvalue())
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, second + 42, 0)  # where the second one's bytes begin
    with pytest.raises(ArchiveInvalid, match="overlap"):
        Archive(io.BytesIO(bytes(content)))


def test_a_directory_is_measured_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MEMBERS", 3)
    with pytest.raises(ArchiveInvalid, match="more than 3 members"):
        Archive(zipped(*((f"{number}.jpg", b"") for number in range(4))))
    monkeypatch.setattr(members, "DIRECTORY_BYTES", 100)
    with pytest.raises(ArchiveInvalid, match="at most 100"):
        Archive(zipped(*((f"{number}.jpg", b"") for number in range(3))))


def test_a_member_that_says_it_is_small_is_read_no_further() -> None:
    content = bytearray(zipped(("a.jpg", bytes(100_000)), packing=zipfile.ZIP_DEFLATED).getvalue())
    struct.pack_into("<L", content, content.rindex(b"PK\x01\x02") + 24, 10)  # its size, unpacked
    assert picture_problem(Archive(io.BytesIO(bytes(content))), "a.jpg") == "picture_unreadable"


def test_of_several_tables_the_one_named_products_is_taken() -> None:
    upload = zipped(
        ("shop/other.csv", b"x"),
        ("shop/products.csv", TABLE.encode()),
        ("__MACOSX/shop/products.csv", b"x"),
        ("__MACOSX/._products.csv", b"x"),
        (".products.csv", b"x"),
        ("shop/deep/products.csv", b"x"),
    )
    assert Archive(upload).table_name() == "shop/products.csv"
    assert lines(upload) == [2]
    with pytest.raises(TableInvalid, match="several tables"):
        Archive(zipped(("a.csv", b""), ("b.jsonl", b""))).table_name()
    assert Archive(zipped(("readme.txt", b""), ("parts.txt", b""))).table_name() == "parts.txt"


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["liste.xlsx"], "save liste.xlsx as CSV"),
        (["inner.zip", "a.jpg"], "inner.zip is an archive itself"),
        (["readme.txt"], "no CSV"),
        (["products.csv/"], "no CSV"),
        ([], "no CSV"),
    ],
)
def test_an_archive_without_a_table_says_what_it_has_instead(names: list[str], word: str) -> None:
    with pytest.raises(TableInvalid, match=word):
        lines(zipped(*((name, b"") for name in names)))


@pytest.mark.parametrize(
    "names", [["[Content_Types].xml", "xl/workbook.xml"], ["mimetype", "content.xml"]], ids=["excel", "libreoffice"]
)
def test_a_spreadsheet_says_how_to_save_it(names: list[str]) -> None:
    with pytest.raises(FormatUnsupported, match="CSV UTF-8"):
        lines(zipped(*((name, b"<xml/>") for name in names)))

"""JSON lines: an object a line, and a line that is something else costs itself."""

import pytest

from tests.unit.catalog.imports.uploads import numbers, read, told

GOOD = '{"part_number": "Z", "name": "z"}\n'


def test_objects_become_products() -> None:
    table = (
        '{"partNumber": "A", "name": " a ", "category": null, "pictures": ["a.jpg", "b;c.jpg"], "weight": 1.50,'
        ' "metadata": {"metal": true, "holes": 4, "none": null}, "supersededBy": "B"}\r\n\n'
        '{"SKU": 17, "Bezeichnung": "b", "images": "x.jpg;y.jpg"}'
    )
    detected, rows = read(table)
    assert (detected.format, detected.delimiter) == ("jsonl", None)
    first, second = (row.fields for row in rows)
    assert first
    assert (first.part_number, first.name, first.category, first.superseded_by) == ("A", "a", None, "B")
    assert first.metadata == {"weight": "1.50", "metal": "true", "holes": "4"}
    assert first.pictures == ["a.jpg", "b;c.jpg"]
    assert second
    assert (second.part_number, second.pictures) == ("17", ["x.jpg", "y.jpg"])
    assert detected.columns["SKU"] == "part_number"
    assert [row.line for row in rows] == [1, 3]


def test_a_key_that_is_absent_leaves_pictures_alone() -> None:
    rows = read(GOOD + '{"part_number": "A", "name": "a", "pictures": []}\n')[1]
    assert [row.fields.pictures for row in rows if row.fields] == [None, []]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("[1, 2]", "json_no_object", None),
        ('"text"', "json_no_object", None),
        ("17", "json_no_object", None),
        ('{"part_number": "A"', "json_invalid", None),
        ("part_number,name", "json_invalid", None),
        ('{"part_number": "A", "name": NaN}', "json_invalid", None),
        ('{"a": ' * 100_000, "json_invalid", None),
        ('{"part_number": "A", "part_number": "B", "name": "a"}', "key_repeated", "part_number"),
        ('{"part_number": "A", "partNumber": "B", "name": "a"}', "keys_unclear", None),
        ('{"part_number": "A", "name": {"en": "a"}}', "value_type_invalid", "name"),
        ('{"part_number": ["A"], "name": "a"}', "value_type_invalid", "part_number"),
        ('{"part_number": "A", "name": "a", "pictures": [1]}', "value_type_invalid", "pictures"),
        ('{"part_number": "A", "name": "a", "pictures": {"x": "y"}}', "value_type_invalid", "pictures"),
        ('{"part_number": "A", "name": "a", "metadata": {"x": {"y": 1}}}', "value_type_invalid", "metadata.x"),
        ('{"part_number": "A", "name": "a", "metadata": "x"}', "", None),
        ('{"part_number": "A", "name": "a", "metadata": {"": "x"}}', "key_invalid", None),
        ('{"part_number": "A", "name": "a", "metadata": {"\\u0000": "x"}}', "key_invalid", None),
        ('{"part_number": "A", "name": "\\ud800"}', "character_invalid", "name"),
        ('{"part_number": "A", "name": "a\\u0000b"}', "character_invalid", "name"),
        ('{"part_number": "A", "name": null}', "name_missing", "name"),
        ('{"part_number": "A"}', "name_missing", "name"),
        ("{}", "part_number_missing", "part_number"),
        ('{"part_number": "Z", "name": "again"}', "part_number_repeated", "part_number"),
        ('{"part_number": "A", "name": "' + "x" * 501 + '"}', "cell_too_long", "name"),
    ],
)
def test_a_line_that_is_wrong_costs_itself(line: str, code: str, column: str | None) -> None:
    rows = read(GOOD + line + '\n{"part_number": "Y", "name": "y"}\n')[1]
    assert {1: "Z", 3: "Y"}.items() <= numbers(rows).items()
    assert told(rows)[:1] == ([(2, column, code)] if code else [])


def test_bytes_of_another_encoding_are_told_by_line_and_byte() -> None:
    rows = read(GOOD.encode() + '{"part_number": "Ä", "name": "'.encode() + b'\xe9"}\n')[1]
    assert told(rows) == [(2, None, "encoding_invalid")]
    assert "byte 32 of line 2 is 0xE9" in rows[1].problems[0].message

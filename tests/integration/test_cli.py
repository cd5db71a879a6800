"""The commands an operator and an administrator type."""

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from service.cli import COMMANDS, main
from tests.databases import named
from tests.pictures import picture


def photocode(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = photocode(command, "--help")
    assert (shown.exit_code, "Usage:" in shown.output) == (0, True), shown.output


def test_an_empty_database_is_told_from_an_upgraded_one(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
    url = named(postgres, "fresh")
    before = photocode("database", "check", DATABASE_URL=url)
    assert (before.exit_code, "photocode database upgrade" in before.output) == (1, True)
    assert photocode("database", "upgrade", DATABASE_URL=url).exit_code == 0
    assert photocode("database", "upgrade", DATABASE_URL=url).exit_code == 0
    assert photocode("database", "check", DATABASE_URL=url).exit_code == 0


def test_a_database_that_is_not_there_is_one_line_and_no_traceback() -> None:
    shown = photocode("database", "check", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert shown.exit_code == 1
    assert "does not answer" in shown.output
    assert "Traceback" not in shown.output


def test_a_wrong_setting_is_named() -> None:
    shown = photocode("database", "check", PHOTOCODE_BUNDEL="x")
    assert (shown.exit_code, "PHOTOCODE_BUNDEL" in shown.output) == (1, True)


def test_a_photo_is_a_file_or_an_address(tmp_path: Path) -> None:
    missing = photocode("lookup", str(tmp_path / "none.jpg"))
    assert (missing.exit_code, "there is no file" in missing.output) == (2, True)
    drawn = photocode("lookup", "https://example.com/a.jpg", "--sheet", str(tmp_path / "sheet.png"))
    assert (drawn.exit_code, "needs the photo as a file" in drawn.output) == (2, True)
    asked = photocode("lookup", "https://example.com/a.jpg", "--url", "http://127.0.0.1:1")
    assert (asked.exit_code, "photocode serve" in asked.output) == (1, True)


def test_what_is_asked_is_something_that_can_be(tmp_path: Path) -> None:
    photo = tmp_path / "p.jpg"
    photo.write_bytes(picture("red"))
    for arguments, said in (
        ((), "give a photo"),
        ([str(photo)] * 6, "5 photos"),
        (("https://example.com/a.jpg", str(photo)), "alone"),
        (("--text", "red knob", "--sheet", str(tmp_path / "sheet.png")), "needs the photo as a file"),
    ):
        shown = photocode("lookup", *arguments)
        assert (shown.exit_code, said in shown.output) == (2, True), shown.output


def test_a_service_that_is_not_there_is_said(tmp_path: Path) -> None:
    photo = tmp_path / "p.jpg"
    photo.write_bytes(picture("red"))
    shown = photocode("lookup", str(photo), "--url", "http://127.0.0.1:1")
    assert (shown.exit_code, "photocode serve" in shown.output) == (1, True)

"""``photocode devices``: enrolled, listed and revoked from the shell."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from catalog.database import Database
from catalog.devices import enrol
from service.access.tokens import Purpose, hash_of, new_token
from service.cli import main
from service.tls.store import note_address
from tests.codes import read_printed_code

Run = Callable[..., str]


@pytest.fixture
def photocode(database_url: str, tmp_path: Path) -> Run:
    """The command on the test's database; gives what it prints."""

    def run(*arguments: str, exit_code: int = 0) -> str:
        environment = {"DATABASE_URL": database_url, "PHOTOCODE_DATA": str(tmp_path)}
        shown = CliRunner().invoke(main, ["devices", *arguments], env=environment)
        assert shown.exit_code == exit_code, shown.output
        return shown.output

    return run


def added(database_url: str, photocode: Run, name: str) -> str:
    """Enrol a device by a printed code; gives its id."""
    token = read_printed_code(photocode("enrol", "--url", "https://box.local:8700/")).partition("#enrol=")[2]

    async def go() -> str:
        database = Database(database_url, pool_size=1)
        async with database.write() as session:
            row = await enrol(session, hash_of(token), name=name, token_hash=hash_of(new_token(Purpose.DEVICE)))
        await database.close()
        return str(row.id)

    return asyncio.run(go())


def test_devices_are_listed_with_what_became_of_them(database_url: str, photocode: Run) -> None:
    assert "no device is enrolled" in photocode("list")
    ana, bo = added(database_url, photocode, "Ana's phone"), added(database_url, photocode, "[bold]Bo[/bold]")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE device SET last_seen_at = now() WHERE id = %s", (ana,))
    listed = photocode("list")
    assert ana[:8] in listed
    assert "Ana's phone" in listed
    assert "[bold]Bo[/bold]" in listed
    assert (listed.count("good"), listed.count("never")) == (2, 1)
    assert "[bold]Bo[/bold]" in photocode("revoke", bo)
    assert "revoked before" in photocode("revoke", bo[:8].upper())
    listed = photocode("list")
    assert (listed.count("good"), listed.count("revoked")) == (1, 1)


def test_a_device_is_revoked_by_its_name_if_that_is_plain(database_url: str, photocode: Run) -> None:
    first, second = (added(database_url, photocode, "phone") for _ in range(2))
    refused = photocode("revoke", "phone", exit_code=1)
    assert first[:8] in refused
    assert second[:8] in refused
    photocode("revoke", first)
    assert second[:8] in photocode("revoke", "phone")
    assert "no device" in photocode("revoke", "tablet", exit_code=1)
    assert "no device" in photocode("revoke", "", exit_code=1)


def test_a_code_leads_to_where_the_service_was_announced_last(photocode: Run, tmp_path: Path) -> None:
    assert "--url" in photocode("enrol", exit_code=2)
    (tmp_path / "tls").mkdir()
    note_address(tmp_path / "tls", "https://192.168.1.5:8700")
    shown = photocode("enrol")
    assert read_printed_code(shown).startswith("https://192.168.1.5:8700/#enrol=pce_")
    assert "for one device" in shown
    assert "15 minutes" in shown


def test_codes_that_were_never_used_are_forgotten_after_a_day(database_url: str, photocode: Run) -> None:
    photocode("enrol", "--url", "https://box.local")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE enrolment SET expires_at = now() - interval '25 hours'")
        photocode("enrol", "--url", "https://box.local")
        assert connection.execute("SELECT count(*) FROM enrolment").fetchone() == (1,)


def test_a_wrong_setting_is_named(photocode: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOCODE_PROXIES", "proxy.example")
    assert "PHOTOCODE_" in photocode("list", exit_code=1)

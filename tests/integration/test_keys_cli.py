"""``photocode keys`` and what ``photocode devices`` and ``photocode serve`` have to do with access."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from service.cli import main
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import STARTER_BUNDLE, Settings
from tests import asking
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.codes import read_printed_code
from tests.credentials import bearer
from tests.integration.conftest import Client
from tests.integration.serving import UNREAD, Served

Run = Callable[..., str]
needs_starter = pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")


@pytest.fixture
def photocode(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on the test's database; gives what it prints."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PHOTOCODE_DATA", str(settings.data))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str, exit_code: int = 0) -> str:
        found = CliRunner().invoke(main, list(arguments))
        assert found.exit_code == exit_code, found.output
        return found.output

    return run


@pytest.fixture
def outside(settings: Settings) -> Iterator[Client]:
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def key_in(said: str) -> str:
    return said.strip().splitlines()[-1]


def test_a_key_is_made_listed_replaced_and_revoked(photocode: Run, outside: Client) -> None:
    assert "there is no live key" in photocode("keys", "list")
    photocode("keys", "create", "ERP", exit_code=2)
    admin = key_in(photocode("keys", "create", "admin", "--scope", "admin"))
    outside.post("/v1/catalogs", json={"name": "pumps"}, headers=bearer(admin))
    said = photocode("keys", "create", "[b]ERP", "--scope", "catalog:read", "--catalog", "pumps", "--days", "90")
    assert "shown this once" in said
    key = key_in(said)
    assert outside.get("/v1/catalogs/pumps", headers=bearer(key)).status_code == 200
    listed = photocode("keys", "list")
    assert "[b]ERP" in listed
    assert key[:16] in listed
    assert key[17:] not in listed
    assert "catalog:read in" in listed
    new = key_in(photocode("keys", "rotate", "[b]ERP", "--overlap-hours", "1"))
    for one in (key, new):
        assert outside.get("/v1/catalogs/pumps", headers=bearer(one)).status_code == 200
    assert "may be one of several" in photocode("keys", "revoke", "[b]ERP", exit_code=1)
    # Found where it should not be, a key is revoked by itself.
    assert "refused within 5 s" in photocode("keys", "revoke", key)
    assert "revoked before" in photocode("keys", "revoke", key[:16])
    outside.app.state.parts.credentials.forget()
    assert outside.get("/v1/catalogs/pumps", headers=bearer(key)).json()["code"] == "key_invalid"
    assert "refused within" in photocode("keys", "revoke", "[b]ERP")
    assert "ERP" not in photocode("keys", "list")
    assert photocode("keys", "list", "--all").count("revoked") == 2
    assert "there is no key" in photocode("keys", "revoke", "nobody", exit_code=1)


def test_what_cannot_be_is_said(photocode: Run) -> None:
    both = ("--scope", "admin", "--catalog", "pumps")
    assert "admin cannot be bound" in photocode("keys", "create", "ERP", *both, exit_code=1)
    unknown = ("--scope", "lookup", "--catalog", "nothing")
    assert "there is no catalog 'nothing'" in photocode("keys", "create", "ERP", *unknown, exit_code=1)
    assert "a name is needed" in photocode("keys", "create", " ", "--scope", "lookup", exit_code=1)
    for _ in range(2):
        photocode("keys", "create", "ERP", "--scope", "lookup")
    assert "2 live keys already" in photocode("keys", "create", "ERP", "--scope", "lookup", exit_code=1)
    assert photocode("audit", "--json").count("createKey") == 2


def test_a_device_is_enrolled_for_some_catalogs_and_some_work(photocode: Run, outside: Client) -> None:
    admin = bearer(key_in(photocode("keys", "create", "admin", "--scope", "admin")))
    for name in ("pumps", "valves"):
        outside.post("/v1/catalogs", json={"name": name}, headers=admin)
    where = ("--url", "https://box.local", "--catalog", "pumps", "--worker", "Ana Ruiz")
    said = photocode("devices", "enrol", *where)
    assert "may lookup catalog:read" in said
    token = read_printed_code(said).partition("#enrol=")[2]
    device = outside.post("/v1/devices", json={"enrolmentToken": token, "name": "phone"}).json()
    own = bearer(device["token"])
    me = outside.get("/v1/devices/me", headers=own).json()["device"]
    assert [me[name] for name in ("scopes", "catalogs", "worker")] == [
        ["lookup", "catalog:read"],
        ["pumps"],
        "Ana Ruiz",
    ]
    assert outside.get("/v1/catalogs/pumps", headers=own).status_code == 200
    assert outside.get("/v1/catalogs/valves", headers=own).status_code == 404
    assert outside.put("/v1/catalogs/pumps/tags", json={"tags": []}, headers=own).status_code == 403
    listed = photocode("devices", "list")
    for one in ("Ana Ruiz", "pumps", "catalog:read"):
        assert one in listed


def test_a_link_enrols_a_device_too(photocode: Run, outside: Client) -> None:
    admin = bearer(key_in(photocode("keys", "create", "admin", "--scope", "admin")))
    body = {"scopes": ["lookup"], "worker": "Bo"}
    begun = outside.post("/v1/devices/enrolments", json=body, headers=admin)
    assert (begun.status_code, begun.headers["cache-control"]) == (201, "no-store")
    token = begun.json()["enrolmentToken"]
    assert begun.json()["link"] == f"/#enrol={token}"
    new = {"enrolmentToken": token, "name": "phone", "worker": "Cy"}
    device = outside.post("/v1/devices", json=new).json()
    (listed,) = outside.get("/v1/devices", headers=admin).json()["devices"]
    assert (listed["worker"], listed["scopes"]) == ("Cy", ["lookup"])
    assert outside.delete(f"/v1/devices/{device['id']}", headers=admin).status_code == 204
    refused = outside.get("/v1/devices/me", headers=bearer(device["token"]))
    assert refused.json()["code"] == "device_token_invalid"
    (listed,) = outside.get("/v1/devices", headers=admin).json()["devices"]
    assert "revokedAt" in listed
    bound = {"scopes": ["admin"], "catalogs": ["pumps"]}
    assert outside.post("/v1/devices/enrolments", json=bound, headers=admin).status_code == 400


def test_devices_of_before_may_do_what_the_page_does(settings: Settings, outside: Client) -> None:
    """As the release before writes them."""
    token = "pcd_DeviceExampleExampleExampleExampleExampleEx1Ehpwq"
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO device (id, name, token_hash) VALUES (gen_random_uuid(), 'old', sha256(%s))", (token.encode(),)
        )
    own = bearer(token)
    assert outside.post("/v1/catalogs", json={"name": "c"}, headers=own).status_code == 201
    assert outside.get("/v1/catalogs/c", headers=own).status_code == 200
    assert outside.get("/v1/keys", headers=own).status_code == 403


def tried(database_url: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PHOTOCODE_DATA": str(data), "DATABASE_URL": database_url},
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104  the point is that it is refused
def test_a_port_for_others_is_not_opened_before_somebody_has_a_key(
    host: str, database_url: str, tmp_path: Path
) -> None:
    refused = tried(database_url, tmp_path, "--host", host)
    assert refused.returncode == 2
    for said in ("photocode keys create", "--lan", "127.0.0.1"):
        assert said in refused.stderr


@needs_starter
def test_an_open_port_asks_everybody_for_a_key(
    photocode: Run, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bearer(key_in(photocode("keys", "create", "ERP", "--scope", "catalog:read")))
    environment = {"DATABASE_URL": database_url, **UNREAD}
    served = Served(tmp_path, environment=environment, arguments=("--host", "0.0.0.0"))  # noqa: S104
    try:
        served.wait_until_ready()
        assert "HTTP can be read on the way" in served.log.read_text()
        addresses = {
            "127.0.0.1",
            *(str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)),
        }
        for address in addresses:
            url = f"http://{address}:{served.port}/v1/catalogs"
            assert asking.get(url).json()["code"] == "device_token_missing"
            assert asking.get(url, headers=key).json() == {"catalogs": []}
        monkeypatch.setenv("PHOTOCODE_TOKEN", key["Authorization"].removeprefix("Bearer "))
        assert "scope_missing" in photocode("facets", "nothing", "--url", served.url, exit_code=1)
    finally:
        assert served.stop() == 0

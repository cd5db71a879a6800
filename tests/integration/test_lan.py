"""``photocode serve --lan`` as an operator and a phone use it: over TLS, by the printed code, until revoked."""

import hashlib
import os
import pty
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner

from mobile_contract.limits import REVOCATION_SECONDS
from service.cli import main
from service.cli.renewing import is_due
from service.cli.serve import free_port
from service.settings import STARTER_BUNDLE, Settings
from service.tls.store import ends_soon
from tests.codes import read_printed_code
from tests.integration.serving import QUIET, UNREAD, Served, serving, with_database
from tests.pictures import archive, picture

pytestmark = pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")

# A proxy that nobody told the service of passes its clients' addresses on, and is no reason to trust them.
OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}
PHOTO = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("lan"), lan=True, arguments=("--name", "photocode.local")) as served:
        yield served


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of this machine's own name that believes a proxy."""
    of = ("--host", "127.0.0.1")
    proxies = {"PHOTOCODE_PROXIES": "127.0.0.1"}
    with serving(tmp_path_factory.mktemp("behind"), lan=True, arguments=of, environment=proxies) as served:
        yield served


@pytest.fixture
def local(lan: Served) -> Iterator[httpx.Client]:
    """A program of this machine that trusts the printed authority."""
    context = ssl.create_default_context(cafile=lan.authority)
    with httpx.Client(base_url=lan.url, verify=context, timeout=30) as client:
        yield client


def command(served: Served, *arguments: str) -> str:
    environment = {"PHOTOCODE_DATA": str(served.log.parent), "COLUMNS": "160"}
    done = CliRunner().invoke(main, list(arguments), env=environment)
    assert done.exit_code == 0, done.output
    return done.output


def token_in(address: str) -> str:
    """From an address as the phone page reads it."""
    return urlsplit(address).fragment.removeprefix("enrol=")


def enrolled(client: httpx.Client, token: str) -> str:
    body = {"enrolmentToken": token, "name": "Ana's phone"}
    return str(client.post("/v1/devices", json=body, headers=OUTSIDE).raise_for_status().json()["token"])


def test_the_certificate_is_good_for_all_names_of_this_machine(lan: Served) -> None:
    context = ssl.create_default_context(cafile=lan.authority)
    for host in ("127.0.0.1", "localhost"):
        assert httpx.get(f"https://{host}:{lan.port}/healthz", verify=context).json()["live"] is True
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"https://127.0.0.1:{lan.port}/healthz")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{lan.port}/healthz")
    served = httpx.get(f"{lan.url}/ca.crt", verify=context, headers=OUTSIDE)
    assert served.content == lan.authority.read_bytes()
    assert served.headers["content-type"] == "application/x-x509-ca-cert"


def test_what_is_printed_tells_a_phone_all_that_it_needs(lan: Served) -> None:
    said = lan.log.read_text()
    url = f"https://photocode.local:{lan.port}"
    address = read_printed_code(said)
    assert address.startswith(f"{url}/#enrol=pce_")
    assert address in said
    assert "until" in said
    assert f"{url}/ca.crt" in said
    assert "photocode devices enrol" in said
    der = ssl.PEM_cert_to_DER_cert(lan.authority.read_text())
    fingerprint = hashlib.sha256(der).digest().hex(":").upper()
    assert fingerprint in re.sub(r"\s+", ":", said)


def test_a_phone_looks_up_with_its_token_until_it_is_revoked(lan: Served, local: httpx.Client) -> None:
    table = "part_number,name,pictures\nP-1,part,1.jpg\n"
    assert local.post("/v1/catalogs", json={"name": "c"}).status_code == 201
    upload = {"archive": ("c.zip", archive(table, {"1.jpg": picture("gray", size=(400, 300), mark=4)}))}
    status = local.post("/v1/catalogs/c/imports", files=upload)
    while local.get(status.headers["Location"]).json()["state"] != "completed":
        time.sleep(0.05)
    photo = picture("gray", size=(400, 300), mark=4)

    def look_up(headers: dict[str, str]) -> httpx.Response:
        return local.post("/v1/catalogs/c/lookups", content=photo, headers=PHOTO | OUTSIDE | headers)

    assert (look_up({}).status_code, look_up({}).json()["code"]) == (401, "device_token_missing")
    token = enrolled(local, token_in(read_printed_code(command(lan, "devices", "enrol"))))
    carried = {"Authorization": f"Bearer {token}"}
    answer = look_up(carried)
    assert (answer.status_code, answer.json()["candidates"][0]["partNumber"]) == (200, "P-1")
    assert "Ana's phone" in command(lan, "devices", "list")
    assert "refused within 5 s" in command(lan, "devices", "revoke", "Ana's phone")
    since = time.monotonic()
    while local.get("/v1/devices/me", headers=OUTSIDE | carried).status_code != 401:
        assert time.monotonic() - since < REVOCATION_SECONDS
        time.sleep(0.1)
    assert look_up(carried).json()["code"] == "device_token_invalid"
    listed = command(lan, "devices", "list")
    assert "revoked" in listed


def test_commands_of_this_machine_trust_its_own_certificate(lan: Served, local: httpx.Client) -> None:
    local.post("/v1/catalogs", json={"name": "own"})
    assert "own: at most 1.0%" in command(lan, "calibration", "own", "--url", f"https://localhost:{lan.port}")


def test_names_of_the_certificate_are_the_services_own(local: httpx.Client) -> None:
    assert local.get("/v1/devices/me", headers={"Host": "photocode.local"}).json() == {"access": "loopback"}
    refused = local.get("/v1/devices/me", headers={"Host": "rebound.example"})
    assert (refused.status_code, refused.json()["code"]) == (421, "host_refused")


def test_a_large_photo_without_a_token_is_refused_at_once(local: httpx.Client) -> None:
    since = time.monotonic()
    answer = local.post("/v1/catalogs/c/lookups", content=bytes(30_000_000), headers=PHOTO | OUTSIDE)
    assert answer.status_code == 401
    assert time.monotonic() - since < 5


def test_only_proxies_that_are_set_are_believed(behind: Served) -> None:
    with httpx.Client(base_url=behind.url, verify=ssl.create_default_context(cafile=behind.authority)) as client:
        # Whatever it says, what a proxy passes on is from outside.
        for said in ("203.0.113.9", "127.0.0.1"):
            answer = client.get("/v1/devices/me", headers={"X-Forwarded-For": said})
            assert answer.json()["code"] == "device_token_missing"
        assert client.get("/v1/devices/me").json() == {"access": "loopback"}
        # Attempts are counted for who is behind the proxy.
        body = {"enrolmentToken": "pce_guess", "name": "x"}
        tried = [
            client.post("/v1/devices", json=body, headers={"X-Forwarded-For": said}).status_code
            for said in [*["203.0.113.9"] * 21, "203.0.113.10"]
        ]
        assert tried == [403] * 20 + [429, 403]


def test_a_service_that_runs_goes_on_with_a_renewed_certificate(behind: Served) -> None:
    data = behind.log.parent
    folder = data / "tls"

    def certificate() -> str:
        return ssl.get_server_certificate(("127.0.0.1", behind.port), timeout=30)

    before, authority = certificate(), behind.authority.read_bytes()
    assert not ends_soon(folder, "127.0.0.1")
    (folder / "server.pem").unlink()
    assert is_due(Settings(data=data), "127.0.0.1", None)
    os.kill(behind.process.pid, signal.SIGHUP)
    give_up = time.monotonic() + 90
    while True:
        with suppress(ConnectionError):  # a worker that starts slowly leaves a gap
            if certificate() != before:
                break
        assert time.monotonic() < give_up
        time.sleep(0.2)
    assert not is_due(Settings(data=data), "127.0.0.1", None)
    assert is_due(Settings(data=data), "127.0.0.1", "other.local")
    assert behind.authority.read_bytes() == authority
    behind.wait_until_ready()
    assert f"phones open {behind.url}" in behind.log.read_text()


def test_enter_gives_another_code_and_ctrl_c_ends(tmp_path: Path) -> None:
    port = free_port("127.0.0.1")
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "service", "serve", "--lan", "--host", "127.0.0.1", "--port", str(port)]
    environment = {
        **os.environ,
        "PHOTOCODE_DATA": str(with_database(tmp_path)),
        **QUIET,
        **UNREAD,
    }
    # A session of its own, whose terminal this is: what it types goes to the process in front.
    code = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *line],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    said: list[str] = []

    def listen() -> None:
        # All along: who writes to a terminal that nobody reads waits.
        with suppress(OSError):
            while content := os.read(ours, 65536):
                said.append(content.decode(errors="replace"))

    def wait_for(words: str, count: int = 1) -> None:
        while "".join(said).count(words) < count:
            assert process.poll() is None
            time.sleep(0.05)

    def code_number(count: int) -> str:
        wait_for("minutes from now", count)
        return read_printed_code("".join(said).replace("\r", ""))

    threading.Thread(target=listen, daemon=True).start()

    try:
        first = code_number(1)
        assert first.startswith(f"https://127.0.0.1:{port}/#enrol=pce_")
        time.sleep(0.5)
        os.write(ours, b"\n")
        assert code_number(2) != first
        # A worker that is still starting is waited for, for half a minute.
        wait_for("engine ready")
        os.write(ours, b"\x03")
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        os.close(ours)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "photocode.local"], "goes with --lan"),
        (["--lan", "--name", "https://photocode.local"], "no name of a machine"),
        (["--host", "192.0.2.1"], "use --lan"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: list[str], said: str, tmp_path: Path) -> None:
    tried = subprocess.run(
        [sys.executable, "-m", "service", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PHOTOCODE_DATA": str(with_database(tmp_path))},
    )
    assert (tried.returncode, said in tried.stderr) == (2, True), tried.stderr

"""The local certificate authority: what it vouches for, when it is made anew, and who can read its key."""

import os
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socketpair

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.tls.authority import Pair, issue, issued_by, may_vouch_for, names_of, new_authority, outlives, read_pair
from service.tls.names import is_lan, is_name, lan_addresses
from service.tls.places import authority_file
from service.tls.store import (
    Certificates,
    authority_certificate,
    note_address,
    noted_address,
    prepare_certificates,
)

ROOT = Path(__file__).parents[3]
NAMES = ["192.168.1.5", "localhost", "127.0.0.1", "::1", "stores.local", "fd00::5"]


def shakes_hands(authority: Pair, server: Pair, name: str, folder: Path) -> bool:
    """Whether OpenSSL, which trusts the authority alone, believes the server that it is of this name."""
    (folder / "server.pem").write_bytes(server.certificate_pem + server.key_pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "server.pem")
    asking = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    ours, theirs = socketpair()
    ours.settimeout(10)
    theirs.settimeout(10)

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        asking.wrap_socket(ours, server_hostname=name).close()
    except ssl.SSLCertVerificationError:
        return False
    finally:
        ours.close()
        thread.join()
    return True


def test_a_server_is_believed_by_who_trusts_the_authority(tmp_path: Path) -> None:
    authority = new_authority("box", NAMES)
    server = issue(authority, NAMES)
    assert names_of(server) == set(NAMES)
    for name in NAMES:
        assert shakes_hands(authority, server, name, tmp_path), name
    assert not shakes_hands(authority, server, "other.local", tmp_path)
    assert not shakes_hands(new_authority("box", NAMES), server, "localhost", tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8", "2001:4860::8888", "notlocal", "evillocalhost"])
def test_the_authority_cannot_vouch_for_the_rest_of_the_world(name: str, tmp_path: Path) -> None:
    authority = new_authority("box", NAMES)
    assert not may_vouch_for(authority, name)
    assert not shakes_hands(authority, issue(authority, [name]), name, tmp_path)
    chosen = new_authority("box", [name])
    assert may_vouch_for(chosen, name)
    assert shakes_hands(chosen, issue(chosen, [name]), name, tmp_path)


def test_certificates_are_as_phones_demand() -> None:
    authority = new_authority("a-machine-with-a-name-that-is-much-longer-than-a-certificate-allows", NAMES)
    server = issue(authority, NAMES)
    now = datetime.now(UTC)
    lasts = server.certificate.not_valid_after_utc - server.certificate.not_valid_before_utc
    assert lasts <= timedelta(days=397)
    assert server.certificate.not_valid_before_utc < now - timedelta(hours=23)
    uses = server.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not server.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert outlives(authority, 3600)
    assert not outlives(authority, 3650)


def prepared(folder: Path, *wanted: str, demanded: str = "192.168.1.5") -> Certificates:
    return prepare_certificates(folder, demanded=[demanded], wanted=["localhost", *wanted])


def test_certificates_are_kept_until_a_name_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "tls"
    assert authority_certificate(folder) is None
    first = prepared(folder)
    authority, server = authority_certificate(folder), first.certificate.read_bytes()
    assert (first.names, first.replaced) == (("192.168.1.5", "localhost"), False)
    assert prepared(folder) == first
    assert first.certificate.read_bytes() == server
    more = prepared(folder, "stores.local")
    assert more.names == ("192.168.1.5", "localhost", "stores.local")
    assert first.certificate.read_bytes() != server
    server = first.certificate.read_bytes()
    prepared(folder)
    assert first.certificate.read_bytes() == server
    assert authority_certificate(folder) == authority


def test_a_name_beyond_the_authority_is_left_out_unless_it_is_demanded(tmp_path: Path) -> None:
    first = prepared(tmp_path)
    assert prepared(tmp_path, "box.example").names == first.names
    other = prepared(tmp_path, demanded="photocode.example")
    assert (other.replaced, other.names) == (True, ("localhost", "photocode.example"))
    assert other.fingerprint != first.fingerprint
    assert not prepared(tmp_path, demanded="photocode.example").replaced


def test_what_is_near_its_end_or_damaged_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepared(tmp_path)
    with monkeypatch.context() as short:
        short.setattr("service.tls.authority.SERVER_DAYS", 60)
        (tmp_path / "server.pem").unlink()
        prepared(tmp_path)
    old = (tmp_path / "server.pem").read_bytes()
    renewed = prepared(tmp_path)
    assert (tmp_path / "server.pem").read_bytes() != old
    assert renewed.fingerprint == first.fingerprint
    other = new_authority("elsewhere", NAMES)
    stray = issue(other, NAMES)
    (tmp_path / "server.pem").write_bytes(stray.certificate_pem)
    (tmp_path / "server.key").write_bytes(stray.key_pem)
    assert prepared(tmp_path).fingerprint == first.fingerprint
    authority = read_pair((tmp_path / "ca.pem").read_bytes(), (tmp_path / "ca.key").read_bytes())
    assert issued_by(
        read_pair((tmp_path / "server.pem").read_bytes(), (tmp_path / "server.key").read_bytes()), authority
    )
    (tmp_path / "ca.key").write_bytes(other.key_pem)
    assert prepared(tmp_path).fingerprint != first.fingerprint


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_keys_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    prepared(tmp_path / "tls")
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    for name in ("ca.key", "server.key"):
        assert (tmp_path / "tls" / name).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in (tmp_path / "tls").iterdir()} == {
        "ca.key",
        "ca.pem",
        "server.key",
        "server.pem",
        "lock",
    }


def test_several_processes_agree_on_one_authority(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from service.tls.store import prepare_certificates as prepare;"
        "print(prepare(Path(sys.argv[1]), demanded=['192.168.1.5'], wanted=[]).fingerprint)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "tls")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert len(set(said)) == 1
    assert said[0].decode().strip() == prepared(tmp_path / "tls").fingerprint
    assert authority_file(tmp_path / "tls").exists()


def test_the_announced_address_is_kept_for_other_terminals(tmp_path: Path) -> None:
    assert noted_address(tmp_path) is None
    note_address(tmp_path, "https://192.168.1.5:8700")
    assert noted_address(tmp_path) == "https://192.168.1.5:8700"


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("192.168.178.20", True),
        ("169.254.1.1", True),
        ("100.100.1.1", True),
        ("fd12::1", True),
        ("fe80::1", False),
        ("127.0.0.1", False),
        ("203.0.113.5", False),
        ("2001:db8::1", False),
    ],
)
def test_phones_of_the_network_come_to_private_addresses(address: str, private: bool) -> None:
    assert is_lan(ip_address(address)) is private


def test_addresses_of_this_machine_are_private_ones() -> None:
    assert all(is_lan(address) for address in lan_addresses())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("photocode.local", True),
        ("box", True),
        ("a-b.c1.example", True),
        ("https://box", False),
        ("box:8700", False),
        ("Box", False),
        ("a..b", False),
        ("-a", False),
        ("a_b", False),
        ("bücher.example", False),
        ("", False),
        ("a" * 64, False),
    ],
)
def test_a_name_of_a_machine_is_told_from_other_text(text: str, name: bool) -> None:
    assert is_name(text) is name

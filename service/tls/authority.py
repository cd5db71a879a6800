"""A certificate authority and the server certificates that it issues. Values only: service.tls.store keeps them.

The authority vouches for private addresses and names of local networks alone (name constraints), so that who steals its
key cannot pose as a bank to the phones that trust it. They are critical: software that does not know them refuses the
authority. Today's Safari, Chrome, Firefox and OpenSSL know them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.tls.names import LAN, as_address

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 397
"""More is refused by phones."""
RENEW_DAYS: Final = 60
BACKDATED: Final = timedelta(days=1)
"""For phones whose clock is slow."""

LOCAL_NAMES: Final = ("localhost", "local", "lan", "home", "internal", "home.arpa")
"""Names, and all that end in them, that no public name server knows."""
LOCAL_NETWORKS: Final = (*LAN, ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as a file."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as a file, not encrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_pair(certificate_pem: bytes, key_pem: bytes) -> Pair:
    """A certificate and its key from their files.

    Raises:
        ValueError: they are damaged, of another kind, or do not belong together.

    """
    certificate, key = x509.load_pem_x509_certificate(certificate_pem), load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the private key is not the certificate's")
    return Pair(certificate=certificate, key=key)


def new_authority(machine: str, names: Sequence[str]) -> Pair:
    """An authority for local names and addresses, and for ``names``. ``machine``: for people, to know it by."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Photocode"),
            # iOS lists no authority that has no common name.
            x509.NameAttribute(NameOID.COMMON_NAME, f"Photocode on {machine} ({now:%Y-%m-%d})"[:64]),
        ]
    )
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in LOCAL_NAMES]
    permitted += [x509.IPAddress(network) for network in LOCAL_NETWORKS]
    permitted += [_as_constraint(name) for name in names if not _is_local(name)]
    builder = _begun(subject, subject, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(permitted, None), critical=True)
    return Pair(certificate=builder.sign(key, hashes.SHA256()), key=key)


def issue(authority: Pair, names: Sequence[str]) -> Pair:
    """A server certificate for names and addresses."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Photocode")])
    signer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = _begun(subject, authority.certificate.subject, key, now, SERVER_DAYS)
    builder = builder.add_extension(x509.SubjectAlternativeName([_as_name(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False
    )
    return Pair(certificate=builder.sign(authority.key, hashes.SHA256()), key=key)


def may_vouch_for(authority: Pair, name: str) -> bool:
    """Whether the authority's constraints leave room for a name or address."""
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    address = as_address(name)
    for permitted in constraints.permitted_subtrees or []:
        if address and isinstance(permitted, x509.IPAddress) and address in ip_network(permitted.value):
            return True
        if not address and isinstance(permitted, x509.DNSName) and f".{name}".endswith(f".{permitted.value}"):
            return True
    return False


def issued_by(server: Pair, authority: Pair) -> bool:
    """Whether a server certificate is the authority's."""
    try:
        server.certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def outlives(pair: Pair, days: int) -> bool:
    """Whether a certificate is good for more days than these."""
    return pair.certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=days)


def names_of(pair: Pair) -> set[str]:
    """Names and addresses that a server certificate is for."""
    found = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return addresses | set(found.get_values_for_type(x509.DNSName))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    start = now - BACKDATED
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_local(name: str) -> bool:
    if address := as_address(name):
        return any(address in network for network in LOCAL_NETWORKS)
    return any(f".{name}".endswith(f".{local}") for local in LOCAL_NAMES)


def _as_name(name: str) -> x509.GeneralName:
    address = as_address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _as_constraint(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_network(name)) if as_address(name) else x509.DNSName(name)

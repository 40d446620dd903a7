"""A chain before it is signed: the keys, the parts of a certificate, and a chain to which nobody objects.

Keys are few, and signatures are made by pyca/cryptography, which is fast and can sign with SHA-1.
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.support import rsa_keys
from tests.support.certificates import extension
from x509 import encoding, oids
from x509.algorithms import NULL, AlgorithmIdentifier

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
HOST = "www.example.com"


# ---- Keys -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A private key, and its number among those of its kind."""

    kind: str
    number: int

    @functools.cached_property
    def private(self) -> Any:
        secret = int.from_bytes(hashlib.sha256(repr(self).encode()).digest(), "big")
        match self.kind:
            case "P-256":
                return ec.derive_private_key(secret >> 8, ec.SECP256R1())
            case "P-384":
                return ec.derive_private_key(secret, ec.SECP384R1())
            case "Ed25519":
                return ed25519.Ed25519PrivateKey.from_private_bytes(secret.to_bytes(32, "big"))
            case _:
                return rsa_keys.theirs(self.kind.removeprefix("RSA "))

    @functools.cached_property
    def info(self) -> bytes:
        """The subjectPublicKeyInfo."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.DER, form)

    @functools.cached_property
    def identifier(self) -> bytes:
        return hashlib.sha256(self.info).digest()[:20]


FOR_AUTHORITIES = tuple(
    Key(kind, number)
    for kind, count in {"P-256": 3, "RSA 2048": 1, "RSA 2050": 1, "RSA 3072": 1, "P-384": 1}.items()
    for number in range(count)
)
FOR_LEAVES = (*(Key("P-256", number) for number in range(100, 103)), Key("RSA 2048 e=3", 0))

RSA_OIDS = {"SHA1": oids.RSA_WITH_SHA1, "SHA256": oids.RSA_WITH_SHA256, "SHA384": oids.RSA_WITH_SHA384,
            "SHA512": oids.RSA_WITH_SHA512}  # fmt: skip
ECDSA_OIDS = {"SHA1": oids.ECDSA_WITH_SHA1, "SHA256": oids.ECDSA_WITH_SHA256,
              "SHA384": oids.ECDSA_WITH_SHA384, "SHA512": oids.ECDSA_WITH_SHA512}  # fmt: skip


def algorithm_of(key: Key, digest: str) -> AlgorithmIdentifier:
    if key.kind == "Ed25519":
        return AlgorithmIdentifier(oids.ED25519)
    if key.kind.startswith("RSA"):
        return AlgorithmIdentifier(RSA_OIDS[digest], NULL)
    return AlgorithmIdentifier(ECDSA_OIDS[digest])


@functools.lru_cache(4096)
def sign(key: Key, digest: str, data: bytes) -> bytes:
    if isinstance(key.private, ed25519.Ed25519PrivateKey):
        return key.private.sign(data)
    algorithm = getattr(hashes, digest)()
    if isinstance(key.private, rsa.RSAPrivateKey):
        return key.private.sign(data, padding.PKCS1v15(), algorithm)
    return key.private.sign(data, ec.ECDSA(algorithm, deterministic_signing=True))


# ---- A chain on paper -----------------------------------------------------------------------------------


@dataclass(eq=False)
class Draft:
    """A certificate that is still to be signed.

    extensions    by a name of ours, each the DER of one, or of several; the key identifiers are added
                  when it is signed, unless something is there in their place, be it b""
    fields        the DER of other fields in the place of the right ones
    finish        what is done with the signed certificate
    """

    place: str
    key: Key
    name: bytes
    not_before: datetime
    not_after: datetime
    serial: int
    extensions: dict[str, bytes]
    issuer: "Draft | None" = None  # None: itself
    signer: Key | None = None  # None: the issuer's key
    digest: str = ""
    version: int = 3
    fields: dict[str, bytes] = field(default_factory=dict)
    finish: Callable[[bytes], bytes] = bytes

    def der(self) -> bytes:
        issuer = self.issuer or self
        signer = self.signer or issuer.key
        digest = self.digest or ("SHA384" if signer.kind == "P-384" else "SHA256")
        algorithm = algorithm_of(signer, digest).der
        identifiers = {
            "subjectKeyIdentifier": extension(
                oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(self.key.identifier), critical=False
            ),
            "authorityKeyIdentifier": authority_key_identifier(issuer.key.identifier),
        }
        if self.issuer is None:
            del identifiers["authorityKeyIdentifier"]
        extensions = b"".join((identifiers | self.extensions).values())
        fields = {
            "version": encoding.explicit(0, encoding.integer(self.version - 1)) if self.version > 1 else b"",
            "serialNumber": encoding.integer(self.serial),
            "signature": algorithm,
            "issuer": issuer.name,
            "validity": encoding.sequence(encoding.time(self.not_before), encoding.time(self.not_after)),
            "subject": self.name,
            "subjectPublicKeyInfo": self.key.info,
            "unique": b"",
            "extensions": encoding.explicit(3, encoding.sequence(extensions)) if self.version == 3 else b"",
        } | self.fields
        outer = fields.pop("signatureAlgorithm", algorithm)
        tbs = encoding.sequence(*fields.values())
        return self.finish(encoding.sequence(tbs, outer, encoding.bit_string(sign(signer, digest, tbs))))


@dataclass
class Chain:
    """What a server sends, and what the client thinks; `path` is the way that was meant, the root last."""

    path: list[Draft]
    anchors: list[Draft]
    others: list[Draft] = field(default_factory=list)  # sent, too
    kept: list[Draft] = field(default_factory=list)  # not sent, though they are on the path
    reference: str = HOST
    order: Callable[[list[Draft]], None] = lambda drafts: None

    @property
    def leaf(self) -> Draft:
        return self.path[0]

    def sent(self) -> list[Draft]:
        rest = [one for one in (*self.path[1:-1], *self.others) if one not in self.kept]
        self.order(rest)
        return [self.leaf, *rest]


# ---- A good chain ---------------------------------------------------------------------------------------


def good_chain(random: Random) -> Chain:
    depth = random.choice((0, 1, 1, 1, 2, 2, 3))
    keys = random.sample(FOR_AUTHORITIES, depth + 1)
    root = authority("root", keys[0], "Root")
    path = [root]
    for number in range(1, depth + 1):
        below = authority("intermediate", keys[number], f"Authority {number}", path[0])
        if random.random() < 0.3:
            below.extensions["basicConstraints"] = basic_constraints(path_length=depth - number)
        if random.random() < 0.3:
            below.extensions["extKeyUsage"] = purposes(oids.SERVER_AUTH, oids.CLIENT_AUTH)
        path.insert(0, below)
    leaf = Draft(
        place="leaf",
        key=random.choice(FOR_LEAVES),
        name=name("www.example.com"),
        not_before=NOW - 30 * DAY,
        not_after=NOW + 60 * DAY,
        serial=random.getrandbits(120) + 1,
        extensions={
            "keyUsage": key_usage(DIGITAL_SIGNATURE),
            "extKeyUsage": purposes(oids.SERVER_AUTH),
            "subjectAltName": alternatives(
                dns(HOST), dns("*.example.org"), ip("192.0.2.1"), ip("2001:db8::1")
            ),
        },
        issuer=path[0],
    )
    if random.random() < 0.7:
        leaf.extensions["basicConstraints"] = basic_constraints(authority=False)
    chain = Chain([leaf, *path], [root])
    chain.reference = random.choice((HOST, HOST, HOST, "any.example.org", "192.0.2.1", "2001:db8::1"))
    return chain


def authority(place: str, key: Key, common_name: str, issuer: Draft | None = None) -> Draft:
    return Draft(
        place=place,
        key=key,
        name=name(common_name),
        not_before=NOW - 1000 * DAY,
        not_after=NOW + 1000 * DAY,
        serial=int.from_bytes(hashlib.sha256(common_name.encode()).digest()[:8], "big") + 1,
        extensions={
            "basicConstraints": basic_constraints(),
            "keyUsage": key_usage(KEY_CERT_SIGN, CRL_SIGN),
        },
        issuer=issuer,
    )


# ---- DER of the parts -----------------------------------------------------------------------------------

DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 4, 5, 6
ORGANIZATION, COUNTRY, COMMON_NAME = "2.5.4.10", "2.5.4.6", "2.5.4.3"


def attribute(oid: str, value: bytes) -> bytes:
    return encoding.set_of(encoding.sequence(encoding.oid(oid), value))


def name(
    common_name: str,
    organization: str = "Example",
    string: Callable[[str], bytes] = encoding.utf8_string,
    mailbox: str = "",
) -> bytes:
    parts = [attribute(ORGANIZATION, string(organization)), attribute(COMMON_NAME, string(common_name))]
    if mailbox:
        parts.append(attribute(oids.EMAIL_ADDRESS, encoding.element(0x16, mailbox.encode())))
    return encoding.sequence(*parts)


def printable(text: str) -> bytes:
    return encoding.element(0x13, text.encode())


def basic_constraints(
    *, authority: bool = True, path_length: int | None = None, critical: bool = True
) -> bytes:
    flag = encoding.boolean(True) if authority else b""
    length = b"" if path_length is None else encoding.integer(path_length)
    return extension(oids.BASIC_CONSTRAINTS, encoding.sequence(flag, length), critical=critical)


def key_usage(*bits: int, critical: bool = True) -> bytes:
    return extension(oids.KEY_USAGE, encoding.named_bits(frozenset(bits)), critical=critical)


def purposes(*those: str, critical: bool = False) -> bytes:
    return extension(oids.EXTENDED_KEY_USAGE, encoding.sequence(*map(encoding.oid, those)), critical=critical)


def authority_key_identifier(identifier: bytes, *, critical: bool = False) -> bytes:
    value = encoding.sequence(encoding.implicit(0, identifier))
    return extension(oids.AUTHORITY_KEY_IDENTIFIER, value, critical=critical)


def alternatives(*names: bytes, critical: bool = False) -> bytes:
    return extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*names), critical=critical)


def dns(host: str | bytes) -> bytes:
    return encoding.implicit(2, host.encode() if isinstance(host, str) else host)


def ip(address: str) -> bytes:
    return encoding.implicit(7, ip_address(address).packed)


def network(subtree: str) -> bytes:
    found = ip_network(subtree)
    return encoding.implicit(7, found.network_address.packed + found.netmask.packed)


def mail(mailbox: str) -> bytes:
    return encoding.implicit(1, mailbox.encode())


def uri(where: str) -> bytes:
    return encoding.implicit(6, where.encode())


def directory(distinguished_name: bytes) -> bytes:
    return encoding.explicit(4, distinguished_name)


def constraints(*, permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (),
                critical: bool = True) -> bytes:  # fmt: skip
    both = [
        encoding.explicit(number, b"".join(encoding.sequence(base) for base in subtrees))
        for number, subtrees in enumerate((permitted, excluded))
        if subtrees
    ]
    return extension(oids.NAME_CONSTRAINTS, encoding.sequence(*both), critical=critical)


def policies(*those: str) -> bytes:
    value = encoding.sequence(*(encoding.sequence(encoding.oid(one)) for one in those))
    return extension(oids.CERTIFICATE_POLICIES, value, critical=False)


def policy_constraints(explicit: int | None = None, mapping: int | None = None) -> bytes:
    skips = [
        encoding.element(0x80 | number, encoding.integer(skip)[2:])
        for number, skip in enumerate((explicit, mapping))
        if skip is not None
    ]
    return extension(oids.POLICY_CONSTRAINTS, encoding.sequence(*skips))


def mappings(issuers: str, subjects: str) -> bytes:
    pair = encoding.sequence(encoding.oid(issuers), encoding.oid(subjects))
    return extension(oids.POLICY_MAPPINGS, encoding.sequence(pair))

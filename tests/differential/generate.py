"""Chains for the differential run: good ones, and what alterations make of them.

    for case in generate.cases(seed=1, count=5000): ...

A case begins as a chain to which nobody objects: a leaf for www.example.com, up to three intermediates and a
root, as the authorities of the web make them.  Most are then altered, once or twice, each time at one place:
"leaf: expired", "root: no basicConstraints".  The same seed gives the same bytes, and the cases of a long run
begin with those of a short one.

Keys are few, and signatures are made by pyca/cryptography, which is fast and can sign with SHA-1.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any, TypeAlias

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


@dataclass(frozen=True)
class Case:
    """A chain as bytes, the leaf first, and what was done to it."""

    number: int
    alterations: tuple[str, ...]
    chain: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    reference: str  # for whom the client looks

    @property
    def what(self) -> frozenset[str]:
        """The alterations without their places."""
        return frozenset(alteration.partition(": ")[2] for alteration in self.alterations)

    def __str__(self) -> str:
        return f"case {self.number} ({', '.join(self.alterations) or 'unaltered'})"


def cases(seed: int, count: int) -> Iterator[Case]:
    for number in range(count):
        yield case(seed, number)


def case(seed: int, number: int) -> Case:
    random = Random(f"{seed} {number}")
    chain = good_chain(random)
    done: list[str] = []
    if random.random() < 0.4:
        done.append(alter(chain, SHAPES, random))
    for _ in range(random.choice((0, 1, 1, 1, 2, 2))):
        done.append(alter(chain, random.choice(GROUPS), random))
    return Case(
        number,
        tuple(dict.fromkeys(done)),
        tuple(draft.der() for draft in chain.sent()),
        tuple(draft.der() for draft in chain.anchors),
        chain.reference,
    )


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


# ---- The catalogue of alterations -----------------------------------------------------------------------

Alteration: TypeAlias = Callable[[Chain, Draft, Random], None]
EVERYWHERE = ("leaf", "intermediate", "root")
AUTHORITIES = ("intermediate", "root")
LEAF = ("leaf",)
CHAIN = ("chain",)  # about the chain as a whole


@dataclass(frozen=True)
class Entry:
    name: str
    places: tuple[str, ...]
    apply: Alteration


def alter(chain: Chain, entries: list[Entry], random: Random) -> str:
    """Apply one of them, and say which and where."""
    there = {draft.place for draft in chain.path} | {"chain"}
    entry = random.choice([entry for entry in entries if there.intersection(entry.places)])
    place = random.choice([place for place in entry.places if place in there])
    one = random.choice([draft for draft in chain.path if draft.place == place] or [chain.leaf])
    entry.apply(chain, one, random)
    return f"{place}: {entry.name}"


def replacing(name: str, *values: bytes) -> Alteration:
    """Put one of these in the place of an extension."""

    def apply(chain: Chain, one: Draft, random: Random) -> None:
        one.extensions[name] = random.choice(values)

    return apply


def setting(**fields: Any) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        for field_name, value in fields.items():
            setattr(one, field_name, value)

    return apply


def writing(**fields: bytes) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        one.fields |= fields

    return apply


def naming(reference: str, *names: bytes, critical: bool = False) -> Alteration:
    """Let the leaf present these names, and the client look for that one."""

    def apply(chain: Chain, one: Draft, random: Random) -> None:
        one.extensions["subjectAltName"] = alternatives(*names, critical=critical)
        chain.reference = reference

    return apply


def all_of(*alterations: Alteration) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        for alteration in alterations:
            alteration(chain, one, random)

    return apply


def looking_for(*references: str) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        chain.reference = random.choice(references)

    return apply


TIMES = [
    Entry("expired", EVERYWHERE, setting(not_after=NOW - SECOND)),
    Entry("expired long ago", EVERYWHERE, setting(not_before=NOW - 900 * DAY, not_after=NOW - 800 * DAY)),
    Entry("not yet valid", EVERYWHERE, setting(not_before=NOW + SECOND)),
    Entry("valid to this second", EVERYWHERE, setting(not_after=NOW)),
    Entry("valid from this second", EVERYWHERE, setting(not_before=NOW)),
    Entry("valid after 2050", EVERYWHERE, setting(not_after=datetime(2055, 1, 1, tzinfo=UTC))),
    Entry("never valid", EVERYWHERE, setting(not_before=NOW + DAY, not_after=NOW - DAY)),
    Entry(
        "valid for 398 days", LEAF, setting(not_before=NOW - 200 * DAY, not_after=NOW + 198 * DAY - SECOND)
    ),
    Entry(
        "time without seconds",
        EVERYWHERE,
        writing(
            validity=encoding.sequence(
                encoding.element(0x17, b"2601010000Z"), encoding.element(0x17, b"2701010000Z")
            )
        ),
    ),
    Entry(
        "GeneralizedTime before 2050",
        EVERYWHERE,
        writing(
            validity=encoding.sequence(
                encoding.element(0x18, b"20260620000000Z"), encoding.element(0x18, b"20260720000000Z")
            )
        ),
    ),
]

USED = "1.3.6.1.4.1.99999.1"  # an OID that nobody knows


def without_extensions(chain: Chain, one: Draft, random: Random) -> None:
    one.version = random.choice((1, 2))


def twice(chain: Chain, one: Draft, random: Random) -> None:
    name = random.choice(sorted(one.extensions))
    one.extensions[name] *= 2


FORM = [
    Entry("version 1 or 2", EVERYWHERE, without_extensions),
    Entry("version 1 with extensions", EVERYWHERE, writing(version=b"")),
    Entry("version 4", EVERYWHERE, writing(version=encoding.explicit(0, encoding.integer(3)))),
    Entry("serial number 0", EVERYWHERE, setting(serial=0)),
    Entry("serial number negative", EVERYWHERE, setting(serial=-5)),
    Entry("serial number of 20 bytes", EVERYWHERE, setting(serial=(1 << 159) - 1)),
    Entry("serial number of 21 bytes", EVERYWHERE, setting(serial=1 << 160)),
    Entry("unique identifier", EVERYWHERE, writing(unique=encoding.implicit(1, b"\0\1\2"))),
    Entry("an extension twice", EVERYWHERE, twice),
    Entry("no extensions in version 3", EVERYWHERE, writing(extensions=b"")),
    Entry("unknown extension, critical", EVERYWHERE, replacing("unknown", extension(USED, b"\5\0"))),
    Entry("unknown extension", EVERYWHERE, replacing("unknown", extension(USED, b"\5\0", critical=False))),
    Entry(
        "critical FALSE spelt out",
        EVERYWHERE,
        replacing(
            "unknown",
            encoding.sequence(encoding.oid(USED), encoding.boolean(False), encoding.octet_string(b"")),
        ),
    ),
    Entry("bytes after the end", EVERYWHERE, setting(finish=lambda der: der + b"\0")),
    Entry("empty subject", EVERYWHERE, setting(name=encoding.sequence())),
    Entry("common name of 65 characters", EVERYWHERE, setting(name=name("x" * 65))),
]


def flip(der: bytes) -> bytes:
    return der[:-1] + bytes([der[-1] ^ 1])


def other_key(chain: Chain, one: Draft, random: Random) -> None:
    one.signer = Key("P-256", 50)


def other_outside(chain: Chain, one: Draft, random: Random) -> None:
    """Name one algorithm outside of what is signed, and another one inside."""
    signer = (one.issuer or one).key
    other = Key("P-256", 0) if signer.kind == "Ed25519" else signer
    one.fields["signatureAlgorithm"] = algorithm_of(other, "SHA512").der


def without_null(chain: Chain, one: Draft, random: Random) -> None:
    signer = (one.issuer or one).key
    identifier = AlgorithmIdentifier(algorithm_of(signer, "SHA256").oid)
    if signer.kind.startswith("RSA"):
        one.fields |= {"signature": identifier.der, "signatureAlgorithm": identifier.der}


def with_null(chain: Chain, one: Draft, random: Random) -> None:
    signer = (one.issuer or one).key
    one.digest = "SHA256"
    if not signer.kind.startswith("RSA"):
        identifier = AlgorithmIdentifier(algorithm_of(signer, "SHA256").oid, NULL)
        one.fields |= {"signature": identifier.der, "signatureAlgorithm": identifier.der}


def key_of(*kinds: str) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        one.key = Key(random.choice(kinds), 60)

    return apply


SIGNATURES = [
    Entry("signature broken", EVERYWHERE, setting(finish=flip)),
    Entry("signed with another key", EVERYWHERE, other_key),
    Entry("signed with SHA-1", EVERYWHERE, setting(digest="SHA1")),
    Entry("signed with SHA-512", EVERYWHERE, setting(digest="SHA512")),
    Entry("another algorithm outside", EVERYWHERE, other_outside),
    Entry("RSA signature without NULL", EVERYWHERE, without_null),
    Entry("ECDSA signature with NULL", EVERYWHERE, with_null),
    Entry("RSA key of 1024 bits", EVERYWHERE, key_of("RSA 1024")),
    Entry("P-384 key", EVERYWHERE, key_of("P-384")),
    Entry("Ed25519 key", EVERYWHERE, key_of("Ed25519")),
    Entry(
        "keyUsage for encipherment with a P-256 key",
        LEAF,
        all_of(key_of("P-256"), replacing("keyUsage", key_usage(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT))),
    ),
]


def wrong_issuer_name(chain: Chain, one: Draft, random: Random) -> None:
    one.fields["issuer"] = name("Nobody")


def issuer_in_other_words(chain: Chain, one: Draft, random: Random) -> None:
    common_name = "ROOT" if one.issuer is chain.path[-1] else "authority  1"
    if one.issuer is not None:
        one.issuer.name = name("Root" if common_name == "ROOT" else "Authority 1")
        one.fields["issuer"] = name(common_name, "EXAMPLE", printable)


def issuer_as_printable(chain: Chain, one: Draft, random: Random) -> None:
    if one.issuer is not None:
        one.issuer.name = name("Somebody")
        one.fields["issuer"] = name("Somebody", string=printable)


def identifier_critical(chain: Chain, one: Draft, random: Random) -> None:
    identifier = (one.issuer or one).key.identifier
    one.extensions["authorityKeyIdentifier"] = authority_key_identifier(identifier, critical=True)


NAMES_AND_IDENTIFIERS = [
    Entry("issuer's name wrong", EVERYWHERE, wrong_issuer_name),
    Entry("issuer's name in capitals and PrintableString", EVERYWHERE, issuer_in_other_words),
    Entry("issuer's name in PrintableString", EVERYWHERE, issuer_as_printable),
    Entry("no subjectKeyIdentifier", EVERYWHERE, replacing("subjectKeyIdentifier", b"")),
    Entry(
        "another subjectKeyIdentifier",
        AUTHORITIES,
        replacing(
            "subjectKeyIdentifier",
            extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(b"other"), critical=False),
        ),
    ),
    Entry(
        "subjectKeyIdentifier critical",
        EVERYWHERE,
        replacing(
            "subjectKeyIdentifier", extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(b"other"))
        ),
    ),
    Entry("no authorityKeyIdentifier", ("leaf", "intermediate"), replacing("authorityKeyIdentifier", b"")),
    Entry(
        "another authorityKeyIdentifier",
        EVERYWHERE,
        replacing("authorityKeyIdentifier", authority_key_identifier(b"other")),
    ),
    Entry(
        "authorityKeyIdentifier of another certificate",
        ("leaf", "intermediate"),
        replacing(
            "authorityKeyIdentifier",
            extension(
                oids.AUTHORITY_KEY_IDENTIFIER,
                encoding.sequence(
                    encoding.explicit(1, directory(name("Nobody"))), encoding.implicit(2, b"\7")
                ),
                critical=False,
            ),
        ),
    ),
    Entry(
        "authorityKeyIdentifier critical",
        ("leaf", "intermediate"),
        identifier_critical,
    ),
]


def usage_not_critical(chain: Chain, one: Draft, random: Random) -> None:
    bit = DIGITAL_SIGNATURE if one.place == "leaf" else KEY_CERT_SIGN
    one.extensions["keyUsage"] = key_usage(bit, critical=False)


USAGES = [
    Entry("no basicConstraints", AUTHORITIES, replacing("basicConstraints", b"")),
    Entry("basicConstraints without cA", AUTHORITIES,
          replacing("basicConstraints", basic_constraints(authority=False))),
    Entry("basicConstraints not critical", AUTHORITIES,
          replacing("basicConstraints", basic_constraints(critical=False))),
    Entry("path length 0", AUTHORITIES, replacing("basicConstraints", basic_constraints(path_length=0))),
    Entry("path length 1", AUTHORITIES, replacing("basicConstraints", basic_constraints(path_length=1))),
    Entry("path length negative", AUTHORITIES,
          replacing("basicConstraints", basic_constraints(path_length=-1))),
    Entry("path length 2^70", AUTHORITIES,
          replacing("basicConstraints", basic_constraints(path_length=1 << 70))),
    Entry("an authority", LEAF, replacing("basicConstraints", basic_constraints())),
    Entry("a path length and no authority", LEAF,
          replacing("basicConstraints", basic_constraints(authority=False, path_length=0))),
    Entry("no keyUsage", EVERYWHERE, replacing("keyUsage", b"")),
    Entry("keyUsage without keyCertSign", AUTHORITIES,
          replacing("keyUsage", key_usage(CRL_SIGN), key_usage(DIGITAL_SIGNATURE))),
    Entry("keyUsage keyCertSign", LEAF,
          replacing("keyUsage", key_usage(KEY_CERT_SIGN), key_usage(DIGITAL_SIGNATURE, KEY_CERT_SIGN))),
    Entry("keyUsage without digitalSignature", LEAF,
          replacing("keyUsage", key_usage(KEY_AGREEMENT))),
    Entry("keyUsage not critical", EVERYWHERE, usage_not_critical),
    Entry("keyUsage empty", EVERYWHERE, replacing("keyUsage", key_usage())),
    Entry("no extKeyUsage", LEAF, replacing("extKeyUsage", b"")),
    Entry("extKeyUsage clientAuth", EVERYWHERE, replacing("extKeyUsage", purposes(oids.CLIENT_AUTH))),
    Entry("extKeyUsage serverAuth", EVERYWHERE, replacing("extKeyUsage", purposes(oids.SERVER_AUTH))),
    Entry("extKeyUsage serverAuth, critical", EVERYWHERE,
          replacing("extKeyUsage", purposes(oids.SERVER_AUTH, critical=True))),
    Entry("extKeyUsage anyExtendedKeyUsage", EVERYWHERE,
          replacing("extKeyUsage", purposes(oids.ANY_EXTENDED_KEY_USAGE))),
    Entry("extKeyUsage unknown", EVERYWHERE, replacing("extKeyUsage", purposes(USED))),
    Entry("extKeyUsage empty", EVERYWHERE, replacing("extKeyUsage", purposes())),
]  # fmt: skip

ALTERNATIVES = [
    Entry("looked for under another name", LEAF,
          looking_for("example.com", "www.example.net", "a.b.example.org", "example.org", "192.0.2.2",
                      "::1")),
    Entry("looked for in capitals", LEAF, looking_for("WWW.Example.COM")),
    Entry("looked for with a dot at the end", LEAF, looking_for(HOST + ".")),
    Entry("looked for under the letters of its address", LEAF, naming("192.0.2.1", dns("192.0.2.1"))),
    Entry("name in capitals", LEAF, naming(HOST, dns("WWW.EXAMPLE.COM"))),
    Entry("name with a dot at the end", LEAF, naming(HOST, dns(HOST + "."))),
    Entry("name with a NUL", LEAF, naming(HOST, dns(HOST + "\0.evil.example"))),
    Entry("name with a NUL beside a good one", LEAF, naming(HOST, dns(HOST), dns(HOST + "\0.evil.example"))),
    Entry("name with a space", LEAF, naming(HOST, dns(" " + HOST), dns(HOST + " "))),
    Entry("name beyond ASCII", LEAF, naming(HOST, dns(HOST), dns("bücher.example"))),
    Entry("empty name beside a good one", LEAF, naming(HOST, dns(""), dns(HOST))),
    Entry("name with an underscore", LEAF, naming("a_b.example.com", dns("a_b.example.com"))),
    Entry("name in A-labels", LEAF, naming("xn--bcher-kva.example", dns("xn--bcher-kva.example"))),
    Entry("name with two hyphens", LEAF, naming("ab--c.example", dns("ab--c.example"))),
    Entry("name of one label", LEAF, naming("localhost", dns("localhost"))),
    Entry("name of 64 letters in a label", LEAF, naming(HOST, dns(HOST), dns("x" * 64 + ".example"))),
    Entry("name beginning with a dot", LEAF, naming(HOST, dns(".example.com"))),
    Entry("wildcard", LEAF, naming(HOST, dns("*.example.com"))),
    Entry("wildcard for an A-label", LEAF, naming("xn--bcher-kva.example.com", dns("*.example.com"))),
    Entry("wildcard for two labels", LEAF, naming("a.www.example.com", dns("*.example.com"))),
    Entry("wildcard for its own domain", LEAF, naming("example.com", dns("*.example.com"))),
    Entry("wildcard for a top-level domain", LEAF, naming("example.com", dns("*.com"))),
    Entry("wildcard for everything", LEAF, naming("localhost", dns("*"))),
    Entry("wildcard of a part of a label", LEAF, naming(HOST, dns("w*.example.com"))),
    Entry("wildcard in the middle", LEAF, naming(HOST, dns("www.*.com"))),
    Entry("wildcard of two labels", LEAF, naming("a.b.example.com", dns("*.*.example.com"))),
    Entry("wildcard looked for", LEAF, naming("*.example.com", dns("*.example.com"))),
    Entry("address of 5 bytes", LEAF, naming(HOST, dns(HOST), encoding.implicit(7, bytes(5)))),
    Entry("address mapped into IPv6", LEAF, naming("192.0.2.1", ip("::ffff:192.0.2.1"))),
    Entry("mailbox beside the name", LEAF, naming(HOST, dns(HOST), mail("someone@example.com"))),
    Entry("URI beside the name", LEAF, naming(HOST, dns(HOST), uri("https://www.example.com/"))),
    Entry("URI in its place", LEAF, naming(HOST, uri("https://www.example.com/"))),
    Entry("directoryName beside the name", LEAF, naming(HOST, dns(HOST), directory(name("www")))),
    Entry("otherName beside the name", LEAF, naming(
        HOST, dns(HOST), encoding.explicit(0, encoding.oid(USED) + encoding.explicit(0, NULL)))),
    Entry("registeredID beside the name", LEAF, naming(HOST, dns(HOST), encoding.implicit(8, b"\x2a\x03"))),
    Entry("no names", LEAF, replacing("subjectAltName", alternatives())),
    Entry("no subjectAltName", LEAF, all_of(replacing("subjectAltName", b""), looking_for(HOST))),
    Entry("another common name", LEAF, setting(name=name("other.example.net"))),
    Entry("subjectAltName critical beside a subject", LEAF, naming(HOST, dns(HOST), critical=True)),
    Entry("empty subject, critical subjectAltName", LEAF,
          all_of(naming(HOST, dns(HOST), critical=True), setting(name=encoding.sequence()))),
]  # fmt: skip


def constraining(*, names: tuple[bytes, ...] = (), **subtrees: Any) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        one.extensions["nameConstraints"] = constraints(**subtrees)
        if names:
            chain.leaf.extensions["subjectAltName"] = alternatives(*names)
            chain.reference = HOST

    return apply


def mailbox_in_subject(chain: Chain, one: Draft, random: Random) -> None:
    chain.leaf.name = name("www", mailbox="a@example.com")


OTHER_NETWORK = "198.51.100.0/24"
CONSTRAINTS = [
    Entry("permits its domains", AUTHORITIES,
          constraining(permitted=(dns("example.com"), dns("example.org")))),
    Entry("permits another domain", AUTHORITIES, constraining(permitted=(dns("example.net"),))),
    Entry("permits the end of a label", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns("ample.com"),))),
    Entry("permits in capitals", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns("EXAMPLE.COM"),))),
    Entry("permits with a dot first", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns(".example.com"),))),
    Entry("permits with a dot first, the domain itself", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns(".www.example.com"),))),
    Entry("permits with a dot last", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns("example.com."),))),
    Entry("permits every domain", AUTHORITIES, constraining(names=(dns(HOST),), permitted=(dns(""),))),
    Entry("permits a wildcard", AUTHORITIES,
          constraining(names=(dns(HOST),), permitted=(dns("*.example.com"),))),
    Entry("excludes another domain", AUTHORITIES, constraining(excluded=(dns("example.net"),))),
    Entry("excludes its domain", AUTHORITIES, constraining(excluded=(dns("example.com"),))),
    Entry("excludes every domain", AUTHORITIES, constraining(excluded=(dns(""),))),
    Entry("excludes what is permitted", AUTHORITIES,
          constraining(permitted=(dns("com"), dns("org")), excluded=(dns(HOST),))),
    Entry("excludes one host of a wildcard", AUTHORITIES,
          constraining(names=(dns(HOST), dns("*.example.org")), excluded=(dns("any.example.org"),))),
    Entry("excludes below a wildcard", AUTHORITIES,
          constraining(names=(dns(HOST), dns("*.example.org")), excluded=(dns("a.b.example.org"),))),
    Entry("permits one host of a wildcard", AUTHORITIES,
          constraining(names=(dns(HOST), dns("*.example.org")),
                       permitted=(dns(HOST), dns("any.example.org")))),
    Entry("permits its networks", AUTHORITIES,
          constraining(permitted=(network("192.0.2.0/24"), network("2001:db8::/32")))),
    Entry("permits another network", AUTHORITIES, constraining(permitted=(network(OTHER_NETWORK),))),
    Entry("permits an IPv4 network, presents IPv6", AUTHORITIES,
          constraining(names=(dns(HOST), ip("2001:db8::1")), permitted=(network("192.0.2.0/24"),))),
    Entry("excludes its network", AUTHORITIES, constraining(excluded=(network("192.0.2.0/24"),))),
    Entry("excludes another network", AUTHORITIES, constraining(excluded=(network(OTHER_NETWORK),))),
    Entry("network with a mask of holes", AUTHORITIES,
          constraining(excluded=(encoding.implicit(7, b"\xc6\x33\x64\0\xff\0\xff\0"),))),
    Entry("permits its organization", AUTHORITIES,
          constraining(permitted=(directory(encoding.sequence(
              attribute(ORGANIZATION, encoding.utf8_string("Example")))),))),
    Entry("permits its organization in capitals", AUTHORITIES,
          constraining(permitted=(directory(encoding.sequence(
              attribute(ORGANIZATION, printable("EXAMPLE")))),))),
    Entry("permits another organization", AUTHORITIES,
          constraining(permitted=(directory(encoding.sequence(
              attribute(ORGANIZATION, encoding.utf8_string("Others")))),))),
    Entry("excludes its organization", AUTHORITIES,
          constraining(excluded=(directory(encoding.sequence(
              attribute(ORGANIZATION, encoding.utf8_string("Example")))),))),
    Entry("permits its mailbox", AUTHORITIES,
          constraining(names=(dns(HOST), mail("a@example.com")), permitted=(mail("example.com"),))),
    Entry("permits another mailbox", AUTHORITIES,
          constraining(names=(dns(HOST), mail("a@example.com")), permitted=(mail("b@example.com"),))),
    Entry("excludes its mailbox", AUTHORITIES,
          constraining(names=(dns(HOST), mail("a@example.com")), excluded=(mail("example.com"),))),
    Entry("excludes the mailbox in its subject", AUTHORITIES,
          all_of(constraining(excluded=(mail("example.com"),)), mailbox_in_subject)),
    Entry("permits mailboxes, presents none", AUTHORITIES, constraining(permitted=(mail("example.com"),))),
    Entry("permits its URI", AUTHORITIES,
          constraining(names=(dns(HOST), uri("https://www.example.com/")), permitted=(uri(".example.com"),))),
    Entry("excludes its URI", AUTHORITIES,
          constraining(names=(dns(HOST), uri("https://www.example.com/")), excluded=(uri(".example.com"),))),
    Entry("constrains a registeredID", AUTHORITIES,
          constraining(excluded=(encoding.implicit(8, b"\x2a\x03"),))),
    Entry("constrains a registeredID that is presented", AUTHORITIES,
          constraining(names=(dns(HOST), encoding.implicit(8, b"\x2a\x03")),
                       excluded=(encoding.implicit(8, b"\x2a\x04"),))),
    Entry("constrains nothing", AUTHORITIES,
          replacing("nameConstraints", extension(oids.NAME_CONSTRAINTS, encoding.sequence()))),
    Entry("nameConstraints not critical", AUTHORITIES,
          constraining(excluded=(dns("example.com"),), critical=False)),
    Entry("nameConstraints in a leaf", LEAF, constraining(permitted=(dns("example.net"),))),
]  # fmt: skip

A, B = "2.23.140.1.2.1", "2.23.140.1.2.2"


def with_policies(by_place: dict[str, dict[str, bytes]]) -> Alteration:
    def apply(chain: Chain, one: Draft, random: Random) -> None:
        for draft in chain.path:
            draft.extensions |= by_place.get(draft.place, {})

    return apply


def of(*those: str) -> dict[str, bytes]:
    return {"policies": policies(*those)}


EXPLICIT = {"policyConstraints": policy_constraints(explicit=0)}
NO_ANY = {"inhibitAnyPolicy": extension(oids.INHIBIT_ANY_POLICY, encoding.integer(0))}
POLICIES = [
    Entry("one policy throughout", CHAIN, with_policies({"leaf": of(A), "intermediate": of(A)})),
    Entry("no policy in common", CHAIN, with_policies({"leaf": of(A), "intermediate": of(B)})),
    Entry("policy required and there", CHAIN,
          with_policies({"leaf": of(A) | EXPLICIT, "intermediate": of(A) | EXPLICIT})),
    Entry("policy required and not there", CHAIN,
          with_policies({"leaf": EXPLICIT, "intermediate": EXPLICIT})),
    Entry("policy required and another there", CHAIN,
          with_policies({"leaf": of(A), "intermediate": of(B) | EXPLICIT})),
    Entry("policy required by the root", CHAIN, with_policies({"root": of(A) | EXPLICIT})),
    Entry("anyPolicy above", CHAIN,
          with_policies({"leaf": of(A), "intermediate": of(oids.ANY_POLICY) | EXPLICIT})),
    Entry("anyPolicy above, inhibited", CHAIN,
          with_policies({"leaf": of(A), "intermediate": of(oids.ANY_POLICY) | EXPLICIT | NO_ANY})),
    Entry("anyPolicy in the leaf", CHAIN,
          with_policies({"leaf": of(oids.ANY_POLICY), "intermediate": of(A) | EXPLICIT})),
    Entry("anyPolicy in the leaf, inhibited", CHAIN,
          with_policies({"leaf": of(oids.ANY_POLICY), "intermediate": of(A) | EXPLICIT | NO_ANY})),
    Entry("policy mapped", CHAIN, with_policies(
        {"leaf": of(B), "intermediate": of(A) | EXPLICIT | {"mappings": mappings(A, B)}})),
    Entry("policy mapped, which is forbidden", CHAIN, with_policies(
        {"leaf": of(B), "intermediate": of(A) | {
            "mappings": mappings(A, B), "policyConstraints": policy_constraints(0, 0)}})),
    Entry("anyPolicy mapped", CHAIN, with_policies(
        {"leaf": of(B), "intermediate": of(oids.ANY_POLICY) | {"mappings": mappings(oids.ANY_POLICY, B)}})),
    Entry("a policy twice", CHAIN, with_policies({"leaf": of(A, A)})),
    Entry("policyConstraints empty", CHAIN, with_policies({"intermediate": {
        "policyConstraints": policy_constraints()}})),
    Entry("a policy required two below", CHAIN, with_policies({"intermediate": {
        "policyConstraints": policy_constraints(explicit=2)}})),
]  # fmt: skip


# ---- Of the chain as a whole ----------------------------------------------------------------------------


def shuffled(chain: Chain, one: Draft, random: Random) -> None:
    seed = random.random()
    chain.order = lambda drafts: Random(seed).shuffle(drafts)


def with_strangers(chain: Chain, one: Draft, random: Random) -> None:
    stranger = authority("stranger", Key("P-256", 51), "Stranger")
    chain.others += [stranger, authority("stranger", Key("P-256", 52), "Stranger 2", stranger)]


def with_root(chain: Chain, one: Draft, random: Random) -> None:
    chain.others.append(chain.path[-1])


def doubled(chain: Chain, one: Draft, random: Random) -> None:
    chain.others += chain.path[:-1]


def copy(one: Draft, **replaced: Any) -> Draft:
    return Draft(**(vars(one) | {"extensions": dict(one.extensions), "fields": dict(one.fields)} | replaced))


def twin(**replaced: Any) -> Alteration:
    """Add another certificate of an authority, before the good one."""

    def apply(chain: Chain, one: Draft, random: Random) -> None:
        chain.others.append(copy(one, serial=one.serial + 1, **replaced))
        chain.order = list.reverse

    return apply


def weak_twin(chain: Chain, one: Draft, random: Random) -> None:
    """One that is no authority."""
    twin(extensions=one.extensions | {"basicConstraints": b""})(chain, one, random)


def decoy(chain: Chain, one: Draft, random: Random) -> None:
    """Add another authority of the same name that has another key."""
    twin(key=Key("P-256", 53))(chain, one, random)


def cross_signed(chain: Chain, one: Draft, random: Random) -> None:
    """Let another root have certified our root, too; it is trusted or not, as ours is."""
    other = authority("other root", Key("P-256", 54), "Other Root")
    chain.others.append(copy(chain.path[-1], issuer=other, serial=77))
    if random.random() < 0.5:
        chain.anchors = [other]
    elif random.random() < 0.5:
        chain.anchors = [other, *chain.anchors]


def looping(chain: Chain, one: Draft, random: Random) -> None:
    """Two authorities that have certified each other, one of them also by the root."""
    other = authority("loop", Key("P-256", 55), "Loop")
    other.issuer = one
    chain.others.append(other)
    chain.others.append(copy(one, issuer=other, serial=78))
    shuffled(chain, one, random)


def new_key(chain: Chain, one: Draft, random: Random) -> None:
    """Put a self-issued certificate below an authority, by which it has taken a new key."""
    successor = copy(one, key=Key("P-256", 56), issuer=one, serial=79, place="intermediate", fields={},
                     extensions={name: value for name, value in one.extensions.items()
                                 if name != "subjectKeyIdentifier"})  # fmt: skip
    position = chain.path.index(one)
    chain.path[position - 1].issuer = successor
    chain.path.insert(position, successor)


def anchored_lower(chain: Chain, one: Draft, random: Random) -> None:
    chain.anchors = [one]


def missing(chain: Chain, one: Draft, random: Random) -> None:
    chain.kept.append(one)


def unknown_root(chain: Chain, one: Draft, random: Random) -> None:
    chain.anchors = [authority("other root", Key("P-256", 57), random.choice(("Root", "Other Root")))]


def second_anchor(chain: Chain, one: Draft, random: Random) -> None:
    """An older certificate of the same root, which has expired, beside the newer one."""
    chain.anchors.insert(0, copy(chain.path[-1], serial=80, not_after=NOW - DAY))


def self_signed(chain: Chain, one: Draft, random: Random) -> None:
    chain.leaf.issuer = None


def self_signed_and_trusted(chain: Chain, one: Draft, random: Random) -> None:
    chain.leaf.issuer = None
    chain.anchors = [chain.leaf]


def leaf_trusted(chain: Chain, one: Draft, random: Random) -> None:
    chain.anchors = [chain.leaf]


def leaf_issues(chain: Chain, one: Draft, random: Random) -> None:
    """Let the leaf, which is no authority, issue another one."""
    below = copy(chain.leaf, issuer=chain.leaf, key=Key("P-256", 58), serial=81, place="leaf", fields={})
    chain.leaf.place, chain.leaf.name = "no authority", name("a leaf")
    chain.path.insert(0, below)


SHAPES = [
    Entry("shuffled", CHAIN, shuffled),
    Entry("strangers among them", CHAIN, with_strangers),
    Entry("root sent, too", CHAIN, with_root),
    Entry("all sent twice", CHAIN, doubled),
    Entry("twin expired", ("intermediate",), twin(not_after=NOW - DAY)),
    Entry("twin no authority", ("intermediate",), weak_twin),
    Entry("twin with a broken signature", ("intermediate",), twin(finish=flip)),
    Entry("twin with another key", ("intermediate",), decoy),
    Entry("cross-signed", CHAIN, cross_signed),
    Entry("loop", ("intermediate",), looping),
    Entry("new key", AUTHORITIES, new_key),
    Entry("trusted itself", ("intermediate",), anchored_lower),
    Entry("expired root beside the good one", CHAIN, second_anchor),
]
TRUST = [
    Entry("not sent", ("intermediate",), missing),
    Entry("unknown root", CHAIN, unknown_root),
    Entry("leaf self-signed", CHAIN, self_signed),
    Entry("leaf self-signed and trusted", CHAIN, self_signed_and_trusted),
    Entry("leaf trusted", CHAIN, leaf_trusted),
    Entry("issued by a leaf", CHAIN, leaf_issues),
]
GROUPS = [
    TIMES, FORM, SIGNATURES, NAMES_AND_IDENTIFIERS, USAGES, USAGES, ALTERNATIVES, ALTERNATIVES, CONSTRAINTS,
    CONSTRAINTS, POLICIES, TRUST,
]  # fmt: skip

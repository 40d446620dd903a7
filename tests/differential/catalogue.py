"""What can be done to a good chain: the alterations by name, each with the places where it can be made.

Some are faults, and some are not: what a verifier has to make of them is for the judges to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeAlias

from tests.differential.drafts import (
    CRL_SIGN,
    DAY,
    DIGITAL_SIGNATURE,
    HOST,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    KEY_ENCIPHERMENT,
    NOW,
    ORGANIZATION,
    SECOND,
    Chain,
    Draft,
    Key,
    algorithm_of,
    alternatives,
    attribute,
    authority,
    authority_key_identifier,
    basic_constraints,
    constraints,
    directory,
    dns,
    ip,
    key_usage,
    mail,
    mappings,
    name,
    network,
    policies,
    policy_constraints,
    printable,
    purposes,
    uri,
)
from tests.support.certificates import extension
from x509 import encoding, oids
from x509.algorithms import NULL, AlgorithmIdentifier

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

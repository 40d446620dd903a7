"""What is shown of a certificate: all that it says, in words where there are some, and nothing that harms."""

import re
import subprocess

import pytest

from tests.support import certificates, peers
from tests.support.certificates import authority_and_leaf, extension, leaf_extensions, leaf_under, root
from tests.support.revocation_lists import (
    ATTRIBUTES,
    AUTHORITIES,
    NEXT_UPDATE,
    THIS_UPDATE,
    USERS,
    assemble,
    below_issuer,
    entry,
    extensions,
    list_of,
    place,
    scope,
    uri,
)
from x509 import encoding, issue, oids, show
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.rules import Purpose

FAMILY = authority_and_leaf(["localhost", "*.example.org"], intermediates=2)


def text(certificate: Certificate | RevocationList) -> str:
    return "\n".join(show.lines(certificate)) + "\n"


def with_extension(oid: str, value: bytes, *, critical: bool = False) -> str:
    added = {"added": extension(oid, value, critical=critical)}
    return text(leaf_under(FAMILY.issuer, extensions=leaf_extensions(**added)))


def section(shown: str, heading: str) -> list[str]:
    """The lines below a heading, without their indent."""
    lines = shown.splitlines()
    start = lines.index(heading) + 1
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("    "))
    return [line.strip() for line in lines[start:end]]


def test_a_leaf():
    shown = text(FAMILY.leaf)
    for line in (
        "version        3",
        "serial number  64",
        "signed with    Ed25519",
        "issuer         CN=Authority 2",
        "valid from     2020-01-01 00:00:00 UTC",
        "valid until    2049-12-31 23:59:59 UTC",
        "subject        CN=localhost",
        "public key     Ed25519, 256 bits",
        "signature      64 bytes",
        f"fingerprint    SHA-256 {FAMILY.leaf.fingerprint.hex(':')}",
    ):
        assert f"{line}\n" in shown
    assert section(shown, "extension      basicConstraints, critical") == [
        "no authority: it may not issue certificates"
    ]
    assert section(shown, "extension      keyUsage, critical") == [
        "digitalSignature: sign data, such as handshakes"
    ]
    assert section(shown, "extension      extKeyUsage") == ["serverAuth: to be shown by a TLS server"]
    assert section(shown, "extension      subjectAltName") == [
        "dNSName localhost",
        "dNSName *.example.org",
        "iPAddress 127.0.0.1",
        "iPAddress ::1",
    ]
    identifier = FAMILY.leaf.extensions.subject_key_identifier.hex(":")
    assert section(shown, "extension      subjectKeyIdentifier") == [identifier]
    issuer = FAMILY.issuer.certificate.extensions.subject_key_identifier.hex(":")
    assert section(shown, "extension      authorityKeyIdentifier") == [issuer]


def test_keys_and_signatures_are_there_byte_for_byte():
    shown = text(FAMILY.leaf)
    key = section(shown, "public key     Ed25519, 256 bits")
    assert bytes.fromhex("".join(key)) == FAMILY.leaf.public_key.public_bytes_raw()
    assert bytes.fromhex("".join(section(shown, "signature      64 bytes"))) == FAMILY.leaf.signature


@pytest.mark.parametrize(
    ("path_length", "words"),
    [
        (None, "an authority: it may issue certificates"),
        (0, "an authority, for leaves alone (pathLenConstraint 0)"),
        (3, "an authority, with others below it, 3 deep at most (pathLenConstraint 3)"),
    ],
)
def test_an_authority(path_length, words):
    extensions = certificates.authority_extensions(path_length=path_length)
    shown = text(root(extensions=extensions).certificate)
    assert section(shown, "extension      basicConstraints, critical") == [words]
    assert section(shown, "extension      keyUsage, critical") == ["keyCertSign: sign certificates"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (KeyKind.P256, "P-256, 256 bits"),
        (KeyKind.P384, "P-384, 384 bits"),
        (KeyKind.RSA, "RSA, 2048 bits, exponent 65537"),
        (KeyKind.RSA_PSS_SHA256, "RSA-PSS with SHA-256, 2048 bits, exponent 65537"),
    ],
)
def test_kinds_of_keys(kind, words):
    assert f"public key     {words}\n" in text(certificates.certified_key(kind).certificate_chain[0])


def test_a_key_that_cannot_be_used():
    info = encoding.sequence(
        encoding.sequence(encoding.oid("1.3.101.113")), encoding.bit_string(b"\xab" * 57)
    )
    shown = text(Certificate.from_der(certificates.assemble(subjectPublicKeyInfo=info)))
    (heading,) = re.findall(r"public key     Ed448 \(its key is of the kind Ed448, only .*\)", shown)
    assert bytes.fromhex("".join(section(shown, heading))) == b"\xab" * 57


@pytest.mark.parametrize(
    ("serial_number", "words"),
    [(0, "00"), (0x7F, "7f"), (0x80, "80"), (0x0102, "01:02"), (2**159 - 1, "7f" + 19 * ":ff")],
)
def test_serial_numbers(serial_number, words):
    der = certificates.assemble(serialNumber=encoding.integer(serial_number))
    assert f"serial number  {words}\n" in text(Certificate.from_der(der))


def test_a_certificate_of_version_1():
    der = certificates.assemble(version=b"", extensions=b"", subject=encoding.sequence())
    shown = text(Certificate.from_der(der))
    assert "version        1\n" in shown
    assert "subject        empty\n" in shown
    assert "extension" not in shown


@pytest.mark.parametrize(
    ("oid", "value", "words"),
    [
        (
            oids.NAME_CONSTRAINTS,
            issue.name_constraints(["example.org"]),
            ["permitted: dNSName example.org", "excluded: iPAddress 0.0.0.0/0", "excluded: iPAddress ::/0"],
        ),
        (
            oids.NAME_CONSTRAINTS,
            issue.name_constraints(["10.0.0.0/8"]),
            ["permitted: iPAddress 10.0.0.0/8", "excluded: every dNSName"],
        ),
        (
            oids.CERTIFICATE_POLICIES,
            encoding.sequence(*(encoding.sequence(encoding.oid(p)) for p in ("1.2.3", oids.ANY_POLICY))),
            ["1.2.3", "anyPolicy"],
        ),
        (
            oids.POLICY_MAPPINGS,
            encoding.sequence(encoding.sequence(encoding.oid("1.2.3"), encoding.oid("1.2.4"))),
            ["the issuer's 1.2.3 is the subject's 1.2.4"],
        ),
        (
            oids.POLICY_CONSTRAINTS,
            encoding.sequence(encoding.implicit(0, b"\5"), encoding.implicit(1, b"\6")),
            ["a policy is required after 5 certificates", "policies are not mapped after 6 certificates"],
        ),
        (oids.INHIBIT_ANY_POLICY, encoding.integer(7), ["anyPolicy means nothing after 7 certificates"]),
        (oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence(), ["without an identifier of the key"]),
        (
            oids.CRL_DISTRIBUTION_POINTS,
            encoding.sequence(
                encoding.sequence(place(uri(b"http://a.example/1"), uri(b"http://b.example/1"))),
                encoding.sequence(below_issuer("1") + encoding.implicit(1, b"\x05\x60")),
                encoding.sequence(encoding.explicit(2, uri(b"http://other.example/"))),
            ),
            [
                "revocation list: uniformResourceIdentifier http://a.example/1, "
                "uniformResourceIdentifier http://b.example/1",
                "revocation list: CN=1 below its issuer, for keyCompromise, cACompromise",
                "revocation list: by uniformResourceIdentifier http://other.example/",
            ],
        ),
        ("1.2.3.4", b"\xde\xad" * 20, [("de ad " * 12).strip(), ("de ad " * 8).strip()]),
    ],
)
def test_an_extension(oid, value, words):
    shown = with_extension(oid, value)
    assert section(shown, f"extension      {oids.name(oid)}") == words


def test_every_extension_that_is_understood_has_words():
    from x509 import extensions

    assert show._IN_WORDS.keys() == extensions.UNDERSTOOD.keys()
    assert show.USAGES.keys() == set(extensions.KeyUsage)
    assert show.PURPOSES.keys() >= {purpose.value for purpose in Purpose}


def test_a_revocation_list():
    shown = text(list_of(FAMILY.authority, 0x0102, 3))
    for line in (
        "version        2",
        "signed with    Ed25519",
        "issuer         CN=Root",
        f"current from   {THIS_UPDATE:%Y-%m-%d %H:%M:%S} UTC",
        f"current until  {NEXT_UPDATE:%Y-%m-%d %H:%M:%S} UTC",
        f"revoked        01:02 since {THIS_UPDATE:%Y-%m-%d %H:%M:%S} UTC (keyCompromise)",
        f"revoked        03 since {THIS_UPDATE:%Y-%m-%d %H:%M:%S} UTC (keyCompromise)",
        "number         1",
        "signature      64 bytes",
    ):
        assert f"{line}\n" in shown
    key = FAMILY.authority.certificate.extensions.subject_key_identifier
    assert f"issuer's key   {key.hex(':')}\n" in shown
    assert "\nonly" not in shown


@pytest.mark.parametrize(
    ("field", "line"),
    [
        (USERS, "only about     certificates of users"),
        (AUTHORITIES, "only about     certificates of authorities"),
        (ATTRIBUTES, "only about     attribute certificates"),
        (place(uri(b"http://a.example/1")), "only of        uniformResourceIdentifier http://a.example/1"),
        (below_issuer("1"), "only of        CN=1 below its issuer"),
        (encoding.implicit(3, b"\x05\x60"), "only for       keyCompromise, cACompromise"),
    ],
)
def test_what_a_list_is_about(field, line):
    crl = RevocationList.from_der(assemble(crlExtensions=extensions(scope(field))))
    assert [one for one in show.lines(crl) if one.startswith("only")] == [line]


def test_a_critical_extension_says_so():
    assert section(with_extension("1.2.3.4", b"\1", critical=True), "extension      1.2.3.4, critical") == [
        "01"
    ]


def test_a_name_cannot_command_the_terminal():
    names = encoding.sequence(encoding.implicit(2, b"a\x1b[2J\r\nOK"))
    added = {"subject_alternative_name": extension(oids.SUBJECT_ALTERNATIVE_NAME, names)}
    leaf = leaf_under(FAMILY.issuer, "evil\x1b]0;\n\u202e", extensions=leaf_extensions(**added))
    lines = show.lines(leaf)
    assert all(line.isprintable() for line in lines)
    assert "    dNSName a\\x1b[2J\\r\\nOK" in lines
    assert "subject        CN=evil\\1b]0\\;\\0a\\e2\\80\\ae" in lines


@pytest.mark.interop
def test_openssl_says_the_same():
    openssl = peers.require("openssl")
    for kind in (KeyKind.ED25519, KeyKind.P256, KeyKind.P384, KeyKind.RSA):
        key = certificates.private_key(kind)
        made = issue.make_authority(
            "Köln",
            key,
            serial_number=2**127 + 7,
            not_before=certificates.NOT_BEFORE,
            not_after=certificates.NOT_AFTER,
        )
        shown = text(made.certificate)
        done = subprocess.run(
            [openssl, "x509", "-inform", "DER", "-noout", "-text", "-fingerprint", "-sha256"],
            input=made.certificate.der,
            capture_output=True,
            check=True,
            timeout=60,
        )
        said = done.stdout.decode()
        squeezed = re.sub(r"[\s:]", "", said).lower()
        serial_number, signature, fingerprint = (
            re.sub(r"[\s:]", "", found)
            for found in re.search(
                r"serial number  (\S+)\n.*\nsignature      \d+ bytes\n(.*)fingerprint    SHA-256 (\S+)\n",
                shown,
                re.S,
            ).groups()
        )
        for what in (serial_number, signature, fingerprint):
            assert what in squeezed
        assert made.certificate.signature.hex() == signature


def test_a_negative_serial_number_in_a_list():
    entries = encoding.sequence(entry(-258), entry(0))
    shown = show.lines(RevocationList.from_der(assemble(revokedCertificates=entries)))
    assert [line.split()[1] for line in shown if line.startswith("revoked")] == ["-01:02", "00"]

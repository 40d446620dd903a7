"""openssl and we read the same certificates, and give the same answer about the same chains."""

import subprocess
from datetime import timedelta

import pytest

from tests.support import peers
from tests.support.certificates import (
    NOT_BEFORE,
    NOW,
    assemble,
    authority_and_leaf,
    authority_extensions,
    authority_under,
    certificates_pem,
    extended_key_usage,
    extension,
    leaf_extensions,
    leaf_under,
    root,
)
from x509 import encoding, issue, names, oids, path, pem, private_keys
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.rules import Purpose
from x509.trust_store import TrustStore

pytestmark = pytest.mark.interop

OPENSSL_CONFIG = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
[leaf]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, DNS:*.example.com, IP:127.0.0.1, IP:::1, email:a@example.com
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
"""


@pytest.fixture
def openssl(tmp_path):
    program = peers.require("openssl")

    def run(*arguments):
        return subprocess.run(
            [program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return run


def test_a_chain_that_openssl_makes(openssl, tmp_path):
    (tmp_path / "config").write_text(OPENSSL_CONFIG)
    issuers = {"authority": (), "intermediate": ("authority",), "leaf": ("intermediate",)}
    for name, issuer in issuers.items():
        by = ["-CA", f"{issuer[0]}.pem", "-CAkey", f"{issuer[0]}.key"] if issuer else []
        command = [
            *(
                "req",
                "-x509",
                "-newkey",
                "ed25519",
                "-nodes",
                "-config",
                "config",
                "-extensions",
                name,
                "-utf8",
            ),
            *(
                "-subj",
                f"/C=DE/O=Bücher/CN={name}",
                "-days",
                "30",
                "-keyout",
                f"{name}.key",
                "-out",
                f"{name}.pem",
            ),
        ]
        done = openssl(*command, *by)
        assert done.returncode == 0, done.stderr
    text = (tmp_path / "leaf.pem").read_text() + (tmp_path / "intermediate.pem").read_text()
    chain = [Certificate.from_der(block) for block in pem.decode(text, "CERTIFICATE")]
    trust = TrustStore.from_pem((tmp_path / "authority.pem").read_text())
    at = chain[0].not_before + timedelta(days=1)
    for purpose in Purpose:
        verified = path.verify_chain(chain, trust, at=at, purpose=purpose)
        assert str(verified.anchor) == "CN=authority,O=Bücher,C=DE"
    for reference in ("localhost", "www.example.com", "127.0.0.1", "::1"):
        names.verify_name(chain[0], reference)
    private_key = private_keys.from_pem((tmp_path / "leaf.key").read_text())
    assert private_key.public_key() == chain[0].public_key


def test_openssl_shows_what_we_say(openssl, tmp_path):
    family = authority_and_leaf(["localhost", "*.example.com"], ["127.0.0.1", "::1"])
    (tmp_path / "leaf.pem").write_text(family.chain_pem)
    shown = openssl("x509", "-in", "leaf.pem", "-noout", "-text", "-fingerprint", "-sha256").stdout
    for line in (
        "Version: 3 (0x2)",
        "Serial Number: 100 (0x64)",
        "Signature Algorithm: ED25519",
        "Issuer: CN = Root",
        "Not Before: Jan  1 00:00:00 2020 GMT",
        "Not After : Dec 31 23:59:59 2049 GMT",
        "Subject: CN = localhost",
        "CA:FALSE",
        "Digital Signature",
        "TLS Web Server Authentication",
        "DNS:localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        family.leaf.fingerprint.hex(":").upper(),
    ):
        assert line in shown


# ---- The same answer about the same chain --------------------------------------------------------------


def broken(certificate):
    data = bytearray(certificate.der)
    data[-1] ^= 1
    return Certificate.from_der(data)


def identifiers(own, issuers):
    """The key identifiers of a certificate with key `own` whose issuer has key `issuers`."""
    own_value = encoding.octet_string(bytes([own]))
    issuers_value = encoding.sequence(encoding.implicit(0, bytes([issuers])))
    return {
        "own": extension(oids.SUBJECT_KEY_IDENTIFIER, own_value, critical=False),
        "issuers": extension(oids.AUTHORITY_KEY_IDENTIFIER, issuers_value, critical=False),
    }


def chains():
    """Yield a name, a chain, the anchors; the leaf comes first."""
    anchor = root()
    leaf = leaf_under(anchor)
    middle = authority_under(anchor)
    below = authority_under(middle, 3)
    yield "direct", [leaf], [anchor]
    yield "intermediate", [leaf_under(middle), middle], [anchor]
    yield "any order", [leaf_under(below), middle, below], [anchor]
    yield "missing intermediate", [leaf_under(middle)], [anchor]
    yield "unknown root", [leaf], [root(9, "Other")]
    yield "broken signature", [broken(leaf)], [anchor]
    yield "broken anchor", [leaf], [broken(anchor.certificate)]
    yield "expired", [leaf_under(anchor, not_after=NOW - timedelta(seconds=1))], [anchor]
    yield "to the second", [leaf_under(anchor, not_after=NOW)], [anchor]
    yield "from the second", [leaf_under(anchor, not_before=NOW)], [anchor]
    yield "not yet valid", [leaf_under(anchor, not_before=NOW + timedelta(seconds=1))], [anchor]
    old = root(not_after=NOT_BEFORE)
    yield "expired anchor", [leaf_under(old)], [old]
    yield "no authority", [leaf_under(Authority(leaf, below.private_key)), leaf], [anchor]

    for what, extensions in {
        "no basicConstraints": authority_extensions(basic_constraints=None),
        "no keyCertSign": authority_extensions(
            key_usage=extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.cRLSign))
        ),
        "no keyUsage": authority_extensions(key_usage=None),
        "path length 0": authority_extensions(path_length=0),
        "path length 1": authority_extensions(path_length=1),
        "for clients": authority_extensions(usage=extended_key_usage(oids.CLIENT_AUTH)),
        "for servers": authority_extensions(usage=extended_key_usage(oids.SERVER_AUTH)),
        "unknown and critical": authority_extensions(unknown=extension("1.2.3", b"...")),
        "unknown": authority_extensions(unknown=extension("1.2.3", b"...", critical=False)),
    }.items():
        first = authority_under(anchor, extensions=extensions)
        second = authority_under(first, 3)
        special = root(extensions=extensions)
        yield f"intermediate: {what}", [leaf_under(second), second, first], [anchor]
        yield f"anchor: {what}", [leaf_under(special)], [special]
        first = authority_under(special)
        second = authority_under(first, 3)
        yield f"anchor: {what}, two below", [leaf_under(second), second, first], [special]
        # A new key under the old name: openssl finds its way by the key identifiers alone.
        identified = root(extensions=[*extensions, *identifiers(1, 1).values()])
        new_key = authority_under(identified, 2, "Root", extensions=authority_extensions(**identifiers(2, 1)))
        leaf_of_new_key = leaf_under(new_key, extensions=leaf_extensions(**identifiers(100, 2)))
        yield f"anchor: {what}, new key", [leaf_of_new_key, new_key], [identified]

    for what, extensions in {
        "no keyUsage": leaf_extensions(key_usage=None),
        "only keyCertSign": leaf_extensions(
            key_usage=extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign))
        ),
        "for clients": leaf_extensions(extended_key_usage=extended_key_usage(oids.CLIENT_AUTH)),
        "no purpose": leaf_extensions(extended_key_usage=None),
        "unknown and critical": leaf_extensions(unknown=extension("1.2.3", b"...")),
        "unknown": leaf_extensions(unknown=extension("1.2.3", b"...", critical=False)),
        "an authority": authority_extensions(key_usage=None),
    }.items():
        yield f"leaf: {what}", [leaf_under(anchor, extensions=extensions)], [anchor]

    alone = root(100, "localhost", extensions=leaf_extensions())
    yield "self-signed", [alone], [anchor]
    yield "self-signed, trusted", [alone], [alone]
    yield "leaf in the store", [leaf], [leaf]


def certificates(entries):
    return [entry.certificate if isinstance(entry, Authority) else entry for entry in entries]


CHAINS = {name: (certificates(chain), certificates(anchors)) for name, chain, anchors in chains()}

# Where the answers differ, and why ours is what it is.
WE_ACCEPT = {
    "to the second",  # RFC 5280 section 4.1.2.5: the date notAfter is inclusive
}
WE_REFUSE = {
    # openssl takes keyCertSign for enough in an anchor; RFC 5280 section 6.1.4 (k) wants cA.
    "anchor: no basicConstraints",
    "anchor: no basicConstraints, two below",
    "anchor: no basicConstraints, new key",
}


@pytest.mark.parametrize("name", CHAINS)
def test_openssl_gives_the_same_answer(openssl, tmp_path, name):
    chain, anchors = CHAINS[name]
    (tmp_path / "leaf.pem").write_text(certificates_pem(chain[:1]))
    (tmp_path / "rest.pem").write_text(certificates_pem(chain[1:]))
    (tmp_path / "anchors.pem").write_text(certificates_pem(anchors))
    theirs = openssl(
        *("verify", "-no-CApath", "-no-CAstore", "-CAfile", "anchors.pem", "-purpose", "sslserver"),
        *("-attime", str(int(NOW.timestamp()))),
        *(("-untrusted", "rest.pem") if chain[1:] else ()),
        "leaf.pem",
    )
    try:
        path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER)
        ours = ""
    except CertificateError as error:
        ours = str(error)
    openssl_accepts = theirs.returncode == 0
    if name in WE_ACCEPT | WE_REFUSE:
        assert (ours == "") == (name in WE_ACCEPT) != openssl_accepts
    else:
        assert (ours == "") == openssl_accepts, f"we: {ours or 'good'}, openssl: {theirs.stderr or 'good'}"


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("www.example.com", "www.example.com"),
        ("www.example.com", "WWW.example.com"),
        ("www.example.com", "example.com"),
        ("*.example.com", "www.example.com"),
        ("*.example.com", "a.b.example.com"),
        ("*.example.com", "example.com"),
        ("*.com", "example.com"),
        ("*", "localhost"),
        ("www.example.com\0.evil.org", "www.example.com"),
        ("localhost", "elsewhere"),
    ],
)
def test_openssl_matches_the_same_names(openssl, tmp_path, presented, reference):
    alternatives = encoding.sequence(encoding.implicit(2, presented.encode()))
    name = extension(oids.SUBJECT_ALTERNATIVE_NAME, alternatives)
    leaf = leaf_under(root(), extensions=leaf_extensions(subject_alternative_name=name))
    (tmp_path / "leaf.pem").write_text(certificates_pem([leaf]))
    theirs = openssl("x509", "-in", "leaf.pem", "-noout", "-checkhost", reference).stdout
    try:
        names.verify_name(leaf, reference)
        ours = "does match"
    except CertificateError:
        ours = "does NOT match"
    assert ours in theirs


def test_openssl_accepts_what_the_tests_assemble(openssl, tmp_path):
    """What `assemble` makes when nothing is replaced is good, so that one replaced field is the fault."""
    (tmp_path / "leaf.pem").write_text(pem.encode(assemble(), "CERTIFICATE"))
    (tmp_path / "anchors.pem").write_text(certificates_pem([root().certificate]))
    done = openssl("verify", "-CAfile", "anchors.pem", "-attime", str(int(NOW.timestamp())), "leaf.pem")
    assert done.returncode == 0, done.stderr

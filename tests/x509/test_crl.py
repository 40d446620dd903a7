"""Revocation lists: read strictly, made so that others read them, and nothing in between is believed."""

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from tests.pkits import suite
from tests.support import peers
from tests.support.certificates import NOW, authority_and_leaf, extension, key, theirs
from tests.support.revocation_lists import (
    NEXT_UPDATE,
    THIS_UPDATE,
    WEEK,
    assemble,
    entry,
    extensions,
    list_of,
    scope,
)
from x509 import crl, encoding, issue, oids, path, pem, private_keys
from x509.crl import Entry, Reason, RevocationList
from x509.distribution_points import IssuingDistributionPoint
from x509.errors import CertificateError, PemError, RevocationListError
from x509.rules import Purpose
from x509.trust_store import TrustStore

FAMILY = authority_and_leaf()
REVOKED = [(100, NOW - WEEK, Reason.keyCompromise), (101, NOW, Reason.unspecified)]
LIST = issue.make_revocation_list(
    FAMILY.authority, REVOKED, number=7, this_update=THIS_UPDATE, next_update=NEXT_UPDATE
)


# ---- What we make, and what others read -----------------------------------------------------------------


def test_a_list_says_what_was_asked_for():
    assert (LIST.version, LIST.number, LIST.scope) == (2, 7, IssuingDistributionPoint())
    assert LIST.issuer == FAMILY.authority.certificate.subject
    assert (LIST.this_update, LIST.next_update) == (THIS_UPDATE, NEXT_UPDATE)
    assert LIST.revoked == {100: Entry(NOW - WEEK, Reason.keyCompromise), 101: Entry(NOW)}
    identifier = FAMILY.authority.certificate.extensions.subject_key_identifier
    assert LIST.authority_key_identifier == identifier
    assert str(LIST) == "the list number 7 of 2026-06-24"


def test_pyca_reads_it():
    read = pyca.load_der_x509_crl(LIST.der)
    assert read.is_signature_valid(theirs(FAMILY.authority.private_key).public_key())
    assert read.issuer.rfc4514_string() == "CN=Root"
    assert (read.last_update_utc, read.next_update_utc) == (THIS_UPDATE, NEXT_UPDATE)
    assert read.extensions.get_extension_for_class(pyca.CRLNumber).value.crl_number == 7
    assert {one.serial_number: one.revocation_date_utc for one in read} == {100: NOW - WEEK, 101: NOW}
    reasons = [one.extensions.get_extension_for_class(pyca.CRLReason).value.reason for one in list(read)[:1]]
    assert reasons == [pyca.ReasonFlags.key_compromise]
    assert not list(read)[1].extensions  # section 5.3.1: "unspecified" is not spelt out


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.removeFromCRL])
def test_every_reason(reason):
    made = issue.make_revocation_list(
        FAMILY.authority, [(5, NOW, reason)], number=0, this_update=NOW, next_update=NOW
    )
    assert made.revoked == {5: Entry(NOW, reason)}


def test_a_list_of_nothing():
    made = list_of(FAMILY.authority)
    assert made.revoked == {}
    assert list(pyca.load_der_x509_crl(made.der)) == []


@pytest.mark.parametrize(
    ("replaced", "why"),
    [
        ({"number": -1}, "not negative"),
        ({"this_update": NEXT_UPDATE + WEEK}, "never current"),
        ({"number": 1 << 200}, "CRLNumber"),
    ],
)
def test_nonsense_is_not_made(replaced, why):
    with pytest.raises(ValueError, match=why):
        list_of(FAMILY.authority, **replaced)


def test_remove_from_crl_is_not_made():
    removed = [(5, NOW, Reason.removeFromCRL)]
    with pytest.raises(ValueError, match="removeFromCRL"):
        issue.make_revocation_list(FAMILY.authority, removed, number=0, this_update=NOW, next_update=NOW)


def test_pycas_list_is_read():
    builder = (
        pyca.CertificateRevocationListBuilder()
        .issuer_name(pyca.Name([pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "Root")]))
        .last_update(THIS_UPDATE)
        .next_update(datetime(2050, 1, 1, tzinfo=UTC))
        .add_extension(pyca.CRLNumber(2**100), critical=False)
        .add_extension(
            pyca.IssuingDistributionPoint(
                [pyca.UniformResourceIdentifier("http://root.example/1")],
                None,
                True,
                False,
                None,
                False,
                False,
            ),
            critical=True,
        )
    )
    entry = pyca.RevokedCertificateBuilder().serial_number(2**150).revocation_date(THIS_UPDATE)
    entry = entry.add_extension(pyca.CRLReason(pyca.ReasonFlags.superseded), critical=False)
    entry = entry.add_extension(pyca.InvalidityDate(THIS_UPDATE), critical=False)  # passed over
    made = builder.add_revoked_certificate(entry.build()).sign(theirs(key(1)), None)
    read = RevocationList.from_der(made.public_bytes(Encoding.DER))
    assert read.number == 2**100
    assert read.next_update == datetime(2050, 1, 1, tzinfo=UTC)
    assert read.revoked == {2**150: Entry(THIS_UPDATE, Reason.superseded)}
    assert read.scope.only_user_certificates


def test_we_read_what_pyca_reads():
    """Of NIST's lists, as far as we read them at all."""
    lists = [one for one in suite.revocation_lists().values() if isinstance(one, RevocationList)]
    for ours in lists:
        other = pyca.load_der_x509_crl(ours.der)
        assert ours.issuer.der == other.issuer.public_bytes()
        assert (ours.this_update, ours.next_update) == (other.last_update_utc, other.next_update_utc)
        assert (ours.tbs_bytes, ours.signature) == (other.tbs_certlist_bytes, other.signature)
        assert {number: entry.at for number, entry in ours.revoked.items()} == {
            entry.serial_number: entry.revocation_date_utc for entry in other
        }
    assert len(lists) > 150


@pytest.mark.interop
def test_openssl_reads_it_and_believes_it(tmp_path):
    program = peers.require("openssl")
    files = {name: tmp_path / name for name in ("ca", "leaf", "good", "bad")}
    files["ca"].write_text(FAMILY.authority_pem)
    files["leaf"].write_text(FAMILY.chain_pem)
    files["good"].write_text(pem.encode(list_of(FAMILY.authority, 99).der, "X509 CRL"))
    files["bad"].write_text(pem.encode(list_of(FAMILY.authority, 100).der, "X509 CRL"))

    def run(*arguments):
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)

    shown = run("crl", "-in", files["bad"], "-noout", "-text").stdout
    assert "Serial Number: 64" in shown
    assert "Key Compromise" in shown
    verify = ("verify", "-attime", int(NOW.timestamp()), "-crl_check", "-CAfile", files["ca"], "-CRLfile")
    assert run(*verify, files["good"], files["leaf"]).returncode == 0
    assert "certificate revoked" in run(*verify, files["bad"], files["leaf"]).stderr


OPENSSL_CONFIG = """
[ca]
default_ca = own
[own]
database = index
certificate = ca
private_key = key
default_md = null
"""
OPENSSL_EXTENSIONS = """
crlnumber = number
crl_extensions = those
[those]
authorityKeyIdentifier = keyid
"""


@pytest.mark.interop
@pytest.mark.parametrize(
    ("why", "more", "expected"),
    [
        ("", "", (1, None, Reason.unspecified)),
        (",superseded", OPENSSL_EXTENSIONS, (2, 5, Reason.superseded)),
    ],
)
def test_openssls_list_is_read(why, more, expected, tmp_path):
    """The way an authority of openssl's makes it: of version 1, unless it has reason not to."""
    program = peers.require("openssl")
    (tmp_path / "index").write_text(f"R\t491231235959Z\t260624120000Z{why}\t64\tunknown\t/CN=localhost\n")
    (tmp_path / "key").write_text(private_keys.to_pem(key(1)))
    (tmp_path / "ca").write_text(FAMILY.authority_pem)
    (tmp_path / "number").write_text("05\n")
    (tmp_path / "config").write_text(OPENSSL_CONFIG + more)
    command = [program, "ca", "-config", "config", "-gencrl", "-crldays", "30", "-out", "list"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    (read,) = RevocationList.from_pem((tmp_path / "list").read_text())
    version, number, reason = expected
    assert (read.version, read.number) == (version, number)
    assert read.revoked == {100: Entry(datetime(2026, 6, 24, 12, tzinfo=UTC), reason)}


# ---- What is refused ------------------------------------------------------------------------------------


def test_what_the_tests_assemble_is_a_good_list():
    assert RevocationList.from_der(assemble()).revoked == {100: Entry(NOW - WEEK)}


ONLY_LEAVES = scope(encoding.implicit(1, b"\xff"))


def reason(value: bytes) -> bytes:
    return encoding.sequence(entry(100, NOW, issue.extension(oids.REASON_CODE, value)))


def critical(oid: str) -> bytes:
    return extension(oid, b"\x05\x00")


MALFORMED = {
    "version 3": ({"version": encoding.integer(2)}, "version: expected 1"),
    "version 1 spelt out": ({"version": encoding.integer(0)}, "version: expected 1"),
    "another algorithm inside": (
        {"signature": encoding.sequence(encoding.oid("1.2.3"))},
        "but inside it was",
    ),
    "no issuer": ({"issuer": encoding.sequence()}, "an empty name"),
    "no nextUpdate": ({"nextUpdate": b""}, "nobody can tell when the list is too old"),
    "entries, but none": ({"revokedCertificates": encoding.sequence()}, r"revokedCertificates\[0\]: missing"),
    "entries twice": ({"rest": encoding.sequence(entry())}, "crlExtensions: expected"),
    "something after the extensions": (
        {"crlExtensions": extensions(ONLY_LEAVES), "rest": b"\x05\x00"},
        "2 bytes too many",
    ),
    "no extensions, but their wrapper": ({"crlExtensions": extensions()}, "missing"),
    "extensions in version 1": ({"version": b"", "crlExtensions": extensions(critical("1.2.3"))}, "too many"),
    "extensions of an entry in version 1": (
        {"version": b"", "revokedCertificates": reason(b"\x0a\x01\x01")},
        r"revokedCertificates\[0\]: \d+ bytes too many",
    ),
    "an unknown critical extension": (
        {"crlExtensions": extensions(critical("1.2.3"))},
        "1.2.3 is not understood",
    ),
    "a delta list": ({"crlExtensions": extensions(critical(oids.DELTA_CRL_INDICATOR))}, "a delta list"),
    "a delta list that is not critical": (
        {
            "crlExtensions": extensions(
                extension(oids.DELTA_CRL_INDICATOR, encoding.integer(1), critical=False)
            )
        },
        "a delta list",
    ),
    "an indirect list": (
        {"crlExtensions": extensions(scope(encoding.implicit(4, b"\xff")))},
        "an indirect list",
    ),
    "an entry for another issuer": (
        {"revokedCertificates": encoding.sequence(entry(5, NOW, critical(oids.CERTIFICATE_ISSUER)))},
        "an entry about another issuer's certificate: not supported",
    ),
    "an entry for another issuer that is not critical": (
        {
            "revokedCertificates": encoding.sequence(
                entry(5, NOW, extension(oids.CERTIFICATE_ISSUER, b"\x05\x00", critical=False))
            )
        },
        "an entry about another issuer's certificate: not supported",
    ),
    "an unknown critical extension of an entry": (
        {"revokedCertificates": encoding.sequence(entry(5, NOW, critical("1.2.3")))},
        "1.2.3 is not understood",
    ),
    "an extension twice": (
        {"crlExtensions": extensions(ONLY_LEAVES, ONLY_LEAVES)},
        "a second issuingDistributionPoint",
    ),
    "a negative number": (
        {"crlExtensions": extensions(issue.extension(oids.CRL_NUMBER, encoding.integer(-1)))},
        "a negative number, -1",
    ),
    "a reason that is none": ({"revokedCertificates": reason(b"\x0a\x01\x07")}, "no reason has the number 7"),
    "a reason that is an INTEGER": ({"revokedCertificates": reason(b"\x02\x01\x01")}, "expected ENUMERATED"),
    "removeFromCRL": ({"revokedCertificates": reason(b"\x0a\x01\x08")}, "for delta lists"),
    "a signature of seven bits": ({"signatureValue": b"\x03\x02\x01\x00"}, "not whole bytes"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name):
    replaced, why = MALFORMED[name]
    with pytest.raises(RevocationListError, match=why) as caught:
        RevocationList.from_der(assemble(**replaced))
    assert str(caught.value).startswith("crl.")


def test_a_list_of_version_1():
    assert RevocationList.from_der(assemble(version=b"")).version == 1


def test_what_is_not_critical_is_passed_over():
    unknown = issue.extension("1.2.3", b"whatever")
    entries = encoding.sequence(entry(5, NOW, unknown))
    read = RevocationList.from_der(assemble(crlExtensions=extensions(unknown), revokedCertificates=entries))
    assert read.revoked.keys() == {5}


def test_a_negative_serial_number_in_a_list_does_no_harm():
    entries = encoding.sequence(entry(-1), entry(5))
    assert RevocationList.from_der(assemble(revokedCertificates=entries)).revoked.keys() == {-1, 5}


def test_a_list_of_too_many_bytes(monkeypatch):
    RevocationList.from_der(LIST.der)
    monkeypatch.setattr(crl, "MAXIMUM_LIST_SIZE", len(LIST.der) - 1)
    with pytest.raises(RevocationListError, match=f"{len(LIST.der)} bytes, more than {len(LIST.der) - 1}"):
        RevocationList.from_der(LIST.der)


def test_an_observer_sees_the_elements():
    seen = []
    RevocationList.from_der(LIST.der, seen.append)
    paths = [element.path for element in seen]
    assert "crl.tbsCertList.revokedCertificates[0].userCertificate" in paths
    assert paths[-1] == "crl.signatureValue"


# ---- Files ----------------------------------------------------------------------------------------------


def test_a_file_of_lists():
    text = "notes\n" + FAMILY.authority_pem
    text += "".join(pem.encode(each.der, "X509 CRL") for each in (LIST, list_of(FAMILY.authority)))
    assert RevocationList.from_pem(text) == [LIST, list_of(FAMILY.authority)]


def test_a_file_without_a_list():
    with pytest.raises(PemError, match="no X509 CRL block, found CERTIFICATE: convert a list in DER"):
        RevocationList.from_pem(FAMILY.authority_pem)
    with pytest.raises(PemError, match="found no PEM at all"):
        RevocationList.from_pem(LIST.der)


def test_one_list_that_cannot_be_used_spoils_the_file():
    blocks = [LIST.der, assemble(nextUpdate=b"")]
    with pytest.raises(RevocationListError):
        RevocationList.from_pem("".join(pem.encode(block, "X509 CRL") for block in blocks))


# ---- Hostile bytes --------------------------------------------------------------------------------------

GOOD = list_of(FAMILY.authority, 99)


def accepted(data: bytes) -> bool:
    """Whether the leaf is good by this list alone; and if not, refused only as it may be."""
    try:
        read = RevocationList.from_der(data)
        assert str(read).isprintable()
        trust = TrustStore([FAMILY.authority.certificate], revocation_lists=[read])
        path.verify_chain(FAMILY.chain, trust, at=NOW, purpose=Purpose.SERVER)
    except (RevocationListError, CertificateError) as error:
        assert str(error).isprintable()
        assert len(str(error)) < 1000
        return False
    return True


def test_the_good_list_is_accepted():
    assert accepted(GOOD.der)


def test_a_bit_of_every_byte_flipped():
    for position in range(len(GOOD.der)):
        data = bytearray(GOOD.der)
        data[position] ^= 1 << position % 8
        assert not accepted(bytes(data))


@pytest.mark.long
def test_every_bit_flipped():
    for position in range(len(GOOD.der)):
        for bit in range(8):
            data = bytearray(GOOD.der)
            data[position] ^= 1 << bit
            assert not accepted(bytes(data))


def test_every_length_cut():
    for end in range(len(GOOD.der)):
        with pytest.raises(RevocationListError):
            RevocationList.from_der(GOOD.der[:end])


def test_every_byte_left_out_or_doubled():
    for position in range(len(GOOD.der)):
        assert not accepted(GOOD.der[:position] + GOOD.der[position + 1 :])
        assert not accepted(GOOD.der[: position + 1] + GOOD.der[position:])


@given(st.binary(max_size=200))
def test_any_bytes(data):
    assert not accepted(data)


def test_a_long_list():
    many = encoding.sequence(*(entry(number) for number in range(1, 20_000)))
    read = RevocationList.from_der(assemble(revokedCertificates=many))
    assert len(read.revoked) == 19_999

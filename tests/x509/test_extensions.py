"""Extensions: what each means, and its malformed forms refused with the path of the field."""

import ipaddress

import pytest
from cryptography import x509 as pyca

from x509 import der, encoding, extensions, issue, oids
from x509.errors import DerError
from x509.extensions import BasicConstraints, KeyUsage
from x509.general_names import Form

CRITICAL = encoding.boolean(True)
NO_DEFAULT = encoding.boolean(False)


def read(*parts):
    """Read extensions given as DER."""
    with der.Reader(encoding.sequence(*parts)) as reader, reader.sequence("extensions") as sequence:
        return extensions.read(sequence)


def read_one(oid, value, *, critical=False):
    return read(issue.extension(oid, value, critical=critical))


def read_theirs(extension, critical=False):
    """Read what pyca/cryptography writes."""
    return read_one(extension.oid.dotted_string, extension.public_bytes(), critical=critical)


def refused(oid, value, why):
    with pytest.raises(DerError, match=rf"^extensions\[0\]{why}"):
        read_one(oid, value)


# ---- The list ------------------------------------------------------------------------------------------


def test_extensions_are_kept_as_they_came():
    found = read(
        issue.extension("1.2.3", b"not DER at all", critical=True),
        issue.extension("1.2.4", b""),
        issue.extension(oids.KEY_USAGE, bytes.fromhex("03020780")),
    )
    assert found.all == (
        extensions.Extension("1.2.3", True, b"not DER at all"),
        extensions.Extension("1.2.4", False, b""),
        extensions.Extension(oids.KEY_USAGE, False, bytes.fromhex("03020780")),
    )
    assert found.key_usage == {KeyUsage.digitalSignature}
    assert found.basic_constraints is None


def test_a_list_of_none_is_refused():
    with pytest.raises(DerError, match=r"^extensions\[0\]: missing"):
        read()


@pytest.mark.parametrize("oid", ["1.2.3", oids.KEY_USAGE])
def test_a_second_one_of_a_kind_is_refused(oid):
    one = issue.extension(oid, bytes.fromhex("03020780"))
    with pytest.raises(DerError, match=rf"^extensions\[1\]: a second {oids.name(oid)}"):
        read(one, one)


def test_false_is_left_out():
    with pytest.raises(DerError, match=r"^extensions\[0\]\.critical: "):
        read(encoding.sequence(encoding.oid("1.2.3"), NO_DEFAULT, encoding.octet_string(b"")))


def test_nothing_may_follow():
    value = encoding.octet_string(b"")
    with pytest.raises(DerError, match=r"^extensions\[0\]: 2 bytes too many"):
        read(encoding.sequence(encoding.oid("1.2.3"), value, b"\x05\x00"))
    refused(oids.KEY_USAGE, bytes.fromhex("03020780 0500"), r"\.extnValue: 2 bytes too many")


# ---- Each of them --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (pyca.BasicConstraints(ca=False, path_length=None), BasicConstraints(False)),
        (pyca.BasicConstraints(ca=True, path_length=None), BasicConstraints(True)),
        (pyca.BasicConstraints(ca=True, path_length=0), BasicConstraints(True, 0)),
        (pyca.BasicConstraints(ca=True, path_length=5), BasicConstraints(True, 5)),
    ],
)
def test_basic_constraints(theirs, ours):
    assert read_theirs(theirs, critical=True).basic_constraints == ours
    written = issue.basic_constraints(is_authority=ours.is_authority, path_length=ours.path_length)
    assert written == theirs.public_bytes()


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([NO_DEFAULT], r"cA: TRUE is one byte ff"),
        ([CRITICAL, encoding.integer(-1)], "pathLenConstraint: is for authorities, and not negative"),
        ([encoding.integer(0)], "pathLenConstraint: is for authorities, and not negative"),
        ([CRITICAL, encoding.boolean(True)], "pathLenConstraint: expected INTEGER"),
    ],
)
def test_basic_constraints_refused(parts, why):
    refused(oids.BASIC_CONSTRAINTS, encoding.sequence(*parts), rf"\.extnValue\.BasicConstraints\.{why}")


def test_nothing_may_follow_the_path_length():
    value = encoding.sequence(CRITICAL, encoding.integer(0), encoding.integer(0))
    refused(oids.BASIC_CONSTRAINTS, value, r"\.extnValue\.BasicConstraints: 3 bytes too many")


def test_key_usage():
    theirs = pyca.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=True,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=True,
    )
    ours = (
        KeyUsage.digitalSignature,
        KeyUsage.keyEncipherment,
        KeyUsage.keyAgreement,
        KeyUsage.keyCertSign,
        KeyUsage.decipherOnly,
    )
    assert read_theirs(theirs).key_usage == set(ours)
    assert issue.key_usage(*ours) == theirs.public_bytes()


@pytest.mark.parametrize("usage", KeyUsage)
def test_each_key_usage_is_its_own_bit(usage):
    assert read_one(oids.KEY_USAGE, issue.key_usage(usage)).key_usage == {usage}


def test_an_unknown_key_usage_is_ignored():
    value = encoding.named_bits(frozenset({0, 9}))
    assert read_one(oids.KEY_USAGE, value).key_usage == {KeyUsage.digitalSignature}


def test_a_key_usage_that_allows_nothing_is_refused():
    refused(oids.KEY_USAGE, bytes.fromhex("030100"), r"\.extnValue\.KeyUsage: allows nothing")


def test_extended_key_usage():
    theirs = pyca.ExtendedKeyUsage([pyca.OID_SERVER_AUTH, pyca.OID_CLIENT_AUTH])
    assert read_theirs(theirs).extended_key_usage == (oids.SERVER_AUTH, oids.CLIENT_AUTH)


def test_an_extended_key_usage_of_none_is_refused():
    refused(oids.EXTENDED_KEY_USAGE, encoding.sequence(), r"\.extnValue\.ExtKeyUsageSyntax\[0\]: missing")


def test_subject_alternative_name():
    mail = pyca.RFC822Name("a@example.com")
    theirs = pyca.SubjectAlternativeName(
        [
            pyca.DNSName("localhost"),
            mail,
            pyca.IPAddress(ipaddress.ip_address("127.0.0.1")),
            pyca.DNSName("*.example.com"),
            pyca.IPAddress(ipaddress.ip_address("::1")),
            pyca.DirectoryName(pyca.Name([])),
        ]
    )
    ours = read_theirs(theirs).subject_alternative_name
    assert ours.dns_names == ("localhost", "*.example.com")
    assert ours.ip_addresses == (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
    assert [name.form for name in ours.names] == [
        Form.dNSName,
        Form.rfc822Name,
        Form.iPAddress,
        Form.dNSName,
        Form.iPAddress,
        Form.directoryName,
    ]


def test_a_wellformed_dns_name_may_still_be_nonsense():
    """It will match nothing (test_names); that does not spoil the names beside it."""
    value = encoding.sequence(encoding.implicit(2, b"a\0b"), encoding.implicit(2, b""))
    assert read_one(oids.SUBJECT_ALTERNATIVE_NAME, value).subject_alternative_name.dns_names == ("a\0b", "")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], r"\[0\]: expected a GeneralName"),
        ([encoding.implicit(2, "ü".encode())], r"\[0\]\.dNSName: not ascii"),
        ([encoding.implicit(2, b"a"), encoding.implicit(7, b"")], r"\[1\]\.iPAddress: an address is 4 or 16"),
        ([encoding.implicit(7, bytes(3))], r"\[0\]\.iPAddress: an address is 4 or 16 bytes, got 3"),
        ([encoding.implicit(7, bytes(8))], r"\[0\]\.iPAddress: an address is 4 or 16 bytes, got 8"),
        ([encoding.implicit(7, bytes(32))], r"\[0\]\.iPAddress: an address is 4 or 16 bytes, got 32"),
        ([b"\xa2\x03\x16\x01a", b"\x16"], r"\[0\]: expected a GeneralName"),
    ],
)
def test_subject_alternative_name_refused(parts, why):
    value = encoding.sequence(*parts)
    refused(oids.SUBJECT_ALTERNATIVE_NAME, value, rf"\.extnValue\.SubjectAltName{why}")


def test_key_identifiers():
    theirs = pyca.SubjectKeyIdentifier(b"one")
    assert read_theirs(theirs).subject_key_identifier == b"one"
    for issuer, serial in ((None, None), ([pyca.DNSName("a")], 5)):
        theirs = pyca.AuthorityKeyIdentifier(b"two", issuer, serial)
        assert read_theirs(theirs).authority_key_identifier == b"two"
    theirs = pyca.AuthorityKeyIdentifier(None, [pyca.DNSName("a")], 5)
    assert read_theirs(theirs).authority_key_identifier is None
    assert read_one(oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence()).authority_key_identifier is None


def test_key_identifiers_refused():
    refused(oids.SUBJECT_KEY_IDENTIFIER, b"\x05\x00", r"\.extnValue\.SubjectKeyIdentifier: expected OCTET")
    value = encoding.sequence(encoding.implicit(3, b""))
    refused(oids.AUTHORITY_KEY_IDENTIFIER, value, r"\.extnValue\.AuthorityKeyIdentifier: 2 bytes too many")


# ---- Policies ------------------------------------------------------------------------------------------


def policy(number):
    return encoding.oid(f"1.2.3.{number}")


def test_policies():
    qualifier = pyca.UserNotice(None, "as is")
    theirs = pyca.CertificatePolicies(
        [
            pyca.PolicyInformation(pyca.ObjectIdentifier("1.2.3.1"), ["https://example.com/", qualifier]),
            pyca.PolicyInformation(pyca.ObjectIdentifier(oids.ANY_POLICY), None),
        ]
    )
    assert read_theirs(theirs).certificate_policies == ("1.2.3.1", oids.ANY_POLICY)


def test_policies_refused():
    one = encoding.sequence(policy(1))
    for value, why in (
        (encoding.sequence(), r"\[0\]: missing"),
        (encoding.sequence(one, one), r"\[1\]: a second 1\.2\.3\.1"),
        (
            encoding.sequence(encoding.sequence(policy(1), b"\x30\x00", b"\x05\x00")),
            r"\[0\]: 2 bytes too many",
        ),
    ):
        refused(oids.CERTIFICATE_POLICIES, value, rf"\.extnValue\.CertificatePolicies{why}")


def test_thousands_of_policies_are_not_compared_in_pairs(monkeypatch):
    compared = []

    class Counted(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            compared.append(other)
            return str(self) == str(other)

    read_oid = der.Reader.object_identifier
    monkeypatch.setattr(der.Reader, "object_identifier", lambda *both: Counted(read_oid(*both)))
    value = encoding.sequence(*(encoding.sequence(policy(number)) for number in range(1000)))
    assert len(read_one(oids.CERTIFICATE_POLICIES, value).certificate_policies) == 1000
    assert len(compared) < 5000


def test_policy_mappings():
    value = encoding.sequence(
        encoding.sequence(policy(1), policy(2)), encoding.sequence(policy(1), policy(3))
    )
    assert read_one(oids.POLICY_MAPPINGS, value).policy_mappings == (
        ("1.2.3.1", "1.2.3.2"),
        ("1.2.3.1", "1.2.3.3"),
    )


def test_policy_mappings_refused():
    anything = encoding.oid(oids.ANY_POLICY)
    for value, why in (
        (encoding.sequence(), r"\[0\]: missing"),
        (encoding.sequence(encoding.sequence(policy(1), anything)), r"\[0\]: maps anyPolicy"),
        (encoding.sequence(encoding.sequence(anything, policy(1))), r"\[0\]: maps anyPolicy"),
    ):
        refused(oids.POLICY_MAPPINGS, value, rf"\.extnValue\.PolicyMappings{why}")


@pytest.mark.parametrize(("required", "inhibited"), [(0, None), (None, 3), (1, 200)])
def test_policy_constraints(required, inhibited):
    ours = read_theirs(pyca.PolicyConstraints(required, inhibited)).policy_constraints
    assert (ours.require_explicit_policy, ours.inhibit_policy_mapping) == (required, inhibited)


def test_policy_constraints_refused():
    for value, why in (
        (encoding.sequence(), r": constrains nothing"),
        (encoding.sequence(encoding.implicit(0, b"\xff")), r"\.requireExplicitPolicy: a negative number, -1"),
        (encoding.sequence(encoding.implicit(1, b"\xff")), r"\.inhibitPolicyMapping: a negative number, -1"),
    ):
        refused(oids.POLICY_CONSTRAINTS, value, rf"\.extnValue\.PolicyConstraints{why}")


def test_inhibit_any_policy():
    assert read_theirs(pyca.InhibitAnyPolicy(2)).inhibit_any_policy == 2
    why = r"\.extnValue\.InhibitAnyPolicy: a negative number, -1"
    refused(oids.INHIBIT_ANY_POLICY, encoding.integer(-1), why)

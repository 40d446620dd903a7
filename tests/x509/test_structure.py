"""Certificates of any structure: reading ends in one that says the same again, or in a refusal.

Good ones are put together field by field, with all that a field may be.  Then elements are left out, doubled,
moved, wrapped, given another type, wherever they stand and however deep, and all lengths made right again: so
it is the structure that is wrong, and never only a count of bytes.
"""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.certificates import NOW, authority_and_leaf, private_key
from x509 import der, encoding, issue, names, oids, path, public_keys
from x509.algorithms import KEY_ALGORITHMS, NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.errors import CertificateError, MalformedCertificate, UnsupportedCertificate
from x509.extensions import KeyUsage
from x509.rules import Purpose

TRUST = authority_and_leaf().trust

# ---- Good ones -----------------------------------------------------------------------------------------

KEYS = [public_keys.encode(private_key(kind).public_key()) for kind in KeyKind if kind.value[:4] != "RSA-"]
KEYS.append(encoding.sequence(AlgorithmIdentifier("1.2.3").der, encoding.bit_string(b"?")))
ALGORITHMS = [
    *KEY_ALGORITHMS.values(),
    AlgorithmIdentifier(oids.ECDSA_WITH_SHA256),
    AlgorithmIdentifier(oids.RSA_WITH_SHA1, NULL),
    AlgorithmIdentifier("1.2.3", encoding.sequence(NULL)),
]
numbers = st.integers(0, 100)
some_oids = st.sampled_from([oids.SERVER_AUTH, oids.CLIENT_AUTH, "1.2.3", "2.999.1", "1.3.6.1.4.1.99999"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
strings = st.one_of(
    st.builds(encoding.utf8_string, texts),
    st.builds(
        lambda text: encoding.element(der.BMP_STRING, text.encode("utf-16-be")), st.text("aZ9 é", max_size=8)
    ),
    st.builds(
        lambda text: encoding.element(der.PRINTABLE_STRING, text.encode()), st.text("aZ9 .", max_size=8)
    ),
    st.just(encoding.integer(1)),  # no string at all
)
attributes = st.builds(
    lambda oid, value: encoding.sequence(encoding.oid(oid), value),
    st.sampled_from([oids.COMMON_NAME, "2.5.4.10", "1.2.3"]),
    strings,
)
relative_names = st.lists(attributes, min_size=1, max_size=3).map(lambda some: encoding.set_of(*some))


def names_of(least):
    return st.lists(relative_names, min_size=least, max_size=3).map(lambda some: encoding.sequence(*some))


general_names = st.one_of(
    st.builds(
        lambda text: encoding.implicit(2, text.encode()), st.sampled_from(["localhost", "*.a.example", ""])
    ),
    st.builds(lambda octets: encoding.implicit(7, octets), st.binary(min_size=4, max_size=4)),
    st.builds(lambda name: encoding.explicit(4, name), names_of(0)),
    st.just(encoding.implicit(6, b"https://localhost/")),
)


def some(elements):
    return st.lists(elements, min_size=1, max_size=3).map(lambda some: encoding.sequence(*some))


def subtrees(number):
    tops = st.sampled_from([encoding.implicit(2, b".example"), encoding.implicit(7, bytes(8))])
    return st.one_of(
        st.just(b""),
        some(tops.map(encoding.sequence)).map(lambda row: encoding.explicit(number, der_content(row))),
    )


def der_content(element):
    with der.Reader(element) as reader, reader.sequence("") as inside:
        content = inside.content
        while not inside.at_end:
            inside.element("")
    return content


policies = st.lists(some_oids, min_size=1, max_size=3, unique=True).map(
    lambda some: encoding.sequence(*(encoding.sequence(encoding.oid(oid)) for oid in some))
)
EXTENSIONS = {
    oids.BASIC_CONSTRAINTS: st.one_of(
        st.just(issue.basic_constraints(is_authority=False)),
        st.builds(issue.basic_constraints, is_authority=st.just(True), path_length=st.none() | numbers),
    ),
    oids.KEY_USAGE: st.sets(st.sampled_from(KeyUsage), min_size=1).map(lambda some: issue.key_usage(*some)),
    oids.EXTENDED_KEY_USAGE: some(some_oids.map(encoding.oid)),
    oids.SUBJECT_ALTERNATIVE_NAME: some(general_names),
    oids.SUBJECT_KEY_IDENTIFIER: st.binary(max_size=20).map(encoding.octet_string),
    oids.AUTHORITY_KEY_IDENTIFIER: st.one_of(
        st.just(encoding.sequence()),
        st.binary(max_size=20).map(lambda octets: encoding.sequence(encoding.implicit(0, octets))),
    ),
    oids.NAME_CONSTRAINTS: st.tuples(subtrees(0), subtrees(1))
    .filter(any)
    .map(lambda two: encoding.sequence(*two)),
    oids.CERTIFICATE_POLICIES: policies,
    oids.POLICY_MAPPINGS: some(st.just(encoding.sequence(encoding.oid("1.2.3"), encoding.oid("1.2.4")))),
    oids.POLICY_CONSTRAINTS: numbers.map(lambda n: encoding.sequence(encoding.implicit(0, bytes([n])))),
    oids.INHIBIT_ANY_POLICY: numbers.map(encoding.integer),
    "1.2.3": st.binary(max_size=8),
}
times = st.datetimes(datetime(1950, 1, 1), timezones=st.just(UTC)).map(encoding.time)


@st.composite
def fields(draw):
    """The parts of tbsCertificate in their order, by name; and the algorithm, which stands after it again."""
    version = draw(st.sampled_from([3, 3, 3, 2, 1]))
    algorithm = draw(st.sampled_from(ALGORITHMS)).der
    parts = {
        "version": encoding.explicit(0, encoding.integer(version - 1)) if version > 1 else b"",
        "serialNumber": encoding.integer(draw(st.integers(0, 2**159 - 1))),
        "signature": algorithm,
        "issuer": draw(names_of(1)),
        "validity": encoding.sequence(draw(times), draw(times)),
        "subject": draw(names_of(0)),
        "subjectPublicKeyInfo": draw(st.sampled_from(KEYS)),
    }
    if version >= 2:
        for number, name in ((1, "issuerUniqueID"), (2, "subjectUniqueID")):
            parts[name] = draw(st.sampled_from([b"", b"", encoding.implicit(number, b"\0id")]))
    if version == 3:
        chosen = draw(st.lists(st.sampled_from(list(EXTENSIONS)), max_size=5, unique=True))
        listed = [issue.extension(oid, draw(EXTENSIONS[oid]), critical=draw(st.booleans())) for oid in chosen]
        parts["extensions"] = encoding.explicit(3, encoding.sequence(*listed)) if listed else b""
    return {name: part for name, part in parts.items() if part}, algorithm


def signed(parts, algorithm):
    """Under a signature that nobody has made: it is not looked at here."""
    return encoding.sequence(encoding.sequence(*parts), algorithm, encoding.bit_string(b"a signature"))


certificates = fields().map(lambda both: signed(both[0].values(), both[1]))


# ---- What is said again ---------------------------------------------------------------------------------


def said_again(certificate, unique_identifiers):
    """The certificate written anew from what was understood of it."""
    extensions = [
        issue.extension(one.oid, understood(certificate.extensions, one), critical=one.critical)
        for one in certificate.extensions.all
    ]
    algorithm = certificate.signature_algorithm.der
    return encoding.sequence(
        encoding.sequence(
            encoding.explicit(0, encoding.integer(certificate.version - 1))
            if certificate.version > 1
            else b"",
            encoding.integer(certificate.serial_number),
            algorithm,
            certificate.issuer.der,
            encoding.sequence(encoding.time(certificate.not_before), encoding.time(certificate.not_after)),
            certificate.subject.der,
            encoding.sequence(
                certificate.public_key_info.algorithm.der,
                encoding.bit_string(certificate.public_key_info.subject_public_key),
            ),
            *unique_identifiers,
            encoding.explicit(3, encoding.sequence(*extensions)) if extensions else b"",
        ),
        algorithm,
        encoding.bit_string(certificate.signature),
    )


def understood(extensions, extension):
    """The value of an extension from what it means, where that is all there is in it."""
    match extension.oid:
        case oids.BASIC_CONSTRAINTS:
            constraints = extensions.basic_constraints
            authority, length = constraints.is_authority, constraints.path_length
            return issue.basic_constraints(is_authority=authority, path_length=length)
        case oids.EXTENDED_KEY_USAGE:
            return encoding.sequence(*map(encoding.oid, extensions.extended_key_usage))
        case oids.SUBJECT_KEY_IDENTIFIER:
            return encoding.octet_string(extensions.subject_key_identifier)
        case oids.POLICY_MAPPINGS:
            pairs = [map(encoding.oid, pair) for pair in extensions.policy_mappings]
            return encoding.sequence(*(encoding.sequence(*pair) for pair in pairs))
        case oids.INHIBIT_ANY_POLICY:
            return encoding.integer(extensions.inhibit_any_policy)
        case _:
            return extension.value


def read(data):
    """The certificate, which says the same again; or None where it is refused, as it may be."""
    unique_identifiers = []

    def observe(element):
        if element.path.endswith("UniqueID"):
            unique_identifiers.append(element.value)

    try:
        certificate = Certificate.from_der(data, observe)
    except (MalformedCertificate, UnsupportedCertificate) as error:
        assert str(error).isprintable()
        return None
    assert said_again(certificate, unique_identifiers) == data
    assert certificate.der == data
    assert repr(certificate)
    assert str(certificate).isprintable()
    return certificate


def use(certificate):
    """Ask everything of it; whatever is wrong with it is a CertificateError."""
    for question in (
        lambda: certificate.public_key,
        lambda: names.verify_name(certificate, "localhost"),
        lambda: path.verify_chain([certificate], TRUST, at=NOW, purpose=Purpose.SERVER),
    ):
        try:
            question()
        except CertificateError as error:
            assert str(error).isprintable()


@given(certificates)
@settings(max_examples=200)
def test_what_is_put_together_well_is_read(data):
    certificate = read(data)
    assert certificate is not None
    use(certificate)


# ---- Fields out of place --------------------------------------------------------------------------------


ORDER = ("version", "serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo",
         "issuerUniqueID", "subjectUniqueID", "extensions")  # fmt: skip
OPTIONAL = {"version", "issuerUniqueID", "subjectUniqueID", "extensions"}


@given(fields(), st.data())
@settings(max_examples=200)
def test_a_field_that_has_to_be_there_is_missing(made, data):
    parts, algorithm = made
    name = data.draw(st.sampled_from([name for name in parts if name not in OPTIONAL]))
    rest = [part for field, part in parts.items() if field != name]
    assert read(signed(rest, algorithm)) is None


@given(fields(), st.data())
@settings(max_examples=200)
def test_a_field_stands_there_twice(made, data):
    parts, algorithm = made
    name = data.draw(st.sampled_from(list(parts)))
    twice = [part for field, part in parts.items() for _ in range(1 + (field == name))]
    assert read(signed(twice, algorithm)) is None


@given(fields(), st.data())
@settings(max_examples=100)
def test_an_extension_stands_there_twice(made, data):
    """With another value, even, and a stranger between the two."""
    parts, algorithm = made
    oid = data.draw(st.sampled_from(list(EXTENSIONS)))
    two = [issue.extension(oid, data.draw(EXTENSIONS[oid])) for _ in range(2)]
    three = [two[0], issue.extension("1.2.4", b""), two[1]]
    extensions = {"version": encoding.explicit(0, encoding.integer(2)), "extensions": b""}
    for row, is_read in ((three[:2], True), (three, False)):
        extensions["extensions"] = encoding.explicit(3, encoding.sequence(*row))
        chosen = {name: (parts | extensions).get(name, b"") for name in ORDER}
        assert (read(signed(chosen.values(), algorithm)) is not None) == is_read


@given(fields(), st.data())
@settings(max_examples=200)
def test_two_fields_have_changed_places(made, data):
    """Issuer and subject are of one type; all others, where they differ, are found out."""
    parts, algorithm = made
    order = list(parts)
    one = data.draw(st.integers(0, len(order) - 1))
    other = data.draw(st.integers(0, len(order) - 1).filter(lambda index: index != one))
    order[one], order[other] = order[other], order[one]
    certificate = read(signed([parts[name] for name in order], algorithm))
    moved = {name for name, before in zip(order, parts, strict=True) if name != before}
    assert (certificate is None) == (moved != {"issuer", "subject"} or parts["subject"] == b"\x30\x00")


@pytest.mark.parametrize("version", [b"", encoding.explicit(0, encoding.integer(1))], ids=["v1", "v2"])
@given(fields())
@settings(max_examples=50)
def test_extensions_of_another_version(version, made):
    parts, algorithm = made
    if "extensions" in parts:
        changed = parts | {"version": version}
        assert read(signed(changed.values(), algorithm)) is None


# ---- Elements out of place ------------------------------------------------------------------------------


def tree(data):
    """DER as a list of [tag, content], where the content is bytes or again such a list."""
    rows, position = [], 0
    while position < len(data):
        tag, length, start = data[position], data[position + 1], position + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[position + 2 : start], "big")
        content = data[start : start + length]
        if len(content) < length:
            raise IndexError("not DER")
        rows.append([tag, inside(tag, content)])
        position = start + length
    return rows


def inside(tag, content):
    if tag & 0x20:
        return tree(content)
    if tag == der.OCTET_STRING and content[:1] in {b"\x30", b"\x03", b"\x04", b"\x02"}:  # of an extension
        try:
            return tree(content)
        except IndexError:
            pass
    return content


def written(rows):
    return b"".join(
        encoding.element(tag, content if isinstance(content, bytes) else written(content))
        for tag, content in rows
    )


def rows_of(rows):
    """All lists of elements in the tree that have some."""
    if rows:
        yield rows
    for _, content in rows:
        if not isinstance(content, bytes):
            yield from rows_of(content)


ODD = [
    [der.NULL, b""],
    [der.INTEGER, b"\x01"],
    [der.INTEGER, b""],
    [der.BOOLEAN, b"\xff"],
    [der.BOOLEAN, b"\0"],
    [der.OCTET_STRING, b""],
    [der.BIT_STRING, b""],
    [der.BIT_STRING, b"\7\x80"],
    [der.OBJECT_IDENTIFIER, b"\x55\x1d\x13"],
    [der.UTC_TIME, b"200101000000Z"],
    [der.UTF8_STRING, b"\xff"],
    [der.SEQUENCE, []],
    [der.SET, []],
    [der.SEQUENCE, [[der.SEQUENCE, []]]],
    *([tag | number, b"\0"] for tag in (der.CONTEXT, der.CONTEXT_CONSTRUCTED) for number in range(4)),
    [0x1F, b"\1"],  # a tag of several bytes
    [0, b""],  # the end of an indefinite length
]
TAGS = sorted({tag for tag, _ in ODD} | {der.PRINTABLE_STRING, der.IA5_STRING, der.GENERALIZED_TIME})
CHANGES = {
    "left out": lambda rows, at, odd, tag: rows[:at] + rows[at + 1 :],
    "doubled": lambda rows, at, odd, tag: rows[: at + 1] + rows[at:],
    "moved to the front": lambda rows, at, odd, tag: [rows[at], *rows[:at], *rows[at + 1 :]],
    "replaced": lambda rows, at, odd, tag: [*rows[:at], odd, *rows[at + 1 :]],
    "added": lambda rows, at, odd, tag: [*rows[:at], odd, *rows[at:]],
    "of another type": lambda rows, at, odd, tag: [*rows[:at], [tag, rows[at][1]], *rows[at + 1 :]],
    "wrapped": lambda rows, at, odd, tag: [*rows[:at], [tag | 0x20, [rows[at]]], *rows[at + 1 :]],
    "emptied": lambda rows, at, odd, tag: [*rows[:at], [rows[at][0], b""], *rows[at + 1 :]],
    "unwrapped": lambda rows, at, odd, tag: (
        rows if isinstance(rows[at][1], bytes) else [*rows[:at], *rows[at][1], *rows[at + 1 :]]
    ),
}


@given(certificates)
@settings(max_examples=50)
def test_a_tree_is_written_as_it_was(data):
    assert written(tree(data)) == data


@given(certificates, st.data())
@settings(max_examples=600)
def test_any_element_out_of_place(data, choose):
    whole = tree(data)
    for _ in range(choose.draw(st.integers(1, 3))):
        rows = choose.draw(st.sampled_from(list(rows_of(whole)) or [whole]))
        if not rows:
            break
        change = CHANGES[choose.draw(st.sampled_from(list(CHANGES)))]
        at = choose.draw(st.integers(0, len(rows) - 1))
        odd, tag = choose.draw(st.sampled_from(ODD)), choose.draw(st.sampled_from(TAGS))
        rows[:] = change(list(rows), at, copy.deepcopy(odd), tag)
    certificate = read(written(whole))
    if certificate is not None:
        use(certificate)

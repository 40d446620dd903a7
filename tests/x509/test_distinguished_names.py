"""Distinguished names: read strictly, compared by their meaning, shown without a way to deceive."""

import pytest
from cryptography import x509 as pyca
from cryptography.x509.oid import NameOID

from x509 import der, distinguished_names, encoding
from x509.errors import DerError


def read(data):
    with der.Reader(data) as reader:
        return distinguished_names.read(reader, "name")


def attribute(oid, value):
    return encoding.sequence(encoding.oid(oid), value)


def name_of(*attributes):
    """A name of one-attribute sets: pairs of an OID and text, or DER."""
    return read(
        encoding.sequence(
            *(
                encoding.set_of(
                    attribute(oid, encoding.utf8_string(value) if isinstance(value, str) else value)
                )
                for oid, value in attributes
            )
        )
    )


CN = "2.5.4.3"


def test_pyca_shows_the_same_text():
    theirs = pyca.Name(
        [
            pyca.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            pyca.NameAttribute(NameOID.DOMAIN_COMPONENT, "example"),
            pyca.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Hesse"),
            pyca.NameAttribute(NameOID.LOCALITY_NAME, "Köln"),
            pyca.NameAttribute(NameOID.STREET_ADDRESS, "Main Street 1"),
            pyca.NameAttribute(NameOID.ORGANIZATION_NAME, 'A "quoted", <bracketed>; + more\\'),
            pyca.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "#1"),
            pyca.NameAttribute(NameOID.USER_ID, " padded "),
            pyca.NameAttribute(NameOID.COMMON_NAME, "Root"),
        ]
    )
    ours = read(theirs.public_bytes())
    assert str(ours) == theirs.rfc4514_string()
    assert ours.der == theirs.public_bytes()


def test_several_attributes_in_one_set():
    both = encoding.set_of(
        attribute(CN, encoding.utf8_string("a")), attribute("2.5.4.10", encoding.utf8_string("b"))
    )
    name = read(encoding.sequence(both))
    assert str(name) == "CN=a+O=b"
    assert len(name.relative_names[0]) == 2


def test_the_elements_of_a_set_are_in_order():
    first, second = attribute(CN, encoding.utf8_string("a")), attribute(CN, encoding.utf8_string("b"))
    read(encoding.sequence(encoding.element(der.SET, first + second)))
    read(encoding.sequence(encoding.element(der.SET, first + first)))
    with pytest.raises(DerError, match=r"^name\[0\]\[1\]: .* not in ascending order"):
        read(encoding.sequence(encoding.element(der.SET, second + first)))


def test_an_empty_set_is_refused():
    with pytest.raises(DerError, match=r"^name\[0\]\[0\]: missing"):
        read(encoding.sequence(encoding.set_of()))


def test_nothing_may_follow_an_attribute():
    with pytest.raises(DerError, match=r"^name\[0\]\[0\]: 2 bytes too many"):
        read(encoding.sequence(encoding.set_of(attribute(CN, encoding.utf8_string("a") + b"\x05\x00"))))


def test_the_empty_name():
    assert str(read(encoding.sequence())) == ""
    assert distinguished_names.encode("") == encoding.sequence()


def test_a_common_name():
    name = read(distinguished_names.encode("Root"))
    assert str(name) == "CN=Root"
    assert name == name_of((CN, "Root"))


@pytest.mark.parametrize(
    "value", ["New  Root", "NEW root", "  new root ", encoding.element(der.PRINTABLE_STRING, b"New Root")]
)
def test_names_are_equal_when_they_mean_the_same(value):
    """In spite of spaces, capitals and the type of the string (section 7.1)."""
    assert name_of((CN, value)) == name_of((CN, "New Root"))
    assert hash(name_of((CN, value))) == hash(name_of((CN, "New Root")))


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [(CN, "NewRoot")],
        [(CN, "New Root 2")],
        [("2.5.4.10", "New Root")],
        [(CN, "New Root"), (CN, "New Root")],
        [(CN, encoding.element(der.OCTET_STRING, b"New Root"))],
    ],
)
def test_names_that_mean_something_else(attributes):
    assert name_of(*attributes) != name_of((CN, "New Root"))


def test_the_order_of_sets_counts_and_that_inside_of_one_does_not():
    one, other = (CN, "a"), ("2.5.4.10", "b")
    assert name_of(one, other) != name_of(other, one)
    both = [attribute(oid, encoding.utf8_string(text)) for oid, text in (("2.5.4.10", "B"), (CN, "aaaa"))]
    swapped = [attribute(oid, encoding.utf8_string(text)) for oid, text in (("2.5.4.10", "b b"), (CN, "a"))]
    ours = [read(encoding.sequence(encoding.set_of(*values))) for values in (both, swapped)]
    assert ours[0] != ours[1]
    again = read(encoding.sequence(encoding.set_of(*both)))
    assert ours[0] == again


def test_a_name_is_within_those_that_it_begins_with():
    name = name_of((CN, "a"), (CN, "b"))
    for attributes in ([], [(CN, "A")], [(CN, "a"), (CN, "b")]):
        assert name.is_within(name_of(*attributes))
    for attributes in ([(CN, "b")], [(CN, "a"), (CN, "c")], [(CN, "a"), (CN, "b"), (CN, "c")]):
        assert not name.is_within(name_of(*attributes))


def test_an_attribute_without_a_short_name():
    assert str(name_of(("1.2.3", "x"))) == "1.2.3=x"


def test_a_value_that_is_not_text():
    assert str(name_of((CN, encoding.integer(5)))) == "CN=#020105"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", r"CN=a\0ab"),
        ("a\0b", r"CN=a\00b"),
        ("\x1b[2J", r"CN=\1b[2J"),
        ("a\u202eb", r"CN=a\e2\80\aeb"),  # turns the direction of writing
        ("a\u00a0b", r"CN=a\c2\a0b"),  # looks like a space
        ("a,CN=b", r"CN=a\,CN\=b"),
        ("\\", "CN=\\\\"),
        ("#a", r"CN=\#a"),
        ("a#", "CN=a#"),
        (" a", r"CN=\ a"),
        ("a ", "CN=a\\ "),
        (" ", "CN=\\ "),
        ("", "CN="),
    ],
)
def test_the_text_cannot_deceive(value, text):
    assert str(name_of((CN, value))) == text


def test_the_text_is_bounded():
    assert str(name_of((CN, "x" * 197))) == "CN=" + "x" * 197
    text = str(name_of((CN, "x" * 198)))
    assert len(text) == distinguished_names.MAXIMUM_TEXT_LENGTH
    assert text.endswith("x…")

"""The nine forms of a name, and the subtrees of names; read as pyca/cryptography writes them."""

import ipaddress

import pytest
from cryptography import x509 as pyca

from x509 import der, distinguished_names, encoding, general_names
from x509.errors import DerError
from x509.general_names import Form, GeneralName


def read_all(*names, subtree=False):
    with der.Reader(encoding.sequence(*names)) as file, file.sequence("names") as reader:
        return general_names.read_all(reader, subtree=subtree)


def refused(why, *names, subtree=False):
    with pytest.raises(DerError, match=f"^names{why}$"):
        read_all(*names, subtree=subtree)


def written_by_pyca(*names):
    """What is inside of the SEQUENCE."""
    with der.Reader(pyca.SubjectAlternativeName(names).public_bytes()) as file, file.sequence("") as reader:
        return [reader.element("") for _ in names]


def test_every_form():
    theirs = [
        pyca.OtherName(pyca.ObjectIdentifier("1.2.3"), b"\x05\x00"),
        pyca.RFC822Name("a@example.com"),
        pyca.DNSName("*.example.com"),
        pyca.DirectoryName(pyca.Name([pyca.NameAttribute(pyca.oid.NameOID.COMMON_NAME, "a")])),
        pyca.UniformResourceIdentifier("https://example.com/"),
        pyca.IPAddress(ipaddress.ip_address("192.0.2.1")),
        pyca.IPAddress(ipaddress.ip_address("2001:db8::1")),
        pyca.RegisteredID(pyca.ObjectIdentifier("1.2.3")),
    ]
    other, mail, dns, directory, uri, ipv4, ipv6, registered = read_all(*written_by_pyca(*theirs))
    assert other.form is Form.otherName and registered.form is Form.registeredID
    assert mail == GeneralName(Form.rfc822Name, "a@example.com")
    assert dns == GeneralName(Form.dNSName, "*.example.com")
    assert directory.form is Form.directoryName and directory.value.der == distinguished_names.encode("a")
    assert uri == GeneralName(Form.uniformResourceIdentifier, "https://example.com/")
    assert ipv4 == GeneralName(Form.iPAddress, ipaddress.ip_address("192.0.2.1"))
    assert ipv6 == GeneralName(Form.iPAddress, ipaddress.ip_address("2001:db8::1"))
    assert [str(name) for name in (mail, ipv6, registered)] == [
        "rfc822Name a@example.com",
        "iPAddress 2001:db8::1",
        "registeredID 88022a03",
    ]


@pytest.mark.parametrize(("number", "form"), [(3, Form.x400Address), (5, Form.ediPartyName)])
def test_forms_that_nobody_writes(number, form):
    data = encoding.explicit(number, b"\x05\x00")
    assert read_all(data) == (GeneralName(form, data),)


@pytest.mark.parametrize(
    ("octets", "network"),
    [
        ("c0000200 ffffff00", "192.0.2.0/24"),
        ("c0000201 ffffff00", "192.0.2.0/24"),  # bits beyond the mask
        ("00000000 00000000", "0.0.0.0/0"),
        ("c0000201 ffffffff", "192.0.2.1/32"),
        ("20010db8" + 12 * "00" + "ffffffff" + 12 * "00", "2001:db8::/32"),
    ],
)
def test_the_address_of_a_subtree_has_a_mask(octets, network):
    (name,) = read_all(encoding.implicit(7, bytes.fromhex(octets)), subtree=True)
    assert name == GeneralName(Form.iPAddress, ipaddress.ip_network(network))


@pytest.mark.parametrize("octets", ["ff00ff00", "00ffffff", "fffffffd", "7fffffff"])
def test_a_mask_is_ones_and_then_zeros(octets):
    why = rf"\[0\]\.iPAddress: a mask is ones and then zeros, got {octets}"
    refused(why, encoding.implicit(7, bytes(4) + bytes.fromhex(octets)), subtree=True)


@pytest.mark.parametrize("size", [0, 4, 7, 9, 16, 31, 33])
def test_an_address_and_its_mask_have_their_size(size):
    why = rf"\[0\]\.iPAddress: an address and its mask are 8 or 32 bytes, got {size}"
    refused(why, encoding.implicit(7, bytes(size)), subtree=True)


@pytest.mark.parametrize("data", [b"", b"\x05\x00", encoding.explicit(2, b""), encoding.implicit(9, b"")])
def test_nothing_else_is_a_name(data):
    refused(r"\[0\]: expected a GeneralName", data)


@pytest.mark.parametrize("number", [1, 2, 6])
def test_text_is_ascii(number):
    refused(r"\[0\]\.\w+: not ascii, at its byte 0", encoding.implicit(number, "ü".encode()))

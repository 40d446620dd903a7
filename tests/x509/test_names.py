"""Host names: what RFC 9525 lets match, and the many things that only look like a match."""

import ipaddress

import pytest

from tests.support.certificates import authority_and_leaf, extension, leaf_extensions, leaf_under, root
from x509 import encoding, names, oids
from x509.errors import NameMismatch


def certificate_for(*general_names, **replaced):
    """A certificate whose subjectAltName holds these GeneralNames as DER."""
    alternatives = extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*general_names))
    extensions = leaf_extensions(subject_alternative_name=alternatives if general_names else None)
    return leaf_under(root(), extensions=extensions, **replaced)


def dns(name):
    return encoding.implicit(2, name.encode("ascii"))


def ip(address):
    return encoding.implicit(7, ipaddress.ip_address(address).packed)


def matches(certificate, reference):
    try:
        names.verify_name(certificate, reference)
    except NameMismatch:
        return False
    return True


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("localhost", "localhost"),
        ("www.example.com", "www.example.com"),
        ("WWW.Example.COM", "www.eXAMPLE.com"),
        ("www.example.com", "www.example.com."),
        ("*.example.com", "www.example.com"),
        ("*.EXAMPLE.com", "www.example.COM."),
        ("*.example.com", "xn--bcher-kva.example.com"),
        ("*.a.example.com", "b.a.example.com"),
        ("*.xn--bcher-kva.example", "www.xn--bcher-kva.example"),
        ("*.example.com", "under_score.example.com"),
        ("xn--bcher-kva.example", "XN--Bcher-Kva.example"),
        ("under_score.example", "under_score.example"),
        ("_srv.example", "_srv.example"),
        ("1.example", "1.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        (".".join(["a" * 63] * 3 + ["b" * 61]), ".".join(["a" * 63] * 3 + ["b" * 61])),
    ],
)
def test_dns_names_that_match(presented, reference):
    assert matches(certificate_for(dns(presented)), reference)


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("example.com", "www.example.com"),
        ("www.example.com", "example.com"),
        ("www.example.com", "www.example.org"),
        ("localhost", "localhost.example"),
        ("*.example.com", "example.com"),
        ("*.example.com", "a.b.example.com"),
        ("*.example.com", "www.example.org"),
        ("*.com", "example.com"),  # nobody speaks for a whole top-level domain
        ("*.localhost", "a.localhost"),
        ("*", "localhost"),
        ("*.", "localhost"),
        ("**.example.com", "www.example.com"),
        ("w*.example.com", "www.example.com"),
        ("*w.example.com", "www.example.com"),
        ("w*w.example.com", "www.example.com"),
        ("www.*.com", "www.example.com"),
        ("*.*.com", "www.example.com"),
        ("*.example.*", "www.example.com"),
        (".example.com", "www.example.com"),
        ("www.example.com.", "www.example.com"),  # no trailing dot in a certificate
        ("*.example.com.", "www.example.com"),
        ("www.example.com\0.evil.org", "www.example.com"),
        ("www.example.com\0", "www.example.com"),
        (" www.example.com", "www.example.com"),
        ("www.example.com ", "www.example.com"),
        ("", "www.example.com"),
        ("xn--*.example.com", "xn--bcher-kva.example.com"),  # no part of an A-label
        ("xn--bcher-*.example.com", "xn--bcher-kva.example.com"),
        ("*--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("*.xn--*.example", "www.xn--bcher-kva.example"),
        ("b?cher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "bcher.example"),
        ("*..example.com", "www.example.com"),
        ("*.*", "www.example"),
        ("www..example.com", "www.example.com"),
        ("*\0.example.com", "www.example.com"),
        ("*.example.com\0", "www.example.com"),
        ("www%2eexample.com", "www.example.com"),
        ("https://www.example.com", "www.example.com"),
        ("www.example.com:443", "www.example.com"),
        ("127.0.0.1", "127.0.0.1"),  # an address is not a name
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("*", "127.0.0.1"),
        ("*.0.0.1", "::1"),
        ("::1", "::1"),
        ("*.0.0.1", "127.0.0.1"),
    ],
)
def test_dns_names_that_do_not_match(presented, reference):
    assert not matches(certificate_for(dns(presented)), reference)


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("::1", "0:0:0:0:0:0:0:1"),
        ("2001:db8::a", "2001:DB8::A"),
        ("fe80::1", "fe80::1%eth0"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_addresses_that_match(presented, reference):
    assert matches(certificate_for(ip(presented)), reference)


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "::1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::7f00:1", "127.0.0.1"),
        ("127.0.0.1", "localhost"),
    ],
)
def test_addresses_that_do_not_match(presented, reference):
    assert not matches(certificate_for(ip(presented)), reference)


def test_what_is_presented_beyond_ascii_matches_nothing():
    """It cannot even be read: a dNSName is an IA5String (RFC 5280 section 4.2.1.6)."""
    for name in ("bücher.example", "ＷＷＷ.example.com", "\u212aelvin.example"):
        with pytest.raises(ValueError, match="not ascii"):
            certificate_for(encoding.implicit(2, name.encode()), dns("localhost"))
    # RFC 9598 has mailboxes beyond ASCII, and no hosts.
    other = encoding.explicit(0, encoding.oid("1.2.3") + encoding.explicit(0, encoding.utf8_string("bücher")))
    assert matches(certificate_for(other, dns("localhost")), "localhost")
    assert not matches(certificate_for(other), "xn--bcher-kva")


def test_one_name_of_many_is_enough():
    certificate = certificate_for(encoding.implicit(1, b"a@localhost"), dns("a"), ip("::1"), dns("b"))
    assert all(matches(certificate, reference) for reference in ("a", "b", "::1"))
    assert not matches(certificate, "localhost")


def test_the_common_name_is_not_looked_at():
    assert not matches(certificate_for(), "localhost")
    certificate = certificate_for(dns("other"))
    assert str(certificate) == "CN=localhost"
    assert not matches(certificate, "localhost")


def test_other_forms_of_names_do_not_match():
    for tag in (1, 6, 8):
        assert not matches(certificate_for(encoding.implicit(tag, b"localhost")), "localhost")


# ---- The reference -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "parsed"),
    [
        ("Example.COM.", "example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", ipaddress.ip_address("127.0.0.1")),
        ("::1", ipaddress.ip_address("::1")),
    ],
)
def test_references(reference, parsed):
    assert names.parse_reference(reference) == parsed


@pytest.mark.parametrize(
    "reference",
    [
        "",
        ".",
        "example.com..",
        ".example.com",
        "a..b",
        "*.example.com",
        "a b",
        "a/b",
        "a:443",
        "[::1]",
        "-a.example",
        "a-.example",
        "a" * 64 + ".example",
        ".".join(["a" * 63] * 3 + ["b" * 62]),
        "127.1",  # a resolver takes these for addresses
        "127.0.0.1.",
        "0127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0x1",
        "example.0x",
        "256.0.0.1",
        "localhost\n",
        "localhost\0",
        "www.example.com\0.evil.org",
        "xn--.example",
        "xn--*.example",
        "www.xn--bcher-kva-.example",
        "::ffff:127.0.0.1.",
        "1.2.3.4.5",
    ],
)
def test_what_is_no_reference(reference):
    with pytest.raises(ValueError, match=r"^neither a DNS name nor an IP address: "):
        names.parse_reference(reference)
    with pytest.raises(ValueError, match=r"^neither a DNS name nor an IP address: "):
        names.verify_name(authority_and_leaf().leaf, reference)


@pytest.mark.parametrize(
    "reference",
    [
        "bücher.example",
        "www.bücher.example",
        "BÜCHER.example",
        "bu\u0308cher.example",  # the same in two characters
        "\u212aelvin.example",  # the Kelvin sign, k in lower case
        "faß.example",  # fass.example in 2003, xn--fa-hia.example since 2010
        "www\u3002example.com",  # an ideographic full stop
        "example.com\u200b",
        "１２７.0.0.1",
        "exаmple.com",  # one letter of it is Cyrillic
    ],
)
def test_a_name_beyond_ascii_is_passed_as_its_a_label(reference):
    why = r"^a name beyond ASCII has to be passed as its A-label, xn--\.\.\.: '[ -~]+'$"
    with pytest.raises(ValueError, match=why):
        names.parse_reference(reference)
    with pytest.raises(ValueError, match=why):
        names.verify_name(certificate_for(dns("*.example")), reference)


@pytest.mark.parametrize("reference", [b"\x7f\0\0\1", 2130706433, None])
def test_a_reference_is_text(reference):
    with pytest.raises(TypeError, match="a name must be str"):
        names.verify_name(certificate_for(ip("127.0.0.1")), reference)


# ---- The message ---------------------------------------------------------------------------------------


def message(certificate, reference="elsewhere"):
    with pytest.raises(NameMismatch) as caught:
        names.verify_name(certificate, reference)
    return str(caught.value)


def test_the_message_says_which_names_there_are():
    assert message(authority_and_leaf().leaf) == (
        "the certificate (CN=localhost) is for localhost, 127.0.0.1, ::1, not elsewhere"
    )
    assert message(certificate_for()) == (
        "the certificate (CN=localhost) is for no host at all, not elsewhere: only its subjectAltName counts"
    )


def test_the_message_says_for_what_a_wildcard_stands():
    hint = ' ("*" stands for one label, and two or more have to follow)'
    wide, deep = certificate_for(dns("*.example")), certificate_for(dns("*.Shop.example"))
    assert message(wide, "shop.example").endswith(f"is for *.example, not shop.example{hint}")
    assert message(deep, "a.b.shop.Example.").endswith(f"is for *.Shop.example, not a.b.shop.Example.{hint}")
    assert message(deep, "shop.example").endswith("is for *.Shop.example, not shop.example")


def test_the_message_is_one_line_of_bounded_length():
    many = [dns(f"host{number}.example") for number in range(100)] + [ip(f"10.0.0.{n}") for n in range(100)]
    text = message(certificate_for(*many))
    assert "host7.example, 10.0.0.0" in text
    assert "host8.example" not in text
    assert text.endswith("10.0.0.7, 184 more, not elsewhere")
    text = message(certificate_for(dns("a\nb\x1b[2J"), dns("x" * 60_000)))
    assert text.isprintable()
    assert r"for a\nb\x1b[2J, xxx" in text
    assert len(text) < 400

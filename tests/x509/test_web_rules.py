"""The web's rules: each by a chain that breaks it and no other, and that RFC 5280 alone lets through."""

import importlib
import importlib.util
import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509 as pyca
from cryptography.x509 import verification  # noqa: F401  # pyca.verification

from purecrypto import ec
from tests.support import rsa_keys
from tests.support.certificates import NOW, assemble, extension, key
from x509 import (
    distinguished_names,
    encoding,
    issue,
    oids,
    path,
    pem,
    public_keys,
    rules,
    signatures,
    web_rules,
)
from x509.algorithms import NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.errors import MalformedCertificate, NotPermitted, UnsupportedCertificate
from x509.extensions import KeyUsage
from x509.profiles import Profile
from x509.rules import Place, Purpose, Question
from x509.search import Search
from x509.trust_store import TrustStore

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LEAF = r"certificate 1 of 2 \(CN=localhost\): "
MIDDLE = r"certificate 2 of 2 \(CN=Middle\): "


@cache
def private_key(number):
    return ec.derive_private_key(number, ec.SECP256R1())


ROOT, ABOVE, BELOW = private_key(11), private_key(12), private_key(13)


def identifier(private_key):
    """The authorityKeyIdentifier of what this key has signed."""
    subject = issue.subject_key_identifier(private_key.public_key())
    octets = subject[-issue.KEY_IDENTIFIER_SIZE :]
    value = encoding.sequence(encoding.implicit(0, octets))
    return extension(oids.AUTHORITY_KEY_IDENTIFIER, value, critical=False)


def made(signer, extensions, algorithm=None, **replaced):
    """A certificate with these extensions, signed with the usual algorithm of the signer's key."""
    usual, signature = signatures.issuing_algorithm(signer)
    if algorithm is not None:
        usual, signature = algorithm, signatures.ALGORITHMS[algorithm]
    chosen = [value for value in extensions.values() if value is not None]
    fields = {
        "serialNumber": encoding.integer(2**64),
        "validity": validity(NOW - DAY, NOW + 30 * DAY),
        "extensions": encoding.explicit(3, encoding.sequence(*chosen)),
    }
    sign = lambda data: signature.sign(signer, data, bytes(64))  # noqa: E731
    return Certificate.from_der(assemble(sign, usual, **(fields | replaced)))


def validity(not_before, not_after):
    return encoding.sequence(encoding.time(not_before), encoding.time(not_after))


def said_of(issuer, subject, private_key):
    return {
        "issuer": distinguished_names.encode(issuer),
        "subject": distinguished_names.encode(subject),
        "subjectPublicKeyInfo": public_keys.encode(private_key.public_key()),
    }


AUTHORITY = {
    "basic_constraints": extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=True)),
    "key_usage": extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign, KeyUsage.cRLSign)),
}


def alternative_names(*general_names):
    return extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*general_names), critical=False)


def dns(*hosts):
    return alternative_names(*(encoding.implicit(2, host.encode()) for host in hosts))


def purposes(*purposes):
    value = encoding.sequence(*map(encoding.oid, purposes))
    return extension(oids.EXTENDED_KEY_USAGE, value, critical=False)


def the_leaf(extensions=None, signer=ABOVE, private_key=BELOW, **replaced):
    usual = {
        "names": dns("localhost"),
        "purposes": purposes(oids.SERVER_AUTH),
        "key_usage": extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.digitalSignature)),
        "identifier": identifier(ABOVE),
    }
    fields = said_of("Middle", "localhost", private_key)
    return made(signer, usual | (extensions or {}), **(fields | replaced))


def the_middle(extensions=None, signer=ROOT, private_key=ABOVE, **replaced):
    usual = AUTHORITY | {"identifier": identifier(ROOT)}
    return made(signer, usual | (extensions or {}), **(said_of("Root", "Middle", private_key) | replaced))


def the_root(extensions=None, private_key=ROOT, **replaced):
    return made(
        private_key, AUTHORITY | (extensions or {}), **(said_of("Root", "Root", private_key) | replaced)
    )


def verify(leaf=None, middle=None, root=None, *, profile=Profile.WEB, at=NOW):
    chain = [leaf or the_leaf(), middle or the_middle()]
    trust = TrustStore([root or the_root()], profile=profile)
    return path.verify_chain(chain, trust, at=at, purpose=Purpose.SERVER)


def refused(why, leaf=None, middle=None, **more):
    """Refused for this reason on the web, and by RFC 5280 alone not at all."""
    with pytest.raises(NotPermitted, match=rf"^{why}$") as caught:
        verify(leaf, middle, **more)
    assert str(caught.value).isprintable()
    assert verify(leaf, middle, profile=Profile.RFC5280, **more)


def test_a_chain_of_the_web():
    assert len(verify().certificates) == 3


def test_the_store_says_by_which_rules():
    text = pem.encode(the_root().der, "CERTIFICATE")
    assert TrustStore([]).profile is TrustStore.from_pem(text).profile is Profile.RFC5280
    assert TrustStore.from_pem(text, profile=Profile.WEB).profile is Profile.WEB


def test_every_rule_has_a_test_here():
    """Who adds one has to come by."""
    tables = (web_rules.BELOW_THE_ANCHOR, web_rules.LEAF, web_rules.INTERMEDIATES)
    assert [len(table) for table in tables] == [7, 5, 2]


def test_the_rules_are_asked_again_of_a_path_that_was_good():
    found = verify(the_leaf({"purposes": None}), profile=Profile.RFC5280)
    with pytest.raises(NotPermitted, match="the web wants an extKeyUsage"):
        trust = TrustStore([found.anchor], profile=Profile.WEB)
        path.recheck(found.certificates, trust, at=NOW, purpose=Purpose.SERVER)


# ---- Every certificate but the anchor -------------------------------------------------------------------


BOTH = pytest.mark.parametrize(
    ("place", "make"), [(LEAF, the_leaf), (MIDDLE, the_middle)], ids=["leaf", "middle"]
)


def chain_with(make, *arguments, **replaced):
    """The leaf and what is above it, one of which is made in this way."""
    certificate = make(*arguments, **replaced)
    return (certificate, None) if make is the_leaf else (None, certificate)


@BOTH
def test_a_serial_number_is_positive(place, make):
    why = place + "the web wants a serial number above 0, got 0"
    refused(why, *chain_with(make, serialNumber=encoding.integer(0)))
    assert verify(*chain_with(make, serialNumber=encoding.integer(1)))


def test_keys_of_the_web():
    kinds = [KeyKind.RSA, KeyKind.P256, KeyKind.P384]
    for private_key in (rsa_keys.ours("2048"), BELOW, ec.derive_private_key(5, ec.SECP384R1())):
        leaf = the_leaf(private_key=private_key)
        assert leaf.public_key_info.kind is kinds.pop(0)
        assert verify(leaf)
    why = LEAF + "its key is of the kind Ed25519; the web allows RSA, P-256, P-384 and P-521"
    refused(why, the_leaf(private_key=key(1)))
    only_pss = AlgorithmIdentifier(oids.RSA_PSS)
    octets = public_keys.subject_public_key(rsa_keys.ours("2048").public_key())
    info = encoding.sequence(only_pss.der, encoding.bit_string(octets))
    why = LEAF + "its key is of the kind RSA-PSS; the web allows RSA, P-256, P-384 and P-521"
    refused(why, the_leaf(subjectPublicKeyInfo=info))


def test_the_keys_of_authorities():
    """Whoever has an Ed25519 key has signed with it, too: the leaf is looked at first."""
    middle = the_middle(private_key=key(1))
    signed_by_it = the_leaf(signer=key(1))
    why = LEAF + "it is signed with Ed25519, in a form that the web does not allow"
    refused(why, signed_by_it, middle)
    path, trust = (signed_by_it, middle, the_root()), TrustStore([])
    place = Place(path, 1, Question(NOW, Purpose.SERVER, trust, Search(path, trust)))
    with pytest.raises(NotPermitted, match="the kind Ed25519"):
        web_rules.check_key_kind(place)


@pytest.mark.parametrize("usage", KeyUsage)
def test_what_a_key_on_a_curve_cannot_do(usage):
    leaf = the_leaf(says_usage(KeyUsage.digitalSignature, usage))
    middle = the_middle(says_usage(KeyUsage.keyCertSign, usage, critical=True))
    if usage in {KeyUsage.keyEncipherment, KeyUsage.dataEncipherment}:
        why = f"keyUsage allows {usage.name}, for which no P-256 key can be used"
        refused(LEAF + why, leaf)
        refused(MIDDLE + why, middle=middle)
    elif usage is not KeyUsage.keyCertSign:
        assert verify(leaf, middle)


def says_usage(*usages, critical=False):
    return {"key_usage": extension(oids.KEY_USAGE, issue.key_usage(*usages), critical=critical)}


def test_keys_of_rsa_may_encipher():
    leaf = the_leaf(
        says_usage(KeyUsage.digitalSignature, KeyUsage.keyEncipherment), private_key=rsa_keys.ours("2048")
    )
    assert verify(leaf)


def test_how_the_web_signs():
    rsa_key = rsa_keys.ours("2048")
    above = the_middle(private_key=rsa_key)
    allowed = [
        one for one in web_rules.SIGNATURE_ALGORITHMS if one.oid in {oids.RSA_PSS, oids.RSA_WITH_SHA384}
    ]
    assert len(allowed) == 4
    for algorithm in allowed:
        assert verify(the_leaf(signer=rsa_key, algorithm=algorithm), above)
    without_null = AlgorithmIdentifier(oids.RSA_WITH_SHA256)
    why = LEAF + "it is signed with RSA with SHA-256, in a form that the web does not allow"
    refused(why, the_leaf(signer=rsa_key, algorithm=without_null), above)
    assert verify(the_leaf(signer=rsa_key, algorithm=AlgorithmIdentifier(oids.RSA_WITH_SHA256, NULL)), above)


def test_the_signatures_of_authorities():
    root = the_root(private_key=key(1))
    why = MIDDLE + "it is signed with Ed25519, in a form that the web does not allow"
    refused(why, None, the_middle(signer=key(1)), root=root)


@pytest.mark.parametrize(
    "other",
    [
        None,
        extension(oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence(), critical=False),
        extension(oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence(encoding.implicit(0, b"a"))),
    ],
    ids=["absent", "empty", "critical"],
)
@BOTH
def test_the_key_above_is_named(place, make, other):
    why = place + "the web wants an authorityKeyIdentifier with a keyIdentifier, and not critical"
    refused(why, *chain_with(make, {"identifier": other}))


@BOTH
def test_the_issuers_name_is_the_same_bytes(place, make):
    """RFC 5280 section 7.1 passes over capitals."""
    theirs = "Root" if make is the_middle else "Middle"
    why = place + rf"the web wants its issuer's name byte by byte as in the one of CN={theirs}"
    refused(why, *chain_with(make, issuer=distinguished_names.encode(theirs.upper())))


@pytest.mark.parametrize(
    "other",
    [
        extension(oids.EXTENDED_KEY_USAGE, encoding.sequence(encoding.oid(oids.SERVER_AUTH))),
        extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(b"a")),
    ],
    ids=["extKeyUsage", "subjectKeyIdentifier"],
)
@BOTH
def test_what_is_never_critical(place, make, other):
    why = place + "the web wants (extKeyUsage|subjectKeyIdentifier) not to be critical"
    key = "purposes" if encoding.oid(oids.EXTENDED_KEY_USAGE) in other else "other"
    refused(why, *chain_with(make, {key: other}))


# ---- The leaf -------------------------------------------------------------------------------------------


LIMITS = [  # the day before and the day itself, as the requirements have it
    (datetime(2012, 6, 30, tzinfo=UTC), 1827),
    (datetime(2012, 7, 1, tzinfo=UTC), 1827),
    (datetime(2015, 3, 31, tzinfo=UTC), 1827),
    (datetime(2015, 4, 1, tzinfo=UTC), 1188),
    (datetime(2018, 2, 28, tzinfo=UTC), 1188),
    (datetime(2018, 3, 1, tzinfo=UTC), 825),
    (datetime(2020, 8, 31, tzinfo=UTC), 825),
    (datetime(2020, 9, 1, tzinfo=UTC), 398),
    (datetime(2026, 3, 14, tzinfo=UTC), 398),
    (datetime(2026, 3, 15, tzinfo=UTC), 200),
    (datetime(2027, 3, 14, tzinfo=UTC), 200),
    (datetime(2027, 3, 15, tzinfo=UTC), 100),
    (datetime(2029, 3, 14, tzinfo=UTC), 100),
    (datetime(2029, 3, 15, tzinfo=UTC), 47),
    (datetime(2100, 1, 1, tzinfo=UTC), 47),
]


@pytest.mark.parametrize(("issued", "days"), LIMITS, ids=lambda value: str(value)[:10])
def test_a_leaf_is_not_for_ever(issued, days):
    """Its last second belongs to its validity; one second more is a day more."""
    always = validity(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
    others = {"middle": the_middle(validity=always), "root": the_root(validity=always), "at": issued}
    end = issued + days * DAY
    assert verify(the_leaf(validity=validity(issued, end - SECOND)), **others)
    why = f"it is valid for {days + 1} days, and the web allows {days} to one issued on {issued.date()}"
    refused(LEAF + why, the_leaf(validity=validity(issued, end)), **others)


def test_the_end_of_time_can_be_counted():
    for_ever = validity(NOW, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    refused(LEAF + "it is valid for 2912262 days, .*", the_leaf(validity=for_ever))


def test_a_leaf_has_alternative_names():
    refused(LEAF + "the web wants a subjectAltName, and there is none", the_leaf({"names": None}))


def test_alternative_names_are_critical_only_in_the_place_of_a_subject():
    critical = extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(encoding.implicit(2, b"localhost")))
    why = LEAF + "the web wants a subjectAltName beside a subject not to be critical"
    refused(why, the_leaf({"names": critical}))
    assert verify(the_leaf({"names": critical}, subject=encoding.sequence()))


@pytest.mark.parametrize(
    ("other", "form"),
    [
        (encoding.implicit(1, b"a@localhost"), "rfc822Name"),
        (encoding.explicit(4, distinguished_names.encode("localhost")), "directoryName"),
        (encoding.implicit(6, b"https://localhost/"), "uniformResourceIdentifier"),
        (encoding.implicit(8, b"\x2a\x03"), "registeredID"),
    ],
)
def test_alternative_names_are_hosts_and_addresses(other, form):
    leaf = the_leaf({"names": alternative_names(encoding.implicit(2, b"localhost"), other)})
    refused(LEAF + f"the web wants only dNSName and iPAddress in a subjectAltName, not {form}", leaf)
    address = encoding.implicit(7, bytes((127, 0, 0, 1)))
    assert verify(the_leaf({"names": alternative_names(address)}))


GOOD_NAMES = ("localhost", "www.example.com", "*.example.com", "WWW.Example.COM", "1.example", "a--b.example",
              "xn--bcher-kva.example", "*.xn--bcher-kva.example", "a" * 63 + ".example")  # fmt: skip
BAD_NAMES = ("", ".", "*", "*.", "*.com", "*.*.example.com", "w*.example.com", "www.*.com", ".example.com",
             "example.com.", "*.example.com.", "a..b", "a b", " ", "a\0b", "under_score.example",
             "-a.example", "a-.example", "ab--c.example", "127.0.0.1", "*.0.0.1", "::1",
             "a" * 64 + ".example", "https://example.com", "*.xn--*.example")  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_names_of_the_web(name):
    assert verify(the_leaf({"names": dns(name)}))


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_names_that_are_none(name):
    why = r"the dNSName '.*' is neither a host name nor a wildcard and two labels or more"
    refused(LEAF + why, the_leaf({"names": dns("localhost", name)}))


def test_a_long_name_is_cut():
    with pytest.raises(NotPermitted) as caught:
        verify(the_leaf({"names": dns("x" * 10_000)}))
    assert len(str(caught.value)) < 500


def test_a_leaf_has_its_purposes():
    why = LEAF + "the web wants an extKeyUsage, and there is none"
    refused(why, the_leaf({"purposes": None}))
    why = LEAF + "extKeyUsage allows anyExtendedKeyUsage, which the web does not"
    refused(why, the_leaf({"purposes": purposes(oids.SERVER_AUTH, oids.ANY_EXTENDED_KEY_USAGE)}))
    assert verify(the_leaf({"purposes": purposes(oids.CLIENT_AUTH, oids.SERVER_AUTH)}))


def test_a_leaf_is_no_authority():
    why = LEAF + "basicConstraints makes it an authority, and the web has no servers that are one"
    refused(why, the_leaf({"constraints": AUTHORITY["basic_constraints"]}))
    plain = extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=False))
    assert verify(the_leaf({"constraints": plain}))


def test_a_leaf_constrains_no_names():
    subtrees = encoding.explicit(0, encoding.sequence(encoding.implicit(2, b"example.com")))
    constraints = extension(oids.NAME_CONSTRAINTS, encoding.sequence(subtrees))
    refused(LEAF + "nameConstraints is for authorities", the_leaf({"constraints": constraints}))
    assert verify(
        None,
        the_middle(
            {
                "constraints": extension(
                    oids.NAME_CONSTRAINTS,
                    encoding.sequence(
                        encoding.explicit(0, encoding.sequence(encoding.implicit(2, b"localhost")))
                    ),
                )
            }
        ),
    )


# ---- Who has issued another one --------------------------------------------------------------------------


def test_constraints_of_authorities_are_critical():
    constraints = issue.basic_constraints(is_authority=True)
    plain = extension(oids.BASIC_CONSTRAINTS, constraints, critical=False)
    why = MIDDLE + "the web wants basicConstraints of an authority to be critical"
    refused(why, None, the_middle({"basic_constraints": plain}))


@pytest.mark.parametrize(
    "usage",
    [None, extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign), critical=False)],
    ids=["absent", "not critical"],
)
def test_the_key_usage_of_authorities_is_critical(usage):
    why = MIDDLE + "the web wants keyUsage of an authority to be there, and critical"
    refused(why, None, the_middle({"key_usage": usage}))


def test_an_intermediate_may_be_valid_for_long():
    long = validity(NOW - DAY, NOW + 3650 * DAY)
    assert verify(None, the_middle(validity=long))


# ---- Beside pyca/cryptography, which judges by the same requirements -------------------------------------


def plain(oid, value):
    return extension(oid, value, critical=False)


EXAMPLE = encoding.explicit(0, encoding.sequence(encoding.implicit(2, b"localhost")))
REFUSED_BY_BOTH = {
    "a signature by an Ed25519 key": lambda: (the_leaf(signer=key(1)), the_middle(private_key=key(1))),
    "a signature without NULL": lambda: (
        the_leaf(signer=rsa_keys.ours("2048"), algorithm=AlgorithmIdentifier(oids.RSA_WITH_SHA256)),
        the_middle(private_key=rsa_keys.ours("2048")),
    ),
    "no key identifier in a leaf": lambda: (the_leaf({"identifier": None}), the_middle()),
    "no names": lambda: (the_leaf({"names": None}), the_middle()),
    "an authority as a leaf": lambda: (
        the_leaf({"constraints": AUTHORITY["basic_constraints"]}),
        the_middle(),
    ),
    "name constraints in a leaf": lambda: (
        the_leaf({"constraints": extension(oids.NAME_CONSTRAINTS, encoding.sequence(EXAMPLE))}),
        the_middle(),
    ),
    "constraints that are not critical": lambda: (
        the_leaf(),
        the_middle(
            {"basic_constraints": plain(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=True))}
        ),
    ),
    "no key usage of an authority": lambda: (the_leaf(), the_middle({"key_usage": None})),
}
REFUSED_HERE_ALONE = {
    "a leaf's Ed25519 key": lambda: (the_leaf(private_key=key(1)), the_middle()),
    "no purposes": lambda: (the_leaf({"purposes": None}), the_middle()),
    "a long validity": lambda: (the_leaf(validity=validity(NOW - DAY, NOW + 300 * DAY)), the_middle()),
    "no key identifier in an authority": lambda: (the_leaf(), the_middle({"identifier": None})),
    "a name that is none beside the right one": lambda: (
        the_leaf({"names": dns("localhost", "w*.a.b")}),
        the_middle(),
    ),
    "a mailbox beside the right name": lambda: (
        the_leaf(
            {
                "names": alternative_names(
                    encoding.implicit(2, b"localhost"), encoding.implicit(1, b"a@b.example")
                )
            }
        ),
        the_middle(),
    ),
    "a key usage that is not critical": lambda: (
        the_leaf(),
        the_middle({"key_usage": plain(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign))}),
    ),
}


def pyca_verifies(leaf, middle):
    theirs = [pyca.load_der_x509_certificate(one.der) for one in (leaf, middle, the_root())]
    builder = pyca.verification.PolicyBuilder().store(pyca.verification.Store([theirs.pop()])).time(NOW)
    builder.build_server_verifier(pyca.DNSName("localhost")).verify(theirs[0], theirs[1:])


def test_pyca_accepts_what_we_do():
    pyca_verifies(the_leaf(), the_middle())


@pytest.mark.parametrize("what", REFUSED_BY_BOTH)
def test_pyca_refuses_it_too(what):
    leaf, middle = REFUSED_BY_BOTH[what]()
    with pytest.raises(NotPermitted):
        verify(leaf, middle)
    with pytest.raises(pyca.verification.VerificationError):
        pyca_verifies(leaf, middle)


@pytest.mark.parametrize("what", REFUSED_HERE_ALONE)
def test_what_pyca_overlooks(what):
    leaf, middle = REFUSED_HERE_ALONE[what]()
    with pytest.raises(NotPermitted):
        verify(leaf, middle)
    pyca_verifies(leaf, middle)


# ---- The anchor -----------------------------------------------------------------------------------------


def test_an_old_root():
    """As real ones are: number 0, no keyUsage, not critical, valid for long, by an algorithm of old."""
    constraints = issue.basic_constraints(is_authority=True)
    old = the_root(
        {
            "basic_constraints": extension(oids.BASIC_CONSTRAINTS, constraints, critical=False),
            "key_usage": None,
        },
        serialNumber=encoding.integer(0),
        validity=validity(datetime(1999, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)),
        signature=AlgorithmIdentifier(oids.RSA_WITH_MD5, NULL).der,
        signatureAlgorithm=AlgorithmIdentifier(oids.RSA_WITH_MD5, NULL).der,
    )
    assert verify(root=old)
    assert verify(None, the_middle(signer=ROOT), root=old)


def test_an_intermediate_as_anchor_is_not_asked():
    middle = the_middle({"key_usage": None, "identifier": None}, serialNumber=encoding.integer(0))
    trust = TrustStore([middle], profile=Profile.WEB)
    assert path.verify_chain([the_leaf()], trust, at=NOW, purpose=Purpose.SERVER)


def test_a_leaf_that_is_its_own_anchor_is_asked_what_a_leaf_is():
    alone = said_of("localhost", "localhost", BELOW)
    for changes, why in (
        ({"identifier": None}, None),
        ({"identifier": None, "purposes": None}, "the web wants an extKeyUsage"),
    ):
        leaf = the_leaf(changes, signer=BELOW, **alone)
        trust = TrustStore([leaf], profile=Profile.WEB)
        if why is None:
            assert path.verify_chain([leaf], trust, at=NOW, purpose=Purpose.SERVER)
            continue
        with pytest.raises(NotPermitted, match=why):
            path.verify_chain([leaf], trust, at=NOW, purpose=Purpose.SERVER)


BUNDLES = {Path(ssl.get_default_verify_paths().cafile or ""), Path("/etc/ssl/certs/ca-certificates.crt")}
if importlib.util.find_spec("certifi"):
    BUNDLES.add(Path(importlib.import_module("certifi").where()))


@pytest.mark.parametrize("bundle", sorted(file for file in BUNDLES if file.is_file()), ids=str)
def test_the_roots_of_browsers_are_anchors(bundle):
    """Each of them that we can read and whose key we know passes all that is asked of an anchor."""
    leaf, seen, left_out = the_leaf(), 0, 0
    for block in pem.decode(bundle.read_bytes(), "CERTIFICATE"):
        try:
            anchor = Certificate.from_der(block)
            anchor.public_key  # noqa: B018  # known?
        except (MalformedCertificate, UnsupportedCertificate):
            left_out += 1
            continue
        seen += 1
        trust = TrustStore([anchor], profile=Profile.WEB)
        search = Search([leaf], trust)
        place = Place((leaf, anchor), 1, Question(anchor.not_before, Purpose.SERVER, trust, search))
        for rule in (*rules.EVERY_CERTIFICATE, *rules.ISSUERS, *web_rules.rules_for(place)):
            rule.check(place)
    assert seen > 50
    assert left_out <= 5  # times written as no time may be, bits that do not end with a one, P-521

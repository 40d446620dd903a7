"""The explanation says what the verifier did: the same verdict, every rule, every section, every byte."""

import pytest

from tests.support.certificates import (
    NOT_AFTER,
    NOT_BEFORE,
    NOW,
    assemble,
    authority_and_leaf,
    authority_extensions,
    authority_under,
    extension,
    leaf_extensions,
    leaf_under,
    root,
)
from x509 import encoding, explanation, names, oids, opened, path, revocation, rules, web_rules, wording
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.explanation import Explanation
from x509.extensions import KeyUsage
from x509.issue import Authority, key_usage
from x509.profiles import Profile
from x509.rules import Place, Purpose, Question, Rule
from x509.search import Search
from x509.trust_store import TrustStore

UNKNOWN_NAME = "critical and unknown"


def certificates_of(entries) -> list[Certificate]:
    return [entry.certificate if isinstance(entry, Authority) else entry for entry in entries]


def explained(chain, anchors, *, name: str | None = "localhost", purpose=Purpose.SERVER) -> Explanation:
    return explanation.explain(
        [certificate.der for certificate in certificates_of(chain)],
        TrustStore(certificates_of(anchors)),
        at=NOW,
        purpose=purpose,
        name=name,
    )


def story(told: Explanation) -> list[str]:
    """What comes before the bytes, in lines that need not be broken, and one space between words."""
    lines = list(told.lines(200))
    return [" ".join(line.split()) for line in lines[: first_bytes(lines)]]


def first_bytes(lines: list[str]) -> int:
    return next(number for number, line in enumerate(lines) if "byte by byte" in line)


def constraints(permitted=(), excluded=()) -> bytes:
    """The extension, with these DNS names."""
    trees = [
        encoding.explicit(
            number, *(encoding.sequence(encoding.implicit(2, name.encode())) for name in dns_names)
        )
        for number, dns_names in enumerate((permitted, excluded))
        if dns_names
    ]
    return extension(oids.NAME_CONSTRAINTS, encoding.sequence(*trees))


def kinds() -> dict[str, tuple[list, list]]:
    """Chains, good and bad, and whom to trust; each name says what is the matter."""
    family = authority_and_leaf(intermediates=2)
    known, unknown = root(1, "Known"), root(9, "Unknown")
    by_known, by_unknown = authority_under(known), authority_under(unknown)
    expired = authority_under(known, not_after=NOT_BEFORE)
    late = authority_under(root(), not_after=NOT_BEFORE)
    broken = bytearray(leaf_under(root()).der)
    broken[-1] ^= 1
    a, b = authority_under(root(3, "B"), 2, "A"), authority_under(root(2, "A"), 3, "B")
    mesh = [root(2, "Mesh", serial_number=number) for number in range(1, 13)]
    elsewhere = authority_extensions(name_constraints=constraints(permitted=["example.com"]))
    constrained = authority_under(root(), extensions=elsewhere)
    short_root = root(extensions=authority_extensions(path_length=0))
    first, second = authority_under(short_root, 2), authority_under(authority_under(short_root, 2), 3)
    subject = authority_under(root(), extensions=leaf_extensions(key_usage=None))
    agreement = extension(oids.KEY_USAGE, key_usage(KeyUsage.keyAgreement))
    return {
        "good": ([*family.chain], [family.authority]),
        "out of order": ([family.chain[0], *reversed(family.chain[1:])], [family.authority]),
        "cross-signed": ([leaf_under(by_known), by_unknown, by_known, unknown], [known]),
        "trusted itself": ([root(extensions=leaf_extensions())], [root(extensions=leaf_extensions())]),
        "unknown authority": ([*family.chain], [root(9, "Other")]),
        "self-signed": ([leaf_under(known), known], []),
        "bad signature": ([Certificate.from_der(bytes(broken))], [root()]),
        "a dead end, and then expired": ([leaf_under(by_known), by_unknown, unknown, expired], [known]),
        "expired": ([leaf_under(root(), not_after=NOT_BEFORE)], [root()]),
        "not yet valid": ([leaf_under(root(), not_before=NOT_AFTER)], [root()]),
        "expired authority": ([leaf_under(late), late], [root()]),
        "no authority": ([leaf_under(subject), subject], [root()]),
        "path length": ([leaf_under(second), second, first], [short_root]),
        "key usage": ([leaf_under(root(), extensions=leaf_extensions(key_usage=agreement))], [root()]),
        "purpose": ([authority_and_leaf(purposes=[Purpose.CLIENT]).leaf], [root()]),
        UNKNOWN_NAME: (
            [leaf_under(root(), extensions=leaf_extensions(added=extension("1.2.3", b"...")))],
            [root()],
        ),
        "version": ([Certificate.from_der(assemble(version=b"", extensions=b""))], [root()]),
        "name constraints": ([leaf_under(constrained), constrained], [root()]),
        "loop": ([leaf_under(a), a, b], [root()]),
        "mesh": ([leaf_under(mesh[0]), *mesh], [root()]),
    }


KINDS = kinds()
WEB = (*web_rules.BELOW_THE_ANCHOR, *web_rules.LEAF, *web_rules.INTERMEDIATES)
GOOD = {"good", "out of order", "cross-signed", "trusted itself"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_verdict_is_the_verifiers(kind):
    chain, anchors = map(certificates_of, KINDS[kind])
    verdict = explained(chain, anchors).verdict()
    try:
        verified = path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER)
    except CertificateError as error:
        assert verdict == f"refused: {error}"
        assert kind not in GOOD
    else:
        assert kind in GOOD
        assert verdict.startswith("good: certificate 1 of ")
        assert f"({verified.anchor})" in verdict
        assert verdict.endswith(", and is for localhost")


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_that_was_asked_is_told_with_its_section(kind):
    chain, anchors = map(certificates_of, KINDS[kind])
    told = explained(chain, anchors)
    events: list[object] = []
    try:
        path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER, observe=events.append)
    except CertificateError:
        pass
    asked = [event for event in events if isinstance(event, path.Judged)]
    text = " ".join(story(told))
    for judged in asked:
        # without lists there is no revocation to ask about
        mark = "✗" if judged.error else "·" if judged.rule.name == "revocation" else "✓"
        assert f"{mark} {judged.rule.name} " in text
        assert judged.rule.source in text
    rows = [line.split(" ", 1)[1] for line in story(told) if line.startswith(("✓ ", "✗ ", "· revocation"))]
    known = ("issuer ", "signature ", "trust anchor ", "localhost: ")
    assert sum(not row.startswith(known) for row in rows) == len(asked)


@pytest.mark.parametrize("width", [wording.MINIMUM_WIDTH, 100, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_no_line_is_longer_than_it_may_be(kind, width):
    lines = list(explained(*KINDS[kind]).lines(width))
    assert all(len(line) <= width and line.isprintable() for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_every_certificate_is_opened(kind):
    chain = certificates_of(KINDS[kind][0])
    lines = list(explained(*KINDS[kind]).lines())
    for number, certificate in enumerate(chain, 1):
        title = f"Certificate {number} of {len(chain)}, byte by byte"
        (start,) = (at for at, line in enumerate(lines) if line.startswith(title))
        expected = list(opened.lines(certificate.der))
        assert lines[start + 1 : start + 1 + len(expected)] == expected


def test_the_story_of_a_good_chain():
    family = authority_and_leaf()
    assert story(explained(family.chain, [family.authority], name=None))[:16] == [
        "good: certificate 1 of 1 (CN=localhost) leads to trust anchor (CN=Root), whom we trust",
        "",
        "The question",
        "Is CN=localhost to be trusted as a server, at 2026-07-01 12:00:00 UTC?",
        "1 certificate to go by, 1 trust anchor, and the rules of RFC 5280.",
        "",
        "The search for an issuer RFC 4158; RFC 5280 section 6.1.3 (a)(1) and (a)(4)",
        "certificate 1 of 1 (CN=localhost)",
        "╘═ ✓ trust anchor (CN=Root)",
        "╘═ ✓ path 1: every rule is kept",
        "",
        "Path 1, rule by rule: every rule is kept",
        "",
        "certificate 1 of 1 (CN=localhost)",
        "✓ issuer CN=Root RFC 5280 section 6.1.3 (a)(4)",
        "✓ signature Ed25519, by the key of trust anchor RFC 5280 section 6.1.3 (a)(1)",
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("good", "✓ validity from 2020-01-01 00:00:00 UTC to 2049-12-31 23:59:59 UTC"),
        ("good", "✓ critical extensions basicConstraints, keyUsage: understood RFC 5280 section 4.2"),
        ("good", "✓ purpose serverAuth RFC 5280 section 4.2.1.12"),
        ("good", "✓ purpose any: it has no extKeyUsage RFC 5280 section 4.2.1.12"),
        ("good", "✓ version 3 RFC 9846 section 4.5.1.2"),
        ("good", "✓ key usage digitalSignature RFC 9846 section 4.5.1.2"),
        ("good", "✓ key usage keyCertSign, cRLSign RFC 5280 section 6.1.4 (n)"),
        ("good", "✓ public key Ed25519 RFC 5280 section 4.1.2.7"),
        ("good", "✓ subject CN=localhost RFC 5280 section 4.1.2.6"),
        ("good", "✓ no signing of others kept RFC 5280 section 4.2.1.9"),
        ("good", "✓ policies it names none, and none is required RFC 5280 sections 6.1.3 (f) and 6.1.5"),
        ("good", "· revocation not asked: there are no lists RFC 5280 section 6.3.3"),
        ("good", "✓ authority basicConstraints makes it an authority RFC 5280 section 6.1.4 (k)"),
        ("good", "✓ path length at most 1 other between it and the leaf RFC 5280 section 6.1.4 (l) and (m)"),
        ("good", "✓ path length no other between it and the leaf"),
        ("good", "✓ path length no limit RFC 5280 section 6.1.4 (l) and (m)"),
        ("good", "✓ name constraints none RFC 5280 section 6.1.3 (b) and (c)"),
        ("good", "✓ trust anchor we trust it because we have it; its signature is not looked at"),
        ("good", "✓ localhost: the certificate is for dNSName localhost, iPAddress 127.0.0.1, iPAddress ::1"),
        ("expired", "✗ validity expired 2020-01-01 00:00:00 UTC, and the time is 2026-07-01"),
        ("expired", "· the rules not asked any more"),
        (
            "purpose",
            "✗ purpose it is not for a server: extKeyUsage allows clientAuth, not serverAuth "
            "RFC 5280 section 4.2.1.12",
        ),
        (
            UNKNOWN_NAME,
            "✗ critical extensions its critical extension 1.2.3 is not understood RFC 5280 section 4.2",
        ),
        (
            "version",
            "✗ version it is of X.509 version 1, and has to be of version 3 RFC 9846 section 4.5.1.2",
        ),
        ("version", "✓ critical extensions none is critical RFC 5280 section 4.2"),
        ("bad signature", "└─ ✗ trust anchor (CN=Root): its signature was not made with its issuer's key"),
        ("self-signed", "└─ ✗ it is self-signed and no trust anchor"),
    ],
)
def test_what_was_found_is_told(kind, line):
    said = story(explained(*KINDS[kind]))
    assert any(one.startswith(line) for one in said), said


def test_name_constraints_and_policies_are_listed():
    permitted = authority_extensions(name_constraints=constraints(["localhost"], ["example.com"]))
    policies = extension(
        oids.CERTIFICATE_POLICIES,
        encoding.sequence(*(encoding.sequence(encoding.oid(f"1.2.{number}")) for number in range(10))),
    )
    addresses = extension(
        oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(encoding.implicit(2, b"localhost"))
    )
    leaf = leaf_under(
        root(), extensions=leaf_extensions(policies=policies, subject_alternative_name=addresses)
    )
    said = " ".join(story(explained([leaf], [root(extensions=permitted)])))
    assert "✓ name constraints permitted dNSName localhost; excluded dNSName example.com" in said
    assert "✓ policies issued under 1.2.0, 1.2.1, 1.2.2, 1.2.3, 1.2.4, 1.2.5, 1.2.6, 1.2.7, 2 more" in said


def test_a_leaf_without_extensions_allows_anything_and_has_no_name():
    said = story(explained([leaf_under(root(), extensions=leaf_extensions(key_usage=None))], [root()]))
    assert any(line.startswith("✓ key usage any: it has no keyUsage") for line in said)
    nameless = leaf_under(root(), extensions=leaf_extensions(subject_alternative_name=None))
    assert "✗ localhost: the certificate is for no name at all" in story(explained([nameless], [root()]))


def test_another_name_is_the_verdict_of_a_good_path():
    told = explained(*KINDS["good"], name="example.com")
    with pytest.raises(CertificateError) as caught:
        names.verify_name(certificates_of(KINDS["good"][0])[0], "example.com")
    assert told.verdict() == f"refused: {caught.value}"
    assert any(line.startswith("✗ example.com: ") for line in story(told))


def test_the_name_is_compared_where_no_path_is_good():
    told = explained(*KINDS["expired"], name="example.com")
    assert "expired" in told.verdict()
    assert any(line.startswith("✗ example.com: ") for line in story(told))


def test_without_a_name_none_is_told():
    told = explained(*KINDS["good"], name=None)
    assert told.verdict().endswith(", whom we trust")
    assert "The name RFC 9525 section 6" not in story(told)


def test_a_client_is_asked_for_as_one():
    leaf = authority_and_leaf(purposes=[Purpose.CLIENT]).leaf
    told = explained([leaf], [root()], name=None, purpose=Purpose.CLIENT)
    assert "Is CN=localhost to be trusted as a client, at 2026-07-01 12:00:00 UTC?" in story(told)


def test_two_paths_are_told_one_after_the_other():
    late, early = authority_under(root(), not_after=NOT_BEFORE), authority_under(root(), not_before=NOT_AFTER)
    said = story(explained([leaf_under(late), late, early], [root()]))
    assert said.index("Path 1, rule by rule: refused") < said.index("Path 2, rule by rule: refused")


def test_a_certificate_that_cannot_be_read():
    family = authority_and_leaf(intermediates=1)
    bad = assemble(serialNumber=encoding.integer(-1))
    told = explanation.explain([family.leaf.der, bad], family.trust, at=NOW, purpose=Purpose.SERVER, name="x")
    why = "certificate.tbsCertificate.serialNumber: a negative number, -1"
    assert told.verdict() == f"refused: certificate 2 of 2 cannot be read: {why}"
    assert (told.tree(), told.rule_broken()) == (None, "encoding, RFC 5280 section 4.1")
    assert [line for line in story(told) if line][1:] == ["encoding, RFC 5280 section 4.1"]
    assert list(told.lines())[-len(list(opened.lines(bad))) :] == list(opened.lines(bad))


def test_where_nothing_was_asked():
    told = Explanation([authority_and_leaf().leaf.der])
    told("something else")
    assert told.verdict() == "not judged: it was not asked whether the certificates are to be trusted"


def test_the_last_question_counts():
    told = explained(*KINDS["expired"])
    chain, anchors = map(certificates_of, KINDS["good"])
    path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER, observe=told)
    assert told.verdict().startswith("good: certificate 1 of 3")


def test_a_rule_that_is_not_known_here_is_told_by_its_name(monkeypatch):
    asked: list[Place] = []
    rule = Rule("a new rule", "RFC 1 section 2", asked.append)
    monkeypatch.setattr(rules, "EVERY_CERTIFICATE", (rule,))
    said = story(explained(*KINDS["good"]))
    assert said.count("✓ a new rule kept RFC 1 section 2") == len(asked) == 4


def test_many_authorities_are_counted_in_words():
    family = authority_and_leaf()
    said = story(explained(family.chain, [family.authority, root(200)], name=None))
    assert "1 certificate to go by, 2 trust anchors, and the rules of RFC 5280." in said


def test_the_words_are_of_rules_that_there_are():
    ours = (*rules.EVERY_CERTIFICATE, *rules.LEAF, *rules.ISSUERS, *revocation.BELOW_THE_ANCHOR)
    assert explanation.FOUND.keys() <= {rule.name for rule in (*ours, *WEB)}


def test_the_rules_of_the_web_are_told_too():
    family = authority_and_leaf()
    trust = TrustStore([family.authority.certificate], profile=Profile.WEB)
    told = explanation.explain([family.leaf.der], trust, at=NOW, purpose=Purpose.SERVER, name="localhost")
    said = story(told)
    rules_asked = "the rules of RFC 5280 and the Baseline Requirements."
    assert f"1 certificate to go by, 1 trust anchor, and {rules_asked}" in " ".join(said)
    assert "✓ serial number 0x64 Baseline Requirements section 7.1.2.7" in said
    assert any(line.startswith("✗ key of the web ") for line in said)
    assert told.rule_broken() == "key of the web, Baseline Requirements section 7.1.3.1"


def question(family):
    return Question(NOW, Purpose.SERVER, family.trust, Search([family.leaf], family.trust))


def test_what_the_rules_of_the_web_find():
    family = authority_and_leaf()
    place = Place((family.leaf,), 0, question(family))
    found = {rule.name: explanation.FOUND[rule.name](place) for rule in WEB if rule.name in explanation.FOUND}
    assert found == {
        "serial number": "0x64",
        "key of the web": "Ed25519",
        "key usage of its kind": "Ed25519",
        "signature of the web": "Ed25519",
        "length of validity": "10958 days",  # as the rule counts them: the last second too
        "alternative names": "dNSName localhost, iPAddress 127.0.0.1, iPAddress ::1",
    }


def test_a_hostile_name_cannot_leave_its_line():
    name = "\x1b[2J\n" + "x" * 300
    for anchors in ([root()], []):
        lines = list(explained([leaf_under(root(), name)], anchors).lines(wording.MINIMUM_WIDTH))
        assert all(len(line) <= wording.MINIMUM_WIDTH and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("kind", "name", "rule"),
    [
        ("good", "localhost", ""),
        ("good", "example.com", "name, RFC 9525 section 6"),
        ("expired", "example.com", "validity, RFC 5280 section 6.1.3 (a)(2)"),
        ("bad signature", "localhost", "signature, RFC 5280 section 6.1.3 (a)(1)"),
        ("loop", "localhost", "trust anchor, RFC 5280 section 6.1.1 (d)"),
    ],
)
def test_the_rule_that_refuses_is_named(kind, name, rule):
    assert explained(*KINDS[kind], name=name).rule_broken() == rule

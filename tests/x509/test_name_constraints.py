"""Which names an authority may vouch for: each form of them, inside and outside of its subtrees."""

import ipaddress

import pytest
from cryptography import x509 as pyca

from tests.support.certificates import (
    NOT_BEFORE,
    NOW,
    authority_extensions,
    authority_under,
    extension,
    leaf_extensions,
    leaf_under,
    root,
)
from x509 import distinguished_names, encoding, name_constraints, oids, path
from x509.errors import CertificateError, NotPermitted, UnsupportedCertificate
from x509.rules import Purpose
from x509.trust_store import TrustStore


def dns(name):
    return encoding.implicit(2, name.encode())


def mail(name):
    return encoding.implicit(1, name.encode())


def uri(name):
    return encoding.implicit(6, name.encode())


def address(name):
    return encoding.implicit(7, ipaddress.ip_address(name).packed)


def network(name):
    tops = ipaddress.ip_network(name)
    return encoding.implicit(7, tops.network_address.packed + tops.netmask.packed)


def directory(*common_names):
    return encoding.explicit(4, name_of(*common_names))


def name_of(*common_names):
    attributes = [
        encoding.set_of(encoding.sequence(encoding.oid(oids.COMMON_NAME), encoding.utf8_string(name)))
        for name in common_names
    ]
    return encoding.sequence(*attributes)


def constraints(permitted=(), excluded=(), *, critical=True):
    parts = [
        encoding.explicit(number, b"".join(encoding.sequence(top) for top in tops))
        for number, tops in enumerate((permitted, excluded))
        if tops
    ]
    return extension(oids.NAME_CONSTRAINTS, encoding.sequence(*parts), critical=critical)


def alternative_names(*names):
    return extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*names))


def leaf_with(*names, issuer, **replaced):
    usual = {"extensions": leaf_extensions(subject_alternative_name=alternative_names(*names))}
    return leaf_under(issuer, **(usual | replaced))


def judge(limits, leaf_names, **replaced):
    """Through an authority that is bound by these limits."""
    authority = authority_under(root(), extensions=authority_extensions(name_constraints=limits))
    leaf = leaf_with(*leaf_names, issuer=authority, **replaced)
    trust = TrustStore([root().certificate])
    return path.verify_chain([leaf, authority.certificate], trust, at=NOW, purpose=Purpose.SERVER)


PLACE = r"^certificate 2 of 2 \(CN=Authority 2\): (it may not vouch for \S+: )?nameConstraints "


def permits(top, name):
    """Whether the subtree, permitted, lets the name pass; excluded, it has to do the opposite."""
    verdicts = []
    for limits in (constraints([top]), constraints([], [top])):
        try:
            judge(limits, [name])
            verdicts.append(True)
        except NotPermitted:
            verdicts.append(False)
    assert verdicts[0] != verdicts[1]
    return verdicts[0]


@pytest.mark.parametrize(
    ("top", "name", "inside"),
    [
        (dns("example.com"), dns("example.com"), True),
        (dns("example.com"), dns("www.example.com"), True),
        (dns("example.com"), dns("a.b.example.com"), True),
        (dns("example.com"), dns("WWW.EXAMPLE.COM"), True),
        (dns("EXAMPLE.com"), dns("www.example.com"), True),
        (dns("example.com"), dns("*.example.com"), True),
        (dns("example.com"), dns("badexample.com"), False),
        (dns("example.com"), dns("example.com.evil.org"), False),
        (dns("example.com"), dns("com"), False),
        (dns(".example.com"), dns("www.example.com"), True),
        (dns(".example.com"), dns("example.com"), False),
        (dns(""), dns("www.example.com"), True),
        (dns("example.com"), dns("www.example.com\0.evil.org"), False),
        (mail("a@example.com"), mail("a@example.com"), True),
        (mail("a@example.com"), mail("a@EXAMPLE.com"), True),
        (mail("a@example.com"), mail("A@example.com"), False),
        (mail("a@example.com"), mail("a@www.example.com"), False),
        (mail("example.com"), mail("b@example.com"), True),
        (mail("example.com"), mail("b@www.example.com"), False),
        (mail(".example.com"), mail("b@www.example.com"), True),
        (mail(".example.com"), mail("b@example.com"), False),
        (mail("example.com"), mail("b@example.com@evil.org"), False),
        (uri("example.com"), uri("https://example.com/a"), True),
        (uri("example.com"), uri("https://user@EXAMPLE.com:443?q"), True),
        (uri("example.com"), uri("https://www.example.com"), False),
        (uri(".example.com"), uri("ldap://www.example.com/"), True),
        (uri(".example.com"), uri("ldap://example.com/"), False),
        (uri("example.com"), uri("https://evil.org/@example.com"), False),
        (uri("example.com"), uri("https://evil.org#@example.com"), False),
        (network("192.0.2.0/24"), address("192.0.2.200"), True),
        (network("192.0.2.0/24"), address("192.0.3.1"), False),
        (network("0.0.0.0/0"), address("192.0.3.1"), True),
        (network("2001:db8::/32"), address("2001:db8::1"), True),
        (network("2001:db8::/32"), address("2001:db9::1"), False),
        (network("0.0.0.0/0"), address("::1"), False),
        (network("::/0"), address("192.0.2.1"), False),
        (directory("a"), directory("a"), True),
        (directory("a"), directory("A", "b"), True),
        (directory("a", "b"), directory("a"), False),
    ],
)
def test_each_form(top, name, inside):
    if name[0] == 0xA4:  # the subject is such a name, too: it has to fit, or not to be there
        with_subject = {"subject": name[2:]}
        for limits, good in ((constraints([top]), inside), (constraints([], [top]), not inside)):
            if good:
                judge(limits, [name], **with_subject)
            else:
                with pytest.raises(NotPermitted, match=PLACE):
                    judge(limits, [name], **with_subject)
    else:
        assert permits(top, name) == inside


def test_the_error_says_which_name_of_whom():
    with pytest.raises(NotPermitted, match=PLACE + r"does not permit its dNSName 'b\.org'$"):
        judge(constraints([dns("a.org")]), [dns("a.org"), dns("b.org")])
    with pytest.raises(NotPermitted, match=PLACE + r"excludes its dNSName 'a\.org'$"):
        judge(constraints([], [dns("a.org")]), [dns("b.org"), dns("a.org")])


def test_one_permitted_subtree_is_enough_and_one_excluded_too_much():
    limits = constraints([dns("a.org"), dns("b.org")], [dns("x.a.org"), dns("x.b.org")])
    judge(limits, [dns("www.a.org"), dns("www.b.org")])
    for name in ("c.org", "x.a.org", "www.x.b.org"):
        with pytest.raises(NotPermitted):
            judge(limits, [dns("www.a.org"), dns(name)])


def test_what_is_not_mentioned_is_free():
    judge(constraints([network("192.0.2.0/24")]), [dns("a.org"), mail("a@b.org"), uri("urn:a")])
    judge(constraints([mail("a@b.org")]), [dns("a.org"), address("192.0.2.1")])


@pytest.mark.parametrize("excluded", ["a.example.com", ".example.com", "example.com"])
def test_a_wildcard_stands_for_hosts_that_are_excluded(excluded):
    with pytest.raises(NotPermitted):
        judge(constraints([], [dns(excluded)]), [dns("*.example.com")])


@pytest.mark.parametrize("excluded", ["b.a.example.com", "xample.com", "a.example.org"])
def test_and_not_for_those_that_it_cannot_reach(excluded):
    judge(constraints([], [dns(excluded)]), [dns("*.example.com")])


@pytest.mark.parametrize(
    "name",
    [
        mail("nobody"),
        mail("@example.com"),
        mail("a@example.com."),
        mail("a@example.com\0"),
        mail("a@[192.0.2.1]"),
        uri("urn:isbn:1"),
        uri("https://192.0.2.1/"),
        uri("https://[::1]/"),
        uri("a b"),
        uri("https://example.com./"),
        uri("https://ex%61mple.com/"),
    ],
)
def test_a_name_that_says_no_host_is_refused_where_it_is_constrained(name):
    top = mail("example.com") if name[0] == 0x81 else uri("example.com")
    for limits in (constraints([top]), constraints([], [top])):
        with pytest.raises(NotPermitted, match=PLACE + "cannot be asked about"):
            judge(limits, [name])


def test_forms_that_nobody_can_compare_are_refused():
    other = encoding.explicit(0, encoding.oid("1.2.3") + encoding.explicit(0, encoding.utf8_string("a")))
    judge(constraints([other]), [dns("a.org")])  # none is presented
    with pytest.raises(UnsupportedCertificate, match=PLACE + "for a otherName are not understood"):
        judge(constraints([other]), [dns("a.org"), other])


def test_the_common_name_is_no_host():
    judge(constraints([dns("example.com")]), [dns("www.example.com")], subject=name_of("evil.org"))


def test_a_mailbox_in_the_subject_counts_where_there_is_no_alternative_name():
    attribute = encoding.sequence(encoding.oid(oids.EMAIL_ADDRESS), encoding.element(0x16, b"a@evil.org"))
    bare_extensions = leaf_extensions(subject_alternative_name=None)
    bare = {"subject": encoding.sequence(encoding.set_of(attribute)), "extensions": bare_extensions}
    with pytest.raises(NotPermitted, match=r"rfc822Name 'a@evil\.org"):
        judge(constraints([mail("example.com")]), [], **bare)
    judge(constraints([mail("evil.org")]), [], **bare)


def test_the_subject_is_a_name_too():
    with pytest.raises(NotPermitted, match="does not permit its directoryName 'CN=localhost'"):
        judge(constraints([directory("somebody")]), [dns("a.org")])
    judge(constraints([directory("somebody")]), [dns("a.org")], subject=encoding.sequence())


def test_those_further_down_are_bound_and_may_not_free_themselves():
    limits = constraints([dns("example.com")])
    bound = authority_under(root(), extensions=authority_extensions(name_constraints=limits, path_length=1))
    wider = constraints([dns("evil.org")])
    below = authority_under(bound, 3, extensions=authority_extensions(name_constraints=wider))
    trust = TrustStore([root().certificate])
    for name in ("www.example.com", "www.evil.org"):
        chain = [leaf_with(dns(name), issuer=below), below.certificate, bound.certificate]
        with pytest.raises(NotPermitted, match="nameConstraints does not permit"):
            path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER)


def test_an_anchor_binds_too_and_a_forgotten_flag_frees_nobody():
    for critical in (True, False):
        limits = constraints([dns("example.com")], critical=critical)
        anchor = root(extensions=authority_extensions(name_constraints=limits))
        trust = TrustStore([anchor.certificate])
        leaf = leaf_with(dns("www.example.com"), issuer=anchor)
        assert path.verify_chain([leaf], trust, at=NOW, purpose=Purpose.SERVER)
        with pytest.raises(NotPermitted):
            leaf = leaf_with(dns("www.evil.org"), issuer=anchor)
            path.verify_chain([leaf], trust, at=NOW, purpose=Purpose.SERVER)


def test_an_authority_that_changes_its_key_is_passed_over_and_its_leaves_are_not():
    limits = constraints([directory("somebody")])
    anchor = root(extensions=authority_extensions(name_constraints=limits))
    new_key = authority_under(anchor, 2, "Root")
    trust = TrustStore([anchor.certificate])
    chain = [leaf_with(dns("a.org"), issuer=new_key, subject=name_of("somebody")), new_key.certificate]
    assert path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER)
    chain[0] = leaf_with(dns("a.org"), issuer=new_key, subject=name_of("Root"))  # self-issued, and the last
    with pytest.raises(NotPermitted):
        path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER)


def test_the_work_is_bounded(monkeypatch):
    limits = constraints([dns("a.org"), dns("b.org")], [dns("c.org")])
    names = [dns("a.org")] * 3  # and the subject
    monkeypatch.setattr(name_constraints, "MAXIMUM_COMPARISONS", 12)
    judge(limits, names)
    monkeypatch.setattr(name_constraints, "MAXIMUM_COMPARISONS", 11)
    with pytest.raises(UnsupportedCertificate, match="more than 11 comparisons"):
        judge(limits, names)


def test_the_work_is_bounded_for_all_paths_together(monkeypatch):
    """The first path fails at its anchor, and what it has cost is missing on the second one."""
    limits = authority_extensions(name_constraints=constraints([dns("a.org")]))
    authority = authority_under(root(), extensions=limits)
    anchors = [root(not_after=NOT_BEFORE).certificate, root().certificate]
    chain = [leaf_with(dns("a.org"), issuer=authority), authority.certificate]
    monkeypatch.setattr(name_constraints, "MAXIMUM_COMPARISONS", 4)  # the subject and a name, twice
    assert path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER)
    monkeypatch.setattr(name_constraints, "MAXIMUM_COMPARISONS", 3)
    with pytest.raises(CertificateError):
        path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER)


@pytest.mark.parametrize("presented", ["a.org", "www.a.org", "*.a.org", "elsewhere.org"])
def test_a_wildcard_is_no_subtree(presented):
    for limits in (constraints([dns("*.a.org")]), constraints(excluded=[dns("*.a.org")])):
        with pytest.raises(UnsupportedCertificate, match=PLACE + "for a wildcard are not understood"):
            judge(limits, [dns(presented)])


@pytest.mark.parametrize(
    ("top", "name"),
    [
        (dns("."), dns("www.a.org")),
        (dns("a.org."), dns("www.a.org")),
        (dns("..a.org"), dns("www.a.org")),
        (dns("a..org"), dns("www.a.org")),
        (dns(" a.org"), dns("www.a.org")),
        (dns("a.org\0"), dns("www.a.org")),
        (dns("https://a.org"), dns("www.a.org")),
        (mail(""), mail("x@a.org")),
        (mail("@a.org"), mail("x@a.org")),
        (mail("a.org."), mail("x@a.org")),
        (mail("x@.a.org"), mail("x@a.org")),
        (mail("x@"), mail("x@a.org")),
        (uri(""), uri("https://a.org")),
        (uri("a.org."), uri("https://a.org")),
        (uri("https://a.org"), uri("https://a.org")),
    ],
)
def test_what_is_no_domain_is_no_subtree(top, name):
    """It would exclude nothing, and whoever wrote it meant something."""
    for limits in (constraints([top]), constraints(excluded=[top])):
        with pytest.raises(UnsupportedCertificate, match=PLACE + "for .*, which is no domain, are not"):
            judge(limits, [name])


def test_a_long_name_is_not_compared():
    longest = "x" * (name_constraints.MAXIMUM_LENGTH - 6) + ".a.org"
    judge(constraints([dns("a.org")]), [dns(longest)])
    judge(constraints(excluded=[dns(longest)]), [dns("a.org")])
    why = PLACE + "cannot be asked about 1001 characters"
    for limits, presented in ([dns("a.org")], dns("x" + longest)), ([dns("x" + longest)], dns("a.org")):
        with pytest.raises(UnsupportedCertificate, match=why):
            judge(constraints(limits), [presented])


@pytest.mark.parametrize(
    "value",
    [
        encoding.sequence(),
        encoding.sequence(encoding.explicit(0, b"")),
        encoding.sequence(encoding.explicit(0, encoding.sequence(dns("a"), encoding.implicit(0, b"\0")))),
        encoding.sequence(encoding.explicit(0, encoding.sequence(dns("a"), encoding.implicit(1, b"\1")))),
        encoding.sequence(encoding.explicit(0, encoding.sequence(address("192.0.2.1")))),
    ],
    ids=["nothing", "no subtree", "minimum", "maximum", "no mask"],
)
def test_malformed_constraints(value):
    with pytest.raises(ValueError, match="NameConstraints"):
        authority_under(
            root(),
            extensions=authority_extensions(name_constraints=extension(oids.NAME_CONSTRAINTS, value)),
        )


def test_read_as_pyca_writes_them():
    theirs = pyca.NameConstraints(
        [pyca.DNSName("example.com"), pyca.IPAddress(ipaddress.ip_network("192.0.2.0/24"))],
        [pyca.DirectoryName(pyca.Name([pyca.NameAttribute(pyca.oid.NameOID.COMMON_NAME, "a")]))],
    )
    limits = extension(oids.NAME_CONSTRAINTS, theirs.public_bytes())
    ours = authority_under(root(), extensions=authority_extensions(name_constraints=limits)).certificate
    found = ours.extensions.name_constraints
    assert [str(top) for top in found.permitted] == ["dNSName example.com", "iPAddress 192.0.2.0/24"]
    assert [top.value.der for top in found.excluded] == [distinguished_names.encode("a")]
    assert issubclass(NotPermitted, CertificateError)

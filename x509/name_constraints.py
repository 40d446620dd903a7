"""Name constraints: for which names an authority may vouch.  RFC 5280 section 4.2.1.10.

An authority that was made for one company says so in its certificate: permitted is example.com, excluded is
dev.example.com.  Whatever it issues, and whatever that issues, has to keep to it with every name that it
presents, be it a DNS name, an address, a mailbox, a URI or a distinguished name.

    permitted     a name of a form for which there are subtrees has to lie in one of them
    excluded      a name must lie in none of them

A hostile authority can make this long: with hundreds of names and hundreds of subtrees, on every path that
leads through what it has issued.  So one `Budget` goes with a chain on all its paths.

A subtree that is no domain is refused, where it is asked: excluded, "example.com." or "@example.com" would
exclude nothing, and whoever wrote it meant something.

Two more things follow from what names are used for.  A wildcard lies in an excluded subtree when one of the
hosts that it stands for does.  And the common name is left alone: no host is looked for in it (RFC 9525).

Errors         `NotPermitted`; `UnsupportedCertificate` for a form that cannot be compared, and for more work
               than is done for a stranger.
Tested by      tests/x509/test_name_constraints.py
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from x509 import oids
from x509.certificate import Certificate
from x509.distinguished_names import Name
from x509.errors import NotPermitted, UnsupportedCertificate
from x509.extensions import NameConstraints
from x509.general_names import Form, GeneralName

MAXIMUM_COMPARISONS = 2**18  # of one name with one subtree, for one chain on all its paths together
MAXIMUM_LENGTH = 1000  # characters of a name that is compared; a DNS name has 253 at most
MAXIMUM_SHOWN = 200  # characters of a name, in an error

_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")  # in small letters; no dot at its end, nothing empty
_HOST_OF_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@\[\]]+)(?::[0-9]*)?(?:[/?#].*)?")


class Budget:
    """How many comparisons may still be made."""

    def __init__(self) -> None:
        self._left = MAXIMUM_COMPARISONS

    def spend(self, comparisons: int) -> None:
        if comparisons > self._left:
            raise UnsupportedCertificate(
                f"nameConstraints would take more than {MAXIMUM_COMPARISONS} comparisons"
            )
        self._left -= comparisons


def check(constraints: NameConstraints, certificate: Certificate, budget: Budget) -> None:
    """Return when every name of the certificate keeps to the constraints of who is above it."""
    names = list(_names_of(certificate))
    subtrees = (*constraints.permitted, *constraints.excluded)
    budget.spend(len(names) * len(subtrees))
    for one in (*names, *subtrees):
        if isinstance(one.value, str) and len(one.value) > MAXIMUM_LENGTH:
            raise UnsupportedCertificate(f"nameConstraints cannot be asked about {len(one.value)} characters")
    may_not = f"it may not vouch for {certificate}"
    for name in names:
        if any(_lies_in(name, top, excluded=True) for top in _of_form(name.form, constraints.excluded)):
            raise NotPermitted(f"{may_not}: nameConstraints excludes its {_shown(name)}")
        permitted = list(_of_form(name.form, constraints.permitted))
        if permitted and not any(_lies_in(name, top) for top in permitted):
            raise NotPermitted(f"{may_not}: nameConstraints does not permit its {_shown(name)}")


def _names_of(certificate: Certificate) -> Iterator[GeneralName]:
    """All that it presents: its subject, and its alternative names."""
    if certificate.subject.relative_names:
        yield GeneralName(Form.directoryName, certificate.subject)
    alternative = certificate.extensions.subject_alternative_name
    if alternative is not None:
        yield from alternative.names
    else:  # mailboxes stood in the subject once
        for attributes in certificate.subject.relative_names:
            for attribute in attributes:
                if attribute.oid == oids.EMAIL_ADDRESS and isinstance(attribute.value, str):
                    yield GeneralName(Form.rfc822Name, attribute.value)


def _of_form(form: Form, subtrees: tuple[GeneralName, ...]) -> Iterator[GeneralName]:
    return (top for top in subtrees if top.form is form)


def _lies_in(name: GeneralName, top: GeneralName, *, excluded: bool = False) -> bool:
    """Whether a name is in the subtree; for one that cannot be understood the answer is a refusal."""
    match name.form, name.value, top.value:
        case Form.dNSName, str(host), str(domain):
            host, domain = host.lower(), domain.lower()
            if domain:  # the empty one has every name below it
                _check_domain(domain)
            if excluded and host.startswith("*.") and host[2:] == domain.lstrip(".").partition(".")[2]:
                return True  # the wildcard stands for the top itself, too
            return _is_below(host, domain.removeprefix(".")) or (
                not domain.startswith(".") and host == domain
            )
        case Form.rfc822Name, str(mailbox), str(which):
            return _mailbox_lies_in(mailbox, which)
        case Form.uniformResourceIdentifier, str(uri), str(domain):
            _check_domain(domain.lower())
            return _host_lies_in(_host_of(uri), domain.lower())
        case (
            Form.iPAddress,
            IPv4Address() | IPv6Address() as address,
            IPv4Network() | IPv6Network() as network,
        ):
            return address in network
        case Form.directoryName, Name() as subject, Name() as subtree:
            return subject.is_within(subtree)
        case _:  # section 4.2.1.10: process the constraint, or reject the certificate
            raise UnsupportedCertificate(f"nameConstraints for a {name.form.name} are not understood")


def _check_domain(domain: str) -> None:
    """Refuse a top in which nothing lies, "*.a.org", "a.org." or "@a.org": whoever wrote it meant more."""
    if "*" in domain:
        raise UnsupportedCertificate("nameConstraints for a wildcard are not understood")
    if not _DOMAIN.fullmatch(domain.removeprefix(".")):
        shown = domain[:MAXIMUM_SHOWN]
        raise UnsupportedCertificate(f"nameConstraints for {shown!a}, which is no domain, are not understood")


def _is_below(host: str, domain: str) -> bool:
    """Whether the host has more labels to the left of the domain; everything is below the empty one."""
    return not domain or host.endswith("." + domain)


def _host_lies_in(host: str, domain: str) -> bool:
    """In mailboxes and URIs a domain is one host, and those below it are written with a period first."""
    return host.endswith(domain) if domain.startswith(".") else host == domain


def _mailbox_lies_in(mailbox: str, which: str) -> bool:
    local, _, host = mailbox.rpartition("@")
    if not local or not _DOMAIN.fullmatch(host.lower()):
        raise NotPermitted(f"nameConstraints cannot be asked about {mailbox[:MAXIMUM_SHOWN]!a}: no mailbox")
    wanted_local, _, wanted_host = which.rpartition("@")
    if wanted_local:
        # A mailbox is on one host, so this has no dot of its own before it.
        _check_domain("." + wanted_host.lower())
        return local == wanted_local and host.lower() == wanted_host.lower()
    _check_domain(which.lower())
    return _host_lies_in(host.lower(), which.lower())


def _host_of(uri: str) -> str:
    """Section 4.2.1.10: a URI without a host that has a name MUST be rejected."""
    found = _HOST_OF_URI.fullmatch(uri)
    host = "" if found is None else found[1].lower()
    if not _DOMAIN.fullmatch(host) or not host.strip("0123456789."):
        raise NotPermitted(f"nameConstraints cannot be asked about {uri[:MAXIMUM_SHOWN]!a}: no host in it")
    return host


def _shown(name: GeneralName) -> str:
    return f"{name.form.name} {str(name.value)[:MAXIMUM_SHOWN]!a}"

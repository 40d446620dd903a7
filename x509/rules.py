"""The rules: may this certificate be where it is on its path?  RFC 5280 sections 4.2 and 6.1.

Each rule is a function of one `Place`: a certificate, the path it stands on, and what is asked of the path.
It says nothing where the rule is kept, and raises a `CertificateError` where it is broken.  The tables at the
end say which rules hold for whom; `path` applies them from the leaf upwards, and `explanation` tells them.
Others stand elsewhere: what the web asks in addition, in `web_rules`, and the one of `revocation`, which is
asked when all others are kept.

Decisions, where the standards leave room:
  - An anchor has to be valid and allowed to issue like any other certificate, as openssl has it: one that has
    expired is refused.  Only its signature is not looked at: we trust it because it is in the store.
  - extKeyUsage in an authority binds what is issued under it, as for openssl and browsers; RFC 5280 knows it
    for leaves only.  anyExtendedKeyUsage allows every purpose.
  - An extension that we understand is obeyed whether it is critical or not; the many words of RFC 5280 about
    which ought to be are for those who issue.  `web_rules` asks for two.
  - keyUsage may name what a key of its kind can never do.  RFC 8813 and RFC 9295 forbid that to authorities,
    but many write keyEncipherment into whatever they issue, and it does no harm.  `web_rules` forbids it.

Tested by      tests/x509/test_path.py: each rule by a chain that breaks it and no other
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from x509 import extensions, name_constraints, oids, policies, wording
from x509.certificate import Certificate
from x509.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    NotPermitted,
    UnsupportedCertificate,
)
from x509.extensions import KeyUsage
from x509.name_constraints import Budget
from x509.policies import Wanted
from x509.search import Path, Search
from x509.trust_store import TrustStore

MAXIMUM_PURPOSES_SHOWN = 4  # in an error


class Purpose(enum.Enum):
    """What the leaf is to be used for; the values are the OIDs of extKeyUsage."""

    SERVER = oids.SERVER_AUTH
    CLIENT = oids.CLIENT_AUTH


ROLES = {Purpose.SERVER: "a server", Purpose.CLIENT: "a client"}


@dataclass(frozen=True)
class Question:
    """What is asked of a path, and how much work may go into the answer for all paths of a chain."""

    at: datetime
    purpose: Purpose
    trust: TrustStore
    search: Search = field(repr=False, compare=False)  # which knows other certificates
    wanted: Wanted = policies.NOTHING
    budget: Budget = field(default_factory=Budget, repr=False, compare=False)


@dataclass(frozen=True)
class Place:
    """A certificate on its path, the leaf at position 0 and the trust anchor at the end."""

    path: Path
    position: int
    question: Question

    @property
    def certificate(self) -> Certificate:
        return self.path[self.position]

    @property
    def below(self) -> Path:
        """What it has issued, and what that has issued, down to the leaf."""
        return self.path[: self.position]


@dataclass(frozen=True)
class Rule:
    """One thing that has to be so.

    check     raises a CertificateError if it is not
    """

    name: str
    source: str  # where the standards say it
    check: Callable[[Place], None]


# ---- Every certificate ----------------------------------------------------------------------------------


def check_validity(place: Place) -> None:
    """Both ends belong to the period (section 4.1.2.5)."""
    certificate, at = place.certificate, place.question.at
    if at < certificate.not_before:
        since = wording.moment(certificate.not_before)
        raise CertificateNotYetValid(f"not valid before {since}, and the time is {wording.moment(at)}")
    if at > certificate.not_after:
        until = wording.moment(certificate.not_after)
        raise CertificateExpired(f"expired {until}, and the time is {wording.moment(at)}")


def check_critical_extensions(place: Place) -> None:
    """What is critical and not understood refuses the certificate."""
    for extension in place.certificate.extensions.all:
        if extension.critical and extension.oid not in extensions.UNDERSTOOD:
            name = oids.name(extension.oid)
            raise UnsupportedCertificate(f"its critical extension {name} is not understood")


def check_purpose(place: Place) -> None:
    """extKeyUsage, where present, has to name the purpose."""
    allowed, wanted = place.certificate.extensions.extended_key_usage, place.question.purpose.value
    if allowed is None or oids.ANY_EXTENDED_KEY_USAGE in allowed:
        return
    if wanted not in allowed:
        shown = ", ".join(map(oids.name, allowed[:MAXIMUM_PURPOSES_SHOWN]))
        role = ROLES[place.question.purpose]
        raise NotPermitted(f"it is not for {role}: extKeyUsage allows {shown}, not {oids.name(wanted)}")


# ---- The leaf -------------------------------------------------------------------------------------------


def check_public_key(place: Place) -> None:
    """It is of a kind that can sign, and a key of its kind; those above it have been used by now."""
    place.certificate.public_key  # noqa: B018


def check_version(place: Place) -> None:
    if place.certificate.version != 3:  # section 4.5.1.2 [1]
        version = place.certificate.version
        raise UnsupportedCertificate(f"it is of X.509 version {version}, and has to be of version 3")


def check_signs_no_certificates(place: Place) -> None:
    """A key that may sign certificates is an authority's (section 4.2.1.3)."""
    found = place.certificate.extensions
    is_authority = found.basic_constraints is not None and found.basic_constraints.is_authority
    if KeyUsage.keyCertSign in (found.key_usage or ()) and not is_authority:
        raise NotPermitted("it may sign certificates (keyUsage), but is no authority (basicConstraints)")


def check_subject(place: Place) -> None:
    """Who it is about stands in the subject, or in a subjectAltName that nobody may pass over."""
    named = place.certificate.extensions.is_critical(oids.SUBJECT_ALTERNATIVE_NAME)
    if not place.certificate.subject.relative_names and not named:
        raise NotPermitted("its subject is empty, and there is no critical subjectAltName in its place")


def check_signs_handshakes(place: Place) -> None:
    """Its key is to sign the handshake."""
    _check_key_usage(place.certificate, KeyUsage.digitalSignature)  # section 4.5.1.2 [3]


def check_policies(place: Place) -> None:
    """The one rule that looks at the path as a whole."""
    policies.check(place.path, place.question.wanted)


# ---- Who has issued another one --------------------------------------------------------------------------


def check_is_authority(place: Place) -> None:
    constraints = place.certificate.extensions.basic_constraints
    if constraints is None or not constraints.is_authority:
        raise NotPermitted("it has issued another certificate, but is no authority (basicConstraints)")


def check_path_length(place: Place) -> None:
    """Self-issued authorities, by which one changes its key, are not counted (section 6.1.4 (l))."""
    constraints = place.certificate.extensions.basic_constraints
    limit = None if constraints is None else constraints.path_length
    below = sum(not authority.is_self_issued for authority in place.below[1:])
    if limit is not None and below > limit:
        raise NotPermitted(f"too many authorities below it: {below}, and pathLenConstraint allows {limit}")


def check_signs_certificates(place: Place) -> None:
    _check_key_usage(place.certificate, KeyUsage.keyCertSign)


def check_name_constraints(place: Place) -> None:
    """Of what is below, self-issued authorities are passed over: they have the issuer's own name."""
    constraints = place.certificate.extensions.name_constraints
    if constraints is None:
        return
    for position, certificate in enumerate(place.below):
        if position == 0 or not certificate.is_self_issued:
            name_constraints.check(constraints, certificate, place.question.budget)


def _check_key_usage(certificate: Certificate, needed: KeyUsage) -> None:
    """keyUsage, where present, has to allow what the key is used for (section 4.2.1.3)."""
    allowed = certificate.extensions.key_usage
    if allowed is not None and needed not in allowed:
        shown = ", ".join(usage.name for usage in KeyUsage if usage in allowed) or "nothing known"
        what = "certificates" if needed is KeyUsage.keyCertSign else "handshakes"
        raise NotPermitted(f"it may not sign {what}: keyUsage allows {shown}, not {needed.name}")


EVERY_CERTIFICATE = (
    Rule("validity", "RFC 5280 section 6.1.3 (a)(2)", check_validity),
    Rule("critical extensions", "RFC 5280 section 4.2", check_critical_extensions),
    Rule("purpose", "RFC 5280 section 4.2.1.12", check_purpose),
)
LEAF = (
    Rule("version", "RFC 9846 section 4.5.1.2", check_version),
    Rule("public key", "RFC 5280 section 4.1.2.7", check_public_key),
    Rule("subject", "RFC 5280 section 4.1.2.6", check_subject),
    Rule("no signing of others", "RFC 5280 section 4.2.1.9", check_signs_no_certificates),
    Rule("key usage", "RFC 9846 section 4.5.1.2", check_signs_handshakes),
    Rule("policies", "RFC 5280 sections 6.1.3 (f) and 6.1.5", check_policies),
)
ISSUERS = (
    Rule("authority", "RFC 5280 section 6.1.4 (k)", check_is_authority),
    Rule("path length", "RFC 5280 section 6.1.4 (l) and (m)", check_path_length),
    Rule("key usage", "RFC 5280 section 6.1.4 (n)", check_signs_certificates),
    Rule("name constraints", "RFC 5280 section 6.1.3 (b) and (c)", check_name_constraints),
)

"""What the web asks beyond RFC 5280: the Baseline Requirements of the CA/Browser Forum, version 2.2.6.

[6.3.2] is a section of the "Baseline Requirements for the Issuance and Management of Publicly-Trusted TLS
Server Certificates".  They bind the authorities, and fill a book; a verifier has three things to gain from
asking: that a certificate is not for ever, that a key and a name are of kinds that everyone understands, and
that nothing is left open which one program might read in this way and another in that.

Decisions, where browsers and libraries differ:
  - An anchor is not asked.  Somebody has chosen it, and good old roots have the serial number 0, no keyUsage,
    or basicConstraints that are not critical.  A leaf that is its own anchor is asked all that a leaf is.
  - Asked as pyca/cryptography does: the algorithms of signatures by their exact bytes, the issuer's name too,
    which extensions are critical and which are not; in authorities a keyUsage; in a leaf an
    authorityKeyIdentifier, and no nameConstraints.  Stricter, as the text has it: the kind of a leaf's key,
    its extKeyUsage, the length of its validity, every one of its names; in an intermediate the
    authorityKeyIdentifier, and that keyUsage is critical.
  - Not asked: whether a name or an address is an internal one, which takes a list of the day's top-level
    domains and reserved addresses; public suffixes beyond "*.com", which take another; policy OIDs, subject
    attributes, and where to fetch things.
  - Version 3 needs no rule here: a leaf of another one is refused anyway, and who has no extensions is no
    authority.
  - P-521 is allowed to the web and not understood by this package, so it is refused sooner.

Errors         `NotPermitted`
Tested by      tests/x509/test_web_rules.py: each rule by a chain that breaks it and no other
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from x509 import algorithms, names, oids
from x509.algorithms import NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.errors import NotPermitted
from x509.extensions import KeyUsage
from x509.general_names import Form
from x509.profiles import Profile
from x509.rules import Place, Rule

# [6.3.2] For how many days a leaf may be valid that was issued on this day or later.  The lines before 2020
# are those of earlier versions: 60 and 39 months, 825 days.
LONGEST_VALIDITY = (
    (datetime(2012, 7, 1, tzinfo=UTC), 1827),
    (datetime(2015, 4, 1, tzinfo=UTC), 1188),
    (datetime(2018, 3, 1, tzinfo=UTC), 825),
    (datetime(2020, 9, 1, tzinfo=UTC), 398),
    (datetime(2026, 3, 15, tzinfo=UTC), 200),
    (datetime(2027, 3, 15, tzinfo=UTC), 100),
    (datetime(2029, 3, 15, tzinfo=UTC), 47),
)
DAY = timedelta(days=1)

KEY_KINDS = (KeyKind.RSA, KeyKind.P256, KeyKind.P384)  # [7.1.3.1]; how long and how sound: `purecrypto.rsa`
CURVES = (KeyKind.P256, KeyKind.P384)
NOT_ON_CURVES = frozenset({KeyUsage.keyEncipherment, KeyUsage.dataEncipherment})
SIGNATURE_ALGORITHMS = frozenset(  # [7.1.3.2]; NULL is never left out
    {
        AlgorithmIdentifier(oid, NULL)
        for oid in (oids.RSA_WITH_SHA256, oids.RSA_WITH_SHA384, oids.RSA_WITH_SHA512)
    }
    | {
        AlgorithmIdentifier(oid)
        for oid in (oids.ECDSA_WITH_SHA256, oids.ECDSA_WITH_SHA384, oids.ECDSA_WITH_SHA512)
    }
    | {
        AlgorithmIdentifier(oids.RSA_PSS, algorithms.pss_parameters(oid, digest_size))
        for oid, (_, digest_size) in algorithms.PSS_KINDS.items()
    }
)

NEVER_CRITICAL = (oids.EXTENDED_KEY_USAGE, oids.SUBJECT_KEY_IDENTIFIER)  # [7.1.2.6.1] and [7.1.2.7.6]


def rules_for(place: Place) -> Iterator[Rule]:
    """What is asked at this place in addition."""
    if place.question.trust.profile is not Profile.WEB:
        return
    if place.position == 0:
        yield from BELOW_THE_ANCHOR
        yield from LEAF
    elif place.position < len(place.path) - 1:
        yield from BELOW_THE_ANCHOR
        yield from INTERMEDIATES


# ---- Every certificate but the anchor -------------------------------------------------------------------


def check_serial_number(place: Place) -> None:
    """One that is too long, or negative, is refused when it is read."""
    if place.certificate.serial_number < 1:
        raise NotPermitted(f"the web wants a serial number above 0, got {place.certificate.serial_number}")


def check_key_kind(place: Place) -> None:
    kind = place.certificate.public_key_info.kind
    if kind not in KEY_KINDS:
        allowed = ", ".join(kind.value for kind in KEY_KINDS)
        raise NotPermitted(f"its key is of the kind {kind.value}; the web allows {allowed} and P-521")


def check_usage_of_kind(place: Place) -> None:
    """keyUsage may not name what a key of this kind can never do; RSA keys can do it all."""
    certificate = place.certificate
    wrong = NOT_ON_CURVES & (certificate.extensions.key_usage or frozenset())
    if wrong and certificate.public_key_info.kind in CURVES:
        shown = ", ".join(usage.name for usage in KeyUsage if usage in wrong)
        kind = certificate.public_key_info.kind.value
        raise NotPermitted(f"keyUsage allows {shown}, for which no {kind} key can be used")


def check_signature_algorithm(place: Place) -> None:
    algorithm = place.certificate.signature_algorithm
    if algorithm not in SIGNATURE_ALGORITHMS:
        raise NotPermitted(f"it is signed with {algorithm}, in a form that the web does not allow")


def check_authority_key_identifier(place: Place) -> None:
    """It stays a hint: one authority has been known to have two identifiers for one key."""
    if len(place.path) == 1:  # who signs for himself need not say whose key it was
        return
    found = place.certificate.extensions
    if found.authority_key_identifier is None or found.is_critical(oids.AUTHORITY_KEY_IDENTIFIER):
        raise NotPermitted("the web wants an authorityKeyIdentifier with a keyIdentifier, and not critical")


def check_issuer_name(place: Place) -> None:
    """Byte by byte, so that nobody has to know which names are equal that are written differently."""
    above = place.path[place.position + 1 :]  # nobody, where a leaf is its own anchor
    if above and place.certificate.issuer.der != above[0].subject.der:
        raise NotPermitted(f"the web wants its issuer's name byte by byte as in the one of {above[0]}")


def check_not_critical(place: Place) -> None:
    for oid in NEVER_CRITICAL:
        if place.certificate.extensions.is_critical(oid):
            raise NotPermitted(f"the web wants {oids.name(oid)} not to be critical")


# ---- The leaf -------------------------------------------------------------------------------------------


def days_of_validity(certificate: Certificate) -> int:
    """Its first second and its last one are both counted, and a day begun is a day."""
    return -((certificate.not_before - certificate.not_after - timedelta(seconds=1)) // DAY)


def check_length_of_validity(place: Place) -> None:
    leaf = place.certificate
    days = days_of_validity(leaf)
    limits = [days for since, days in LONGEST_VALIDITY if leaf.not_before >= since]
    longest = limits[-1] if limits else LONGEST_VALIDITY[0][1]
    if days > longest:
        issued = leaf.not_before.date()
        allowed = f"the web allows {longest} to one issued on {issued}"
        raise NotPermitted(f"it is valid for {days} days, and {allowed}")


def check_alternative_names(place: Place) -> None:
    """For hosts and addresses alone, and each of them something that a client could ask for."""
    presented = place.certificate.extensions.subject_alternative_name
    if presented is None:
        raise NotPermitted("the web wants a subjectAltName, and there is none")
    critical = place.certificate.extensions.is_critical(oids.SUBJECT_ALTERNATIVE_NAME)
    if critical and place.certificate.subject.relative_names:  # and where there is no subject: `rules`
        raise NotPermitted("the web wants a subjectAltName beside a subject not to be critical")
    for name in presented.names:
        if name.form not in {Form.dNSName, Form.iPAddress}:
            raise NotPermitted(
                f"the web wants only dNSName and iPAddress in a subjectAltName, not {name.form.name}"
            )
        if isinstance(name.value, str) and not names.is_host_or_wildcard(name.value):
            shown = ascii(name.value[: names.MAXIMUM_NAME_LENGTH])
            raise NotPermitted(
                f"the dNSName {shown} is neither a host name nor a wildcard and two labels or more"
            )


def check_extended_key_usage(place: Place) -> None:
    """Which purposes there are is asked by `rules.check_purpose`, which lets a leaf be for everything."""
    purposes = place.certificate.extensions.extended_key_usage
    if purposes is None:
        raise NotPermitted("the web wants an extKeyUsage, and there is none")
    if oids.ANY_EXTENDED_KEY_USAGE in purposes:
        raise NotPermitted("extKeyUsage allows anyExtendedKeyUsage, which the web does not")


def check_is_no_authority(place: Place) -> None:
    constraints = place.certificate.extensions.basic_constraints
    if constraints is not None and constraints.is_authority:
        raise NotPermitted("basicConstraints makes it an authority, and the web has no servers that are one")


def check_constrains_no_names(place: Place) -> None:
    if place.certificate.extensions.name_constraints is not None:
        raise NotPermitted("nameConstraints is for authorities")


# ---- Who has issued another one --------------------------------------------------------------------------


def check_constraints_are_critical(place: Place) -> None:
    """So that a program which does not know the extension does not pass over it."""
    if not place.certificate.extensions.is_critical(oids.BASIC_CONSTRAINTS):
        raise NotPermitted("the web wants basicConstraints of an authority to be critical")


def check_key_usage_is_critical(place: Place) -> None:
    """That keyCertSign is in it is asked by `rules.check_signs_certificates`."""
    if not place.certificate.extensions.is_critical(oids.KEY_USAGE):
        raise NotPermitted("the web wants keyUsage of an authority to be there, and critical")


BELOW_THE_ANCHOR = (
    Rule("serial number", "Baseline Requirements section 7.1.2.7", check_serial_number),
    Rule("key of the web", "Baseline Requirements section 7.1.3.1", check_key_kind),
    Rule("key usage of its kind", "RFC 8813 section 3", check_usage_of_kind),
    Rule("signature of the web", "Baseline Requirements section 7.1.3.2", check_signature_algorithm),
    Rule("key identifier", "Baseline Requirements section 7.1.2.11.1", check_authority_key_identifier),
    Rule("issuer's name", "Baseline Requirements section 7.1.4.1", check_issuer_name),
    Rule("not critical", "Baseline Requirements sections 7.1.2.6.1 and 7.1.2.7.6", check_not_critical),
)
LEAF = (
    Rule("length of validity", "Baseline Requirements section 6.3.2", check_length_of_validity),
    Rule("alternative names", "Baseline Requirements section 7.1.2.7.12", check_alternative_names),
    Rule("purpose of the web", "Baseline Requirements section 7.1.2.7.10", check_extended_key_usage),
    Rule("no authority", "Baseline Requirements section 7.1.2.7.8", check_is_no_authority),
    Rule("no name constraints", "Baseline Requirements section 7.1.2.7.6", check_constrains_no_names),
)
INTERMEDIATES = (
    Rule("critical constraints", "Baseline Requirements section 7.1.2.6.1", check_constraints_are_critical),
    Rule("critical key usage", "Baseline Requirements section 7.1.2.6.1", check_key_usage_is_critical),
)

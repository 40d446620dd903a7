"""Where the judges disagree, why, and who is right by the standards: one `Kind` for each reason.

A kind recognizes its cases by three things: which way they disagree, what was done to the chain, and what the
one who refuses says.  A disagreement that no kind recognizes fails the run.  openssl may have several
complaints about one chain; each has to be explained.

Who is right?  "we", where a standard says so, be it of verifiers or of certificates that we refuse; where it
says that they are, we change.  "both", where it leaves the choice to the verifier, or where they refuse what
has not kept to a rule for those who issue.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.differential.generate import Case
from tests.differential.judges import Verdicts

OPENSSL, PYCA = "openssl", "pyca"
# What pyca says when a way ended for one reason, and then the next one for this reason.
VAGUE = re.compile(
    "signature does not match|no interior errors|path length constraint violated|exceeds max depth"
)


@dataclass(frozen=True)
class Kind:
    """A reason for disagreements.

    other        whose verdict differs from ours
    we_accept    and they refuse; or the other way round
    after        the alterations of which one was made, with their place or without
    says         what the one who refuses says: a regular expression
    """

    name: str
    other: str
    we_accept: bool
    after: frozenset[str]
    says: str
    right: str
    source: str
    why: str

    def explains(self, other: str, we_accept: bool, case: Case, said: str) -> bool:
        if (other, we_accept) != (self.other, self.we_accept):
            return False
        if not self.after & (case.what | set(case.alterations)):
            return False
        return bool(re.search(self.says, said) or (other == PYCA and we_accept and VAGUE.search(said)))


def of(case: Case, verdicts: Verdicts) -> Iterator[tuple[str, str, Kind | None]]:
    """The disagreements about one case: with whom, what was said, and the kind; None for an unknown one."""
    for other, ours, theirs in (
        (OPENSSL, verdicts.us, verdicts.openssl),
        (PYCA, verdicts.us_web, verdicts.pyca),
    ):
        if bool(ours) == bool(theirs):
            continue
        for said in theirs.split("; ") if other == OPENSSL and theirs else [ours or theirs]:
            kinds = (kind for kind in KINDS if kind.explains(other, not ours, case, said))
            yield other, said, next(kinds, None)


def _kinds(other: str, *, we_accept: bool, rows: tuple[tuple[str, tuple[str, ...], str, str, str, str], ...]
           ) -> list[Kind]:  # fmt: skip
    return [
        Kind(name, other, we_accept, frozenset(after), says, right, source, " ".join(why.split()))
        for name, after, says, right, source, why in rows
    ]


TWINS = (
    "twin expired",
    "twin no authority",
    "twin with a broken signature",
    "twin with another key",
    "expired root beside the good one",
    "cross-signed",
    "loop",
)
UNUSUAL_IDENTIFIERS = (
    "another subjectKeyIdentifier",
    "another authorityKeyIdentifier",
    "authorityKeyIdentifier of another certificate",
    "subjectKeyIdentifier critical",  # it is another one, too
)

OPENSSL_REFUSES = _kinds(
    OPENSSL,
    we_accept=True,
    rows=(
        (
            "key identifiers that differ",
            UNUSUAL_IDENTIFIERS,
            "^(2|20|21) at|authority and subject key identifier mismatch",
            "we",
            "RFC 5280 section 4.2.1.1, RFC 4158 section 3.5.12",
            """The key identifiers help to find the issuer; the validation of section 6 does not compare them.
            For openssl another identifier is another issuer.""",
        ),
        (
            "key identifiers that are critical",
            ("authorityKeyIdentifier critical", "subjectKeyIdentifier critical"),
            "^34 at",
            "both",
            "RFC 5280 sections 4.2, 4.2.1.1 and 4.2.1.2",
            """Authorities must not mark them so; a verifier must refuse what is critical and what it cannot
            process. We process them, as the hints that they are. The web's profile refuses them.""",
        ),
        (
            "valid to this second",
            ("valid to this second",),
            "^10 at",
            "we",
            "RFC 5280 section 4.1.2.5",
            "The date in notAfter belongs to the period.",
        ),
        (
            "a purpose that stands for all",
            ("extKeyUsage anyExtendedKeyUsage",),
            "^26 at",
            "both",
            "RFC 5280 section 4.2.1.12",
            """An application may want its purpose to be named even where anyExtendedKeyUsage allows all.
            The web's profile wants it.""",
        ),
        (
            "a host with a dot at its end",
            ("looked for with a dot at the end",),
            "^62 at",
            "both",
            "RFC 9525 section 6.3, RFC 1034 section 3.1",
            """The dot says that the name is complete, and belongs to how it is written, not to the name; so
            we take it off before we compare. RFC 9525 does not mention it.""",
        ),
        (
            "a new key under the old name",
            ("new key",),
            "^(7|18|19) at",
            "we",
            "RFC 5280 sections 3.2 and 4.2.1.1",
            """A certificate by which an authority changes its key is self-issued, and not self-signed. Where
            it has no key identifier to tell, openssl does not check the signature and takes it for a
            root.""",
        ),
        (
            "a mailbox in the subject",
            ("excludes the mailbox in its subject",),
            "^48 at",
            "we",
            "RFC 5280 section 4.2.1.10",
            """Constraints of mailboxes apply to an emailAddress in the subject where the certificate has no
            subjectAltName. This one has; openssl looks into the subject all the same.""",
        ),
        (
            "a way that ends, beside a good one",
            TWINS,
            r"^\d+ at",
            "we",
            "RFC 4158 section 2.3",
            """Two certificates could have issued the one below, and one of them leads nowhere: it has
            expired, is no authority, is signed by nobody, leads round a loop, or to an anchor with
            constraints. openssl chooses one by its name, key identifier and dates, and does not come back;
            we try the other one.""",
        ),
    ),
)

NOT_DER = "X.690 sections 10 and 11, RFC 5280 section 4.1"
ROOT_WE_CANNOT_READ = tuple(
    f"root: {name}"
    for name in (
        "GeneralizedTime before 2050",
        "RSA key of 1024 bits",
        "an extension twice",
        "another algorithm outside",
        "bytes after the end",
        "constrains nothing",
        "critical FALSE spelt out",
        "empty subject",
        "extKeyUsage empty",
        "keyUsage empty",
        "network with a mask of holes",
        "path length negative",
        "serial number negative",
        "serial number of 21 bytes",
        "time without seconds",
        "version 1 with extensions",
        "version 4",
    )
)

WE_REFUSE_WITH_BOTH = (
    (
        "an anchor that we cannot read",
        ROOT_WE_CANNOT_READ,
        "UnknownAuthority: |CertificateExpired: trust anchor",
        "both",
        "RFC 5280 sections 4.1 and 6.1.1 (d)",
        """The root breaks the rules of its own encoding, so our store leaves it out, and says so. Which
        authorities one trusts, and in which form, is for each to choose.""",
    ),
    (
        "a leaf in the store",
        ("leaf trusted",),
        "UnknownAuthority: ",
        "both",
        "RFC 5280 section 6.1.1 (d)",
        """A trust anchor is an authority. For us a leaf in the store is one when it has signed itself; pyca,
        and openssl with -partial_chain, take any certificate of the store for the end of the path.""",
    ),
    (
        "a leaf that may not sign the handshake",
        ("keyUsage without digitalSignature", "keyUsage keyCertSign"),
        "not digitalSignature",
        "we",
        "RFC 9846 section 4.5.1.2",
        """A server signs the handshake, so keyUsage, where present, has to have digitalSignature. The others
        are not told that it is for TLS 1.3, in which keys do nothing else.""",
    ),
    (
        "a path length for none",
        ("a path length and no authority",),
        "pathLenConstraint: is for authorities",
        "we",
        "RFC 5280 section 4.2.1.9",
        "pathLenConstraint must not be there unless cA is set.",
    ),
    (
        "letters beyond ASCII",
        ("name beyond ASCII",),
        "dNSName: not ascii",
        "we",
        "RFC 5280 section 4.2.1.6",
        "A dNSName is an IA5String, which has no such letters: the certificate is not of its own syntax.",
    ),
    (
        "an address of 5 bytes",
        ("address of 5 bytes",),
        "an address is 4 or 16 bytes",
        "we",
        "RFC 5280 section 4.2.1.6",
        "An iPAddress must have 4 or 16 bytes. The others only do not find theirs among the good ones.",
    ),
    (
        "a policy twice",
        ("a policy twice",),
        "CertificatePolicies.*: a second",
        "we",
        "RFC 5280 section 4.2.1.4",
        "A policy must not occur twice in a certificate.",
    ),
    (
        "anyPolicy mapped",
        ("anyPolicy mapped",),
        "maps anyPolicy",
        "we",
        "RFC 5280 sections 4.2.1.5 and 6.1.4 (a)",
        "Policies must not be mapped to or from anyPolicy.",
    ),
    (
        "constraints that constrain nothing",
        ("constrains nothing", "policyConstraints empty"),
        ": constrains nothing",
        "we",
        "RFC 5280 sections 4.2.1.10 and 4.2.1.11",
        "Neither extension may be an empty sequence.",
    ),
    (
        "serial numbers",
        ("serial number negative", "serial number of 21 bytes"),
        r"serialNumber: (a negative number|an INTEGER of 21 bytes)",
        "both",
        "RFC 5280 section 4.1.2.2",
        """A serial number is positive and has at most 20 bytes. Others should be handled gracefully; how,
        each may choose.""",
    ),
    (
        "a mask with holes",
        ("network with a mask of holes",),
        "a mask is ones and then zeros",
        "we",
        "RFC 5280 section 4.2.1.10",
        "A network is written in the style of CIDR.",
    ),
    (
        "a keyUsage for nothing",
        ("keyUsage empty",),
        "KeyUsage: allows nothing",
        "we",
        "RFC 5280 section 4.2.1.3",
        "At least one bit must be set.",
    ),
)

NOT_NEEDED = (
    "a malformed certificate that is not needed",
    ("leaf trusted", "leaf self-signed and trusted", "trusted itself", *TWINS),
    "^MalformedCertificate",
    "both",
    "RFC 9846 section 4.5.1",
    """Another path would do without it. We read a message as a whole, and refuse one that has in it
    what is no certificate.""",
)

WE_REFUSE_WITH_OPENSSL = _kinds(
    OPENSSL,
    we_accept=False,
    rows=(
        *WE_REFUSE_WITH_BOTH,
        (
            "a time in the wrong form",
            ("GeneralizedTime before 2050", "time without seconds"),
            "validity.not(Before|After): ",
            "we",
            "RFC 5280 section 4.1.2.5",
            "Times before 2050 are written as UTCTime, with seconds.",
        ),
        (
            "DER that is none",
            ("bytes after the end", "critical FALSE spelt out", "an extension twice"),
            "bytes too many at its end|FALSE is left out|: a second ",
            "we",
            NOT_DER,
            """A certificate has one encoding and nothing behind it, and no extension twice: otherwise two
            programs may read two things in it.""",
        ),
        (
            "versions",
            ("version 4", "version 1 with extensions"),
            "version: expected|bytes too many at its end",
            "we",
            "RFC 5280 sections 4.1.2.1 and 4.1.2.9",
            "There are versions 1 to 3, and extensions in version 3 alone.",
        ),
        (
            "an issuer without a name",
            ("empty subject",),
            "issuer: an empty name",
            "we",
            "RFC 5280 section 4.1.2.4",
            "The issuer field must not be empty.",
        ),
        (
            "a leaf without a name",
            ("leaf: empty subject", "empty subject, critical subjectAltName"),
            "its subject is empty, and there is no critical subjectAltName",
            "we",
            "RFC 5280 sections 4.1.2.6 and 4.2.1.6",
            "Where the subject is empty, a subjectAltName has to be there and critical.",
        ),
        (
            "a leaf of an old version",
            ("leaf: version 1 or 2", "version 1 or 2"),
            "and has to be of version 3",
            "we",
            "RFC 9846 section 4.5.1.2",
            "Certificates of TLS 1.3 are of version 3.",
        ),
        (
            "no names at all",
            ("no names",),
            r"SubjectAltName\[0\]: expected a GeneralName",
            "we",
            "RFC 5280 section 4.2.1.6",
            "A subjectAltName has at least one name.",
        ),
        (
            "a common name in the place of a host",
            (
                "no subjectAltName",
                "no extensions in version 3",
                "URI in its place",
                "looked for under the letters of its address",
            ),
            "^NameMismatch",
            "we",
            "RFC 9525 section 2",
            "The common name is not looked at any more. openssl does so where there is no dNSName.",
        ),
        (
            "a wildcard in a part of a label",
            ("wildcard of a part of a label",),
            "^NameMismatch",
            "we",
            "RFC 9525 section 6.3",
            "The wildcard has to be all of the leftmost label.",
        ),
        (
            "a wildcard that is looked for",
            ("wildcard looked for",),
            "^ValueError: neither a DNS name nor an IP address",
            "we",
            "RFC 9525 section 6.1",
            "One looks for one host. Here the question itself is refused, as the caller's mistake.",
        ),
        (
            "a root without cA",
            (
                "root: no basicConstraints",
                "root: version 1 or 2",
                "root: no extensions in version 3",
                "trusted itself",
            ),
            "it has issued another certificate, but is no authority",
            "both",
            "RFC 5280 sections 6.1.1 (d) and 6.1.4 (k)",
            """An anchor is a name and a key; which rules of certificates it has to keep, each may choose.
            We ask of it what we ask of every issuer; openssl takes version 1, or keyCertSign, for enough.""",
        ),
        (
            "ECDSA with parameters",
            ("ECDSA signature with NULL",),
            "which is not supported",
            "we",
            "RFC 5758 section 3.2",
            "The identifiers of ECDSA signatures have no parameters, not even NULL.",
        ),
        (
            "keyCertSign without cA",
            ("keyUsage keyCertSign",),
            r"it may sign certificates \(keyUsage\), but is no authority",
            "we",
            "RFC 5280 section 4.2.1.9",
            "Where cA is not set, keyCertSign must not be.",
        ),
        (
            "wildcards and constraints",
            ("excludes one host of a wildcard", "permits a wildcard"),
            "nameConstraints excludes its dNSName|for a wildcard are not understood",
            "both",
            "RFC 5280 section 4.2.1.10",
            """One of the hosts for which the wildcard stands is excluded, and with this certificate one could
            be it. The RFC does not say how to compare a wildcard; we take the side of who has excluded the
            host, and refuse constraints that are wildcards themselves.""",
        ),
        (
            "two algorithms",
            ("another algorithm outside",),
            "but inside it was",
            "we",
            "RFC 5280 section 4.1.1.2",
            """The signature's algorithm is the same inside and outside, also where nobody looks at the
            signature.""",
        ),
        NOT_NEEDED,
    ),
)

PYCA_REFUSES = _kinds(
    PYCA,
    we_accept=True,
    rows=(
        (
            "policies that are critical",
            (
                "policy required and there",
                "policy required by the root",
                "anyPolicy above",
                "anyPolicy above, inhibited",
                "anyPolicy in the leaf",
                "anyPolicy in the leaf, inhibited",
                "policy mapped",
                "policy mapped, which is forbidden",
                "a policy required two below",
                "policy required and another there",
                "policy required and not there",
            ),
            r"invalid extension: 2\.5\.29\.(33|36|54): certificate contains unaccounted-for critical",
            "both",
            "RFC 5280 sections 4.2 and 6.1",
            """pyca does not know policyConstraints, policyMappings and inhibitAnyPolicy, and refuses them
            where they are critical, as who does not know them must. We know them, and the policies are
            good.""",
        ),
        (
            "a leaf that is its own anchor",
            ("leaf self-signed and trusted", "leaf self-signed"),
            r"invalid extension: 2\.5\.29\.35: Certificate (is missing required|extension has incorrect)",
            "both",
            "Baseline Requirements section 7.1.2.7.6, RFC 5280 section 4.2.1.1",
            """The web wants an authorityKeyIdentifier in each leaf, and has none that sign themselves; RFC
            5280 lets those leave it out. As its own anchor the leaf has been chosen by somebody.""",
        ),
        (
            "constraints of distinguished names",
            (
                "permits its organization",
                "permits its organization in capitals",
                "permits another organization",
                "excludes its organization",
            ),
            "unsupported directoryName constraint",
            "both",
            "RFC 5280 section 4.2.1.10",
            """pyca does not compare distinguished names, and refuses what it cannot check, as it must. We
            compare them, and the names keep to them.""",
        ),
        (
            "constraints beginning with a dot, or empty",
            ("permits with a dot first", "permits every domain", "excludes every domain"),
            "malformed DNS name constraint",
            "both",
            "RFC 5280 section 4.2.1.10",
            """The RFC has the dot for URIs, and for DNS names it shows none; nor does it show the empty name,
            though all names lie in it by its rule of adding labels. Authorities have written both. openssl
            takes them as we do.""",
        ),
        (
            "a path length that is too great for a number",
            ("path length 2^70",),
            "integer overflow",
            "we",
            "RFC 5280 section 4.2.1.9",
            "pathLenConstraint is an INTEGER (0..MAX). It bounds nothing here.",
        ),
        (
            "a root that does not keep to the rules of the web",
            (
                "root: extKeyUsage serverAuth, critical",
                "root: subjectKeyIdentifier critical",
                "root: basicConstraints not critical",
                "root: no keyUsage",
                "root: no basicConstraints",
                "root: version 1 or 2",
                "root: no extensions in version 3",
                "root: another authorityKeyIdentifier",
                "root: no subjectKeyIdentifier",
                "root: serial number 0",
                "root: ECDSA signature with NULL",
                "root: signed with SHA-1",
                "root: keyUsage not critical",
                "trusted itself",
            ),
            r"candidates exhausted: (invalid extension|authorityKeyIdentifier must)|ParseError",
            "both",
            "Baseline Requirements section 7.1.2.1, RFC 5280 section 6.1.1 (d)",
            """We do not ask of an anchor what the web asks of others: somebody has chosen it, and old roots
            are what they are.""",
        ),
        (
            "a host with a dot at its end",
            ("looked for with a dot at the end",),
            "^ValueError: invalid domain name",
            "both",
            "RFC 9525 section 6.3, RFC 1034 section 3.1",
            "As with openssl. pyca does not take it for a name.",
        ),
        (
            "an authority that has changed its key",
            ("new key",),
            "path length constraint violated",
            "we",
            "RFC 5280 section 6.1.4 (l)",
            """Self-issued certificates are not counted for the path length. pyca counts them, and finds the
            path too long.""",
        ),
    ),
)

WE_REFUSE_WITH_PYCA = _kinds(
    PYCA,
    we_accept=False,
    rows=(
        *WE_REFUSE_WITH_BOTH,
        (
            "names that are neither hosts nor addresses",
            (
                "mailbox beside the name",
                "otherName beside the name",
                "registeredID beside the name",
                "directoryName beside the name",
                "URI beside the name",
                "permits its mailbox",
                "permits another mailbox",
                "excludes its mailbox",
                "permits its URI",
                "excludes its URI",
                "constrains a registeredID that is presented",
                "URI in its place",
            ),
            "the web wants only dNSName and iPAddress",
            "we",
            "Baseline Requirements section 7.1.2.7.12",
            "A subjectAltName of the web has dNSName and iPAddress alone.",
        ),
        (
            "hosts that are none",
            (
                "empty name beside a good one",
                "name with two hyphens",
                "name with a NUL beside a good one",
                "wildcard for a top-level domain",
                "name of 64 letters in a label",
                "name with an underscore",
                "name with a space",
                "wildcard for everything",
                "name with a dot at the end",
                "name beginning with a dot",
            ),
            "is neither a host name nor a wildcard",
            "we",
            "Baseline Requirements section 7.1.2.7.12, RFC 5890 section 2.3.1",
            """Every name has to be a host as the DNS has them, or a wildcard, and not only the one that is
            looked for. pyca passes over the others.""",
        ),
        (
            "a leaf without purposes",
            ("no extKeyUsage",),
            "the web wants an extKeyUsage",
            "we",
            "Baseline Requirements section 7.1.2.7.10",
            "extKeyUsage must be there.",
        ),
        (
            "no name of the key above",
            ("no authorityKeyIdentifier", "authorityKeyIdentifier of another certificate"),
            "the web wants an authorityKeyIdentifier",
            "we",
            "Baseline Requirements section 7.1.2.11.1",
            """It must be there, with a keyIdentifier, in an intermediate as in a leaf. pyca asks for it in
            leaves alone, and not what is in it.""",
        ),
        (
            "valid for too long",
            ("leaf: valid after 2050", "leaf: valid for 398 days"),
            "it is valid for",
            "we",
            "Baseline Requirements section 6.3.2",
            "Leaves issued today are valid for 200 days at most. pyca does not count.",
        ),
        (
            "keys of other kinds",
            ("Ed25519 key",),
            "its key is of the kind Ed25519",
            "we",
            "Baseline Requirements section 7.1.3.1",
            "The web has RSA, P-256, P-384 and P-521. pyca looks at the keys that sign certificates.",
        ),
        (
            "serial number 0",
            ("serial number 0",),
            "a serial number above 0",
            "we",
            "Baseline Requirements section 7.1.2.7",
            "It is greater than 0.",
        ),
        (
            "keyUsage of authorities that is not critical",
            ("intermediate: keyUsage not critical",),
            "keyUsage of an authority to be there, and critical",
            "we",
            "Baseline Requirements section 7.1.2.6.1",
            "It must be there, and critical.",
        ),
        (
            "a critical subjectKeyIdentifier in a leaf",
            ("leaf: subjectKeyIdentifier critical",),
            "wants subjectKeyIdentifier not to be critical",
            "we",
            "Baseline Requirements section 7.1.2.7.6, RFC 5280 section 4.2.1.2",
            "It must not be critical. pyca looks at it in authorities alone.",
        ),
        (
            "RSA keys that are too short",
            ("RSA key of 1024 bits",),
            "its RSA key cannot be used",
            "we",
            "Baseline Requirements section 6.1.5",
            "At least 2048 bits. pyca looks at the keys that sign certificates.",
        ),
        (
            "a key used as its kind cannot be",
            ("keyUsage for encipherment with a P-256 key",),
            "for which no P-256 key can be used",
            "we",
            "Baseline Requirements section 7.1.2.7.11, RFC 8813 section 3",
            "keyEncipherment must not be in the keyUsage of an elliptic-curve key.",
        ),
        NOT_NEEDED,
    ),
)

KINDS = (*OPENSSL_REFUSES, *WE_REFUSE_WITH_OPENSSL, *PYCA_REFUSES, *WE_REFUSE_WITH_PYCA)

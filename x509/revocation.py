"""Has its issuer taken the certificate back?  RFC 5280 section 6.3.3.

Where the trust store has revocation lists, every certificate below the anchor needs lists that say it has not
been revoked.  Such a list is

    by its issuer        and signed with a key that may sign lists
    current              the time is between thisUpdate and nextUpdate
    about it             section 5.2.5: some lists are about authorities alone, or one part of what is issued
    for every reason     one list, or several that are about some of the reasons each

An authority may sign its lists with another key than its certificates, or have got a new one.  Whose is that
key?  It belongs to a certificate of the same name for which somebody on the path vouches: one that is on the
path itself, higher up, or one beside it, from the peer's list or the trust store, that says it may sign lists
(cRLSign) and is not revoked by a list of those on the path.  So all ends at the same anchor, and soon.

Decisions, where the standards leave room:
  - No list is as bad as a bad one, for authorities too: as `openssl verify -crl_check_all` has it.
  - What one list revokes is revoked, whatever another says, even a later one.

Limits         The lists are files; nothing is fetched, and no OCSP response is read.  Who resumes a session
               sends no certificates, so a key beside the path is then known from the trust store alone.
Errors         `Revoked`; `RevocationUnknown`, which says what is wrong with the lists that there are.
Tested by      tests/x509/test_revocation.py, tests/x509/test_pkits.py
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

from x509 import rules, signatures, wording
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.distribution_points import ALL_REASONS, DistributionPoint, DistributionPointName, ReasonFlag
from x509.errors import CertificateError, RevocationUnknown, Revoked
from x509.extensions import KeyUsage
from x509.general_names import Form, GeneralName
from x509.public_keys import SubjectPublicKeyInfo
from x509.rules import Place, Rule

REMEMBERED = 256  # signatures of lists
MAXIMUM_FAULTS_SHOWN = 3  # in an error

Signers: TypeAlias = Callable[[Place, RevocationList], Iterator[Certificate]]


def check(place: Place) -> None:
    """Every certificate but the anchor, if there are any lists at all."""
    if place.question.trust.revocation_lists:
        _check_status(place, _signers)


BELOW_THE_ANCHOR = (Rule("revocation", "RFC 5280 section 6.3.3", check),)


def _check_status(place: Place, signers: Signers) -> None:
    certificate = place.certificate
    faults: list[str] = []
    covered: frozenset[ReasonFlag] = frozenset()
    for crl in place.question.trust.lists_of(certificate.issuer):
        try:
            _check_current(crl, place)
            reasons = _reasons_covered(crl, certificate)
            _check_signed(crl, signers(place, crl))
        except RevocationUnknown as error:
            faults.append(f"{crl} {error}")
            continue
        entry = crl.revoked.get(certificate.serial_number)
        if entry is not None:
            raise Revoked(f"revoked {wording.moment(entry.at)} ({entry.reason.name}), says {crl}")
        covered |= reasons
    if covered == ALL_REASONS:
        return
    if covered:
        raise RevocationUnknown("the revocation lists about it are not about every reason to revoke it")
    why = "; ".join(faults[:MAXIMUM_FAULTS_SHOWN]) or f"there is none of its issuer ({certificate.issuer})"
    raise RevocationUnknown(f"no revocation list says whether it is revoked: {why}")


def _check_current(crl: RevocationList, place: Place) -> None:
    at = place.question.at
    if at < crl.this_update:
        since = wording.moment(crl.this_update)
        raise RevocationUnknown(f"begins {since}, and the time is {wording.moment(at)}")
    if at > crl.next_update:
        until = wording.moment(crl.next_update)
        raise RevocationUnknown(f"ended {until}, and the time is {wording.moment(at)}")


def _reasons_covered(crl: RevocationList, certificate: Certificate) -> frozenset[ReasonFlag]:
    """For which reasons this certificate would be in this list: steps (b) and (d)."""
    scope, constraints = crl.scope, certificate.extensions.basic_constraints
    is_authority = constraints is not None and constraints.is_authority
    if scope.only_attribute_certificates:
        raise RevocationUnknown("is about attribute certificates only")
    if scope.only_user_certificates and is_authority:
        raise RevocationUnknown("is not about authorities")
    if scope.only_authority_certificates and not is_authority:
        raise RevocationUnknown("is about authorities only")
    if scope.name is None:  # all that this issuer has issued
        return scope.reasons
    # A certificate that does not say where its list is has it at its issuer's name.
    own = DistributionPoint(DistributionPointName((GeneralName(Form.directoryName, certificate.issuer),)))
    places, reasons = scope.name.names(crl.issuer), set[ReasonFlag]()
    for point in (*(certificate.extensions.crl_distribution_points or ()), own):
        # Where another issuer is named, the list would be an indirect one.
        if point.name is not None and point.issuer is None and places & point.name.names(crl.issuer):
            reasons |= scope.reasons & point.reasons
    if not reasons:
        raise RevocationUnknown("is about certificates of another distribution point")
    return frozenset(reasons)


# ---- Who signs lists -------------------------------------------------------------------------------------


def _check_signed(crl: RevocationList, signers: Iterator[Certificate]) -> None:
    """With the key of one of these, who may sign lists: step (f) and (g)."""
    faults = []
    for signer in signers:
        allowed = signer.extensions.key_usage
        if allowed is not None and KeyUsage.cRLSign not in allowed:
            faults.append("is not good: the keyUsage of its issuer does not allow cRLSign")
            continue
        fault = _fault(crl, signer.public_key_info)
        if fault is None:
            return
        faults.append(f"is not good: {fault}")
    raise RevocationUnknown(faults[0])  # the certificate's own issuer is always the first


def _signers(place: Place, crl: RevocationList) -> Iterator[Certificate]:
    yield from _on_path(place, crl)
    yield from _beside_path(place, crl)


def _on_path(place: Place, crl: RevocationList) -> Iterator[Certificate]:
    """The certificate's issuer, and who has the same name above it: an authority with two keys."""
    for certificate in place.path[place.position + 1 :]:
        if certificate.subject == crl.issuer:
            yield certificate


def _beside_path(place: Place, crl: RevocationList) -> Iterator[Certificate]:
    """Those of the issuer's name for which somebody above vouches as well, the likeliest key first."""
    search = place.question.search
    for signer in search.named(crl.issuer, crl.authority_key_identifier):
        if signer in place.path or signer.extensions.key_usage is None:  # beside the path it has to say so
            continue
        for position in range(place.position + 1, len(place.path)):
            there = Place((signer, *place.path[position:]), 0, place.question)
            if there.path[1].subject == signer.issuer:
                with suppress(CertificateError):
                    rules.check_validity(there)
                    rules.check_critical_extensions(there)
                    search.verify(signer, there.path[1])
                    _check_status(there, _on_path)
                    yield signer


@functools.lru_cache(REMEMBERED)
def _fault(crl: RevocationList, key: SubjectPublicKeyInfo) -> str | None:
    """Why this key has not signed the list; None if it has.  Lists are long, and used again and again."""
    try:
        signatures.verify(crl, key)
    except CertificateError as error:
        return str(error)
    return None

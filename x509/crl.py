"""A revocation list: the certificates that their issuer has taken back, by number.  RFC 5280 section 5.

    CertificateList               SEQUENCE
       tbsCertList                the part "to be signed"
          version                 v2 is the one that has extensions
          signature               the algorithm, once inside what is signed ...
          issuer                  who says so
          thisUpdate, nextUpdate  from when, and until when there is the next list
          revokedCertificates     of each: its serial number, since when, and perhaps why
          crlExtensions           which list of this issuer this is
       signatureAlgorithm         ... and once outside
       signatureValue             the issuer's signature over the bytes of tbsCertList

A list is our own user's file, and one that cannot be used is refused when it is read, not when it is missed.
That it is signed by whom it names, and current, is asked in `revocation`.

Decisions, where the standards leave room:
  - A list without nextUpdate is refused: nobody could tell when it is too old (section 5.1.2.5 requires it).
  - A negative serial number, which no certificate has here, does no harm in a list.
  - Extensions that are not critical and that nothing here needs are passed over: the date since when a key
    may have been known to others (invalidityDate), where the latest changes are (freshestCRL).

Limits         No delta lists, which are changes to another list, and no indirect ones, which are about other
               issuers' certificates (sections 5.2.4 and 5.2.5).
Sizes          At most 16 MiB.  100,000 entries, 4 MB, take some seconds to read, and to verify once.
Errors         `RevocationListError`; `PemError` for a file that has none.
Tested by      tests/x509/test_crl.py: pyca/cryptography and openssl; tests/x509/test_pkits.py
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from purecrypto.buffers import Buffer, as_bytes
from x509 import algorithms, der, distinguished_names, distribution_points, extensions, oids, pem
from x509.algorithms import AlgorithmIdentifier
from x509.der import Observer, Reader
from x509.distinguished_names import Name
from x509.distribution_points import IssuingDistributionPoint
from x509.errors import DerError, RevocationListError
from x509.extensions import Understood

MAXIMUM_LIST_SIZE = 16 * 1024 * 1024  # bytes; the longest public ones have some 10 MB

HOW_TO_CONVERT = "convert a list in DER with openssl crl -inform DER -in FILE -out PEM"


class Reason(enum.Enum):
    """Why a certificate was revoked (section 5.3.1)."""

    unspecified = 0
    keyCompromise = 1
    cACompromise = 2
    affiliationChanged = 3
    superseded = 4
    cessationOfOperation = 5
    certificateHold = 6  # for a while; for as long as it lasts, no better than the others
    removeFromCRL = 8  # in delta lists only
    privilegeWithdrawn = 9
    aACompromise = 10


@dataclass(frozen=True)
class Entry:
    """One certificate that is revoked: since when (UTC), and why."""

    at: datetime
    reason: Reason = Reason.unspecified


@dataclass(frozen=True)
class RevocationList:
    """A well-formed list, of which nothing is verified yet.  Equal when the DER is equal."""

    der: bytes = field(repr=False)
    tbs_bytes: bytes = field(repr=False, compare=False)  # what the signature covers
    version: int = field(compare=False)  # 1 or 2
    signature_algorithm: AlgorithmIdentifier = field(compare=False)
    issuer: Name = field(compare=False)
    this_update: datetime = field(compare=False)  # UTC, and so is next_update
    next_update: datetime = field(compare=False)
    revoked: dict[int, Entry] = field(repr=False, compare=False)  # by serial number
    number: int | None = field(compare=False)
    authority_key_identifier: bytes | None = field(compare=False)
    scope: IssuingDistributionPoint = field(compare=False)
    signature: bytes = field(repr=False, compare=False)

    @classmethod
    def from_der(cls, data: Buffer, observe: Observer | None = None) -> Self:
        data = as_bytes(data, "data")
        if len(data) > MAXIMUM_LIST_SIZE:
            raise RevocationListError(f"revocation list: {len(data)} bytes, more than {MAXIMUM_LIST_SIZE}")
        try:
            with Reader(data, observe) as file, file.sequence("crl") as whole:
                return cls._read(whole)
        except DerError as error:
            raise RevocationListError(str(error)) from error

    @classmethod
    def from_pem(cls, text: str | Buffer) -> list[Self]:
        """Read a file of lists: each has to be one that can be used, and there has to be one."""
        return [cls.from_der(block) for block in pem.at_least_one(text, "X509 CRL", f": {HOW_TO_CONVERT}")]

    def __str__(self) -> str:
        """What to call it in a message."""
        number = "" if self.number is None else f" number {self.number}"
        return f"the list{number} of {self.this_update:%Y-%m-%d}"

    @classmethod
    def _read(cls, whole: Reader) -> Self:
        with whole.sequence("tbsCertList") as tbs:
            version = _read_version(tbs)
            inner_algorithm = algorithms.read(tbs, "signature")
            issuer = distinguished_names.read(tbs, "issuer")
            if not issuer.relative_names:
                tbs.fail("issuer", "an empty name")  # section 5.1.2.3: MUST be non-empty
            this_update = tbs.time("thisUpdate")
            if not tbs.next_is(der.UTC_TIME, der.GENERALIZED_TIME):
                tbs.fail("nextUpdate", "missing: nobody can tell when the list is too old")
            next_update = tbs.time("nextUpdate")
            revoked = {}
            if tbs.next_is(der.SEQUENCE):
                revoked = _read_revoked(tbs, version)
            found = {}
            if version == 2 and not tbs.at_end:  # section 5.1.2.7
                with tbs.explicit(0, "crlExtensions") as wrapper, wrapper.sequence("") as sequence:
                    found = _read_extensions(sequence)
        signature_algorithm = algorithms.read(whole, "signatureAlgorithm")
        if signature_algorithm != inner_algorithm:  # section 5.1.1.2: the outer one is not signed
            whole.fail("signatureAlgorithm", f"{signature_algorithm}, but inside it was {inner_algorithm}")
        return cls(
            der=whole.encoding,
            tbs_bytes=tbs.encoding,
            version=version,
            signature_algorithm=signature_algorithm,
            issuer=issuer,
            this_update=this_update,
            next_update=next_update,
            revoked=revoked,
            number=found.get("number"),
            authority_key_identifier=found.get("authority_key_identifier"),
            scope=found.get("scope", IssuingDistributionPoint()),
            signature=whole.bit_string("signatureValue"),
        )


def _read_version(tbs: Reader) -> int:
    """Read INTEGER { v1(0), v2(1) } OPTIONAL, where absent is v1 (section 5.1.2.1)."""
    if not tbs.next_is(der.INTEGER):
        return 1
    number = tbs.integer("version")
    if number != 1:
        tbs.fail("version", f"expected 1 (v2), got {number}")
    return 2


def _read_revoked(tbs: Reader, version: int) -> dict[int, Entry]:
    revoked: dict[int, Entry] = {}
    with tbs.sequence("revokedCertificates") as sequence:
        count = 0
        while not count or not sequence.at_end:  # section 5.1.2.6: where there are none, it MUST be absent
            with sequence.sequence(f"[{count}]") as entry:
                serial_number, at = entry.integer("userCertificate"), entry.time("revocationDate")
                found = {}
                if version == 2 and not entry.at_end:
                    with entry.sequence("crlEntryExtensions") as inside:
                        found = _only_understood(inside, _OF_ENTRIES)
                revoked[serial_number] = Entry(at, **found)
            count += 1
    return revoked


def _read_extensions(sequence: Reader) -> dict[str, Any]:
    found = _only_understood(sequence, _OF_LISTS)
    scope = found.get("scope")
    if scope is not None and scope.is_indirect:
        sequence.fail("", "an indirect list, about the certificates of others: not supported")
    return found


def _only_understood(sequence: Reader, those: Understood) -> dict[str, Any]:
    """By their fields; what is critical and not among them refuses the list (sections 5.2 and 5.3).

    So do those that change what a list is about, even where they are not critical, as they have to be.
    """
    as_they_came, understood = extensions.read_those(sequence, those)
    for one in as_they_came:
        if one.oid in _WHY_NOT or (one.critical and one.oid not in those):
            sequence.fail("", _WHY_NOT.get(one.oid, f"its extension {oids.name(one.oid)} is not understood"))
    return understood


def _read_number(value: Reader) -> int:
    number = value.integer("CRLNumber")
    if number < 0:
        value.fail("CRLNumber", f"a negative number, {number}")  # section 5.2.3
    return number


def _read_reason(value: Reader) -> Reason:
    number = value.integer("CRLReason", tag=der.ENUMERATED)
    try:
        reason = Reason(number)
    except ValueError:
        value.fail("CRLReason", f"no reason has the number {number}")
    if reason is Reason.removeFromCRL:  # section 5.3.1
        value.fail("CRLReason", "removeFromCRL, which is for delta lists")
    return reason


_OF_LISTS: Understood = {
    oids.AUTHORITY_KEY_IDENTIFIER: ("authority_key_identifier", extensions.read_authority_key_identifier),
    oids.CRL_NUMBER: ("number", _read_number),
    oids.ISSUING_DISTRIBUTION_POINT: ("scope", distribution_points.read_issuing),
}
_OF_ENTRIES: Understood = {oids.REASON_CODE: ("reason", _read_reason)}
_WHY_NOT = {
    oids.DELTA_CRL_INDICATOR: "a delta list, of changes to another one: not supported",
    oids.CERTIFICATE_ISSUER: "an entry about another issuer's certificate: not supported",
}

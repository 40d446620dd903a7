"""A certificate: an authority's signed word that a name and a key belong together.  RFC 5280 section 4.1.

    Certificate                   SEQUENCE
       tbsCertificate             the part "to be signed"
          version                 v3 is the one that has extensions
          serialNumber            unique for its issuer
          signature               the algorithm, once inside what is signed ...
          issuer                  who says so
          validity                from when, until when
          subject                 about whom
          subjectPublicKeyInfo    this key
          extensions              under which names, for what
       signatureAlgorithm         ... and once outside
       signatureValue             the issuer's signature over the bytes of tbsCertificate

`Certificate.from_der` reads the bytes once and strictly: whatever it returns is well formed.  It believes
none of it: whether the signature is good is asked in `signatures`, whether the issuer may sign in `rules`,
whether the name is the right one in `names`.

Decisions, where verifiers differ:
  - A serial number is at most 20 bytes and not negative; zero is read (section 4.1.2.2 asks for patience with
    what does not conform, and old roots have it), and refused by the rules of the web.
  - A time has the one form of its year, with seconds and Z, and DER is DER everywhere: a root that bends it
    is left out of a trust store, and counted.
  - Unique identifiers may stand in versions 2 and 3 (section 4.1.2.8), and nobody looks into them; extensions
    in version 3 alone.

Sizes          At most 65,536 bytes.
Errors         `MalformedCertificate`, which says where: `certificate.tbsCertificate.serialNumber: ...`.
Tested by      tests/x509/test_certificate.py: pyca/cryptography; test_hostile_bytes.py: every byte changed.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from purecrypto import sha256
from purecrypto.buffers import Buffer, as_bytes
from x509 import algorithms, der, distinguished_names, extensions, pem, public_keys
from x509.algorithms import AlgorithmIdentifier
from x509.der import Observer, Reader
from x509.distinguished_names import Name
from x509.errors import CertificateError, DerError, MalformedCertificate, PemError
from x509.extensions import Extensions
from x509.public_keys import PublicKey, SubjectPublicKeyInfo

MAXIMUM_CERTIFICATE_SIZE = 65_536  # bytes; real ones have 300 to 5,000
REMEMBERED = 64  # certificates


@dataclass(frozen=True)
class Certificate:
    """A well-formed certificate, of which nothing is verified yet.  Equal when the DER is equal."""

    der: bytes = field(repr=False)
    tbs_bytes: bytes = field(repr=False, compare=False)  # what the signature covers
    version: int = field(compare=False)  # 1, 2 or 3
    serial_number: int = field(compare=False)
    signature_algorithm: AlgorithmIdentifier = field(compare=False)
    issuer: Name = field(compare=False)
    not_before: datetime = field(compare=False)  # UTC, and so is not_after
    not_after: datetime = field(compare=False)
    subject: Name = field(compare=False)
    public_key_info: SubjectPublicKeyInfo = field(compare=False)
    extensions: Extensions = field(compare=False)
    signature: bytes = field(repr=False, compare=False)

    @classmethod
    def from_der(cls, data: Buffer, observe: Observer | None = None) -> Self:
        data = as_bytes(data, "data")
        if len(data) > MAXIMUM_CERTIFICATE_SIZE:
            raise MalformedCertificate(
                f"certificate: {len(data)} bytes, more than {MAXIMUM_CERTIFICATE_SIZE}"
            )
        try:
            with Reader(data, observe) as file, file.sequence("certificate") as certificate:
                return cls._read(certificate)
        except DerError as error:
            raise MalformedCertificate(str(error)) from error

    def __str__(self) -> str:
        """What to call it in a message: its subject, which may be empty, or else its serial number."""
        return str(self.subject) or f"serial number {self.serial_number}"

    @property
    def public_key(self) -> PublicKey:
        """The subject's key; UnsupportedCertificate or MalformedCertificate when we cannot use it."""
        return self.public_key_info.public_key

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are one name (section 6.1)."""
        return self.issuer == self.subject

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the whole certificate: 32 bytes, by which people compare certificates."""
        return sha256.sha256(self.der).digest()

    @classmethod
    def _read(cls, certificate: Reader) -> Self:
        with certificate.sequence("tbsCertificate") as tbs:
            version = _read_version(tbs)
            serial_number = tbs.integer("serialNumber")
            if serial_number < 0:  # section 4.1.2.2; a zero, which old roots have, does no harm
                tbs.fail("serialNumber", f"a negative number, {serial_number}")
            inner_algorithm = algorithms.read(tbs, "signature")
            issuer = distinguished_names.read(tbs, "issuer")
            if not issuer.relative_names:
                tbs.fail("issuer", "an empty name")  # section 4.1.2.4: MUST be non-empty
            with tbs.sequence("validity") as validity:
                not_before, not_after = validity.time("notBefore"), validity.time("notAfter")
            subject = distinguished_names.read(tbs, "subject")
            public_key_info = public_keys.read(tbs, "subjectPublicKeyInfo")
            if version >= 2:
                _skip_unique_identifiers(tbs)
            found = Extensions()
            if version == 3 and not tbs.at_end:
                with tbs.explicit(3, "extensions") as wrapper, wrapper.sequence("") as sequence:
                    found = extensions.read(sequence)
        signature_algorithm = algorithms.read(certificate, "signatureAlgorithm")
        if signature_algorithm != inner_algorithm:  # section 4.1.1.2: the outer one is not signed
            why = f"{signature_algorithm}, but inside it was {inner_algorithm}"
            certificate.fail("signatureAlgorithm", why)
        return cls(
            der=certificate.encoding,
            tbs_bytes=tbs.encoding,
            version=version,
            serial_number=serial_number,
            signature_algorithm=signature_algorithm,
            issuer=issuer,
            not_before=not_before,
            not_after=not_after,
            subject=subject,
            public_key_info=public_key_info,
            extensions=found,
            signature=certificate.bit_string("signatureValue"),
        )


@functools.lru_cache(REMEMBERED)
def again(encoding: bytes) -> Certificate:
    """`Certificate.from_der` for one that is seen again and again: it is read once, and unobserved."""
    return Certificate.from_der(encoding)


def read_list(encodings: Sequence[bytes], observe: Observer | None = None) -> tuple[Certificate, ...]:
    """Read all of a list; MalformedCertificate says which of them cannot be read."""
    found = []
    for number, encoding in enumerate(encodings, start=1):
        try:
            found.append(Certificate.from_der(encoding, observe))
        except MalformedCertificate as error:
            place = f"certificate {number} of {len(encodings)}"
            raise MalformedCertificate(f"{place} cannot be read: {error}") from error
    return tuple(found)


def chain_from_pem(text: str | Buffer) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, in their order; PemError says what is wrong with it."""
    blocks = pem.at_least_one(text, "CERTIFICATE")
    try:
        return read_list(blocks)
    except CertificateError as error:
        raise PemError(str(error)) from error


def _read_version(tbs: Reader) -> int:
    """Read [0] EXPLICIT INTEGER { v1(0), v2(1), v3(2) } DEFAULT v1 (section 4.1.2.1)."""
    if not tbs.next_is(der.CONTEXT_CONSTRUCTED | 0):
        return 1
    with tbs.explicit(0, "version") as wrapper:
        number = wrapper.integer("")
        if number not in {1, 2}:  # v1, the default, is left out (X.690 11.5)
            wrapper.fail("", f"expected 1 (v2) or 2 (v3), got {number}")
    return number + 1


def _skip_unique_identifiers(tbs: Reader) -> None:
    """Section 4.1.2.8: a relic of times when names were used again.  Nobody reads them any more."""
    for number, name in ((1, "issuerUniqueID"), (2, "subjectUniqueID")):
        if tbs.next_is(der.CONTEXT | number):
            tbs.element(name)

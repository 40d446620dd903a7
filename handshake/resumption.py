"""What either side remembers of a session, so that the next one can begin where it ended.
RFC 9846 sections 2.2 and 4.7.1.

A server seals it into the ticket and forgets it (`tickets`); a client keeps it beside the ticket.  Both have
the same pre-shared key then, and whoever proves that he has it need not show a certificate again.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handshake.codec import Reader, Writer
from handshake.constants import CipherSuite
from handshake.errors import DecodeError, IllegalParameter
from handshake.session import Session
from handshake.suites import SUITES

MAX_LIFETIME = 604_800  # seconds: seven days (section 4.7.1)
CLOCK_TOLERANCE = timedelta(seconds=10)  # by which a session may seem to come from the future

FORMAT = 2  # of `encode`; another number for whatever is not this very list of fields

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """A pre-shared key, and all that holds for the connections that begin with it.

    ValueError for a key that is not as long as the suite's hash, a suite that is unknown here, a lifetime of
    more than seven days, or a time without a time zone.
    """

    key: bytes = field(repr=False)  # the PSK that section 4.7.1 derives for one ticket
    cipher_suite: int  # the next one has to have the same hash (section 4.7.1)
    established_at: datetime  # when the ticket was made or received, in whole milliseconds
    lifetime: int  # seconds
    age_add: int  # hides the age of the ticket from onlookers: uint32
    server_name: str | None  # what the client asked for
    application_protocol: bytes | None  # ALPN; early data is for this one alone (section 4.3.10)
    max_early_data: int  # bytes: uint32; 0 for none
    certificates: tuple[bytes, ...]  # the peer's, in DER, its own first; none if it showed none
    shown: frozenset[bytes] = frozenset()  # a client's: fingerprints of its own that it has shown
    external_identity: bytes | None = None  # the key from elsewhere that it all began with, if it did

    def __post_init__(self) -> None:
        if (suite := SUITES.get(self.cipher_suite)) is None:
            raise ValueError(f"no cipher suite that we have: {self.cipher_suite:#06x}")
        if len(self.key) != suite.hash_size:  # section 4.7.1: Hash.length
            raise ValueError(f"a key of {len(self.key)} bytes, must be {suite.hash_size}")
        if not 0 <= self.lifetime <= MAX_LIFETIME:  # section 4.7.1 [6]
            raise ValueError(f"a lifetime of {self.lifetime} seconds, must be 0 to {MAX_LIFETIME}")
        object.__setattr__(self, "established_at", whole_milliseconds(self.established_at))

    def age(self, at: datetime) -> int:
        """Milliseconds since then, as section 4.3.11.1 counts; none if a clock was put back meanwhile."""
        return max(0, (at - self.established_at) // _MILLISECOND)

    def is_fresh(self, at: datetime) -> bool:
        """Whether it may still be used; with a lifetime of 0, never (section 4.7.1)."""
        begun = self.established_at - CLOCK_TOLERANCE <= at
        return begun and self.age(at) < self.lifetime * 1000  # section 4.3.11.1

    def remaining(self, at: datetime) -> int:
        """Whole seconds that are left of the lifetime.

        A connection that resumed this session gives its own tickets no more than that: else one proof of
        who somebody is could be passed on for ever (section 4.7.1).
        """
        return max(0, self.lifetime * 1000 - self.age(at)) // 1000

    def encode(self) -> bytes:
        """Return it as bytes, the key included: for whoever seals them, or keeps them where nobody reads."""
        writer = Writer(path="session")
        writer.uint8("format", FORMAT)
        writer.uint16("cipher_suite", self.cipher_suite, CipherSuite)
        writer.opaque8("key", self.key)
        writer.uint64("established_at", (self.established_at - _EPOCH) // _MILLISECOND)
        writer.uint32("lifetime", self.lifetime)
        writer.uint32("age_add", self.age_add)
        writer.opaque16("server_name", (self.server_name or "").encode("ascii"))
        writer.opaque8("application_protocol", self.application_protocol or b"")
        writer.uint32("max_early_data", self.max_early_data)
        with writer.vector24("certificates"):
            for certificate in writer.items(self.certificates):
                writer.opaque24("", certificate)
        with writer.vector16("shown"):
            for fingerprint in writer.items(sorted(self.shown)):
                writer.opaque8("", fingerprint)
        writer.opaque16("external_identity", self.external_identity or b"")
        return writer.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> "ResumableSession":
        """The session that was encoded; DecodeError or IllegalParameter if these bytes are not one."""
        reader = Reader(data, path="session")
        if (number := reader.uint8("format")) != FORMAT:
            raise DecodeError(f"session: format {number}, only {FORMAT} is known")
        cipher_suite = reader.uint16("cipher_suite", CipherSuite)
        key = reader.opaque8("key")
        milliseconds = reader.uint64("established_at")
        lifetime = reader.uint32("lifetime")
        age_add = reader.uint32("age_add")
        server_name = reader.opaque16("server_name")
        application_protocol = reader.opaque8("application_protocol")
        max_early_data = reader.uint32("max_early_data")
        certificates = reader.vector24("certificates")
        shown = reader.vector16("shown")
        external_identity = reader.opaque16("external_identity")
        reader.end()
        try:
            return cls(
                key,
                cipher_suite,
                _EPOCH + milliseconds * _MILLISECOND,
                lifetime,
                age_add,
                server_name.decode("ascii") or None,
                application_protocol or None,
                max_early_data,
                tuple(certificate.opaque24("", minimum=1) for certificate in certificates.items()),
                frozenset(fingerprint.opaque8("") for fingerprint in shown.items()),
                external_identity or None,
            )
        except (ValueError, OverflowError) as error:  # too late a time is an OverflowError
            raise IllegalParameter(f"session: {error}") from error


def remember(
    session: Session, key: bytes, at: datetime, *, lifetime: int, age_add: int, max_early_data: int
) -> ResumableSession:
    """What the next connection needs of this session, with the key that one ticket stands for."""
    path = session.peer.path if session.peer else None
    return ResumableSession(
        key=key,
        cipher_suite=session.cipher_suite,
        established_at=at,
        lifetime=lifetime,
        age_add=age_add,
        server_name=session.server_name,  # section 4.3.11 [5]
        application_protocol=session.application_protocol,
        max_early_data=max_early_data,
        certificates=tuple(certificate.der for certificate in path.certificates) if path else (),
        shown=session.shown,
        external_identity=session.external_identity,
    )


def whole_milliseconds(moment: datetime) -> datetime:
    """This moment without what is below a millisecond; ValueError if it has no time zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"a time without a time zone: {moment}")
    return moment - timedelta(microseconds=moment.microsecond % 1000)

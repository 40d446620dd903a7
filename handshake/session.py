"""What a finished handshake leaves behind, and the witnesses without which it cannot be built.

`VerifiedPeer` and `VerifiedFinished` are made in `authentication` alone, by the code that has just checked
what they stand for.  A `Session` takes them as arguments: a story that forgot a check could not end.
"""

from dataclasses import dataclass
from typing import Literal

from handshake.constants import CipherSuite, NamedGroup, ProtocolVersion, Role, SignatureScheme
from handshake.key_schedule import ExporterSecret, ResumptionSecret
from x509.certificate import Certificate
from x509.path import VerifiedPath


@dataclass(frozen=True, slots=True)
class ClaimedPeer:
    """A good certificate, shown by whoever it may be: anybody can copy one (RFC 9846 section 4.5.1)."""

    certificate: Certificate
    path: VerifiedPath | None  # from the certificate to a trust anchor; None: verification was switched off
    ocsp_response: bytes | None = None  # as it came, in DER: nothing here has verified it


@dataclass(frozen=True, slots=True)
class VerifiedPeer:
    """The peer has proved that it holds the certificate's private key (RFC 9846 section 4.5.2).

    In a session that was resumed it has proved to be the one who did so then: no other has the key to the
    ticket (section 2.2).
    """

    certificate: Certificate
    path: VerifiedPath | None
    ocsp_response: bytes | None = None


@dataclass(frozen=True, slots=True)
class VerifiedFinished:
    """The peer has seen the same handshake and derived the same keys (RFC 9846 section 4.5.3)."""

    verify_data: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """What was agreed on.

    No secret is here.  Whoever kept the first traffic secrets could open every record of the connection,
    whatever KeyUpdates came later (RFC 9846 section 7.2).
    """

    role: Role
    cipher_suite: CipherSuite
    group: NamedGroup | None  # None: a pre-shared key alone, without a fresh key exchange
    signature_scheme: SignatureScheme | None  # of the server's CertificateVerify; None: no certificate
    server_name: str | None  # what the client asked for
    application_protocol: bytes | None  # ALPN
    hello_retried: bool  # whether it took a HelloRetryRequest
    peer: VerifiedPeer | None  # None: it showed no certificate, now or when the session began
    finished: VerifiedFinished
    psk_origin: Literal["ticket", "external"] | None = None  # what pre-shared key it began with
    external_identity: bytes | None = None  # that key's name, or that of the key the first session began with
    early_data_accepted: bool = False
    shown: frozenset[bytes] = frozenset()  # a client's: fingerprints of its certificates that say who it is
    version: ProtocolVersion = ProtocolVersion.TLS_1_3


@dataclass(frozen=True, slots=True)
class ConnectionSecrets:
    """What a connection needs after the handshake, beside its traffic secrets."""

    exporter: ExporterSecret
    early_exporter: ExporterSecret | None  # None: no early data was accepted
    resumption: ResumptionSecret | None  # None: there will be no tickets

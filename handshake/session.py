"""What a finished handshake leaves behind, and the witnesses without which it cannot be built.

`VerifiedPeer` and `VerifiedFinished` are made in one place each, by the code that has just checked what they
stand for.  A `Session` takes them as arguments: a story that forgot a check could not end.
"""

from dataclasses import dataclass, field
from typing import Literal

from handshake.constants import CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme
from x509.certificate import Certificate
from x509.path import VerifiedPath


@dataclass(frozen=True, slots=True)
class ClaimedPeer:
    """A good certificate, shown by whoever it may be: anybody can copy one (RFC 9846 section 4.5.1)."""

    certificate: Certificate
    path: VerifiedPath | None  # from the certificate to a trust anchor; None: verification was switched off


@dataclass(frozen=True, slots=True)
class VerifiedPeer:
    """The peer has proved that it holds the certificate's private key (RFC 9846 section 4.5.2)."""

    certificate: Certificate
    path: VerifiedPath | None


@dataclass(frozen=True, slots=True)
class VerifiedFinished:
    """The peer has seen the same handshake and derived the same keys (RFC 9846 section 4.5.3)."""

    verify_data: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """What was agreed on.

    The traffic secrets are not here: whoever kept the first ones could open every record of the connection,
    whatever KeyUpdates came later (RFC 9846 section 7.2).
    """

    role: Literal["client", "server"]
    cipher_suite: CipherSuite
    group: NamedGroup
    signature_scheme: SignatureScheme  # of the server's CertificateVerify
    server_name: str | None  # what the client asked for
    application_protocol: bytes | None  # ALPN
    hello_retried: bool  # whether it took a HelloRetryRequest
    peer: VerifiedPeer | None  # a server does not ask who its client is
    finished: VerifiedFinished
    exporter_secret: bytes = field(repr=False)
    version: ProtocolVersion = ProtocolVersion.TLS_1_3

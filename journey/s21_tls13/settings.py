"""What the parties of rung 21 want from TLS, made from what the journey gives to each party."""

from typing import Any

from handshake.certified_keys import CertifiedKey
from handshake.constants import CipherSuite, NamedGroup, SignatureScheme
from handshake.settings import ClientSettings, ServerSettings
from journey.credentials import Credentials, Role
from journey.randomness import RandomBytes
from tls.config import ClientConfig, ServerConfig

# One of each, so that records and shares have one layout, and an attack one hash; and no resumption, so that
# every connection is a first one.
CHOICE: dict[str, Any] = {
    "cipher_suites": (CipherSuite.TLS_CHACHA20_POLY1305_SHA256,),
    "groups": (NamedGroup.X25519,),
    "signature_schemes": (SignatureScheme.ED25519,),
    "psk_modes": (),
}


def of(role: Role, credentials: Credentials, random_bytes: RandomBytes) -> ClientSettings | ServerSettings:
    """What this party's connection depends on, besides what its peer sends."""
    return (for_client if role == "client" else for_server)(credentials, random_bytes)


def for_client(credentials: Credentials, random_bytes: RandomBytes) -> ClientSettings:
    """Trust this authority, and talk to that server.

    Two options are off that only disguise TLS 1.3, so that old boxes on the way let it pass.
    """
    config = ClientConfig(
        trust=credentials.trust(),
        clock=lambda: credentials.now,
        random_bytes=random_bytes,
        middlebox_compatibility=False,
        grease=False,
        **CHOICE,
    )
    return config.settings(credentials.server_name)


def for_server(credentials: Credentials, random_bytes: RandomBytes) -> ServerSettings:
    """Show these certificates, and sign with that key."""
    config = ServerConfig(
        certified_keys=[CertifiedKey(credentials.certificate_chain(), credentials.signing_key)],
        random_bytes=random_bytes,
        tickets=0,
        **CHOICE,
    )
    return config.settings()

"""What the parties of rung 21 want from TLS, made from what the journey gives to each party."""

from handshake.constants import NamedGroup
from handshake.settings import CertifiedKey, ClientSettings, ServerSettings
from journey.credentials import Credentials, Role
from journey.randomness import RandomBytes
from tls.config import ClientConfig, ServerConfig

GROUPS = (NamedGroup.X25519,)


def of(role: Role, credentials: Credentials, random_bytes: RandomBytes) -> ClientSettings | ServerSettings:
    """What this party's connection depends on, besides what its peer sends."""
    return (for_client if role == "client" else for_server)(credentials, random_bytes)


def for_client(credentials: Credentials, random_bytes: RandomBytes) -> ClientSettings:
    """Trust this authority, and talk to that server.

    One group, so that all shares have 32 bytes.  Two options are off that only disguise TLS 1.3, so that old
    boxes on the way let it pass.
    """
    config = ClientConfig(
        trust=credentials.trust(),
        groups=GROUPS,
        key_share_groups=GROUPS,
        clock=lambda: credentials.now,
        random_bytes=random_bytes,
        middlebox_compatibility=False,
        grease=False,
    )
    return config.settings(credentials.server_name)


def for_server(credentials: Credentials, random_bytes: RandomBytes) -> ServerSettings:
    """Show these certificates, and sign with that key."""
    config = ServerConfig(
        certified_keys=[CertifiedKey(credentials.certificate_chain(), credentials.signing_key)],
        groups=GROUPS,
        random_bytes=random_bytes,
    )
    return config.settings()

"""Where hostile acts take place: a server with a certificate, and a client that trusts its authority."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from handshake.certified_keys import CertifiedKey
from handshake.settings import ClientSettings, ServerSettings
from journey.certifier import NOW, Certifier
from journey.mutants.hostile import ED25519, SUITE, X25519, HostileServer, Victim
from purecrypto import entropy
from purecrypto.ed25519 import Ed25519PrivateKey
from tls.config import ClientConfig, ServerConfig
from x509.certificate import Certificate
from x509.private_keys import PrivateKey

# What the hostile peers speak; an act that needs more says so.
ONE_OF_EACH: dict[str, Any] = {
    "cipher_suites": (SUITE.number,),
    "groups": (X25519,),
    "signature_schemes": (ED25519.number,),
}


@dataclass(frozen=True)
class Stage:
    """Keys are fresh for each stage; the honest certificates are made when they are first asked for."""

    name: str = "bank.example"  # what the client wants to talk to
    certifier: Certifier = field(default_factory=lambda: Certifier(entropy.random_bytes))
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)  # the server's

    def chain(self) -> tuple[Certificate, ...]:
        """The server's honest certificates."""
        return self.certifier.chain([self.name], self.key)

    def client_settings(self, **replaced: Any) -> ClientSettings:
        """An ordinary client's, but for what is replaced."""
        config = ClientConfig(trust=self.certifier.trust(), clock=lambda: NOW, grease=False, **ONE_OF_EACH)
        return replace(config.settings(self.name), **replaced)

    def server_settings(self, **replaced: Any) -> ServerSettings:
        """An ordinary server's, but for what is replaced."""
        config = ServerConfig(certified_keys=[CertifiedKey(self.chain(), self.key)], **ONE_OF_EACH)
        return replace(config.settings(), **replaced)

    def hostile_server(
        self, chain: Iterable[Certificate] | None = None, key: PrivateKey | None = None, **replaced: Any
    ) -> HostileServer:
        """A server with this chain and key, or the honest ones; its victim is a client of ours."""
        chain = self.chain() if chain is None else chain
        victim = Victim(self.client_settings(**replaced))
        return HostileServer(victim, [certificate.der for certificate in chain], key or self.key)

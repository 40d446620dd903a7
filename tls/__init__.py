"""TLS 1.3 connections: the handshake and the record layer behind one object, and what you need around it.

    config = tls.ClientConfig(trust=tls.TrustStore.from_pem(text))
    with tls.connect("localhost", 8443, config=config) as connection:
        connection.sendall(b"hello")
        print(connection.recv(1000), connection.session)

The names that most programs need are here.  What a `Connection` reports is in `tls.events`, and TLS over
asyncio's streams in `tls.aio`: both are imported by their own names.

config          what a user says once: trust, certificate, protocols, time bounds
connection      the protocol itself, without any I/O: bytes in, events and bytes out
line            its records, messages and secrets in both directions, and `key_updates` in mid-connection
events          what it reports
sockets, pump   over blocking sockets
aio             over asyncio's streams
inbox           what both have received and not handed over yet
https, page     a small web server, and a client; `markup` puts its HTML together, and that of `tracing`
ticket_keys     what a server seals tickets with: new keys often, old ones forgotten
session_cache   what a client keeps for its next connections, in memory and in a file
throwaway       an authority and a certificate for localhost, made on the spot
summary         what was agreed on, for people and for programs
tracing         a package: everything that happens inside, recorded, explained and drawn
trust           the authorities of this machine, where the user names none
keylog          secrets for Wireshark
what_if         a package: a handshake played again with changes
captures        a package: connections for Wireshark, and captures of anybody's taken apart
errors          what the shells raise
__main__        the command line, python -m tls ..., with `arguments`; `watching` is for who wants
                to see inside
demo            all of it at once, with its `visits` by three programs, and its `demo_view`
timing          where the time of a handshake goes; `timing_view` draws it
"""

from typing import TYPE_CHECKING, Any

from tls.errors import TLSError, TLSTimeout

if TYPE_CHECKING:
    from handshake.certified_keys import CertifiedKey
    from handshake.pre_shared_keys import PreSharedKey
    from handshake.session import Session
    from tls import sockets, trust
    from tls.config import ClientConfig, ServerConfig
    from tls.connection import Connection
    from tls.session_cache import SessionCache
    from tls.sockets import TLSSocket
    from x509.crl import RevocationList
    from x509.trust_store import TrustStore

    connect = sockets.connect
    default_trust = trust.default
    wrap_socket = sockets.wrap_socket

__all__ = [
    "CertifiedKey",
    "ClientConfig",
    "Connection",
    "PreSharedKey",
    "RevocationList",
    "ServerConfig",
    "Session",
    "SessionCache",
    "TLSError",
    "TLSSocket",
    "TLSTimeout",
    "TrustStore",
    "connect",
    "default_trust",
    "wrap_socket",
]


def __getattr__(name: str) -> Any:
    """Load the rest when it is first asked for: `import tls` alone takes no time."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from handshake import certified_keys, pre_shared_keys, session
    from tls import config, connection, session_cache, sockets, trust
    from x509 import crl, trust_store

    globals().update(
        CertifiedKey=certified_keys.CertifiedKey,
        ClientConfig=config.ClientConfig,
        Connection=connection.Connection,
        PreSharedKey=pre_shared_keys.PreSharedKey,
        RevocationList=crl.RevocationList,
        ServerConfig=config.ServerConfig,
        Session=session.Session,
        SessionCache=session_cache.SessionCache,
        TLSSocket=sockets.TLSSocket,
        TrustStore=trust_store.TrustStore,
        connect=sockets.connect,
        default_trust=trust.default,
        wrap_socket=sockets.wrap_socket,
    )
    return globals()[name]

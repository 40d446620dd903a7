"""Two ends in memory, both on this core: a handshake, and a transfer through a connection that stands.

The ends are whatever a contender calls its ends, so everyone is driven by the same loop.  Who wants to know
what one side alone takes gives that side's `Meter` as the clock: it stands still while the other one works.
"""

import time
from collections.abc import Callable
from functools import cache

from benchmarks.contenders import Credentials, End, Ends
from tls import config, throwaway
from x509 import pem, private_keys
from x509.algorithms import KeyKind

MAX_FLIGHTS = 6  # of a handshake
Clock = Callable[[], float]


class Meter:
    """A clock that runs while its side is at work, and stands still otherwise."""

    def __init__(self, clock: Clock = time.process_time) -> None:
        self._clock = clock
        self._total = 0.0

    def __call__(self) -> float:
        return self._total

    def __enter__(self) -> None:
        self._total -= self._clock()

    def __exit__(self, *_: object) -> None:
        self._total += self._clock()


def handshake(
    ends: Ends, credentials: Credentials, client_meter: Meter, server_meter: Meter
) -> tuple[End, End]:
    """Both ends, after a handshake.  AssertionError if it does not come to an end."""
    with client_meter:
        client = ends.client(credentials)
    with server_meter:
        server = ends.server(credentials)
    to_client = b""
    for _ in range(MAX_FLIGHTS):
        with client_meter:
            to_server = client.receive(to_client)
        with server_meter:
            to_client = server.receive(to_server)
        if client.agreed and server.agreed and not to_client:
            return client, server
    raise AssertionError(f"{ends.name} did not complete its handshake")


@cache
def credentials() -> Credentials:
    """A throw-away authority and a leaf for localhost, made once."""
    made = throwaway.make(now=config.now(), kind=KeyKind.ED25519)
    chain, private_key = made.certified_key.certificate_chain, made.certified_key.private_key
    return Credentials(
        authority=made.authority_pem,
        chain="".join(pem.encode(certificate.der, "CERTIFICATE") for certificate in chain),
        private_key=private_keys.to_pem(private_key),
    )

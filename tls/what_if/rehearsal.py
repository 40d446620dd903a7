"""A handshake that is made in memory, to be played with: what came from outside into our client's end.

Tested by      tests/tls/test_what_if_view.py
"""

from collections.abc import Callable
from datetime import datetime

from purecrypto import entropy
from tls import config, throwaway
from tls.config import ClientConfig, ServerConfig
from tls.what_if.tape import Recorder, Tape
from x509.trust_store import TrustStore

PROTOCOLS = ("http/1.1", "http/1.0")  # that the client offers; the server knows the first
GREETING = b"welcome"


def make(
    random_bytes: Callable[[int], bytes] = entropy.random_bytes, clock: Callable[[], datetime] = config.now
) -> Tape:
    """Have our client and our server shake hands, and the server say something."""
    made = throwaway.make(now=clock(), random_bytes=random_bytes)
    client_config = ClientConfig(
        trust=TrustStore([made.authority]),
        application_protocols=PROTOCOLS,
        random_bytes=random_bytes,
        clock=clock,
    )
    server_config = ServerConfig(
        certified_keys=[made.certified_key],
        application_protocols=PROTOCOLS[:1],
        random_bytes=random_bytes,
        clock=clock,
    )
    recorder = Recorder()
    client = client_config.connection("localhost", observe=recorder)
    server = server_config.connection()
    while client.session is None or server.session is None:
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())
    server.send(GREETING)
    client.receive_data(server.data_to_send())
    tape = recorder.tape()
    assert tape is not None
    return tape

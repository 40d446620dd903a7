"""The NSS key log: lines from which Wireshark and its like decrypt a capture.  RFC 9850.

    LABEL <client random> <secret>      all but the label in hex

Whoever has such a file can read the connections in it.  The library writes one only if its config says so.
"""

from collections.abc import Iterator

from handshake.effects import LogSecrets

# Exactly these labels: other programs look for them.
LABELS = {
    "client_handshake_traffic_secret": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server_handshake_traffic_secret": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "client_application_traffic_secret_0": "CLIENT_TRAFFIC_SECRET_0",
    "server_application_traffic_secret_0": "SERVER_TRAFFIC_SECRET_0",
}
EXPORTER_LABEL = "EXPORTER_SECRET"


def lines(logged: LogSecrets) -> Iterator[str]:
    """The lines for one phase of a handshake, without line ends."""
    client_random = logged.client_random.hex()
    for secret in (logged.secrets.client, logged.secrets.server):
        yield f"{LABELS[secret.name]} {client_random} {secret.value.hex()}"
    if logged.exporter_secret is not None:
        yield f"{EXPORTER_LABEL} {client_random} {logged.exporter_secret.hex()}"

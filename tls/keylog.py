"""The NSS key log: lines from which Wireshark and its like decrypt a capture.  RFC 9850.

    LABEL <client random> <secret>      all but the label in hex

Whoever has such a file can read the connections in it.  The library writes one only if its config says so;
`read` is for those who have one and want to, such as `tls/captures/eavesdropper.py`.

Tested by      tests/tls/test_keylog.py
"""

import io
import os
import re
from collections.abc import Callable

from handshake.effects import LogSecrets
from x509 import files

# Exactly these labels: other programs look for them.
LABELS = {
    "client_early_traffic_secret": "CLIENT_EARLY_TRAFFIC_SECRET",
    "early_exporter_secret": "EARLY_EXPORTER_SECRET",
    "client_handshake_traffic_secret": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server_handshake_traffic_secret": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "client_application_traffic_secret_0": "CLIENT_TRAFFIC_SECRET_0",
    "server_application_traffic_secret_0": "SERVER_TRAFFIC_SECRET_0",
    "exporter_secret": "EXPORTER_SECRET",
}
_NAMES = {label: name for name, label in LABELS.items()}

MAX_SIZE = 2**26  # characters of a log that is read: hundreds of thousands of lines
VALUES = re.compile(r"[0-9a-fA-F]{64} (?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96})")  # 32 bytes, and 32 or 48


class KeyLogError(ValueError):
    """The user's file is no key log; the message says which line is not one of it."""


def line(name: str, client_random: bytes, secret: bytes) -> str:
    """One line; `name` is what the key schedule calls the secret."""
    return f"{LABELS[name]} {client_random.hex()} {secret.hex()}"


def in_lines(key_log: Callable[[str], None] | None) -> Callable[[LogSecrets], None] | None:
    """The `key_log` of a `Connection` that gives each line to this one; None: none is wanted."""
    if key_log is None:
        return None

    def log(logged: LogSecrets) -> None:
        for secret in logged.secrets:
            key_log(line(secret.name, logged.client_random, secret.value))

    return log


def append_to(path: str) -> Callable[[str], None]:
    """A `key_log` that appends to a file; one that it has to create is readable by its owner alone.

    Each line is one write, so that several processes may share the file.  OSError if it cannot be opened.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, files.FOR_THE_OWNER)

    def append(line: str) -> None:
        os.write(descriptor, line.encode("ascii") + b"\n")

    return append


def read(text: str) -> dict[bytes, dict[str, bytes]]:
    """The secrets in a key log: by client random, and then by what the key schedule calls them.

    Empty lines, comments and labels of other versions are passed over (RFC 9850 section 2); of two lines
    about the same secret the later one counts.  KeyLogError for the first line that is none of these.
    """
    if len(text) > MAX_SIZE:
        raise KeyLogError(f"a key log of {len(text)} characters, at most {MAX_SIZE}")
    found: dict[bytes, dict[str, bytes]] = {}
    for number, line in enumerate(io.StringIO(text, newline=None), 1):  # however its lines end
        said = line.removesuffix("\n")
        if not said or said.startswith("#"):
            continue
        label, _, values = said.partition(" ")
        if values.count(" ") != 1:
            raise KeyLogError(f"line {number}: not a label, a client random and a secret")
        if label not in _NAMES:
            continue
        if not VALUES.fullmatch(values):
            raise KeyLogError(f"line {number}: {label} goes with 32 bytes and with 32 or 48, in hex")
        client_random, secret = map(bytes.fromhex, values.split(" "))
        found.setdefault(client_random, {})[_NAMES[label]] = secret
    return found

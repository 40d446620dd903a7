"""A capture and a key log, and what they tell together: every TLS connection, as an eavesdropper hears it.

    tapped = wiretap.read(data, key_log)
    for overheard in tapped.connections(): ...

Errors         CaptureError, KeyLogError: the user's files.
Tested by      tests/tls/test_wiretap.py
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tls import capture, eavesdropper, keylog, segments, streams
from tls.eavesdropper import KeyLog, Overheard
from tls.segments import Skipped
from tls.streams import Stream
from x509 import wording


@dataclass(frozen=True)
class Tapped:
    """What was captured, put together."""

    streams: tuple[Stream, ...]  # of TLS
    others: int  # connections of TCP that say something else
    skipped: Counter[str]  # packets that could not be read, by reason
    key_log: KeyLog

    def connections(self) -> Iterator[Overheard]:
        """Each connection, which is listened to only when it is asked for."""
        return (eavesdropper.overhear(stream, self.key_log) for stream in self.streams)


def read(data: bytes, key_log: str = "") -> Tapped:
    """Take a capture file apart; the secrets are those in it, and those of `key_log`, which come first."""
    captured = capture.read(data)
    found, skipped = streams.Streams(), Counter[str]()
    for packet in captured.packets:
        try:
            found.add(segments.of(packet))
        except Skipped as reason:
            skipped[str(reason)] += 1
    del skipped[""]
    all_streams = found.all()
    of_tls = tuple(stream for stream in all_streams if eavesdropper.is_tls(stream))
    logs = keylog.read(f"{captured.key_log}\n{key_log}") if captured.key_log else keylog.read(key_log)
    return Tapped(of_tls, len(all_streams) - len(of_tls), skipped, logs)


def as_dict(overheard: Overheard) -> dict[str, Any]:
    """A connection for programs, ready for `json.dumps`; a secret of no bytes is an unknown one."""
    return {
        "client": end(overheard.client),
        "server": end(overheard.server),
        "version": overheard.version,
        "remarks": list(overheard.remarks),
        "trace": overheard.trace.as_dict(),
    }


def end(address: segments.Address) -> str:
    """An address and a port as people write them."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def passed_over(tapped: Tapped) -> Iterator[str]:
    """What there is to say about packets and connections that are not explained."""
    if tapped.others:
        yield f"{wording.count(tapped.others, 'TCP connection')} without TLS"
    for reason, number in tapped.skipped.items():
        yield f"{wording.count(number, 'packet')} passed over: {reason}"

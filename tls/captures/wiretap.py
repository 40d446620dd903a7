"""A capture and a key log, and what they tell together: every TLS connection, as an eavesdropper hears it.

    tapped = wiretap.read(data, key_log)
    for number in range(1, len(tapped.streams) + 1):
        overheard = tapped.overhear(number)

Errors         CaptureError, KeyLogError: the user's files.
Tested by      tests/tls/test_wiretap.py
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from handshake import constants
from handshake.constants import ProtocolVersion
from record import framing
from record.content_type import ContentType
from tls import keylog
from tls.captures import capture, segments, streams
from tls.captures.eavesdropper import Eavesdropper, KeyLog
from tls.captures.segments import Skipped
from tls.captures.streams import Stream
from tls.captures.tcpip import Address
from tls.tracing.trace import Trace
from x509 import wording

OLDEST, NEWEST = b"\x03\x00", b"\x03\x04"  # versions that a ClientHello's record may name
TLS_1_3 = constants.name_of(ProtocolVersion, ProtocolVersion.TLS_1_3)


@dataclass(frozen=True)
class Overheard:
    """One connection, as it was heard."""

    client: Address
    server: Address
    version: str  # "TLS_1_3 (0x304)"; empty where nobody got so far as to choose one
    trace: Trace
    remarks: tuple[str, ...]

    @property
    def explained(self) -> bool:
        """Whether the trace has more to tell than that it is not TLS 1.3."""
        return self.version in ("", TLS_1_3)


@dataclass(frozen=True)
class Tapped:
    """What was captured, put together."""

    streams: tuple[Stream, ...]  # of TLS
    others: int  # connections of TCP that say something else
    skipped: Counter[str]  # packets that could not be read, by reason
    key_log: KeyLog = field(repr=False)

    def overhear(self, number: int) -> Overheard:
        """One of the connections, counted from 1: it is listened to only when it is asked for."""
        return overhear(self.streams[number - 1], self.key_log)


def read(data: bytes, key_log: str = "") -> Tapped:
    """Take a capture file apart; the secrets are those in it and those of `key_log`, which count more."""
    captured = capture.read(data)
    found, skipped = streams.Streams(), Counter[str]()
    for packet in captured.packets:
        try:
            found.add(segments.of(packet))
        except Skipped as reason:
            skipped[str(reason)] += 1
    del skipped[""]
    all_streams = found.all()
    of_tls = tuple(stream for stream in all_streams if is_tls(stream))
    secrets = keylog.read(f"{captured.key_log}\n{key_log}")
    return Tapped(of_tls, len(all_streams) - len(of_tls), skipped, secrets)


def is_tls(stream: Stream) -> bool:
    """Whether a connection begins as TLS does: with a handshake record of the client."""
    sender, said = stream.chunks[0]
    begins = said[0] == ContentType.HANDSHAKE and OLDEST <= said[1:3] <= NEWEST
    return sender == "client" and begins and len(said) > framing.HEADER_SIZE


def overhear(stream: Stream, key_log: KeyLog) -> Overheard:
    """Listen to a whole connection."""
    trace = Trace()
    listener = Eavesdropper(key_log, trace)
    for sender, data in stream.chunks:
        listener.hear(sender, bytes(data))
    listener.end()
    for sender, place in stream.holes.items():
        listener.remarks.append(
            f"after {wording.count(place, 'byte')} of the {sender} something is missing in the capture: "
            "what comes then is not heard"
        )
    return Overheard(stream.client, stream.server, listener.version, trace, tuple(listener.remarks))


def as_dict(overheard: Overheard) -> dict[str, Any]:
    """A connection for programs, ready for `json.dumps`; a secret of no bytes is an unknown one."""
    return {
        "client": end(overheard.client),
        "server": end(overheard.server),
        "version": overheard.version,
        "remarks": list(overheard.remarks),
        "trace": overheard.trace.as_dict(),
    }


def end(address: Address) -> str:
    """An address and a port as people write them."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def passed_over(tapped: Tapped) -> Iterator[str]:
    """What there is to say about packets and connections that are not explained."""
    if tapped.others:
        yield f"{wording.count(tapped.others, 'TCP connection')} without TLS"
    for reason, number in tapped.skipped.items():
        yield f"{wording.count(number, 'packet')} passed over: {reason}"

"""Captures for Wireshark: blocks of pcapng, with secrets in them.

    file = pcapng.beginning()
    file += pcapng.secrets("CLIENT_TRAFFIC_SECRET_0 0001... ...")       before the packets that need them
    for packet in ...:                      of `tcpip`
        file += pcapng.packet(packet, microseconds, "a comment")

Wireshark opens such a file like any other, and with the secrets in it already decrypted.  It takes no
privilege to make one, because nothing is captured.

The format is draft-ietf-opsawg-pcapng.

Tested by      tests/tls/test_pcapng.py, tests/journey/test_pcap.py (by tshark)
"""

import struct

SECTION_HEADER, INTERFACE, ENHANCED_PACKET, DECRYPTION_SECRETS = 0x0A0D0D0A, 1, 6, 0x0A  # kinds of blocks
BYTE_ORDER_MAGIC = 0x1A2B3C4D
TLS_KEY_LOG = 0x544C534B  # "TLSK", a kind of secrets
COMMENT, END_OF_OPTIONS = 1, 0  # kinds of options
LINKTYPE_RAW = 101  # packets begin with their IP header


def beginning() -> bytes:
    """What stands at the beginning: one section, one interface."""
    unknown_length = -1
    section = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, unknown_length)
    return _block(SECTION_HEADER, section) + _block(INTERFACE, struct.pack("<HHI", LINKTYPE_RAW, 0, 0))


def packet(data: bytes, microseconds: int, comment: str = "") -> bytes:
    """A packet, when it was seen (microseconds since 1970), and what is to be said about it."""
    header = struct.pack("<IIIII", 0, microseconds >> 32, microseconds & 0xFFFFFFFF, len(data), len(data))
    text, options = comment.encode(), b""
    if text:
        options = struct.pack("<HH", COMMENT, len(text)) + _padded(text)
        options += struct.pack("<HH", END_OF_OPTIONS, 0)
    return _block(ENHANCED_PACKET, header + _padded(data) + options)


def secrets(key_log: str) -> bytes:
    """Lines of an NSS key log (`tls/keylog.py`), for the packets that come after them."""
    text = key_log.encode("ascii")
    return _block(DECRYPTION_SECRETS, struct.pack("<II", TLS_KEY_LOG, len(text)) + _padded(text))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

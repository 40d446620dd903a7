"""The writer of captures, byte by byte; in tests/journey/test_pcap.py tshark checks what it has written."""

import struct

from tls.captures import pcapng, tcpip

CALLER, CALLED = ("10.1.2.3", 40001), ("10.4.5.6", 443)
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10


def numbers(packet: bytes) -> tuple[int, int, int, int]:
    """Port of the sender, sequence and acknowledgement numbers, flags."""
    port, _, sequence, acknowledged, _, flags = struct.unpack_from(">HHIIBB", packet, 20)
    return port, sequence, acknowledged, flags


def test_a_file_begins_with_a_section_and_an_interface() -> None:
    assert pcapng.beginning().hex(" ", 4) == (
        "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000"
        " 01000000 14000000 65000000 00000000 14000000"
    )


def test_a_packet_has_its_time_and_its_comment() -> None:
    assert pcapng.packet(b"abcde", 0x1_0000_0002, "é!").hex(" ", 4) == (
        "06000000 34000000 00000000 01000000 02000000 05000000 05000000"
        " 61626364 65000000 01000300 c3a92100 00000000 34000000"
    )
    assert len(pcapng.packet(b"abcd", 0)) == 32 + 4


def test_secrets_are_a_block_of_their_own() -> None:
    assert pcapng.secrets("A 00 11\n").hex(" ", 4) == (
        "0a000000 1c000000 4b534c54 08000000 41203030 2031310a 1c000000"
    )


def test_a_connection_from_its_beginning_to_its_end() -> None:
    talk = tcpip.Connection(CALLER, CALLED)
    packets = [*talk.begin(), *talk.say(True, b"hello"), *talk.say(False, b"good bye")]
    packets += [*talk.end(False), *talk.say(True, b"?"), *talk.end(True)]
    assert [numbers(packet) for packet in packets] == [
        (40001, 1000, 0, SYN),
        (443, 5000, 1001, SYN | ACK),
        (40001, 1001, 5001, ACK),
        (40001, 1001, 5001, PSH | ACK),
        (443, 5001, 1006, PSH | ACK),
        (443, 5009, 1006, FIN | ACK),
        (40001, 1006, 5010, PSH | ACK),
        (40001, 1007, 5010, FIN | ACK),
        (443, 5010, 1008, ACK),
    ]
    assert packets[3][40:] == b"hello"
    assert packets[3][12:20] == bytes([10, 1, 2, 3, 10, 4, 5, 6])


def test_what_is_long_takes_several_packets() -> None:
    data = bytes(range(256)) * 129
    talk = tcpip.Connection(CALLER, CALLED)
    payloads = [packet[40:] for packet in talk.say(True, data)]
    assert [len(payload) for payload in payloads] == [tcpip.MAX_SEGMENT, tcpip.MAX_SEGMENT, 256]
    assert b"".join(payloads) == data


def test_numbers_begin_again_after_four_gigabytes() -> None:
    talk = tcpip.Connection(CALLER, CALLED)
    talk._next[True] = 2**32 - 3
    packets = [*talk.say(True, b"hello"), *talk.say(True, b"again"), *talk.say(False, b"heard")]
    assert [numbers(packet)[1:3] for packet in packets] == [(2**32 - 3, 5000), (2, 5000), (5000, 7)]

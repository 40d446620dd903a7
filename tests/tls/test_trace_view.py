"""What a learner sees: every field, every secret, every record, and no secret where none was asked for."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from handshake.derivation import Derivation
from handshake.groups import GROUPS
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import certificates, oracle, peers_in_memory, traced
from tests.support.oracle import X25519, X25519MLKEM768
from tls.tracing import annotations, trace_view
from tls.tracing import trace as traces
from tls.tracing.trace import Trace, TracedMessage


def shown(trace: Trace, width: int = trace_view.WIDTH) -> str:
    return printed(trace_view.show, trace, width)


def short(trace: Trace, width: int = trace_view.WIDTH) -> str:
    return printed(trace_view.short, trace, width)


def printed(draw, trace: Trace, width: int) -> str:  # type: ignore[no-untyped-def]
    file = io.StringIO()
    draw(trace, Console(file=file, width=width, highlight=False))
    return file.getvalue()


# Everything


def test_it_begins_with_a_warning() -> None:
    assert shown(traced.handshake().client_trace).startswith(traces.WARNING)


@pytest.mark.parametrize("side", ["client_trace", "server_trace"])
def test_every_message_is_there_with_every_byte_value_and_section(side: str) -> None:
    trace = getattr(traced.retried(), side)
    text = shown(trace)
    for step in trace.steps():
        if isinstance(step, TracedMessage):
            assert re.search(rf"━━ {step.name}   client . server   \d+ bytes", text)
            assert annotations.abbreviated(traces.note_of(step).section) in text
            assert annotations.of_message(step.name).meaning in text
            for part in step.parts:
                assert part.text in text
                for start in range(0, len(part.data), 8) if not part.path.endswith("cert_data") else ():
                    assert part.data[start : start + 8].hex(" ") in text


def test_an_appendix_is_written_as_a_section_is() -> None:
    text = shown(traced.handshake().client_trace)
    assert re.search(r" cipher_suites  \d+ bytes +RFC 9846 §B\.4$", text, re.MULTILINE)
    assert "RFC 9846 appendix" not in text


def test_a_share_of_grease_is_told_as_what_it_is() -> None:
    lines = shown(traced.handshake().client_trace).splitlines()
    grease, ours, _ = (at for at, line in enumerate(lines) if "key_exchange  " in line)
    assert re.search(r"\[0\].key_exchange  1 byte: GREASE +RFC 8701 §2$", lines[grease])
    assert lines[grease + 1].endswith(f"  {annotations.GREASE[1]}")
    assert lines[ours].endswith("[1].key_exchange  32 bytes")
    assert lines[ours + 1].endswith(f"  {annotations.FIELDS['key_exchange'][1]}")


def test_every_secret_is_there_with_its_derivation() -> None:
    trace = traced.updated().client_trace
    text = shown(trace)
    found = [step for step in trace.steps() if isinstance(step, Derivation)]
    assert len(found) > 20
    for step in found:
        heading = next(line for line in text.splitlines() if line.startswith(f"◆ {step.name} "))
        assert heading.endswith(traces.note_of(step).section.replace("section ", "§"))
        assert f"   = {step.value.hex()}\n" in text
        assert step.context.hex() in text or not any(step.context)
        what = "transcript hash" if step.covers else '""'
        formula = f'HKDF-Expand-Label({step.source}, "{step.label}", {what}, {len(step.value)})'
        if not step.label:
            formula = f"HKDF-Extract(salt = {step.source}, IKM = "
        assert f"   {formula}" in text


def test_a_secret_says_what_it_covers() -> None:
    text = shown(traced.handshake().client_trace)
    for covered in ("ClientHello..ServerHello", "ClientHello..server Finished", "no message"):
        assert f"   transcript hash of {covered}\n" in text
    assert (
        "   HKDF-Extract(salt = derived from early_secret, IKM = shared secret)\n   shared secret\n" in text
    )
    assert "   HKDF-Extract(salt = derived from handshake_secret, IKM = 0)\n   = " in text


@pytest.mark.parametrize("side", ["client_trace", "server_trace"])
def test_the_secret_of_the_hybrid_has_two_halves(side: str) -> None:
    keys = peers_in_memory.client_keys(X25519MLKEM768), peers_in_memory.server_keys(X25519MLKEM768)
    both = traced.handshake(
        server={"private_keys": keys[1]}, private_keys=keys[0], key_share_groups=(X25519MLKEM768,)
    )
    ours, servers = (each[X25519MLKEM768][-32:] for each in keys)
    classical = GROUPS[X25519].begin(ours).finish(oracle.public_value(servers, X25519))
    text = shown(getattr(both, side))
    assert re.search(
        rf"   shared secret\n     \w{{64}}   ML-KEM's\n     {classical.hex()}   X25519's\n   = ", text
    )
    assert text.count("X25519's") == 1
    assert "X25519's" not in shown(traced.handshake().client_trace)


def test_a_secret_says_what_else_it_is_made_of() -> None:
    trace = traced.resumed_with_early_data().client_trace
    text = shown(trace)
    psk, nonce = next(
        (step.value, step.context)
        for step in trace.steps()
        if isinstance(step, Derivation) and step.name == "PSK"
    )
    expand = "   HKDF-Expand-Label"
    for said in (
        "   HKDF-Extract(salt = 0, IKM = PSK)\n   PSK\n",
        f'{expand}(early_secret, "c e traffic", transcript hash, 32)\n   transcript hash of ClientHello\n',
        f'{expand}(resumption_secret, "resumption", ticket_nonce, 32)\n   ticket_nonce\n',
        f"   ticket_nonce\n     {nonce.hex()}\n   = {psk.hex()}\n",
        '"exporter", hash of the context, 16)\n   hash of the application\'s context\n',
    ):
        assert said in text, said


def test_a_certificate_is_drawn_in_the_colour_of_who_showed_it() -> None:
    both = traced.handshake(
        server=peers_in_memory.asking(require=True), certified_keys=(peers_in_memory.client_key(),)
    )
    for trace in (both.client_trace, both.server_trace):
        file = io.StringIO()
        trace_view.show(trace, Console(file=file, force_terminal=True, color_system="standard", width=100))
        headings = [line for line in file.getvalue().splitlines() if "── " in line and "taken apart" in line]
        colours = [re.findall(r"\x1b\[(\d+)m", line)[0] for line in headings]
        assert colours == ["35", "36"]  # the server's is magenta, the client's cyan


def test_records_have_their_numbers_nonces_and_contents() -> None:
    trace = traced.updated().client_trace
    text = shown(trace)
    for step in trace.steps():
        if isinstance(step, ProtectedRecord):
            done = {"seal": "sealed", "open": "opened"}[step.operation]
            assert f"▪ record {step.sequence_number} {done}" in text
            assert f"nonce    {step.nonce.hex()}   iv XOR {step.sequence_number}" in text
            assert f"tag      {step.sealed[-16:].hex()}" in text
            assert f"header   {step.header.hex(' ')}   application_data, {len(step.sealed)} bytes\n" in text
    assert "▪ record sent   client ▶ server" in text
    assert "▪ record received   client ◀ server" in text
    assert "content  alert, 2 bytes: close_notify" in text
    assert "content  change_cipher_spec, 1 byte" in text
    assert "another question" in text  # data, in characters too


def test_padding_is_said() -> None:
    server, trace = traced.hostile_server()
    server.connect()
    server.say_record(23, b"padded", padding=7)
    assert "content  application_data, 6 bytes, padded with 7 bytes" in shown(trace)


def test_early_data_that_were_refused_are_shown_as_they_came() -> None:
    trace = Trace()
    trace(PlainRecord("skip", bytes.fromhex("17 0303 0002"), ContentType.APPLICATION_DATA, b"\xab\xcd"))
    assert "▪ record skipped   client ▶ server" in shown(trace)
    assert "ab cd" in shown(trace)
    assert "application data" in short(trace)


def test_an_alert_of_a_wrong_size_is_shown_without_a_name() -> None:
    server, trace = traced.hostile_server()
    server.say_in_the_clear(21, b"\x02\x28\x00")
    assert "content  alert, 3 bytes\n" in shown(trace)


def test_only_the_beginning_of_much_data_is_shown() -> None:
    both = traced.handshake()
    both.client.send(b"A" * 64 + b"B" * 36)
    text = shown(both.client_trace)
    assert text.count("A" * 16) == 4
    assert "BB" not in text
    assert "… and 36 bytes more" in text
    both.client.send(b"C" * 64)
    assert shown(both.client_trace).count("more") == text.count("more")


def test_hostile_data_cannot_command_a_terminal() -> None:
    both = traced.handshake()
    both.client.send(b"\x1b[2J ~\x1f\x7f\x9b\xff")
    text = shown(both.client_trace)
    assert "\x1b" not in text
    assert "    0  1b 5b 32 4a 20 7e 1f 7f 9b ff                    .[2J ~....\n" in text


def test_a_certificate_is_taken_apart_once() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    both = traced.handshake(server={"certified_keys": (family.certified_key,)})
    for trace in (both.client_trace, both.server_trace):  # who sends it does not read it, but sees it read
        text = shown(trace)
        assert re.search(r"── certificate 1   taken apart +RFC 5280 §4.1", text)
        assert text.count("── certificate 2   taken apart") == 1
        assert text.count("… taken apart below") == 2
        assert "UTF8String 'Authority 1'" in text


def test_a_certificate_that_is_none_is_shown_as_far_as_it_goes() -> None:
    server, trace = traced.hostile_server()
    server.say_hello()
    server.say_extensions()
    server.say_certificate(b"no certificate at all")
    text = shown(trace)
    assert "── certificate 1   taken apart" in text
    assert re.search(r"    0  6e 6f 20 63 65 72 74 69 +unread", text)


def test_a_failure_is_shown_with_what_was_read_until_then() -> None:
    server, trace = traced.hostile_server()
    server.say(b"\x02\x00\x00\x05\x03\x03\xaa\xbb\xcc")
    text = shown(trace)
    assert "━━ ServerHello   refused   6 bytes" in text
    assert "    4  03 03                   legacy_version  TLS_1_2 (0x303)" in text
    assert "━━ failure   the peer is told decode_error" in text
    assert "   DecodeError: server_hello.random: 32 bytes expected, 3 left" in text
    assert "content  alert, 2 bytes: decode_error" in text


def test_a_failure_that_nobody_is_told_of() -> None:
    server, trace = traced.hostile_server()
    server.say_alert(40)
    assert "━━ failure   the peer is told nothing" in shown(trace)


def test_what_was_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced.handshake().client_trace
    assert "left out" not in shown(trace)
    trace.left_out = 3
    assert "3 later events were left out" in shown(trace)


# In short


def test_the_diagram_has_every_message_and_who_sent_it() -> None:
    lines = short(traced.retried().client_trace).splitlines()
    arrows = [re.sub(r"[─═◀▶├┤│ ]+", " ", line).strip() for line in lines if re.search("[◀▶]", line)]
    assert [re.sub(r" \d+ bytes?$", "", arrow) for arrow in arrows] == [
        "ClientHello",
        "HelloRetryRequest",
        "change cipher spec",
        "ClientHello",
        "change cipher spec",
        "ServerHello",
        "{EncryptedExtensions}",
        "{Certificate}",
        "{CertificateVerify}",
        "{Finished}",
        "{Finished}",
    ]
    assert [line.strip()[1] == "◀" for line in lines if re.search("[◀▶]", line)] == [
        *(False, True, False, False, True),
        *(True, True, True, True, True, False),
    ]


def test_the_diagram_has_a_head_two_lines_and_a_legend() -> None:
    head, *body, legend = short(traced.handshake().client_trace).splitlines()
    assert head.split() == ["client", "server"]
    assert legend.strip() == trace_view.LEGEND
    assert {len(line) for line in body} == {trace_view.DIAGRAM_WIDTH}
    assert all(line[:3] in ("  │", "  ├") and line[-1] in "│┤" for line in body)
    assert body[0].strip("│ ") == body[-1].strip("│ ") == ""


def test_the_diagram_says_when_keys_come_into_force() -> None:
    text = short(traced.updated().client_trace)
    order = [
        "─ ServerHello ─",
        "server's records from here on: server_handshake_traffic_secret ",
        "client's records from here on: client_handshake_traffic_secret ",
        "═ {EncryptedExtensions} ═",
        "client's records from here on: client_application_traffic_secret_0 ",
        "═ [application data] ═",
        "═ [KeyUpdate] ═",
        "client's records from here on: client_application_traffic_secret_1 ",
        "═ [alert: close_notify] ═",
    ]
    positions = [text.index(piece) for piece in order]
    assert positions == sorted(positions)


def test_the_diagram_tells_early_data_by_its_brackets() -> None:
    for trace in vars(traced.resumed_with_early_data()).values():
        if not isinstance(trace, Trace):
            continue
        text = short(trace)
        assert "═ (application data) ═" in text
        assert "═ (EndOfEarlyData) ═" in text
        assert "client's records from here on: client_early_traffic_secret " in text
        assert text.index("═ (EndOfEarlyData) ═") < text.index(
            "═ {Finished} ═", text.index("═ (EndOfEarlyData) ═")
        )
        assert "═ [NewSessionTicket] ═" in text


@pytest.mark.parametrize("make", [traced.handshake, traced.resumed_with_early_data])
def test_the_diagram_is_the_same_from_both_ends(make: Callable[[], traced.Traced]) -> None:
    both = make()

    def arrows(trace: Trace) -> list[str]:
        return [line for line in short(trace).splitlines() if re.search("[◀▶].*[A-Z]|[A-Z].*[◀▶]", line)]

    assert arrows(both.client_trace) == arrows(both.server_trace)


def test_the_diagram_holds_no_secret() -> None:
    trace = traced.updated().client_trace
    text = short(trace)
    secrets = [step.value.hex() for step in trace.steps() if isinstance(step, Derivation)]
    assert not [secret for secret in secrets if secret[:16] in text]
    assert "question" not in text


def test_the_diagram_shows_where_it_ended() -> None:
    server, trace = traced.hostile_server()
    server.say(b"\x02\x00\x00\x05\x03\x03\xaa\xbb\xcc")
    text = short(trace)
    assert "DecodeError: server_hello.random: 32 bytes expected, 3 left" in text
    assert "─ alert: decode_error ─" in text


# Where it is shown


@pytest.mark.parametrize("draw", [trace_view.show, trace_view.short])
def test_a_pipe_gets_a_hundred_columns_and_no_colours(
    draw,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    draw(traced.updated().client_trace)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert 80 < max(map(len, text.splitlines())) <= trace_view.WIDTH
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_terminal_gets_colours() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=100)
    trace_view.show(traced.handshake().client_trace, console)
    assert "\x1b[" in file.getvalue()


def test_a_narrow_terminal_still_shows_everything() -> None:
    trace = traced.handshake().client_trace
    narrow = shown(trace, 60)
    assert "application_layer_protocol_negotiation" in narrow

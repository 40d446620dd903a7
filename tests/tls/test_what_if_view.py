"""A session of `explain --what-if`, line by line: what it says, and that nothing one types ends it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake import messages
from tests.support import taped
from tests.support.servers import PATIENCE
from tls import arguments
from tls.__main__ import main
from tls.what_if import edits, tape_text
from tls.what_if import view as what_if_view
from tls.what_if.replay import Replay
from tls.what_if.tape import Tape
from tls.what_if.view import COMMANDS, Table
from x509.complaints import DONE, FAILED, INTERRUPTED

ROOT = Path(__file__).parents[2]


def session(*commands: str, replay: Replay | None = None) -> list[str]:
    """What is said to these commands, the greeting left out."""
    said: list[str] = []
    table = Table(replay or taped.replay(), said.append)
    table.greet()
    said.clear()
    for command in commands:
        assert table.obey(command)
    return said


def step_of(name: str) -> int:
    return [line.name for line in taped.replay().script].index(name) + 1


def test_it_greets_with_the_first_step():
    said: list[str] = []
    Table(taped.replay(), said.append).greet()
    assert said[0] == "the client's end of a handshake, in 9 steps; played again, it sends the same bytes"
    assert said[2:] == ["  0  nothing has been heard yet", "     sends    ClientHello, 214 bytes"]


def test_forwards_and_backwards_it_says_the_same():
    there = session("go 3", "next", "next")
    again = session("go 5", "back", "", "back", "back", "n", "n")
    assert again[-len(there) + 2 :] == there[2:]
    assert again[:1] == [line for line in there if line.startswith("  5")]


def test_a_step_says_what_is_done():
    said = session("next")
    assert re.fullmatch(r"  1  ServerHello +122 bytes  in the clear", said[0])
    assert re.fullmatch(r" +heard    handshake/client.py:\d+  answer = yield from talk.receive\(.*", said[1])
    assert "client_handshake_traffic_secret" in said[2]
    assert said[3] == "     sends    change_cipher_spec"
    assert session(f"go {step_of('Finished')}")[-1] == "     so       the handshake is complete"
    assert "application gets 7 bytes" in session("go 9")[-1]
    assert session("go 7")[-1] == "     so       there is a ticket for another connection"


def test_a_line_of_source_is_told_without_the_marker_of_its_rule():
    tried = [line for number in range(1, 14) for line in session(f"try {number}")]
    told = [line for line in session("", *["next"] * 8) + tried if re.search(r"yield from|raise ", line)]
    assert any(line.endswith("talk.receive(EncryptedExtensions)") for line in told)
    assert [line for line in told if "#" in line or line.endswith(" ")] == []


def test_the_beginning_and_the_end_are_said():
    assert session("back") == ["no: this is the beginning"]
    assert session("go 9", "next")[-1] == "no: that was the last step; back goes the other way"
    assert session("go 10") == ["no: there is no step 10, the last one is 9"]
    assert session("go 0")[0] == "  0  nothing has been heard yet"


def test_steps_lists_all_and_run_goes_to_the_end():
    said = session("steps")
    assert [int(line.split()[0]) for line in said[:-1]] == list(range(10))
    assert said[-1] == "all as it was recorded"
    assert session("go 4", "run")[-6:] == said[-6:]


def test_show_has_every_byte():
    said = session("next", "show")
    assert any(re.fullmatch(r" +6  20 21 22 23 24 25 26 … +random  32 bytes", line) for line in said)
    assert any(line.endswith("length  118 bytes") for line in said)
    assert said[-1] == "on the wire: 127 bytes, of which 16 03 03 00 7a is the record's header"
    offsets = [int(line[:5]) for line in said if re.match(r" +\d+  [0-9a-f]{2}\b", line)]
    assert offsets == [field.offset for field in edits.fields_of(taped.replay().content(1))]


def test_show_of_one_field_says_what_it_is_for():
    said = session("next", "show random")
    about = said[said.index("server_hello.random, 32 bytes from 6 on; RFC 9846 section 4.2.3") + 1 :]
    assert about[:2] == [
        "    6  20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f",
        "   22  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f",
    ]
    assert about[2] == "     fresh for each connection, and so is every key derived from it"
    assert len(about) > 4
    assert all(len(line) <= 100 for line in about)
    assert session("next", "show nothing")[-1] == "no: no field 'nothing' here: show lists them"


def test_show_of_what_is_no_message_has_its_bytes():
    assert session("go 2", "show")[-2].split() == ["0", "01", "change_cipher_spec"]
    said = session("go 9", "show")
    assert said[-2].split() == ["0", *taped.DATA.hex(" ").split(), "application_data"]


def test_show_of_what_cannot_be_read_goes_as_far_as_it_can():
    said = session("next", "byte 38 255", "show")
    assert said[-3].strip().startswith("38  ff") and "legacy_session_id_echo: length  255 bytes" in said[-3]
    assert said[-2].strip().startswith("39") and said[-2].endswith("not read")


def test_a_certificate_is_opened_and_what_stands_in_it_can_be_set():
    step = step_of("Certificate")
    assert any("notAfter: UTCTime 2049-12-31" in line for line in session(f"go {step}", "show cert_data"))
    said = session(f"go {step}", "show notAfter")
    assert re.search(r"\.validity\.notAfter, 13 bytes from \d+ on; RFC 5280 section 4\.1\.2\.5$", said[-3])
    assert bytes.fromhex(said[-2][7:]) == b"491231235959Z"
    assert said[-1] == "     UTCTime 2049-12-31 23:59:59 UTC"
    assert session(f"go {step}", "show nothing")[-1] == (
        "no: no field 'nothing' here: show lists them, and show cert_data what stands in a certificate"
    )
    said = session(f"go {step}", "show serialNumber")
    assert said[-3] == "     unique for its issuer" and said[-2].startswith("     Random, ")
    said = session(f"go {step}", 'set notAfter "481231235959Z"')
    assert any("REFUSED  InvalidCertificateSignature" in line for line in said)


def test_a_value_is_a_number_a_name_bytes_or_text():
    share = "server_share.group"
    for value in ("0x17", "23", "secp256r1", "SECP256R1"):
        said = session("next", f"set {share} {value}")
        assert said[4].endswith("server_share.group: 00 1d becomes 00 17")
    session_id = session("next", "set legacy_session_id_echo c0 ff ee")
    assert session_id[4].endswith("becomes c0 ff ee")
    protocol = session("go 3", 'set protocol_name_list[0] "h2"')
    assert any(line.endswith("68 74 74 70 2f 31 2e 31 becomes 68 32") for line in protocol)


def test_a_change_is_told_from_where_it_is():
    step = step_of("Certificate")
    for command, words in {
        'set notAfter "491231235958Z"': ".notAfter: … 39 5a becomes … 38 5a",
        "set certificate_request_context 01": ".certificate_request_context: nothing becomes 01",
    }.items():
        assert sum(line.endswith(words) for line in session(f"go {step}", command)) == 1
    random = bytes(range(0x20, 0x40)).hex()
    assert any(
        line.endswith(".random: … nothing becomes … aa") for line in session("next", f"set random {random}aa")
    )


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("set random", "no: which value?"),
        ("set random " + bytes(range(0x20, 0x40)).hex(), "no: that is what it says already"),
        ("set random xyz", "no: 'xyz' is neither bytes in hex nor text in \"quotes\""),
        ("set group xyz", "no: 'xyz' is not a name of the RFC in full, or a number: 25, or 0x19"),
        ("set group -1", "no: '-1' is not a name of the RFC in full, or a number: 25, or 0x19"),
        ("set supported_versions 0304", "no: '0304' is not a number, which a length is: 25, or 0x19"),
        ("set group 65536", "no: 65536 does not fit 2 bytes"),
        ("set", "no: no field '' here: show lists them"),
        (
            "set extension_type 1",
            "no: 'extension_type' could be server_hello.extensions[0].extension_type or ",
        ),
        ("byte", "no: '' is not a byte: 25, or 0x19"),
        ("byte 5", "no: '' is not a byte: 25, or 0x19"),
        ("byte 5 256", "no: 256 is no byte: 0 to 255, or 0x00 to 0xff"),
        ("byte x 5", "no: 'x' is not an offset: 25, or 0x19"),
        ("byte 122 5", "no: nothing is at 122: there are 122 bytes, counted from 0"),
        ("byte 0 2", "no: that is what it says already"),
        ("wire 127 5", "no: nothing is at 127: there are 127 bytes, counted from 0"),
        ("wire 0 0x16", "no: that is what it says already"),
        ("fix", "no: the last change was none that makes lengths wrong"),
        ("undo", "no: nothing has been changed"),
        ("go", "no: '' is not a step: 25, or 0x19"),
        ("go -1", "no: '-1' is not a step: 25, or 0x19"),
        ("try x", "no: 'x' is not an experiment: 25, or 0x19"),
        ("try 0", "no: there is no experiment 0, they are 1 to 13"),
        ("try 14", "no: there is no experiment 14, they are 1 to 13"),
        ("jump", "no: there is no command 'jump': help lists them"),
        ("\x1b[2J", "no: there is no command '\\x1b[2J': help lists them"),
    ],
)
def test_what_makes_no_sense_is_one_line(command, complaint):
    said = session("next")
    more = session("next", command)[len(said) :]
    assert len(more) == 1
    assert more[0].startswith(complaint)


@pytest.mark.parametrize("command", ["show", "set random 00", "byte 0 0", "wire 0 0", "drop"])
def test_before_anything_was_heard_there_is_nothing_to_change(command):
    assert session(command) == ["no: nothing has been heard yet: next"]


def test_what_is_no_message_has_no_fields():
    assert session("go 2", "set level 1")[-1].startswith("no: no handshake message")
    said = session("go 2", "byte 0 2")
    assert "     REFUSED  UnexpectedRecord: change_cipher_spec of value 02" in said


def test_a_refusal_says_who_what_and_where():
    said = session("next", "set server_share.group ffdhe8192")[-5:]
    assert said[0].strip() == (
        "REFUSED  IllegalParameter: ServerHello: a share for ffdhe8192 (0x104), where we sent none"
    )
    assert said[1] == "     alert    illegal_parameter"
    assert re.fullmatch(r"     line     handshake/server_answer.py:\d+", said[2])
    assert said[3].strip().startswith('raise IllegalParameter(f"ServerHello: a share for')
    assert said[4] == "     rule     RFC 9846 section 4.3.8"


def test_a_rule_beside_what_was_waited_for_is_not_that_of_the_refusal():
    said = session("next", "byte 0 11")
    assert "appendix E.4" in lines_above("handshake/client.py", "talk.receive(ServerHello")
    assert any("expected server_hello" in line for line in said)
    assert not any(line.startswith("     rule") for line in said)


def lines_above(file: str, text: str) -> str:
    """The few lines above a line of source."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if text in line)
    return "\n".join(lines[number - 4 : number])


def test_run_names_the_step_that_it_ends_at_wherever_it_begins():
    for begun in ((), ("go 5",)):
        said = session("next", "set server_share.group 25", *begun, "run")
        (place,) = [number for number, line in enumerate(said) if line.startswith("     REFUSED")][1:]
        assert said[place - 1].startswith("  1  ServerHello") and said[place - 1].endswith("REFUSED")


def test_steps_says_why_below_the_one_that_is_refused():
    said = session("next", "set server_share.group 25", "steps")
    said = said[said.index("  0  nothing has been heard yet") :]
    assert said[1].endswith("REFUSED") and said[2].startswith("     REFUSED  ")
    assert said[-1].startswith("  9") and said[-1].endswith("not reached")


def test_rules_of_certificates_are_those_of_their_rfc():
    replay = taped.replay()
    step = step_of("Certificate")
    tag = edits.fields_of(replay.content(step))
    place = next(field.offset for field in tag if field.path.endswith("cert_data") and field.length > 3)
    said = session(f"go {step}", f"byte {place} 0")
    assert any("bad_certificate" in line for line in said)
    assert not any("RFC 9846" in line for line in said if line.startswith("     rule"))


def test_other_secrets_than_in_the_recording_are_said():
    said = session("next", "set random " + "00" * 32)
    assert said[-2].strip() == "others than were recorded; the peer goes on with the recorded ones"
    assert not any("recorded" in line for line in session("next"))


def test_a_message_that_is_not_whole_is_waited_for():
    said = session("next", "set random 00")
    assert said[-3] == "the lengths around it are as they were: fix makes them right"
    assert said[-1] == "     waits    for more: by its lengths this is not all"
    fixed = session("next", "set random 00", "fix")
    assert any("DecodeError" in line for line in fixed)
    assert any(line.endswith("and the lengths around it fit") for line in fixed)


def test_lengths_that_nothing_can_fix_are_not_offered_to_be():
    said = session("next", "set legacy_session_id_echo " + "00" * 300, "fix")
    assert said[-1] == "no: the last change was none that makes lengths wrong"


def test_where_nothing_is_refused_it_says_so():
    assert session("go 7", "set ticket_lifetime 5", "run")[-1] == "nothing refuses it"


def test_where_our_end_waits_for_ever_it_says_so():
    recorded = taped.tape()
    hello = recorded.received[: 5 + int.from_bytes(recorded.received[3:5], "big")]
    replay = Replay(Tape(recorded.settings, hello, b""))
    assert session("run", replay=replay)[-1].endswith("the handshake is not complete: our end waits")


def test_dropped_is_not_said():
    said = session(f"go {step_of('CertificateVerify')}", "drop", "show", "run")
    assert "the server leaves CertificateVerify out" in said
    assert "on the wire: 0 bytes" in said
    assert any("expected certificate_verify" in line for line in said)


def test_on_the_way_and_by_the_peer_are_two_things():
    step = step_of("Finished")
    on_the_way = session(f"go {step}", "wire 10 0")
    by_the_peer = session(f"go {step}", "byte 10 0")
    assert any("BadRecord" in line for line in on_the_way)
    assert any("DecryptError: Finished" in line for line in by_the_peer)


def test_lost_and_repeated_are_on_the_way():
    step = step_of("CertificateVerify")
    lost = session(f"go {step}", "lose", "run")
    assert "the record is lost on the way" in lost
    assert any("BadRecord" in line for line in lost)
    repeated = session(f"go {step}", "repeat")
    assert any("BadRecord: record 3" in line for line in repeated)
    assert session(f"go {step}", "lose", "repeat")[-1] == "no: that is what it says already"
    sizes = [line for line in session("go 2", *["repeat", "show"] * 3) if line.startswith("on the wire")]
    assert [line.split()[3] for line in sizes] == ["12", "18", "24"]  # and not twice as much each time


def test_after_the_end_nothing_is_reached():
    said = session("next", "set server_share.group 25", "next", "go 5", "wire 5 5", "next", "undo")
    refused = [line for line in said if line.startswith("no:")]
    assert refused == [
        "no: step 1 was the end; undo takes the last change away, back goes back",
        "no: step 5 is not reached: step 1 was the end; undo takes the last change away",
        "no: step 1 was the end; undo takes the last change away, back goes back",
    ]
    assert any(line.startswith("  5") and line.endswith("not reached") for line in said)
    assert said[-4].startswith("  1  ServerHello") and "changed" not in said[-4]


def test_undo_takes_back_one_change():
    said = session("next", "byte 6 1", "byte 7 2", "undo", "show", "undo", "show")
    rows = [line for line in said if line.endswith("random  32 bytes")]
    assert rows[0].split()[1:4] == ["01", "21", "22"]
    assert rows[1].split()[1:4] == ["20", "21", "22"]
    assert any(line == "taken back: byte 7: 21 becomes 02" for line in said)


def test_every_experiment_can_be_tried_one_after_the_other():
    listed = session("try")
    assert [int(line.split()[0]) for line in listed[:-1]] == list(range(1, 14))
    for number, title in enumerate(listed[:-1], 1):
        said = session("go 6", "byte 10 0", f"try {number}", "undo")
        assert title.split(maxsplit=1)[1] in said
        assert sum("REFUSED  " in line for line in said) == 2  # the byte's, and the experiment's
    assert any("python -m journey 11" in line for line in session("try 7"))


def test_help_has_every_command():
    said = session("help")
    assert [line.split()[0] for line in said] == list(COMMANDS)


def test_words_can_be_short():
    assert [next(name for name in COMMANDS if name.startswith(letter)) for letter in "nbgrstuhq"] == [
        *("next", "back", "go", "run", "steps", "try", "undo", "help", "quit")
    ]
    table = Table(taped.replay(), lambda _: None)
    assert not table.obey("q")


def test_the_servers_end_is_played_too():
    said = session("next", "show", replay=taped.replay("server"))
    assert said[0].startswith("  1  ClientHello")
    assert any("sends    ServerHello" in line for line in said)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.text(max_size=20), st.builds(
    "{} {} {}".format,
    st.sampled_from([name for name in COMMANDS if name not in {"run", "quit"}]),
    st.sampled_from(["", "1", "3", "5", "0x10", "random", "extensions", "group", "9" * 5000]),
    st.sampled_from(["", "0", "7", "c0ffee", '"text"', '"', "-1"]),
)), max_size=6))  # fmt: skip
def test_nothing_one_types_ends_it(commands):
    said: list[str] = []
    table = Table(taped.replay(), said.append)
    for command in commands:
        if not table.obey(command):
            assert command.strip().lower()[:1] == "q"
            return
    assert all(isinstance(line, str) for line in said)


# The command


def explain(*options: str, commands: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tls", "explain", "--what-if", *options]
    return subprocess.run(
        command, input=commands, capture_output=True, cwd=ROOT, check=False, timeout=PATIENCE
    )


def test_without_a_file_a_handshake_is_made_to_play_with():
    done = explain(commands=b"n\nset group x448\n\xff\xfe\nq\nnext\n")
    assert done.returncode == DONE
    said = done.stdout.decode().splitlines()
    assert any("a share for x448 (0x1e), where we sent none" in line for line in said)
    assert said[-1].startswith("no: there is no command")
    assert done.stderr.decode() == f"{what_if_view.MADE}\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"{}", "no tape"),
        (b"[" * 100_000, "no JSON"),
        (json.dumps(json.loads(tape_text.write(taped.tape())) | {"sent": "00"}).encode(), "does not send"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, capsys, content, complaint):
    file = tmp_path / "tape.json"
    file.write_bytes(content)
    assert main(["explain", "--what-if", str(file)]) == FAILED
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith(f"tls: {file}: ")
    assert complaint in printed.err


def test_a_file_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["explain", "--what-if", str(tmp_path / "gone")]) == FAILED
    assert capsys.readouterr().err.splitlines() == [f"tls: {tmp_path / 'gone'}: No such file or directory"]


def test_a_person_is_prompted(monkeypatch):
    lines = iter(["next", "quit"])
    prompts = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert list(what_if_view._commands()) == ["next", "quit"]
    assert prompts == ["> "] * 3
    monkeypatch.setattr(sys, "stdin", None)
    assert list(what_if_view._commands()) == []


def test_ctrl_c_ends_it(monkeypatch, capsys):
    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert main(["explain", "--what-if"]) == INTERRUPTED
    assert capsys.readouterr().err == f"{what_if_view.MADE}\n"


@pytest.mark.parametrize(
    "command",
    [
        ["explain"],
        ["explain", "--what-if", "--json"],
        ["explain", "--what-if", "--keylog", "x"],
        ["explain", "--what-if", "--connection", "1"],
        ["explain", "--what-if", "--trace-html", "x"],
    ],
)
def test_what_does_not_go_together_is_refused(command, capsys):
    with pytest.raises(SystemExit) as end:
        arguments.parse(command)
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith("; see python -m tls explain -h\n")


# The page


def test_the_page_shows_a_session_as_it_is():
    page = (ROOT / "docs" / "what-if.md").read_text("utf-8")
    shown = re.search(r"```\n(the client's end.*?)```", page, re.S)[1].splitlines()
    said: list[str] = []
    table = Table(taped.rehearsed(), said.append)
    table.greet()
    for line in shown:
        if line.startswith("> "):
            said.append(line)
            assert table.obey(line.removeprefix("> "))
    assert [re.sub(r"\.py:\d+", ".py:…", line) for line in shown] == [
        re.sub(r"\.py:\d+", ".py:…", line) for line in said
    ]


def test_the_page_names_every_command():
    page = (ROOT / "docs" / "what-if.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`{name}" not in page] == []


def test_a_rehearsal_is_a_whole_handshake():
    replay = taped.rehearsed()
    assert messages.decode(replay.content(1)).random
    assert replay.script[-1].content == b"welcome"

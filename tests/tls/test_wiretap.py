"""From a capture file to its connections, and what the command `explain` says of them."""

import html
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import captures, remembered, tapped
from tests.support.tapped import Tapped
from tls import keylog, watching
from tls.__main__ import main
from tls.captures import capture, pcapng, tcpip, wiretap
from tls.captures.capture import CaptureError
from tls.tracing import page_words
from tls.tracing import trace as traces
from x509.complaints import DONE, FAILED

ROOT = Path(__file__).parents[2]
ENDS = ("127.0.0.1", 40001), ("127.0.0.2", 443)


def met() -> Tapped:
    tap = tapped.meeting()
    tap.carry()
    return tap.converse()


def file_of(tap: Tapped, *, secrets: bool = True, ends: Any = ENDS) -> bytes:
    """What `--pcapng` would write."""
    talk = tcpip.Connection(*ends)
    packets = talk.begin()
    for sender, record in tap.seen:
        packets += talk.say(sender == "client", record)
    packets += talk.end(True) + talk.end(False)
    key_log = pcapng.secrets("\n".join(tap.lines)) if secrets else b""
    return pcapng.beginning() + key_log + b"".join(pcapng.packet(packet, 0) for packet in packets)


@pytest.fixture(scope="module")
def tap() -> Tapped:
    return met()


def test_a_capture_with_its_secrets_is_all_it_takes(tap: Tapped) -> None:
    overheard = wiretap.read(file_of(tap)).overhear(1)
    assert overheard.remarks == ()
    assert (overheard.client, overheard.server) == ENDS
    assert tapped.bare(overheard.trace) == tapped.as_overheard(tap)


def test_a_repr_holds_no_secret(tap: Tapped) -> None:
    file = file_of(tap)
    shown = repr((capture.read(file), wiretap.read(file), wiretap.read(file).overhear(1)))
    for line in tap.lines:
        secret = line.split()[2]
        assert secret not in shown
        assert repr(bytes.fromhex(secret))[2:-1] not in shown


def test_the_secrets_may_come_from_elsewhere(tap: Tapped) -> None:
    overheard = wiretap.read(file_of(tap, secrets=False), "\n".join(tap.lines)).overhear(1)
    assert overheard.remarks == ()
    overheard = wiretap.read(file_of(tap, secrets=False)).overhear(1)
    assert overheard.remarks[0] == "there is no key log: nothing after the hellos can be heard"


def test_secrets_of_both_places_count(tap: Tapped) -> None:
    half = [line for line in tap.lines if "HANDSHAKE" in line]
    rest = [line for line in tap.lines if "HANDSHAKE" not in line]
    file = pcapng.beginning() + pcapng.secrets("\n".join(half)) + file_of(tap, secrets=False)[48:]
    overheard = wiretap.read(file, "\n".join(rest)).overhear(1)
    assert overheard.remarks == ()


def test_what_is_passed_over_is_counted(tap: Tapped) -> None:
    web = tcpip.Connection(("127.0.0.3", 40001), ("127.0.0.2", 80))
    packets = [*web.begin(), *web.say(True, b"GET / HTTP/1.1\r\n\r\n")]
    packets += [captures.ipv4(captures.tcp(1, 2, 3), fragment=0x2000)] * 2
    packets += [captures.ipv4(b"", protocol=17), b"\x50"]
    read = wiretap.read(file_of(tap) + b"".join(pcapng.packet(packet, 0) for packet in packets))
    assert list(wiretap.passed_over(read)) == [
        "1 TCP connection without TLS",
        "2 packets passed over: fragments of IP",
        "1 packet passed over: damaged",
    ]
    assert len(read.streams) == 1


def test_an_end_is_written_as_people_do() -> None:
    assert wiretap.end(("10.0.0.1", 443)) == "10.0.0.1:443"
    assert wiretap.end(("::1", 443)) == "[::1]:443"


# The command


@pytest.fixture
def file(tap: Tapped, tmp_path: Path) -> Path:
    path = tmp_path / "capture.pcapng"
    path.write_bytes(file_of(tap))
    return path


def test_explain_draws_the_trace(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file)]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("connection 1 of 1   127.0.0.1:40001 ▶ 127.0.0.2:443   TLS_1_3 (0x304)\n")
    assert "unknown: the key log does not have it" in out
    assert "HKDF-Extract(salt = derived from early_secret, IKM = shared secret)" in out
    assert "HKDF-Extract(salt = derived from handshake_secret, IKM = 0)" in out
    assert "question" in out


def test_explain_numbers_the_connections(tap: Tapped, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "capture.pcapng"
    again = file_of(met(), ends=(("127.0.0.1", 7), ENDS[1]))
    path.write_bytes(file_of(tap) + again)
    assert main(["explain", str(path)]) == DONE
    headings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("connection ")]
    expected = [
        ["connection 1 of 2", "127.0.0.1:40001 ▶ 127.0.0.2:443"],
        ["connection 2 of 2", "127.0.0.1:7 ▶ 127.0.0.2:443"],
    ]
    assert [heading.split("   ")[:2] for heading in headings] == expected
    assert main(["explain", str(path), "--connection", "2"]) == DONE
    headings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("connection ")]
    assert [heading.split("   ")[:2] for heading in headings] == expected[1:]
    assert main(["explain", str(path), "--connection", "2", "--json"]) == DONE
    assert [told["number"] for told in json.loads(capsys.readouterr().out)["connections"]] == [2]
    said = complaint([str(path), "--connection", "3"], capsys)
    assert said == f"tls: {path}: no connection 3 in it, only 2"
    said = complaint([str(path), "--trace-html", str(tmp_path / "page")], capsys)
    assert said == "tls: --trace-html is for one connection: --connection N says which of 2"


def test_explain_as_a_page(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.html"
    assert main(["explain", str(file), "--trace-html", str(path)]) == DONE
    assert capsys.readouterr().err == f"{path} holds the secrets of this connection: keep it to yourself\n"
    page = path.read_text("utf-8")
    assert page.count("unknown: the key log does not have it") == 6
    assert "HKDF-Extract(salt = derived from early_secret, IKM = shared secret)" in page
    assert "Hash.length" in page
    assert "shared secret = " not in page


def test_what_holds_no_secret_does_not_say_that_it_does(tap: Tapped, tmp_path: Path, capsys: Any) -> None:
    path, page = tmp_path / "capture.pcapng", tmp_path / "page.html"
    for secrets in (True, False):
        path.write_bytes(file_of(tap, secrets=secrets))
        assert main(["explain", str(path)]) == DONE
        assert (traces.WARNING in capsys.readouterr().out) is secrets
        assert main(["explain", str(path), "--json"]) == DONE
        (connection,) = json.loads(capsys.readouterr().out)["connections"]
        assert connection["trace"]["warning"] == (traces.WARNING if secrets else "")
        assert main(["explain", str(path), "--trace-html", str(page)]) == DONE
        assert (f"{page} holds the secrets" in capsys.readouterr().err) is secrets
        document = html.unescape(page.read_text("utf-8"))
        assert document.count(page_words.SECRETS_WARNING) == (2 if secrets else 0)
        assert (page_words.STORIES["full"] in document) is secrets  # without, who knows what was proved?


def test_what_could_not_be_heard_is_said_on_the_page(tap: Tapped, tmp_path: Path, capsys: Any) -> None:
    path, page = tmp_path / "capture.pcapng", tmp_path / "page.html"
    for secrets in (True, False):
        path.write_bytes(file_of(tap, secrets=secrets))
        assert main(["explain", str(path), "--trace-html", str(page)]) == DONE
        document = html.unescape(page.read_text("utf-8"))
        assert (page_words.REMARKS in document) is not secrets
        remarks = [line for line in capsys.readouterr().err.splitlines() if not line.startswith(str(page))]
        assert bool(remarks) is not secrets
        assert all(f"<li>{remark}</li>" in document for remark in remarks)


def test_explain_for_programs(tap: Tapped, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), "--json"]) == DONE
    (connection,) = json.loads(capsys.readouterr().out)["connections"]
    assert connection["client"] == "127.0.0.1:40001"
    assert (connection["version"], connection["remarks"]) == ("TLS_1_3 (0x304)", [])
    values = {step["name"]: step["value"] for step in connection["trace"]["steps"] if "label" in step}
    own = {step["name"]: step["value"] for step in tap.trace.as_dict()["steps"] if "label" in step}
    assert {name for name, value in values.items() if value == ""} == {
        "handshake_secret",
        "derived from handshake_secret",
        "main_secret",
        "resumption_secret",
        "PSK",
    }
    assert {name: own[name] for name, value in values.items() if value} == {
        name: value for name, value in values.items() if value
    }


def test_connections_are_written_one_by_one(
    tap: Tapped, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    """All of them at once take a hundred times the memory of their capture."""
    path, written = tmp_path / "capture.pcapng", list[int]()
    path.write_bytes(file_of(tap) + file_of(met(), ends=(("127.0.0.1", 7), ENDS[1])))
    overhear = wiretap.Tapped.overhear

    def watched(self: wiretap.Tapped, number: int) -> wiretap.Overheard:
        written.append(len(capsys.readouterr().out))
        return overhear(self, number)

    monkeypatch.setattr(wiretap.Tapped, "overhear", watched)
    assert main(["explain", str(path), "--json"]) == DONE
    assert written[0] == 0
    assert written[1] > 10_000


def test_json_is_laid_out_as_json_lays_it_out(tap: Tapped, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "capture.pcapng"
    path.write_bytes(file_of(tap) + file_of(met(), ends=(("127.0.0.1", 7), ENDS[1])))
    assert main(["explain", str(path), "--json"]) == DONE
    said = capsys.readouterr().out
    assert said == json.dumps(json.loads(said), indent=2) + "\n"
    assert [told["number"] for told in json.loads(said)["connections"]] == [1, 2]


def test_explain_with_a_key_log(tap: Tapped, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, log = tmp_path / "capture.pcapng", tmp_path / "keys.log"
    path.write_bytes(file_of(tap, secrets=False))
    log.write_text("# of a browser\n" + "\n".join(tap.lines))
    assert main(["explain", str(path), "--keylog", str(log), "--json"]) == DONE
    (connection,) = json.loads(capsys.readouterr().out)["connections"]
    assert connection["remarks"] == []


def test_a_connection_of_an_older_version_takes_two_lines(tmp_path: Path, capsys: Any) -> None:
    """Which are not a trace."""
    talk = tcpip.Connection(*ENDS)
    hello = tapped.meeting().client.data_to_send()
    body = b"\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00"
    server_hello = b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26" + body
    packets = [*talk.begin(), *talk.say(True, hello), *talk.say(False, server_hello)]
    path = tmp_path / "capture.pcapng"
    path.write_bytes(pcapng.beginning() + b"".join(pcapng.packet(packet, 0) for packet in packets))
    assert main(["explain", str(path)]) == DONE
    assert capsys.readouterr().out.splitlines() == [
        "connection 1 of 1   127.0.0.1:40001 ▶ 127.0.0.2:443   TLS_1_2 (0x303)",
        "   the server chose TLS_1_2 (0x303): what is explained here is TLS 1.3",
        "",
    ]
    page = tmp_path / "page.html"
    assert main(["explain", str(path), "--trace-html", str(page)]) == FAILED
    assert capsys.readouterr().err.splitlines() == [
        "the server chose TLS_1_2 (0x303): what is explained here is TLS 1.3",
        f"tls: {path}: connection 1 has nothing for a page",
    ]
    assert not page.exists()


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", *arguments]) == FAILED
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def test_what_is_no_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "capture.pcap"
    assert complaint([str(path)], capsys) == f"tls: {path}: No such file or directory"
    path.write_bytes(b"nonsense")
    expected = f"tls: {path}: neither pcap nor pcapng: it begins with 6e6f6e73"
    assert complaint([str(path)], capsys) == expected
    path.write_text("{}")
    expected = f"tls: {path}: no capture; what --record wrote is for explain --what-if"
    assert complaint([str(path)], capsys) == expected
    path.write_bytes(pcapng.beginning())
    assert complaint([str(path)], capsys) == f"tls: {path}: no TLS connection in it"


def test_what_is_no_key_log(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "keys.log"
    log.write_text("nonsense")
    expected = f"tls: {log}: line 1: not a label, a client random and a secret"
    assert complaint([str(file), "--keylog", str(log)], capsys) == expected
    file.write_bytes(pcapng.beginning() + pcapng.secrets("nonsense"))
    expected = f"tls: {file}: line 1: not a label, a client random and a secret"
    assert complaint([str(file)], capsys) == expected


def test_no_more_is_read_than_is_taken(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(capture, "MAX_SIZE", 100)
    said = complaint([str(file)], capsys)
    assert said == f"tls: {file}: 101 bytes, at most 100: cut out what is of interest"


def test_explain_needs_rich_or_json(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watching.util, "find_spec", lambda _: None)
    expected = "tls: explain without --json needs rich: pip install rich, or .venv/bin/python after make demo"
    assert complaint([str(file)], capsys) == expected
    assert main(["explain", str(file), "--json"]) == DONE


def test_a_reader_who_has_seen_enough(file: Path) -> None:
    shell = f"{sys.executable} -m tls explain {file} | head -1"
    done = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.stdout.startswith(b"connection 1 of 1")
    assert done.stderr == b""


# Whatever the file holds


def test_every_byte_of_a_capture_damaged(tap: Tapped) -> None:
    """An error of the user's files, or a story with remarks."""
    small = Tapped(tap.client, tap.server, tap.trace, tap.lines, tap.seen[:4])
    file = file_of(small)
    with remembered.primitives():
        for position in range(len(file)):
            damaged = file[:position] + bytes([file[position] ^ 0xFF]) + file[position + 1 :]
            try:
                tapped = wiretap.read(damaged)
                for number in range(len(tapped.streams)):
                    list(tapped.overhear(number + 1).trace.steps())
            except (CaptureError, keylog.KeyLogError):
                pass

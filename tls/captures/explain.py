"""The command `python -m tls explain` for captures: drawn for a person, as JSON, or as a page.

`explain` takes the options of the command line; what comes of them goes to standard output or into a file.

Tested by      tests/tls/test_wiretap.py
"""

import json
import textwrap
from argparse import Namespace
from collections.abc import Iterator, Sequence

from tls import keylog, watching
from tls.captures import capture, wiretap
from tls.captures.wiretap import Tapped
from x509 import complaints, files
from x509.complaints import DONE, Complaint


def explain(options: Namespace) -> int:
    """Say what was said in the connections of this capture; the exit status."""
    tapped = _read(options.capture, options.keylog)
    for line in wiretap.passed_over(tapped):
        complaints.say(line)
    if not tapped.streams:
        raise Complaint(f"{options.capture}: no TLS connection in it")
    last = len(tapped.streams)
    chosen = range(1, last + 1) if options.connection is None else [options.connection]
    if chosen[0] > last:
        raise Complaint(f"{options.capture}: no connection {chosen[0]} in it, only {last}")
    if options.json:
        for piece in _in_json(tapped, chosen):
            complaints.put(piece.encode())
    elif options.trace_html is not None:
        if len(chosen) > 1:
            raise Complaint(f"--trace-html is for one connection: --connection N says which of {last}")
        _write_page(tapped, chosen[0], options)
    else:
        _draw(tapped, chosen)
    return DONE


def _read(path: str, keylog_path: str | None) -> Tapped:
    key_log = ""
    if keylog_path is not None:
        with complaints.about(keylog_path):
            key_log = files.read_at_most(keylog_path, keylog.MAX_SIZE).decode("utf-8", "replace")
            keylog.read(key_log)  # is it one at all?
    with complaints.about(path):
        data = files.read_at_most(path, capture.MAX_SIZE)
        if data.startswith(b"{"):
            raise Complaint(f"{path}: no capture; what --record wrote is for explain --what-if")
        return wiretap.read(data, key_log)


def _in_json(tapped: Tapped, chosen: Sequence[int]) -> Iterator[str]:
    """One connection after the other: all at once may take more memory than there is."""
    before = '{\n  "connections": [\n'
    for number in chosen:
        told = {"number": number} | wiretap.as_dict(tapped.overhear(number))
        yield before + textwrap.indent(json.dumps(told, indent=2), "    ")
        before = ",\n"
    yield "\n  ]\n}\n"


def _write_page(tapped: Tapped, number: int, options: Namespace) -> None:
    overheard = tapped.overhear(number)
    for remark in overheard.remarks:
        complaints.say(remark)
    if not overheard.explained:
        raise Complaint(f"{options.capture}: connection {number} has nothing for a page")
    watching.write_page(options.trace_html, overheard.trace, overheard.remarks)


def _draw(tapped: Tapped, chosen: Sequence[int]) -> None:
    watching.need_rich("explain without --json")
    from tls.captures import wiretap_view
    from tls.tracing import trace_view

    for number in chosen:
        console = trace_view.default_console()
        with complaints.about("standard output"):
            wiretap_view.show(tapped.overhear(number), number, len(tapped.streams), console)

"""What the user of the command line wants to see of a connection, or to keep of it: --trace, --trace-html,
--pcapng, --explain, --record.

    with watch(options) as watch:          a command; its files are written at its end
        with watch() as observe:           as whatever makes a connection takes it
            ...                            the handshake; what there is to show of it is shown at its end

Tested by      tests/tls/test_main.py
"""

import contextlib
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import util
from typing import TYPE_CHECKING

from handshake.codec import Observer
from x509 import complaints, files
from x509.complaints import Complaint

if TYPE_CHECKING:
    from tls.https import Watch
    from tls.tracing.page_folder import PageFolder
    from tls.tracing.trace import Trace


@contextlib.contextmanager
def watch(options: Namespace) -> Iterator["Watch"]:
    """While a command runs: a context for each handshake, which shows what the user wants to see of it.

    The page and the tape of a command's connection are written at the end, whatever came of it.
    """
    watches: list[Watch] = []
    with contextlib.ExitStack() as at_the_end:
        if options.record is not None:
            from tls.what_if.taping import TapeFile

            tape = TapeFile(options.record)
            at_the_end.callback(tape.write)
            watches.append(tape.watch)
        if options.command == "serve":  # whose pages are many, and whose --explain is another thing
            if options.trace_html is not None:
                watches.append(_page_folder(options.trace_html).watch)
        else:
            if options.trace_html is not None:
                from tls.tracing.trace import Trace

                trace = Trace()
                at_the_end.callback(write_page, options.trace_html, trace)
                watches.append(lambda: nullcontext(trace))
            if options.explain:
                watches.append(_explained)
        if options.trace:
            watches.append(_drawing())
        if options.pcapng is not None:
            from tls.captures.pcapng_file import PcapngFile

            with complaints.about(options.pcapng):
                watches.append(PcapngFile(options.pcapng).watch)
        yield _all_of(watches) if watches else nullcontext


def _all_of(watches: Sequence["Watch"]) -> "Watch":
    """One watch that sees what all of these see."""

    @contextlib.contextmanager
    def watch_all() -> Iterator[Observer]:
        with contextlib.ExitStack() as stack:
            entered = [stack.enter_context(watch()) for watch in watches]
            observers = [observer for observer in entered if observer is not None]

            def observe(event: object) -> None:
                for observer in observers:
                    observer(event)

            yield observe

    return watch_all


def write_page(path: str, trace: "Trace", remarks: Sequence[str] = ()) -> None:
    from tls.tracing import trace_page

    with complaints.about(path):
        files.replace(path, trace_page.as_html(trace, remarks=remarks), private=True)
    if trace.warning:
        complaints.say(f"{path} holds the secrets of this connection: keep it to yourself")


def _page_folder(path: str) -> "PageFolder":
    from tls.tracing.page_folder import PageFolder

    with complaints.about(path):
        folder = PageFolder(path)
    complaints.say(f"{path} gets a page with every secret of each connection: keep them to yourself")
    return folder


def need_rich(what: str) -> None:
    if util.find_spec("rich") is None:
        raise Complaint(f"{what} needs rich: pip install rich, or .venv/bin/python after make demo")


def _drawing() -> Callable[[], AbstractContextManager[Observer]]:
    """Each handshake is drawn when it is over: one at a time, although a server has several."""
    need_rich("--trace")
    one_at_a_time = threading.Lock()

    @contextlib.contextmanager
    def drawn() -> Iterator[Observer]:
        from tls.tracing import trace_view
        from tls.tracing.trace import Trace

        trace = Trace()
        try:
            yield trace
        finally:
            with one_at_a_time:
                trace_view.show(trace, trace_view.error_console())

    return drawn


@contextlib.contextmanager
def _explained() -> Iterator[Observer]:
    """Why the server's certificates are trusted or not is said when the handshake is over."""
    from tls.tracing.certificate_verdict import CertificateVerdict

    verdict = CertificateVerdict()
    try:
        yield verdict
    finally:
        for line in verdict.lines(complaints.width(2)):
            complaints.say(line)

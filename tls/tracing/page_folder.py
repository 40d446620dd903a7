"""A folder for the pages of a server's connections: one for each, written when the connection is over.

    https.Server(address, config, watch=PageFolder("pages").watch)      connection-001.html, -002, ...

They hold every secret of their connections, and are readable by their owner alone, as is the folder if it is
made here.

Limits         The first MAX_PAGES connections get a page; those of an earlier run are written over.
Errors         OSError if there can be no such folder.  A page that cannot be written is said in one line.
Tested by      tests/tls/test_page_folder.py
"""

import itertools
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from handshake.codec import Observer
from tls.events import ConnectionOver
from tls.tracing import trace_page
from tls.tracing.trace import Trace
from x509 import complaints, files
from x509.complaints import Complaint

MAX_PAGES = 100
FOLDER_FOR_THE_OWNER = 0o700


class PageFolder:
    """Has an observer for each connection, one after the other or side by side."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._path.mkdir(FOLDER_FOR_THE_OWNER, exist_ok=True)
        self._numbers = itertools.count(1)
        self._drawing = threading.Lock()  # held while a page is made: a trace that is full takes 80 MB

    def watch(self) -> AbstractContextManager[Observer | None]:
        """For each handshake; the observer goes on until it hears that the connection is over."""
        number = next(self._numbers)
        if number > MAX_PAGES:
            if number == MAX_PAGES + 1:
                complaints.say(f"{self._path} has {MAX_PAGES} pages: later connections get none")
            return nullcontext()
        trace = Trace()

        def observe(event: object) -> None:
            trace(event)
            if isinstance(event, ConnectionOver):
                self._write(number, trace)

        return nullcontext(observe)

    def _write(self, number: int, trace: Trace) -> None:
        path = self._path / f"connection-{number:03}.html"
        try:
            with complaints.about(str(path)), self._drawing:
                files.replace(path, trace_page.as_html(trace), private=True)
        except Complaint as complaint:  # nobody else's connection suffers from it
            complaints.say(f"tls: {complaint}")

"""Programs in processes of their own, each ended by the one who started it."""

import contextlib
import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from typing import NoReturn

from tests.interop import conversation
from tests.interop.conversation import PATIENCE, Failed, Missing, Terms

GOODBYE = 5.0  # seconds for a program to end when it is asked to
COMPLAINT_SIZE = 4096  # bytes of output in which a complaint is looked for


def program(name: str) -> str:
    """The path of a program, or Missing."""
    path = shutil.which(name)
    if path is None:
        raise Missing(name)
    return path


def by_lines(name: str) -> list[str]:
    """The beginning of a command for a program that shall print each line at once, and not when it likes."""
    return [program("stdbuf"), "-oL", program(name)]


def run(
    command: Sequence[str], *, patience: float = PATIENCE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end; both its streams are in `stdout`."""
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=patience,
        check=False,
    )


def output(name: str, *arguments: str) -> str:
    """What a program prints."""
    return run([program(name), *arguments]).stdout.decode(errors="replace")


def free_port() -> int:
    """A port that nobody has just now, for a server that cannot say which one it took."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Process:
    """A program whose standard input and output are read and written as if they were a connection.

    What it says on standard error is kept in a file, where it cannot block anybody.
    """

    def __init__(self, command: Sequence[str], *, merged: bool = False) -> None:
        """With `merged`, what it says on standard error is part of its output."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed by `close`
        self._recent = b""  # of its output, where errors are part of that
        self._merged = merged
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else self._errors,
        )
        self._deadline = time.monotonic() + PATIENCE
        self._selector = selectors.DefaultSelector()
        assert self._process.stdout is not None
        self._selector.register(self._process.stdout, selectors.EVENT_READ)

    def extend(self, patience: float) -> None:
        """Give it so many seconds from now on."""
        self._deadline = time.monotonic() + patience

    def receive(self, size: int) -> bytes:
        """Some of its output, b"" at the end; Failed when it takes too long."""
        if not self._selector.select(max(0.0, self._deadline - time.monotonic())):
            raise Failed(f"it still waits; {self.complaint()}")
        assert self._process.stdout is not None
        data = os.read(self._process.stdout.fileno(), size)
        if self._merged:
            self._recent = (self._recent + data)[-COMPLAINT_SIZE:]
        return data

    def some(self) -> bytes:
        """Some of its output; Failed at the end."""
        return self.receive(65536) or self.fail()

    def until(self, words: bytes) -> bytes:
        """Its output until these words have come, and perhaps what comes after them."""
        read = b""
        while words not in read:
            read += self.some()
        return read

    def line(self) -> str:
        """One line of its output."""
        read = b""
        while not read.endswith(b"\n"):
            octet = self.receive(1)
            if not octet:
                self.fail()
            read += octet
        return read.decode(errors="replace").strip()

    def send(self, data: bytes) -> None:
        """Give it some input.  Whoever sends much has to receive in another thread."""
        assert self._process.stdin is not None
        try:
            view = memoryview(data)
            while view:
                view = view[self._process.stdin.write(view) :]
        except (BrokenPipeError, ValueError) as error:
            raise Failed(f"it takes no more; {self.complaint()}") from error

    def complaint(self) -> str:
        """What it said on standard error, the end of it, in one line."""
        self._errors.seek(0)
        words = (self._recent + self._errors.read()).decode(errors="replace")
        said = [line.strip() for line in words.splitlines()]
        telling = [line for line in said if "rror" in line or "alert" in line.lower()]
        return " ".join((telling or said)[-2:])[-500:]

    def fail(self) -> NoReturn:
        """It ended where it should not have."""
        raise Failed(self.complaint() or "it ended")

    def finish(self) -> None:
        """Close its input, and give it the time to say goodbye."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GOODBYE)

    def terminate(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GOODBYE)

    def close(self) -> None:
        """End it, however it is."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            assert stream is not None
            stream.close()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def converse(command: Sequence[str], terms: Terms, first: bytes = b"") -> None:
    """The client's part for a program that sends its input and prints what comes; `first` is for itself.

    How it ends is not looked at: s_server never says close_notify, and gnutls-serv does not close at all.
    """
    with Process(command) as process:
        process.send(first)
        for _ in range(terms.rounds):
            received = bytearray()
            with sending(process, terms.content):
                while len(received) < terms.size:
                    received += process.some()
            conversation.same_or_failed(bytes(received), terms)
        process.finish()


@contextlib.contextmanager
def sending(process: Process, data: bytes) -> Iterator[None]:
    """Give it some input while what it prints is read."""
    sender = threading.Thread(target=_send_quietly, args=(process, data), daemon=True)
    sender.start()
    yield
    sender.join(PATIENCE)


def _send_quietly(process: Process, data: bytes) -> None:
    with contextlib.suppress(Failed, ValueError):  # the receiving side notices as well, and closes the files
        process.send(data)

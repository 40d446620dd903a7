"""What runs in threads of this process."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

from tests.interop.conversation import PATIENCE, Failed


class Task:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._failure = ""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except Failed as failure:
            self._failure = str(failure)
        except Exception as error:  # its words alone: the traceback would keep sockets open
            self._failure = words(error)

    def result(self, patience: float) -> None:
        """Return when it is done; Failed if it went wrong, or takes too long."""
        self._thread.join(patience)
        if self._thread.is_alive():
            raise Failed("it still waits")
        if self._failure:
            raise Failed(self._failure)

    def join(self) -> None:
        self._thread.join(PATIENCE)


class Background:
    """A server for some connections, one after the other: `serve` gets each, with the number of the visit."""

    def __init__(self, serve: Callable[[socket.socket, int], None], visits: Sequence[int]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._connection: socket.socket | None = None
        self._serve = serve
        self._visits = visits
        self.port: int = self._listener.getsockname()[1]
        self._task = Task(self._accept)

    def _accept(self) -> None:
        for visit in self._visits:
            self._connection, _ = self._listener.accept()
            with self._connection:
                self._connection.settimeout(PATIENCE)
                self._serve(self._connection, visit)

    def result(self, patience: float) -> None:
        self._task.result(patience)

    def close(self) -> None:
        for waited_for in (self._listener, self._connection):
            if waited_for is not None:
                with contextlib.suppress(OSError):
                    waited_for.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._listener.close()
        self._task.join()


@contextlib.contextmanager
def background(serve: Callable[[socket.socket, int], None], visits: Sequence[int]) -> Iterator[Background]:
    server = Background(serve, visits)
    try:
        yield server
    finally:
        server.close()


def words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())

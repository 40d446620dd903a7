"""Our own ends of connections: configs that trust each other, pairs of sockets, one-shot servers."""

import contextlib
import functools
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support import certificates
from tests.support.certificates import Family
from tls import sockets
from tls.config import ClientConfig, ServerConfig
from tls.sockets import TLSSocket

PATIENCE = 30.0  # seconds: no test waits so long unless it fails


@functools.cache
def family() -> Family:
    return certificates.authority_and_leaf()


def client_config(**settings: Any) -> ClientConfig:
    return ClientConfig(**({"trust": family().trust, "clock": clock} | settings))


def server_config(**settings: Any) -> ServerConfig:
    return ServerConfig(**({"certified_keys": [family().certified_key]} | settings))


def files(folder: Path) -> Path:
    """The same in PEM files: `ca`, `chain` and `key`."""
    (folder / "ca").write_text(family().authority_pem)
    (folder / "chain").write_text(family().chain_pem)
    (folder / "key").write_text(family().leaf_key_pem)
    return folder


def clock() -> datetime:
    return certificates.NOW


class Thread(threading.Thread):
    """A thread whose exception, or result, comes out where it is waited for."""

    def __init__(self, target: Callable[..., Any], *arguments: Any) -> None:
        super().__init__(daemon=True)
        self._call = functools.partial(target, *arguments)
        self._result: Any = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._call()
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        self.join(PATIENCE)
        assert not self.is_alive(), "the thread does not end"
        if self._error is not None:
            raise self._error
        return self._result


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected TCP sockets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname(), PATIENCE)
        other, _ = listener.accept()
    other.settimeout(PATIENCE)
    return one, other


@contextlib.contextmanager
def tls_pair(
    client: ClientConfig | None = None, server: ServerConfig | None = None
) -> Iterator[tuple[TLSSocket, TLSSocket]]:
    """Both ends of a connection over TCP, client first, the handshake complete."""
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server or server_config(), server_side=True)
    handshake = Thread(accepted.do_handshake)
    connected = sockets.wrap_socket(ours, config=client or client_config(), server_hostname="localhost")
    handshake.result()
    with closing(connected, accepted):
        yield connected, accepted


@contextlib.contextmanager
def closing(*connections: TLSSocket) -> Iterator[None]:
    """Close both ends on the way out, at the same time: each waits for the other to close."""
    try:
        yield
    finally:
        for thread in [Thread(connection.close) for connection in connections]:
            thread.result()


@contextlib.contextmanager
def one_shot_server(serve: Callable[[socket.socket], Any]) -> Iterator[int]:
    """A TCP server for one connection, which `serve` gets; the value is its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)

        def accept() -> None:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE)
            with connection:
                serve(connection)

        thread = Thread(accept)
        yield listener.getsockname()[1]
        thread.result()

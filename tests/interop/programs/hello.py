"""The application that granian serves: one page, and a connection for each time that it is asked for."""

from collections.abc import Awaitable, Callable
from typing import Any


async def application(_scope: Any, _receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello from rustls\n"})

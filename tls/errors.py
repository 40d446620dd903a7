"""What a user of sockets and streams catches.

The floors below say precisely what went wrong; the shells raise one of these from it, so that code written
for `OSError` keeps working and the cause stays in the traceback.
"""


class TLSError(OSError):
    """The connection cannot be made or used: the peer's fault, the network's, or an attack."""


class TLSTimeout(TLSError, TimeoutError):
    """A named time bound ran out before the peer had done its part."""


def from_cause(cause: Exception) -> TLSError:
    """The error to raise for what the protocol or the network raised; an `errno` is kept."""
    kind = TLSTimeout if isinstance(cause, TimeoutError) else TLSError
    if isinstance(cause, OSError) and cause.errno is not None:
        error = kind(cause.errno, cause.strerror)
    else:
        error = kind(str(cause))
    error.__cause__ = cause
    return error

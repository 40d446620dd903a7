"""What a user of sockets and streams catches.

The floors below say precisely what went wrong; the shells raise one of these from it, so that code written for
`OSError` keeps working and the cause stays in the traceback.
"""


class TLSError(OSError):
    """The connection cannot be made or used: the peer's fault, the network's, or an attack."""


class TLSTimeout(TLSError, TimeoutError):
    """A named time bound ran out before the peer had done its part."""

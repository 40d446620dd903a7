"""What the peer has done wrong, as the stack raises it and as the journey calls it."""

from collections.abc import Iterator
from contextlib import contextmanager

from handshake.errors import PEER_FAULTS
from journey.errors import Refused


@contextmanager
def refused() -> Iterator[None]:
    """Within this block, a fault of the peer's is a refusal; the stack's error stays its cause."""
    try:
        yield
    except PEER_FAULTS as error:
        raise Refused(str(error)) from error

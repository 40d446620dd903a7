"""New keys in mid-connection: what either side says about it, and what is owed.  RFC 9846 section 4.7.3.

Each side changes the keys that it sends with, whenever it likes, and says so in a KeyUpdate.  In it, it may
ask the other to do the same.
"""

from handshake.constants import KeyUpdateRequest
from handshake.conversation import Conversation
from handshake.messages import KeyUpdate
from tls.events import PeerKeyUpdate
from tls.line import Line

MAX_EPOCH = 2**48 - 1  # key updates that a sender may make (section 4.7.3)


class KeyUpdates:
    """Those of one connection, in both directions."""

    def __init__(self, line: Line, talk: Conversation) -> None:
        self._line = line
        self._talk = talk
        self._epoch = 0  # how often we have updated our sending keys
        self._owed = False  # the peer asked for a KeyUpdate that we have not sent yet
        self._requested = False  # we asked for one that has not come yet

    def update(self, *, request_peer: bool = False) -> None:
        """Change our sending keys.  ValueError where no generation of them is left."""
        if self._epoch >= MAX_EPOCH:  # section 4.7.3 [9]
            raise ValueError(f"{MAX_EPOCH} key updates are all that a sender may make")
        request = request_peer and not self._requested  # one request at a time (section 4.7.3 [6])
        self._requested |= request
        self._send(KeyUpdateRequest(request))

    def hear(self, request_update: int) -> PeerKeyUpdate:  # section 4.7.3 [10]
        """The peer's next record is under its next keys."""
        assert self._line.reads_with is not None
        self._line.read_with(self._line.reads_with.next_generation())  # section 4.7.3 [3]
        self._requested = False
        reply_requested = request_update == KeyUpdateRequest.UPDATE_REQUESTED
        self._owed |= reply_requested  # many requests while we are silent get one answer
        return PeerKeyUpdate(reply_requested)

    def answer_if_owed(self) -> None:
        """Send what the peer has asked for, which comes before anything else."""
        if self._epoch >= MAX_EPOCH:  # past that, a request is ignored (section 4.7.3 [11, 12])
            self._owed = False
        if self._owed:
            self._send(KeyUpdateRequest.UPDATE_NOT_REQUESTED)

    def _send(self, request: KeyUpdateRequest) -> None:
        """The message goes under the old keys, all that follows under the new."""
        assert self._line.writes_with is not None
        self._line.say(self._talk.write(KeyUpdate(request)))  # section 4.7.3 [7]
        self._line.write_with(self._line.writes_with.next_generation())  # section 4.7.3 [2]
        self._epoch += 1
        self._owed = False

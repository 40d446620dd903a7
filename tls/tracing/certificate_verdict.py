"""Why a client trusts its server, or does not: what `get --explain` prints about one handshake.

An observer, as `trace` is: of all that happens in the connection it keeps what is said of the server's
certificates, and has `x509/explanation.py` tell it.  It keeps no secret.

Tested by      tests/tls/test_certificate_verdict.py
"""

from collections.abc import Iterator

from handshake.conversation import HandshakeMessage
from handshake.messages import Certificate, Finished
from tls.events import ConnectionFailed
from x509 import wording
from x509.explanation import Explanation

RESUMED = "no certificate to explain: the server was known by a key from before, and showed none"
TOO_EARLY = "no certificate to explain: the connection ended before the server showed one"


class CertificateVerdict:
    """Collects what one connection tells of the server's certificates."""

    def __init__(self) -> None:
        self._explanation = Explanation()
        self._is_known = False

    def __call__(self, event: object) -> None:
        """Take one event: what `observe` wants."""
        match event:
            case HandshakeMessage(sender="server", message=Certificate(certificate_list)):
                self._explanation = Explanation(entry.cert_data for entry in certificate_list)
            case HandshakeMessage(sender="server", message=Finished()):
                self._is_known = True
            case ConnectionFailed():
                self._is_known = False
            case _:
                self._explanation(event)

    def lines(self, width: int = wording.WIDTH) -> Iterator[str]:
        """The explanation, or one line that says why there is none."""
        if self._explanation.encodings:
            yield from self._explanation.lines(width)
        else:
            yield RESUMED if self._is_known else TOO_EARLY

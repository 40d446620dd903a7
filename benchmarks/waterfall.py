"""A handshake of ours, taken apart: which primitive takes which share on each side, and how many calls.

One between two that have never met, and one that resumes their session.  The stopwatch of `tls.timing` puts
itself between the files, which costs a little for each call; the fastest of several handshakes counts.
"""

from dataclasses import replace

from benchmarks import talks
from benchmarks.results import Share, Step, Waterfall, Waterfalls
from handshake.certified_keys import CertifiedKey
from tls import timing
from tls.config import ClientConfig, ServerConfig
from x509.trust_store import TrustStore

HANDSHAKES = 15


def measure(handshakes: int = HANDSHAKES) -> Waterfalls:
    """Time some handshakes of each kind and keep the fastest."""
    credentials = talks.credentials()
    client = ClientConfig(trust=TrustStore.from_pem(credentials.authority)).settings("localhost")
    certified_key = CertifiedKey.from_pem(credentials.chain, credentials.private_key)
    server = ServerConfig(certified_keys=[certified_key], tickets=1).settings()
    ticket = timing.first_meeting(client, server)
    giving_no_more = replace(server, ticket_random=b"")
    full, resumed = timing.compare(client, giving_no_more, ticket, handshakes)
    return Waterfalls(taken_apart(full), taken_apart(resumed))


def taken_apart(watch: timing.Stopwatch) -> Waterfall:
    """What a stopwatch saw, in seconds from the beginning."""
    beginning = watch.spans[0].start
    return Waterfall(
        steps=[
            Step(span.side, span.name, span.start - beginning, span.end - beginning) for span in watch.spans
        ],
        shares=[
            Share(side, name, count, seconds) for (side, name), (count, seconds) in watch.totals().items()
        ],
    )

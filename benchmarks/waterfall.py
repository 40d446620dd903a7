"""A handshake of ours, taken apart: which primitive takes which share on each side, and how many calls.

The stopwatch of `tls.timing` puts itself between the files, which costs a little for each call; the fastest
of several handshakes counts.
"""

from benchmarks import talks
from benchmarks.results import Share, Step, Waterfall
from handshake.certified_keys import CertifiedKey
from tls import config, timing
from tls.config import ClientConfig, ServerConfig
from x509.trust_store import TrustStore

HANDSHAKES = 15


def measure(handshakes: int = HANDSHAKES) -> Waterfall:
    """Time some handshakes and keep the fastest."""
    credentials = talks.credentials()
    client = ClientConfig(trust=TrustStore.from_pem(credentials.authority))
    private_key = config.load_private_key(credentials.private_key)
    chain = config.load_chain(credentials.chain)
    server = ServerConfig(certified_keys=[CertifiedKey(chain, private_key)], tickets=0)
    watches = [timing.handshake(client.settings("localhost"), server.settings()) for _ in range(handshakes)]
    return taken_apart(min(watches, key=lambda watch: watch.spans[-1].end - watch.spans[0].start))


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

"""What it costs that one can look: handshakes with and without, in turns, one by one.

Four of ours shake hands with themselves: the twin that has no observing in it (`unobserved`), the library
with nobody looking, the same again, and the library with a `Trace` at each end.  In each round all have one
handshake, in another order each time; what counts is how long each took beside the twin in the same round,
and of these ratios the median.  How far the second and the third are from each other says how finely this
can be measured at all: they are the same code.

Those two are read from the files as the twin is, each into modules of its own: where code and data lie in
memory makes a difference of a hundredth, and so nobody has the better place.
"""

import gc
import math
import statistics
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from benchmarks import measure as measuring
from benchmarks import talks, unobserved
from benchmarks.cases import Job
from benchmarks.results import Observing, Spread
from benchmarks.unobserved import Copy
from tls.tracing.trace import Trace

ROUNDS, ROUNDS_QUICK = 400, 30
UNMEASURED = 4  # rounds before, in which tables are built and certificates remembered
TWIN = "without observers in the code"
OFF, AGAIN, TRACED = "nobody looks", "nobody looks, the same again", "a trace at each end"


def measure(rounds: int = ROUNDS) -> Observing:
    """Have all of them shake hands so often."""
    jobs = {name: Job(shake_hands) for name, shake_hands in contestants().items()}
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    gc.collect()
    gc.freeze()
    try:
        for round_number in range(-UNMEASURED, rounds):
            for name in order(round_number, list(jobs)):
                taken = measuring.turn(jobs[name], 1)
                if round_number >= 0:
                    seconds[name].append(taken)
    finally:
        gc.unfreeze()
    return compared(seconds)


def contestants() -> dict[str, Callable[[], list[bytes]]]:
    """Who takes part: each shakes hands with itself when it is called."""
    twin = unobserved.load("unobserved", unobserved.blinded)
    off, again = (unobserved.load(name, unobserved.unchanged) for name in ("unchanged", "again"))
    return {
        TWIN: lambda: shake_hands(twin),
        OFF: lambda: shake_hands(off),
        AGAIN: lambda: shake_hands(again),
        TRACED: lambda: shake_hands(unobserved.ORIGINAL, Trace(), Trace()),
    }


def shake_hands(copy: Copy, *observers: Trace) -> list[bytes]:
    """One handshake, and what was sent in it: in turns, the client first, whose the first observer is."""
    client_config, server_config = _configs(copy)
    connect = copy.module("tls.connection").Connection
    at_client, at_server = ([observer] for observer in observers) if observers else ([], [])
    client = connect(client_config.settings("localhost"), *at_client)
    server = connect(server_config.settings(), *at_server)
    sent = []
    for _ in range(talks.MAX_FLIGHTS):
        for sender, receiver in ((client, server), (server, client)):
            sent.append(sender.data_to_send())
            receiver.receive_data(sent[-1])
        if not sent[-1]:
            break
    assert client.session is not None and server.session is not None
    return sent


def order(round_number: int, names: Sequence[str]) -> list[str]:
    """Another one begins each time, and every second time they go backwards."""
    first = round_number // 2 % len(names)
    turned = [*names[first:], *names[:first]]
    return turned if round_number % 2 == 0 else turned[::-1]


def compared(seconds: dict[str, list[float]]) -> Observing:
    """The others beside the twin, round by round."""
    twin = seconds[TWIN]
    ratios = {
        name: spread([mine / its for mine, its in zip(taken, twin, strict=True)])
        for name, taken in seconds.items()
        if name != TWIN
    }
    return Observing(len(twin), statistics.median(twin), ratios)


def spread(values: Sequence[float]) -> Spread:
    """The median, and between which two of the values that of very many rounds is, in 95 of 100 cases.

    So many lie below it as heads fall in so many throws of a coin, whatever the values are like.
    """
    ordered, count = sorted(values), len(values)
    low = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)))
    return Spread(statistics.median(ordered), ordered[low], ordered[count - 1 - low])


@cache  # read once, as any program does
def _configs(copy: Copy) -> tuple[Any, Any]:
    config, credentials = copy.module("tls.config"), talks.credentials()
    trust = copy.module("x509.trust_store").TrustStore.from_pem(credentials.authority)
    certified_key = copy.module("handshake.certified_keys").CertifiedKey.from_pem(
        credentials.chain, credentials.private_key
    )
    groups = (copy.module("handshake.constants").NamedGroup.X25519,)  # the quickest: nothing hides in it
    client = config.ClientConfig(trust=trust, groups=groups)
    return client, config.ServerConfig(certified_keys=[certified_key], tickets=0, groups=groups)

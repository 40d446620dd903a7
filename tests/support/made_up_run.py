"""A whole run of the benchmarks with made-up results, for the tests of what reads runs.

Round numbers: a call of ours takes a microsecond, whatever it is; a peer's a multiple.
"""

from dataclasses import replace

from benchmarks import cases, limits
from benchmarks.contenders import OURS, PYTHON, Absent, C
from benchmarks.results import (
    Count,
    Figure,
    Observing,
    Peer,
    Price,
    Run,
    Share,
    Spread,
    Startup,
    Step,
    Timed,
    Waterfall,
    Waterfalls,
)

MICROSECOND = 1e-6
PEERS = [
    Peer(OURS, "0.1.0", PYTHON, True, ""),
    Peer("hashlib", "Python 3.11", C, True, "in C"),
    Peer("ssl", "OpenSSL 3", C, True, ""),
    Peer("purepycrypto", "3.2.1", PYTHON, True, ""),
    Peer("tlslite-ng", "0.8.2", PYTHON, False, "hashes with hashlib"),
    Peer("ecdsa", "0.19", PYTHON, False, "hashes with hashlib"),
    Peer("kyber-py", "1.2", PYTHON, False, "hashes with hashlib"),
    Peer("sha256py", "0.1.1", PYTHON, True, ""),
    Peer("rsa", "4.9.1", PYTHON, False, "hashes with hashlib"),
]
MULTIPLES = {
    OURS: 1,
    "hashlib": 0.01,
    "ssl": 0.02,
    "purepycrypto": 8,
    "tlslite-ng": 30,
    "ecdsa": 4,
    "kyber-py": 4,
    "sha256py": 16,
    "rsa": 5,
}

STARTUP = Startup(
    processes=3,
    import_tls=0.001,
    import_all=0.060,
    tables_on_import=0,
    first_use={"SHA-256": 0.0001, "Ed25519 sign": 0.007},
    first_handshake=0.030,
    later_handshake=0.015,
)

FULL = Waterfall(
    steps=[
        Step("client", "everything else", 0.0, 0.001),
        Step("client", "SHA-256 block", 0.001, 0.003),
        Step("server", "SHA-256 block", 0.003, 0.006),
        Step("server", "Ed25519 sign", 0.006, 0.0062),
        Step("client", "Ed25519 verify", 0.0062, 0.010),
    ],
    shares=[
        Share("client", "everything else", 0, 0.001),
        Share("client", "SHA-256 block", 20, 0.002),
        Share("client", "Ed25519 verify", 2, 0.0038),
        Share("server", "SHA-256 block", 30, 0.003),
        Share("server", "Ed25519 sign", 1, 0.0002),
    ],
)
RESUMED = Waterfall(
    steps=[
        Step("client", "everything else", 0.0, 0.001),
        Step("client", "SHA-256 block", 0.001, 0.0035),
        Step("server", "HMAC", 0.0035, 0.004),
        Step("server", "SHA-256 block", 0.004, 0.0075),
    ],
    shares=[
        Share("client", "everything else", 0, 0.001),
        Share("client", "SHA-256 block", 25, 0.0025),
        Share("server", "HMAC", 5, 0.0005),
        Share("server", "SHA-256 block", 35, 0.0035),
    ],
)
WATERFALLS = Waterfalls(FULL, RESUMED)

OBSERVING = Observing(
    rounds=100,
    twin=0.015,
    ratios={"nobody looks": Spread(1.001, 0.998, 1.004), "a trace at each end": Spread(1.125, 1.12, 1.13)},
)

PRICES = [
    *(Price("&", n, n, n * 1e-8) for n in (1, 9, 1024)),
    *(Price("+", n, n, n * 2e-8) for n in (1, 9, 1024)),
    *(Price(">>", n, 1, n * 3e-8) for n in (1, 9, 1024)),
    *(Price("*", n, n, n * n * 1e-9) for n in (1, 9)),
    *(Price("%", left, 9, 1e-7) for left in (9, 18)),
    Price("inverse", 9, 1, 1e-5),
    Price("power", 9, 9, 1e-4),
    Price("call", 0, 0, 2e-8),
    Price("item", 0, 0, 5e-9),
]

COUNTS = {
    "SHA-256 16 B": [Count("^", 1, 1, 10), Count("&", 1, 9, 10), Count("+", 1, 1, 5), Count("call", 0, 0, 3)],
    "Ed25519 sign": [Count("*", 9, 9, 4), Count("inverse", 9, 1, 1)],
}

MACHINE = {
    "processor": "Made-up 9000",
    "cores": "2",
    "Python": "CPython 3.11.7",
    "system": "Linux x86_64",
    "date": "2026-11-26",
}


def timed(case: cases.Case, **changed: float) -> Timed:
    """What everyone took, in microseconds; `changed` says otherwise, and None that someone was not there."""
    multiples = {**MULTIPLES, **{name.replace("_", "-"): multiple for name, multiple in changed.items()}}
    figures = {name: Figure(multiple * MICROSECOND, 9, 100) for name, multiple in multiples.items()}
    return Timed(case.name, case.group, case.size, figures)


def run(**changed: float) -> Run:
    """Everything timed, and everyone there but PyNaCl."""
    everything = [timed(case, **changed) for case in cases.everything()]
    last = everything[5]
    everything[5] = replace(last, absent=[Absent("cryptoarithmetic", "would take about 9 s a call")])
    assert set(COUNTS) <= set(limits.CASES)
    return Run(
        machine=MACHINE,
        quick=False,
        seconds=200.0,
        peers=PEERS,
        absent=[Absent("PyNaCl", "not installed (No module named 'nacl')")],
        cases=everything,
        startup=STARTUP,
        waterfalls=WATERFALLS,
        observing=OBSERVING,
        prices=PRICES,
        counts=COUNTS,
    )

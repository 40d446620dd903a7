"""What has to be reached, and whether a run has reached it.

A target is a bound on a ratio of two figures of one run, so that it means the same on every machine, or on
seconds where a person waits for them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks import units
from benchmarks.contenders import OURS, PYTHON
from benchmarks.results import Peer, Run

Choose = Callable[[Peer], bool]


@dataclass(frozen=True)
class Faster:
    """Be so many times as fast as the best of certain peers at a case; below 1 allows being slower."""

    case: str
    times: float
    whom: str  # in words
    among: Choose


@dataclass(frozen=True)
class Verdict:
    """How a target fared.

    what        the case, or what is judged in its place
    reached     None where the run cannot tell
    needed      seconds that would have been enough, where that is what the target asks
    """

    what: str
    target: str
    measured: str
    reached: bool | None
    needed: float | None = None


def named(name: str) -> Choose:
    return lambda peer: peer.name == name


def pure(peer: Peer) -> bool:
    return peer.language == PYTHON


def hashes_itself(peer: Peer) -> bool:
    return pure(peer) and peer.hashes_itself


def _others(peer: Peer) -> bool:
    return hashes_itself(peer) and peer.name != "purepycrypto"


def _ratios() -> Iterator[Faster]:
    pure_peer, hashing_peer = "every pure-Python peer", "every pure-Python peer that hashes by itself"
    for work in ("seal", "open"):
        large = f"ChaCha20-Poly1305 {work} 16 KiB"
        yield Faster(large, 7, "purepycrypto", named("purepycrypto"))
        yield Faster(large, 25, "tlslite-ng", named("tlslite-ng"))
        for size in ("64 B", "1 KiB"):
            yield Faster(f"ChaCha20-Poly1305 {work} {size}", 2, pure_peer, pure)
    for work in ("seal", "open"):
        yield Faster(f"AES-128-GCM {work} 16 KiB", 7, "purepycrypto", named("purepycrypto"))
        yield Faster(f"AES-128-GCM {work} 16 KiB", 15, "tlslite-ng", named("tlslite-ng"))
        for size in ("16 B", "64 B", "256 B", "1 KiB"):
            yield Faster(f"AES-128-GCM {work} {size}", 1, pure_peer, pure)
    for case in ("SHA-256 16 B", "HMAC-SHA256 32 B"):  # 16 bytes and their padding are one block
        yield Faster(case, 1.2, "purepycrypto", named("purepycrypto"))
    yield Faster("SHA-256 16 B", 1.5, "every other peer that hashes by itself", _others)
    yield Faster("X25519 exchange", 2.5, "tlslite-ng", named("tlslite-ng"))
    yield Faster("X25519 key generation", 12, "tlslite-ng", named("tlslite-ng"))
    for work in ("key generation", "encapsulation", "decapsulation"):
        yield Faster(f"ML-KEM-768 {work}", 1, "kyber-py, which hashes in C", named("kyber-py"))
    for case in ("Ed25519 sign", "Ed25519 verify"):
        yield Faster(case, 3, hashing_peer, hashes_itself)
    yield Faster("Ed25519 sign", 1 / 1.5, "ecdsa, which hashes in C", named("ecdsa"))
    yield Faster("Ed25519 verify", 2.5, "ecdsa, which hashes in C", named("ecdsa"))
    for work in ("key generation", "exchange", "verify"):
        yield Faster(f"P-256 {work}", 1, "ecdsa, which hashes in C", named("ecdsa"))
    # Fifteen blocks are hashed to find the nonce, and three of the message: seven times what the curve takes.
    yield Faster("P-256 sign", 1 / 4, "ecdsa, which hashes in C", named("ecdsa"))
    yield Faster("RSA-2048 PSS sign", 1, hashing_peer, hashes_itself)
    yield Faster("RSA-2048 PSS verify", 1.5, hashing_peer, hashes_itself)
    yield Faster("RSA-2048 PSS sign", 1 / 1.25, "tlslite-ng, which hashes in C", named("tlslite-ng"))
    yield Faster("RSA-2048 PSS verify", 1 / 4, "tlslite-ng, which hashes in C", named("tlslite-ng"))
    yield Faster("RSA-2048 PKCS1 sign", 2.5, "rsa, which hashes in C", named("rsa"))
    yield Faster("RSA-2048 PKCS1 verify", 1 / 3, "rsa, which hashes in C", named("rsa"))
    for way in ("client to server", "server to client"):
        yield Faster(f"transfer, {way}", 20, "tlslite-ng", named("tlslite-ng"))
    yield Faster("handshake, both ends", 1, "tlslite-ng, which hashes in C", named("tlslite-ng"))
    yield Faster("hybrid handshake, both ends", 2, "tlslite-ng, which hashes in C", named("tlslite-ng"))


RATIOS = tuple(_ratios())
IMPORT_SECONDS = 0.150
FIRST_HANDSHAKE_EXTRA = 0.020  # seconds more than a later one


def judge(run: Run) -> list[Verdict]:
    """A verdict on each target, in their order."""
    return [*(judge_ratio(run, target) for target in RATIOS), *_judge_startup(run)]


def judge_ratio(run: Run, target: Faster) -> Verdict:
    wanted = _wanted(target)
    timed = run.case(target.case)
    if timed is None or OURS not in timed.figures:
        return Verdict(target.case, wanted, "not measured", None)
    chosen = [peer.name for peer in run.peers if peer.name != OURS and target.among(peer)]
    rivals = {name: timed.figures[name].seconds for name in chosen if name in timed.figures}
    if not rivals:
        return Verdict(target.case, wanted, "nobody to compare with", None)
    best = min(rivals, key=lambda name: rivals[name])
    ours = timed.figures[OURS].seconds
    than = f" than {best}" if len(chosen) > 1 else ""
    measured = units.versus(ours, rivals[best]) + than
    reached = rivals[best] / ours >= target.times
    return Verdict(target.case, wanted, measured, reached, rivals[best] / target.times)


def _wanted(target: Faster) -> str:
    if target.times == 1:
        return f"faster than {target.whom}"
    if target.times < 1:
        return f"at most {units.digits(1 / target.times)} x slower than {target.whom}"
    return f"{target.times:g} x faster than {target.whom}"


def _judge_startup(run: Run) -> Iterator[Verdict]:
    first = f"at most {1000 * FIRST_HANDSHAKE_EXTRA:.0f} ms more than a later one, tables included"
    limit = f"under {1000 * IMPORT_SECONDS:.0f} ms"
    startup = run.startup
    if startup is None:
        yield Verdict("import of tls", limit, "not measured", None)
        yield Verdict("tables built by importing", "none", "not measured", None)
        yield Verdict("first handshake of a process", first, "not measured", None)
        return
    yield Verdict(
        "import of tls", limit, f"{1000 * startup.import_all:.0f} ms", startup.import_all < IMPORT_SECONDS
    )
    entries = startup.tables_on_import
    yield Verdict(
        "tables built by importing", "none", f"{entries} entries" if entries else "none", not entries
    )
    extra = startup.first_handshake - startup.later_handshake
    yield Verdict(
        "first handshake of a process", first, f"{1000 * extra:.1f} ms more", extra <= FIRST_HANDSHAKE_EXTRA
    )

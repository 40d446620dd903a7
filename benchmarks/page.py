"""docs/benchmarks.md and its plots, written from a run: every figure in the text is that run's.

page.write(run)         the files, and which they are
page.text(run)          the page alone
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks import limits, report, results, targets, units
from benchmarks.cases import SIGNED, size_name
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.plots import cost, growth, style, waterfall
from benchmarks.results import ALL, Run, Timed, Waterfall, Waterfalls

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = {
    "benchmarks-cost.svg": cost.draw,
    "benchmarks-growth.svg": growth.draw,
    "benchmarks-waterfall.svg": waterfall.draw,
}
HASHING = ("SHA-*", "HMAC", "Keccak*")  # what many peers have done in C

# The tables of figures: a title, and the groups whose cases are its columns.
TABLES = (
    *((group, (group,)) for group in ("SHA-256", "SHA-512")),
    ("HMAC and HKDF", ("HMAC-SHA256", "HKDF-Expand")),
    *((group, (group,)) for group in ("ChaCha20-Poly1305 seal", "ChaCha20-Poly1305 open")),
    *((f"AES-GCM {work}", (f"AES-128-GCM {work}", f"AES-256-GCM {work}")) for work in ("seal", "open")),
    ("AES without GCM", ("AES-128-CTR",)),
    ("X25519", ("X25519 key generation", "X25519 exchange")),
    ("ML-KEM-768", ("ML-KEM-768 key generation", "ML-KEM-768 encapsulation", "ML-KEM-768 decapsulation")),
    ("Ed25519", ("Ed25519 key generation", "Ed25519 sign", "Ed25519 verify")),
    ("P-256", ("P-256 key generation", "P-256 exchange", "P-256 sign", "P-256 verify")),
    ("P-384", ("P-384 verify",)),
    ("RSA-2048 PSS", ("RSA-2048 PSS sign", "RSA-2048 PSS verify")),
    ("RSA-2048 PKCS #1 v1.5", ("RSA-2048 PKCS1 sign", "RSA-2048 PKCS1 verify")),
    ("Records of TLS 1.3", ("record seal", "record open")),
    ("A handshake of TLS 1.3", ("handshake, both ends", "handshake, client", "handshake, server")),
    (
        "A handshake with ML-KEM",
        ("hybrid handshake, both ends", "hybrid handshake, client", "hybrid handshake, server"),
    ),
    (
        "A handshake that resumes a session",
        ("resumed handshake, both ends", "resumed handshake, client", "resumed handshake, server"),
    ),
    ("A transfer over TLS 1.3", ("transfer, client to server", "transfer, server to client")),
)


def write(run: Run, docs: Path = DOCS) -> list[Path]:
    """Write the page and its pictures, and return their paths."""
    written = [docs / "benchmarks.md"]
    written[0].write_text(text(run), "utf-8")
    for name, draw in PICTURES.items():
        written.append(docs / name)
        written[-1].write_bytes(draw(run))
    return written


def text(run: Run) -> str:
    """The whole page, as Markdown."""
    sections = (_opening, _targets, _method, _figures, _waterfall, _observing, _startup, _limits, _contenders)
    return "\n".join(line for section in sections for line in section(run)) + "\n"


def _opening(run: Run) -> Iterator[str]:
    machine = run.machine
    yield f"""\
# What pure Python costs

This page and its pictures are written by `make bench BENCH=--page`, and every figure on it comes from one
run: on {machine["date"]}, on one core of {machine["processor"]} ({machine["cores"]} cores),
{machine["system"]}, {machine["Python"]}. Trust the ratios: they were measured side by side, and carry over to
other machines much better than the times do.

![What one call costs: C libraries, {OURS}, other pure Python](benchmarks-cost.svg)
"""
    yield from _summary(run)


def _summary(run: Run) -> Iterator[str]:
    """The two distances that people ask for."""
    for language, whom in ((C, "the best C library"), (PYTHON, "the best other pure-Python package")):
        ratios = []
        for timed in run.cases:
            best = results.best(run, timed, language)
            if OURS in timed.figures and best:
                ratios.append((best.seconds / timed.figures[OURS].seconds, timed.name))
        if ratios:
            (low, where), (high, there) = min(ratios), max(ratios)
            yield (
                f"Beside {whom} of each row, {OURS} is between {units.versus(1, low)} ({where}) and "
                f"{units.versus(1, high)} ({there})."
            )
    yield ""


def _targets(run: Run) -> Iterator[str]:
    verdicts = targets.judge(run)
    reached = sum(verdict.reached is True for verdict in verdicts)
    yield f"## Targets\n\n{reached} of {len(verdicts)} reached.\n"
    words = {True: "reached", False: "**missed**", None: "not measured"}
    rows = [(verdict.what, verdict.target, verdict.measured, words[verdict.reached]) for verdict in verdicts]
    yield from _table(("work", f"{OURS} should be", "and is", ""), rows)


def _method(run: Run) -> Iterator[str]:
    minutes, seconds = divmod(round(run.seconds), 60)
    yield f"""\
## Method

- One process, one core. The contenders of a case take turns, round by round, and each round begins with
  another one: a machine's drift is everybody's. A turn is as many calls as fit some milliseconds, of
  processor time.
- A figure is the fastest round's. Nothing makes a program faster than it is, and all else makes it slower.
- The garbage collector runs before a turn and rests while it lasts.
- Before anyone is timed, everyone's answer is compared with ours; and what opens or verifies is shown spoilt
  input, which it has to refuse.
- What a program prepares once (key objects, parsed certificates) is prepared outside of the turn.
- Ours keeps a public key's point once it is decoded, which saves a tenth of a verification; a fresh key pays
  for it. Of the others only ecdsa does the same, and the rest decode it each time.
- Signatures are over {SIGNED} bytes, which is what a server signs in a handshake.
- A handshake is X25519, with an Ed25519 certificate that an authority has signed; both ends are in memory.
  Where one side is timed alone, the clock stands still while the other works.
- A hybrid handshake is the same with X25519MLKEM768 in the place of X25519.
- A resumed handshake begins with a ticket that the two have from before, and is X25519 as well. Nobody signs,
  and no certificate is sent. The server gives no new ticket.
- A transfer is 64 KiB through a connection that stands, sealed by one end and opened by the other.
- What starting costs is the median of several fresh interpreters.
- MB is 10^6 bytes.

This run took {minutes} minutes and {seconds} seconds.
"""


def _figures(run: Run) -> Iterator[str]:
    yield f"""\
## All figures

The time of a call, and what {OURS} is beside it: `x 3` is three times as fast, `/ 3` takes three times as
long. C libraries are in *italics*.

![Throughput against size, for two hashes and two AEADs](benchmarks-growth.svg)
"""
    for title, groups in TABLES:
        columns = [timed for timed in run.cases if timed.group in groups and OURS in timed.figures]
        if columns:
            yield f"### {title}\n"
            yield from _figures_table(run, title, columns)
    yield from (f"- {line}" for line in report.left_out(run))
    yield ""


def _figures_table(run: Run, title: str, columns: Sequence[Timed]) -> Iterator[str]:
    """A column a case, a row a contender."""
    rows = [(f"**{OURS}**", *(f"**{units.duration(timed.figures[OURS].seconds)}**" for timed in columns))]
    if all(timed.size for timed in columns):
        rates = (units.rate(timed.size or 0, timed.figures[OURS].seconds) for timed in columns)
        rows.append(("", *rates))
    for peer in run.peers:
        if peer.name != OURS and any(peer.name in timed.figures for timed in columns):
            name = f"*{peer.name}*" if peer.language == C else peer.name
            rows.append((name, *(_beside(timed, peer.name) for timed in columns)))
    heads = [
        size_name(timed.size) if timed.group == title and timed.size else timed.name for timed in columns
    ]
    yield from _table(("", *heads), rows)


def _beside(timed: Timed, name: str) -> str:
    if name not in timed.figures:
        return ""
    theirs, ours = timed.figures[name].seconds, timed.figures[OURS].seconds
    ratio = f"x {units.digits(theirs / ours)}" if theirs >= ours else f"/ {units.digits(ours / theirs)}"
    return f"{units.duration(theirs)} `{ratio}`"


def _waterfall(run: Run) -> Iterator[str]:
    if run.waterfalls is None:
        return
    falls = run.waterfalls
    yield """\
## A handshake, taken apart

![When each primitive is at work, in a full handshake and in a resumed one](benchmarks-waterfall.svg)

On the left, two meet for the first time; on the right, they resume that session with a ticket. Both are
hybrid, as everything is that is not told otherwise. The server is the same: it gives no new ticket while the
time runs, but derives the secret for one, which it does not in the hybrid handshake of the table above. Time
counts once, for the innermost primitive. Looking costs a little for each call, so the sum is a bit above the
handshake's own figure. How often is in calls, and for SHA-2 in blocks.
"""
    yield _what_a_ticket_spares(falls)
    for side in style.SIDES:
        head = (side, "full: how often", "time", "share", "resumed: how often", "time", "share")
        rows = [
            (name, *_cells(falls.full, side, name), *_cells(falls.resumed, side, name))
            for name in falls.names(side)
        ]
        yield from _table(head, rows)
    full, resumed = (
        ", ".join(f"the {side} {fall.total('SHA-256*', side=side).times}" for side in style.SIDES)
        for fall in (falls.full, falls.resumed)
    )
    yield f"Blocks of SHA-256 compressed: {full}; resumed, {resumed}.\n"


def _what_a_ticket_spares(falls: Waterfalls) -> str:
    """In one paragraph: the counts that fall to nothing, what went with them, and what is left."""
    full, resumed = falls.full, falls.resumed
    names = dict.fromkeys(share.name for share in full.shares)
    spared = [name for name in names if not resumed.total(name).seconds]
    saved, everything = full.total(*spared).seconds, full.total(ALL).seconds
    hashing = full.total(*HASHING).seconds

    def change(*names: str) -> str:
        before, after = full.total(*names).seconds, resumed.total(*names).seconds
        return f"{units.duration(before)}, resumed {units.duration(after)}"

    made, verified, read = (
        f"{full.total(name).times}, resumed {resumed.total(name).times}"
        for name in ("* sign", "* verify", "certificate read")
    )
    return f"""\
Signatures made: {made}; verified: {verified}; certificates read: {read}. So what falls away is
{", ".join(spared)}: {units.duration(saved)}, or {100 * saved / everything:.0f} % of the full handshake. What
remains is the key exchange (X25519: {change("X25519*")}; ML-KEM with its Keccak:
{change("ML-KEM*", "Keccak*")}) and SHA-256, HMAC and HKDF
({change("SHA-256*", "HMAC", "HKDF")}): the transcript, the key schedule and, resumed, the
proof that both know the ticket's key. All together: {change(ALL)}.

Hashing, in SHA-2, HMAC and Keccak, takes {units.duration(hashing)} of the full handshake, or
{100 * hashing / everything:.0f} %. Peers that hash in C do not pay that.

The certificate that a client remembers with its ticket is read once, before it resumes for the first time.
"""


def _cells(fall: Waterfall, side: str, name: str) -> tuple[str, str, str]:
    """How often, how long, and which share of all that the side does."""
    times, seconds = fall.total(name, side=side)
    if not seconds:
        return "0", "", ""
    share = seconds / fall.total(ALL, side=side).seconds
    return str(times or ""), units.duration(seconds), f"{100 * share:.0f} %"


def _observing(run: Run) -> Iterator[str]:
    if run.observing is None:
        return
    found = run.observing
    yield f"""\
## What looking costs

Everything inside reports what it does, where somebody observes. So that this can be compared with code in
which there is no observing at all, the files are read a second time, everything that serves an observer is
cut out of their syntax trees, and the twin so made takes part: {found.rounds} rounds, in each of which
everyone has one handshake, both ends, in changing order. The twin's takes {units.duration(found.twin)}; what
the others take beside it in the same round is a ratio, and this is the median of the ratios. Two of them are
the same code, read twice: what lies between those two is chance.
"""
    head = ("a handshake", "beside the twin's", "95 of 100 times, the median is between")
    yield from _table(head, report.observing_rows(found))


def _startup(run: Run) -> Iterator[str]:
    if run.startup is not None:
        yield "## What starting costs\n"
        yield f"The median of {run.startup.processes} fresh processes. The first use builds the tables.\n"
        yield from _table(
            ("what", "time"), [(what, units.duration(time)) for what, time in report.startup_rows(run)]
        )


def _limits(run: Run) -> Iterator[str]:
    if run.prices and run.counts:
        yield from limits.text(run, _table)


def _contenders(run: Run) -> Iterator[str]:
    yield "## Who took part\n"
    rows = [(peer.name, peer.version, peer.language, peer.note) for peer in run.peers]
    rows += [(absent.name, "", "", absent.why) for absent in run.absent]
    yield from _table(("name", "version", "computes in", "worth knowing"), rows)
    yield """\
No pure-Python one may compute in C behind our back: where gmpy2, M2Crypto or pycrypto are installed, those
who would use them do not take part."""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""

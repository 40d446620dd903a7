"""The stopwatch sees every call, counts all time once, and leaves nothing behind.  The clock is a fake."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from handshake import authentication, signatures
from handshake.constants import PskKeyExchangeMode
from handshake.errors import NoCommonParameters
from handshake.settings import ClientSettings, ServerSettings
from purecrypto import edwards25519, hkdf, hmac
from tests.support import peers_in_memory
from tls import timing
from tls.timing import THE_REST, Primitive, Span, Stopwatch, Tally, Total
from x509 import path
from x509.certificate import Certificate
from x509.errors import UnknownAuthority
from x509.trust_store import TrustStore


class Clock:
    """Says what it is told; without being told, a second later each time."""

    def __init__(self, *moments: float) -> None:
        self._moments: Iterator[float] = iter(moments)
        self.now = 0.0

    def __call__(self) -> float:
        self.now = next(self._moments, self.now + 1)
        return self.now


@pytest.fixture
def nested(monkeypatch: pytest.MonkeyPatch) -> type:
    """Three functions that call each other, in the place of the primitives."""

    class Module:
        @staticmethod
        def inner() -> str:
            return "inner"

        @staticmethod
        def outer() -> str:
            return f"{Module.inner()} {Module.inner()}"

        @staticmethod
        def fails() -> None:
            Module.inner()
            raise ValueError("no")

    names = ("inner", "outer", "fails")
    for name in names:  # plain functions, as in a module
        setattr(Module, name, vars(Module)[name].__func__)
    monkeypatch.setattr(timing, "PRIMITIVES", tuple(Primitive(Module, name, name.upper()) for name in names))
    return Module


def test_time_is_counted_once_for_the_innermost(nested: Any) -> None:
    #             side  outer inner done inner done done  end
    clock = Clock(0.0, 1.0, 3.0, 7.0, 8.0, 16.0, 32.0, 64.0)
    with Stopwatch(clock) as watch, watch.side("client"):
        assert nested.outer() == "inner inner"
    assert watch.spans == [
        Span("client", THE_REST, 0.0, 1.0),
        Span("client", "OUTER", 1.0, 3.0),
        Span("client", "INNER", 3.0, 7.0),
        Span("client", "OUTER", 7.0, 8.0),
        Span("client", "INNER", 8.0, 16.0),
        Span("client", "OUTER", 16.0, 32.0),
        Span("client", THE_REST, 32.0, 64.0),
    ]
    assert watch.totals() == {
        ("client", THE_REST): Total(0, 33.0),
        ("client", "OUTER"): Total(1, 19.0),
        ("client", "INNER"): Total(2, 12.0),
    }


def test_sides_are_kept_apart_and_what_is_between_them_is_not_counted(nested: Any) -> None:
    clock = Clock(0.0, 1.0, 2.0, 3.0, 100.0, 101.0, 103.0, 106.0)
    with Stopwatch(clock) as watch:
        with watch.side("client"):
            nested.inner()
        nested.inner()
        with watch.side("server"):
            nested.inner()
        nested.inner()
    assert watch.totals() == {
        ("client", THE_REST): Total(0, 2.0),
        ("client", "INNER"): Total(1, 1.0),
        ("server", THE_REST): Total(0, 4.0),
        ("server", "INNER"): Total(1, 2.0),
    }


def test_an_error_passes_and_the_time_until_then_is_counted(nested: Any) -> None:
    with Stopwatch(Clock()) as watch:
        with pytest.raises(ValueError, match="no"), watch.side("client"):
            nested.fails()
        with watch.side("client"):
            nested.inner()
    assert watch.counts == {("client", "FAILS"): 1, ("client", "INNER"): 2}
    assert {total.seconds for total in watch.totals().values()} == {2.0, 4.0}


def test_another_threads_work_is_its_own(nested: Any) -> None:
    """A thread that is on nobody's side is not counted; one that is does not disturb the other."""
    with Stopwatch(Clock()) as watch, watch.side("client"):
        stranger = threading.Thread(target=nested.outer)
        stranger.start()
        stranger.join()

        def serve() -> None:
            with watch.side("server"):
                nested.inner()

        server = threading.Thread(target=serve)
        server.start()
        server.join()
        nested.inner()
    assert watch.counts == {("server", "INNER"): 1, ("client", "INNER"): 1}


def originals() -> list[Any]:
    found = [vars(owner)[attribute] for owner, attribute, *_ in timing.PRIMITIVES]
    return [getattr(function, "__func__", function) for function in found]  # of class methods


def test_everything_is_as_it_was_afterwards() -> None:
    before = originals()
    with Stopwatch():
        assert not any(now is then for now, then in zip(originals(), before, strict=True))
        with Stopwatch():
            pass
        assert not any(now is then for now, then in zip(originals(), before, strict=True))
    assert all(now is then for now, then in zip(originals(), before, strict=True))


def test_everything_is_as_it_was_after_an_error() -> None:
    before = originals()
    with pytest.raises(ZeroDivisionError), Stopwatch():
        raise ZeroDivisionError
    assert all(now is then for now, then in zip(originals(), before, strict=True))


def test_nothing_is_wrapped_by_importing_or_making() -> None:
    before = originals()
    Stopwatch()
    assert all(now is then for now, then in zip(originals(), before, strict=True))
    assert not any(hasattr(function, "__wrapped__") for function in before)


def test_a_wrapped_function_does_what_it_does() -> None:
    prk = hkdf.extract(b"salt", b"secret")
    with Stopwatch() as watch, watch.side("client"):
        assert hkdf.extract(b"salt", ikm=b"secret") == prk
        assert hmac.new(b"k", b"m", "sha256").hexdigest() == hmac.new(b"k", b"m", "sha256").hexdigest()


def test_a_wrapped_class_method_still_knows_its_class() -> None:
    leaf = peers_in_memory.server_settings().certified_keys[0].leaf
    with Stopwatch(Clock()) as watch, watch.side("client"):
        assert Certificate.from_der(leaf.der) == leaf
    assert watch.counts == {("client", "certificate read"): 1}


def in_memory(clock: Callable[[], float]) -> Stopwatch:
    return timing.handshake(peers_in_memory.client_settings(), peers_in_memory.server_settings(), clock)


def test_a_handshake_is_counted_on_both_sides() -> None:
    watch = in_memory(Clock())
    assert {key: watch.counts[key] for key in watch.counts if not key[1].startswith(("SHA", "H"))} == {
        ("client", "X25519 public key"): 1,
        ("client", "X25519 shared secret"): 1,
        ("client", "certificate read"): 1,
        ("client", "Ed25519 verify"): 2,  # the certificate's signature, and the handshake's
        ("client", "ChaCha20"): 2,  # the server's flight, our Finished
        ("client", "Poly1305"): 2,
        ("server", "X25519 public key"): 1,
        ("server", "X25519 shared secret"): 1,
        ("server", "Ed25519 sign"): 1,
        ("server", "ChaCha20"): 2,
        ("server", "Poly1305"): 2,
    }


def test_no_call_is_missed() -> None:
    """What Python itself counts, whoever calls a function and however he got hold of it."""
    primitives = {
        function.__code__: primitive
        for function, primitive in zip(originals(), timing.PRIMITIVES, strict=True)
    }
    seen: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in primitives:
            primitive = primitives[frame.f_code]
            seen[primitive.name] += primitive.times(*frame.f_locals.values())

    client, server = peers_in_memory.client_settings(), peers_in_memory.server_settings()
    before = sys.getprofile()
    with Stopwatch(Clock()) as watch:
        sys.setprofile(count)
        try:
            timing._converse(client, server, watch)
        finally:
            sys.setprofile(before)
    counted: Counter[str] = Counter()
    for (_, name), number in watch.counts.items():
        counted[name] += number
    assert counted == seen
    assert 30 < seen["SHA-256 block"] < 60 < seen["SHA-256 in lanes"] < 120


def test_a_call_may_do_more_than_one() -> None:
    with Stopwatch(Clock()) as watch, watch.side("client"):
        hmac.new_side_by_side([b"1", b"2", b"3"], "sha256")
    assert watch.counts == {("client", "HMAC"): 1, ("client", "SHA-256 in lanes"): 6}


def test_exclusive_times_add_up() -> None:
    watch = in_memory(Clock())
    for side in ("client", "server"):
        spans = [span for span in watch.spans if span.side == side]
        totals = [total for (whose, _), total in watch.totals().items() if whose == side]
        assert sum(total.seconds for total in totals) == sum(span.end - span.start for span in spans)
    assert watch.seconds == sum(total.seconds for total in watch.totals().values()) > 0
    for earlier, later in zip(watch.spans, watch.spans[1:], strict=False):
        assert earlier.end <= later.start  # one thread: no two at once


def test_the_blocks_of_a_handshake_do_not_depend_on_the_clock() -> None:
    assert in_memory(Clock()).counts == in_memory(Clock(*[0.0] * 10)).counts


def test_a_retried_handshake_is_timed_too() -> None:
    client = peers_in_memory.client_settings(key_share_groups=())
    watch = timing.handshake(client, peers_in_memory.server_settings(), Clock())
    assert watch.counts["client", "X25519 shared secret"] == 1


def test_a_handshake_that_fails_raises_and_restores() -> None:
    before = originals()
    client = peers_in_memory.client_settings(signature_schemes=(0x0403,))
    with pytest.raises(NoCommonParameters):
        timing.handshake(client, peers_in_memory.server_settings(), Clock())
    assert all(now is then for now, then in zip(originals(), before, strict=True))


def test_the_error_is_that_of_who_found_the_fault() -> None:
    """Also where it is found so late that hardly a flight is left."""
    client = peers_in_memory.client_settings(key_share_groups=(), trust=TrustStore([]))
    with pytest.raises(UnknownAuthority):
        timing.handshake(client, peers_in_memory.server_settings(), Clock())


def test_a_handshake_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "MAX_FLIGHTS", 2)
    with pytest.raises(AssertionError, match="more than 2 flights"):
        in_memory(Clock())


def test_the_tables_are_built_before_the_time_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    edwards25519.base_table.cache_clear()
    built = []
    enter = Stopwatch.__enter__

    def note_and_enter(watch: Stopwatch) -> Stopwatch:
        built.append(edwards25519.base_table.cache_info().currsize)
        return enter(watch)

    monkeypatch.setattr(Stopwatch, "__enter__", note_and_enter)
    in_memory(Clock())
    assert built == [1]


def test_the_clock_of_the_machine_is_the_default() -> None:
    settings = peers_in_memory.client_settings(), peers_in_memory.server_settings()
    assert all(span.end >= span.start for span in timing.handshake(*settings).spans)


# A handshake that resumes a session

OF_CERTIFICATES = ("sign", "verify", "certificate read")


def test_a_resumed_handshake_signs_and_verifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a certificate sent or read; what is left is the key exchange (sections 2.2 and 4.3.9).

    The server's, which the client has in its memory, was read when it resumed for the first time.
    """
    settings = peers_in_memory.client_settings(), peers_in_memory.server_settings(**peers_in_memory.TICKETS)
    full = work(timing.handshake(*settings, clock=Clock()))
    assert full["Ed25519 sign"] == 1
    assert full["Ed25519 verify"] == 2  # the server's signature, and the authority's
    assert full["certificate read"] == 1

    again = replace(settings[0], ticket=timing.first_meeting(*settings))
    timing.handshake(again, settings[1])
    unused = [
        (signatures, "sign"),
        (signatures, "verify"),
        (authentication, "verify_chain"),
        (path, "verify_chain"),
    ]
    for owner, name in (*unused, (Certificate, "from_der")):
        monkeypatch.setattr(owner, name, None)
    resumed = work(timing.handshake(again, settings[1], clock=Clock()))
    assert not [name for name in resumed if name.endswith(OF_CERTIFICATES)]
    assert resumed["X25519 shared secret"] == full["X25519 shared secret"] == 2


def test_full_and_resumed_are_timed_by_turns_and_the_quickest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    client, server = peers_in_memory.client_settings(), peers_in_memory.server_settings()
    ticket: Any = object()
    resuming = []
    seconds = iter((5, 40, 3, 20, 4, 30))

    def handshake(of_client: ClientSettings, of_server: ServerSettings, _: object) -> Stopwatch:
        assert of_server is server
        resuming.append(of_client.ticket is ticket)
        watch = Stopwatch()
        watch.spans.append(Span("client", THE_REST, 100.0, 100.0 + next(seconds)))
        return watch

    monkeypatch.setattr(timing, "handshake", handshake)
    full, resumed = timing.compare(client, server, ticket, 3)
    assert (full.seconds, resumed.seconds) == (3, 20)
    assert resuming == [False, True] * 3


def test_what_is_compared_is_a_full_handshake_and_a_resumed_one() -> None:
    settings = peers_in_memory.client_settings(), peers_in_memory.server_settings(**peers_in_memory.TICKETS)
    full, resumed = timing.compare(*settings, timing.first_meeting(*settings), 1, Clock())
    spared = {name for _, name in full.totals()} - {name for _, name in resumed.totals()}
    assert spared == {"Ed25519 sign", "Ed25519 verify", "SHA-512 block", "certificate read"}


def work(watch: Stopwatch) -> Counter[str]:
    """How often each thing was done, on both sides together."""
    found: Counter[str] = Counter()
    for (_, name), times in watch.counts.items():
        found[name] += times
    return found


def test_a_key_alone_needs_no_key_exchange_either() -> None:
    modes = {"psk_modes": (PskKeyExchangeMode.PSK_KE,)}
    client = peers_in_memory.client_settings(**modes)
    server = peers_in_memory.server_settings(**peers_in_memory.TICKETS, **modes)
    again = replace(client, ticket=timing.first_meeting(client, server))
    done = work(timing.handshake(again, server, clock=Clock()))
    assert "X25519 shared secret" not in done


def test_a_server_without_tickets_is_met_for_the_first_time_each_time() -> None:
    with pytest.raises(ValueError, match="the server gives no ticket"):
        timing.first_meeting(peers_in_memory.client_settings(), peers_in_memory.server_settings())


def test_a_tally_keeps_sums_by_side_and_forgets_what_was_taken() -> None:
    moments = iter(range(100))
    tally = Tally(lambda: float(next(moments)))
    with tally:
        for side in ("a", "b"):
            with tally.side(side):
                hkdf.extract(b"salt", b"key")
        taken = tally.take("a")
        assert taken["HKDF"].times == 1
        assert taken["HKDF"].seconds > 0
        assert THE_REST in taken
        assert tally.spans == []
        assert tally.take("a") == {}
        assert tally.take("b").keys() == taken.keys()

"""HKDF-Expand-Label (RFC 9846 section 7.1): its struct to the byte, and its output beside an oracle's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import derivation
from handshake.derivation import Question, Secret
from handshake.suites import SUITES, Suite
from tests.support import oracle

each_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.number.name)


def test_the_label_is_laid_out_as_section_7_1_says() -> None:
    assert (
        derivation.hkdf_label("c hs traffic", b"\xaa\xbb", 32)
        == b"\x00\x20" + b"\x12tls13 c hs traffic" + b"\x02\xaa\xbb"
    )


@pytest.mark.parametrize(
    ("label", "context", "length"),
    [("x", b"", 0), ("x", b"", 2**16 - 1), ("x" * 249, b"", 32), ("x", bytes(255), 32)],
)
def test_the_largest_and_smallest_that_the_struct_holds(label: str, context: bytes, length: int) -> None:
    assert len(derivation.hkdf_label(label, context, length)) == 2 + 1 + 6 + len(label) + 1 + len(context)


@pytest.mark.parametrize(
    ("label", "context", "length"),
    [("x", b"", -1), ("x", b"", 2**16), ("", b"", 32), ("x" * 250, b"", 32), ("x", bytes(256), 32)],
)
def test_what_the_struct_cannot_hold_is_the_callers_bug(label: str, context: bytes, length: int) -> None:
    with pytest.raises(ValueError, match=rf"no HkdfLabel can ask for {length} bytes with a label of"):
        derivation.hkdf_label(label, context, length)


@each_suite
@given(
    secret=st.binary(min_size=32, max_size=48),
    label=st.sampled_from(["key", "iv", "derived", "traffic upd"]),
    context=st.binary(max_size=48),
    length=st.integers(1, 32),
)
def test_expand_label(suite: Suite, secret: bytes, label: str, context: bytes, length: int) -> None:
    expected = oracle.expand_label(secret, label, context, length, oracle.SUITES[suite.number])
    ours = Secret("secret", secret, suite, None)
    assert derivation.expand_labels([Question(ours, "output", label, length, context)]) == [expected]

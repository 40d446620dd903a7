"""Each step of the schedule has the formula of the RFC, and says what went in."""

from dataclasses import replace

import pytest

from handshake.derivation import Derivation
from tests.support import traced
from tls.tracing import formulas

EXTRACT = Derivation("early_secret", "HKDF-Extract", "0", "", b"\1" * 32, "", bytes(32))
EXPAND = Derivation("x", "HKDF-Expand-Label", "main_secret", "c ap traffic", b"\1" * 32, "", bytes(32))


@pytest.mark.parametrize(
    ("step", "formula", "input_of"),
    [
        (EXTRACT, "HKDF-Extract(salt = 0, IKM = PSK)", "PSK"),
        (replace(EXTRACT, context=bytes(32)), "HKDF-Extract(salt = 0, IKM = 0)", ""),
        (replace(EXTRACT, context=b""), "HKDF-Extract(salt = 0, IKM = PSK)", ""),  # unknown
        (
            replace(EXTRACT, name="handshake_secret", source="derived from early_secret"),
            "HKDF-Extract(salt = derived from early_secret, IKM = shared secret)",
            "shared secret",
        ),
        (
            replace(EXPAND, covers="ClientHello..server Finished"),
            'HKDF-Expand-Label(main_secret, "c ap traffic", transcript hash, 32)',
            "transcript hash of ClientHello..server Finished",
        ),
        (
            replace(EXPAND, context=b"", value=b""),
            'HKDF-Expand-Label(main_secret, "c ap traffic", "", Hash.length)',
            "",
        ),
        (
            replace(EXPAND, context=b"\0", covers="the ticket's nonce"),
            'HKDF-Expand-Label(main_secret, "c ap traffic", ticket_nonce, 32)',
            "ticket_nonce",
        ),
        (
            replace(EXPAND, covers="the context"),
            'HKDF-Expand-Label(main_secret, "c ap traffic", hash of the context, 32)',
            "hash of the application's context",
        ),
    ],
)
def test_a_formula_and_its_input(step: Derivation, formula: str, input_of: str) -> None:
    assert formulas.formula(step) == formula
    assert formulas.input_of(step) == input_of


def test_no_input_goes_without_a_name() -> None:
    steps = traced.resumed_with_early_data().client_trace.steps()
    found = [step for step in steps if isinstance(step, Derivation)]
    assert all(bool(formulas.input_of(step)) == (any(step.context) or bool(step.covers)) for step in found)
    named = {formulas.input_of(step) for step in found}
    assert {"", "PSK", "shared secret", "ticket_nonce", "transcript hash of no message"} <= named

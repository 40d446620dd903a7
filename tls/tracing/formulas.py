"""A step of the key schedule in words: the RFC's formula, and what goes into it from outside.

    HKDF-Expand-Label(main_secret, "c ap traffic", transcript hash, 32)         `formula`
    transcript hash of ClientHello..server Finished                             `input_of`

RFC 9846 section 7.1, RFC 5869.

Tested by      tests/tls/test_formulas.py
"""

from handshake.derivation import Derivation

UNKNOWN = "unknown: the key log does not have it"  # said of a value, where the trace is an eavesdropper's

# Contexts of HKDF-Expand-Label, by what they cover: their name in the formula, and what exactly they are
CONTEXTS = {  # all others are a transcript hash
    "": ('""', ""),
    "the ticket's nonce": ("ticket_nonce", "ticket_nonce"),
    "the context": ("hash of the context", "hash of the application's context"),
}


def formula(step: Derivation) -> str:
    """How a value was made."""
    argument, _ = _mixed_in(step)
    if step.operation == "HKDF-Extract":
        return f"HKDF-Extract(salt = {step.source}, IKM = {argument})"
    length = len(step.value) or "Hash.length"  # which all those have that an eavesdropper does not know
    return f'HKDF-Expand-Label({step.source}, "{step.label}", {argument}, {length})'


def input_of(step: Derivation) -> str:
    """What the bytes of `step.context` are; empty where there are none, or zeros that stand for nothing."""
    return _mixed_in(step)[1] if step.context else ""


def _mixed_in(step: Derivation) -> tuple[str, str]:
    """The name of `step.context` in the formula, and what it is; the latter empty for nothing."""
    if step.operation == "HKDF-Extract":
        if step.context and not any(step.context):  # there are none where they are unknown
            return "0", ""
        key = "PSK" if step.source == "0" else "shared secret"
        return key, key
    return CONTEXTS.get(step.covers) or ("transcript hash", f"transcript hash of {step.covers}")

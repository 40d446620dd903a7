"""The key schedule on a page: a tree of live values, each with a command that computes it again.

The commands are for any machine with Python, or with openssl where a value is longer than one block of its
hash: they use somebody else's HMAC, so a reader need not believe ours.

What is shown comes from the `Derivation`s of a trace alone.

Tested by      tests/tls/test_keys_page.py, which runs every command
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from handshake import derivation
from handshake.derivation import Derivation
from tls.markup import Markup, element
from tls.tracing import annotations, formulas, page_pieces, page_words

HASHES = {32: "sha256", 48: "sha384"}  # by the size of a secret


@dataclass
class Key:
    """A secret and what was made from it."""

    step: Derivation
    line: str
    command: str = field(repr=False)  # empty where it is unknown, or came from something unknown
    id: str  # of its place in the page; empty where there is a namesake
    inside: "list[Key]" = field(default_factory=list)


def draw(steps: Sequence[tuple[Derivation, str]]) -> Markup:
    """The whole schedule, from what was known before down to the last key."""
    return element("ul", *(_drawn(key) for key in tree(steps)), class_="keys")


def tree(steps: Sequence[tuple[Derivation, str]]) -> list[Key]:
    """Each secret inside of the one that it came from, told once; the top came from nothing that is known."""
    roots: list[Key] = []
    known: dict[str, Key] = {}
    seen: set[tuple[str, bytes, bytes]] = set()
    for step, line in steps:
        made = step.name, step.value, step.context
        if made in seen:  # the early secret is met again when the server has chosen
            continue
        seen.add(made)
        above = known.get(step.source)
        from_known = step.source == "0" if above is None else bool(above.step.value)
        typed = command(step, above.step.value if above else b"") if from_known and step.value else ""
        id_ = "" if step.name in known else page_pieces.key_anchor(step.name)  # each ticket's key is a PSK
        key = known[step.name] = Key(step, line, typed, id_)
        (roots if above is None else above.inside).append(key)
    return roots


def command(step: Derivation, source: bytes) -> str:
    """What to type in a shell; what it prints is the value."""
    if step.operation == "HKDF-Extract":
        return hmac_command(source or bytes(len(step.value)), step.context, HASHES[len(step.value)])
    hash_name = HASHES[len(source)]
    info = derivation.hkdf_label(step.label, step.context, len(step.value))
    if len(step.value) <= len(source):  # one block of HKDF-Expand is enough (RFC 5869 section 2.3)
        return hmac_command(source, info + b"\x01", hash_name, len(step.value))
    options = ("digest:" + hash_name, "mode:EXPAND_ONLY", f"hexkey:{source.hex()}", f"hexinfo:{info.hex()}")
    return f"openssl kdf -keylen {len(step.value)} {' '.join(f'-kdfopt {option}' for option in options)} HKDF"


def hmac_command(key: bytes, message: bytes, hash_name: str, size: int | None = None) -> str:
    """HMAC, cut off after `size` bytes, in one line of Python."""
    cut = "" if size is None else f"[:{size}]"
    arguments = f"bytes.fromhex('{key.hex()}'), bytes.fromhex('{message.hex()}'), '{hash_name}'"
    return f'python3 -c "import hmac; print(hmac.digest({arguments}){cut}.hex())"'


def _drawn(key: Key) -> Markup:
    step, note = key.step, annotations.of_secret(key.step)
    references = page_pieces.references(note.section, key.line)
    unknown = element("em", formulas.UNKNOWN)
    value = element("code", step.value.hex(), class_="secret") if step.value else unknown
    names = step.label, step.name
    details = element(
        "div",
        page_pieces.remarks(note.meaning, page_words.why(*names), page_words.stop(*names)),
        element("p", element("code", formulas.formula(step)), " ", references, class_="formula"),
        *_input(step),
        *([page_pieces.checked(key.command)] if key.command else []),
    )
    head = element("h4", step.name, id=key.id or False)
    inside = [element("ul", *map(_drawn, key.inside))] if key.inside else []
    return element("li", head, value, details, *inside)


def _input(step: Derivation) -> Iterator[Markup]:
    """What was mixed in."""
    if named := formulas.input_of(step):
        yield element("p", f"{named} = ", element("code", step.context.hex()), class_="formula")

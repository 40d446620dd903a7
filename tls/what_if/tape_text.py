"""A tape as a file of JSON, and back: read strictly, because a file may hold anything.

Everything that is written has a kind, `_Kind`, which says how it stands in JSON: bytes are in hex, what has a
form in bytes already (certificates, keys, tickets) is in that form.

Errors         `TapeError`, in one line.
Tested by      tests/tls/test_tape_text.py
"""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, get_args

from handshake import errors
from handshake.certified_keys import CertifiedKey
from handshake.settings import TICKET_RANDOM_SIZE, ClientCertificates, ClientSettings, Grease, ServerSettings
from handshake.tickets import Ticket, TicketKey
from record import padding
from tls.what_if.tape import Tape, TapeError
from x509 import private_keys
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.errors import CertificateError
from x509.profiles import Profile
from x509.trust_store import TrustStore

FORMAT = "glassbox-tls tape"
VERSION = 1
MAX_SIZE = 4 * 2**20  # characters of a file; a usual one has 30,000
MAX_LISTED = 1000  # of anything: each may be a key to compute, or a ticket to seal
WARNING = "This tape holds every secret of its connection: whoever has it can read all that was said."

# Settings that are functions, keys that outlive the connection, or what somebody remembers between two.
LEFT_OUT: dict[str, Any] = {
    "external_psks": (),
    "extensions": (),
    "padding_policy": padding.none,
    "replayable_early_data": False,
    "anti_replay": None,
}


def write(tape: Tape) -> str:
    """As `read` reads it; TapeError for settings that cannot be written down."""
    for name, nothing in LEFT_OUT.items():
        if getattr(tape.settings, name, nothing) != nothing:
            raise TapeError(f"a connection with {name} cannot be recorded")
    written = {name: kind.write(getattr(tape.settings, name)) for name, kind in _KINDS[tape.role].items()}
    about = {"format": FORMAT, "version": VERSION, "warning": WARNING, "role": tape.role}
    content = {"settings": written, "received": tape.received.hex(), "sent": tape.sent.hex()}
    return json.dumps(about | content, indent=1) + "\n"


def read(text: str) -> Tape:
    """The tape that `write` wrote; TapeError, in one line, if this is none."""
    if len(text) > MAX_SIZE:
        raise TapeError(f"too large for a tape: at most {MAX_SIZE} characters")
    try:
        tape = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TapeError(f"no tape, as --record writes one: no JSON: {error}") from error
    if not isinstance(tape, dict) or tape.get("format") != FORMAT:
        raise TapeError(f'no tape: nothing in it says "format": "{FORMAT}"')
    if tape.get("version") != VERSION:
        raise TapeError(f"a tape of version {tape.get('version')!r:.20}, only {VERSION} can be read")
    role = tape.get("role")
    if not isinstance(role, str) or role not in _KINDS:
        raise TapeError(f"role: {role!r:.20}, must be client or server")
    _expect_names(tape, {"format", "version", "warning", "role", "settings", "received", "sent"}, "tape")
    written, kinds = tape["settings"], _KINDS[role]
    _expect_names(written, set(kinds), "settings")
    values = {name: _read(kind, written[name], name) for name, kind in kinds.items()}
    settings = ClientSettings(**values) if role == "client" else ServerSettings(**values)
    return Tape(settings, _read(_BYTES, tape["received"], "received"), _read(_BYTES, tape["sent"], "sent"))


class _Kind(NamedTuple):
    """How values of one kind stand in JSON."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]  # ValueError, CertificateError or PeerError for what is not of this kind


def _read(kind: _Kind, value: Any, name: str) -> Any:
    try:
        return kind.read(value)
    except (ValueError, CertificateError, errors.PeerError) as error:
        raise TapeError(f"{name}: {error!s:.150}") from error


def _expect_names(value: Any, names: set[str], where: str) -> None:
    if not isinstance(value, dict) or set(value) != names:
        found = set(value) if isinstance(value, dict) else set()
        differing = ", ".join(sorted(found ^ names)[:3])
        raise TapeError(f"{where}: missing, or not known here: {differing:.100}")


def _of_type(type_: type, what: str) -> _Kind:
    def read(value: Any) -> Any:
        if type(value) is not type_:
            raise TapeError(f"must be {what}")
        return value

    return _Kind(lambda value: value, read)


def _listed(kind: _Kind) -> _Kind:
    def read(values: Any) -> tuple[Any, ...]:
        if len(_LIST.read(values)) > MAX_LISTED:
            raise TapeError(f"a list of {len(values)}, at most {MAX_LISTED}")
        return tuple(kind.read(value) for value in values)

    return _Kind(lambda values: [kind.write(value) for value in values], read)


def _optional(kind: _Kind) -> _Kind:
    return _Kind(
        lambda value: None if value is None else kind.write(value),
        lambda value: None if value is None else kind.read(value),
    )


def _encoded(encode: Callable[[Any], bytes], decode: Callable[[bytes], Any]) -> _Kind:
    """What has a form in bytes already."""
    return _Kind(lambda value: encode(value).hex(), lambda value: decode(_BYTES.read(value)))


def _together(make: Callable[..., Any], **kinds: _Kind) -> _Kind:
    """An object of several values, each of its kind."""

    def read(value: Any) -> Any:
        _expect_names(value, set(kinds), "one of its parts")
        return make(**{name: kind.read(value[name]) for name, kind in kinds.items()})

    return _Kind(lambda value: {name: kind.write(getattr(value, name)) for name, kind in kinds.items()}, read)


def _one_of(choices: dict[str, Any]) -> _Kind:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise TapeError(f"must be one of {', '.join(choices)}")
        return choices[value]

    return _Kind(lambda value: next(name for name, choice in choices.items() if choice == value), read)


def _from_hex(value: Any) -> bytes:
    return bytes.fromhex(_TEXT.read(value))


def _a_time(value: Any) -> datetime:
    moment = datetime.fromisoformat(_TEXT.read(value))
    if moment.tzinfo is None:
        raise TapeError("a time without its zone")
    return moment


def _a_number(value: Any) -> int:
    number: int = _of_type(int, "a number").read(value)
    if not 0 <= number < 2**40:
        raise TapeError("a number out of bounds")
    return number


def _for_tickets(value: Any) -> bytes:
    random: bytes = _BYTES.read(value)
    if len(random) > MAX_LISTED * TICKET_RANDOM_SIZE:
        raise TapeError(f"for more than {MAX_LISTED} tickets")
    return random


def _keys_by_group(pairs: Any) -> dict[int, bytes]:
    return {entry[0]: entry[1] for entry in _listed(_PAIR).read(pairs)}


def _a_pair(value: Any) -> tuple[int, bytes]:
    if len(_LIST.read(value)) != 2:
        raise TapeError("must be a number and bytes")
    return _NUMBER.read(value[0]), _BYTES.read(value[1])


_TEXT, _FLAG, _LIST = _of_type(str, "text"), _of_type(bool, "true or false"), _of_type(list, "a list")
_NUMBER = _Kind(int, _a_number)
_BYTES = _Kind(bytes.hex, _from_hex)
_TIME = _Kind(datetime.isoformat, _a_time)
_PAIR = _Kind(lambda pair: [pair[0], pair[1].hex()], _a_pair)
_CERTIFICATE = _encoded(lambda certificate: certificate.der, Certificate.from_der)

_COMMON = {
    "random": _BYTES,
    "private_keys": _Kind(lambda keys: [_PAIR.write(pair) for pair in keys.items()], _keys_by_group),
    "now": _TIME,
    "trust": _optional(
        _together(
            lambda anchors, revocation_lists, profile: TrustStore(
                anchors, revocation_lists=revocation_lists, profile=profile
            ),
            anchors=_listed(_CERTIFICATE),
            revocation_lists=_listed(_encoded(lambda crl: crl.der, RevocationList.from_der)),
            profile=_one_of({profile.name: profile for profile in Profile}),
        )
    ),
    "cipher_suites": _listed(_NUMBER),
    "signature_schemes": _listed(_NUMBER),
    "certified_keys": _listed(
        _together(
            CertifiedKey,
            certificate_chain=_listed(_CERTIFICATE),
            private_key=_encoded(private_keys.to_der, private_keys.from_der),
            ocsp_response=_optional(_BYTES),
        )
    ),
    "signature_random": _BYTES,
    "application_protocols": _listed(_BYTES),
    "psk_modes": _listed(_NUMBER),
    "extension_order": _listed(_NUMBER),
    "max_certificates": _NUMBER,
}
_KINDS: dict[str, dict[str, _Kind]] = {
    "client": _COMMON
    | {
        "key_share_groups": _listed(_NUMBER),
        "reference_identity": _optional(_TEXT),
        "server_name": _optional(_TEXT),
        "legacy_session_id": _BYTES,
        "ticket": _optional(_encoded(Ticket.encode, Ticket.decode)),
        "record_size_limit": _optional(_NUMBER),
        "status_request": _FLAG,
        "post_handshake_auth": _FLAG,
        "grease": _optional(_together(Grease, **{part.name: _NUMBER for part in dataclasses.fields(Grease)})),
        "pad_hello": _FLAG,
    },
    "server": _COMMON
    | {
        "client_certificates": _one_of({way: way for way in get_args(ClientCertificates)}),
        "cookie": _BYTES,
        "record_size_limit": _NUMBER,
        "ticket_keys": _listed(_together(TicketKey, name=_BYTES, key=_BYTES)),
        "ticket_random": _Kind(bytes.hex, _for_tickets),
        "ticket_lifetime": _NUMBER,
        "max_replayable_early_data": _NUMBER,
        "max_skipped_early_data": _NUMBER,
    },
}

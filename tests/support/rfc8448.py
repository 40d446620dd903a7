"""The recorded handshakes of RFC 8448, as Python values.  The figures are in vectors/rfc8448.json.

    trace = rfc8448.load("3")                       # `SECTIONS` says which there are
    trace.messages["client_hello"]                  # with its four-byte handshake header
    trace.secrets["main_secret"]
    trace.transcript_hashes["server_hello"]         # Transcript-Hash(ClientHello..ServerHello)
    trace.traffic_keys["server_handshake_traffic_secret"].key
    trace.records["server_flight"].record           # the whole record as it was sent
    trace.salts["certificate_verify"]               # recovered: the RFC does not print them

All use TLS_AES_128_GCM_SHA256; section 5 agrees on secp256r1, the others on X25519.  Section 4 resumes
section 3 with its ticket.  The server's key is an RSA key of 1024 bits, but for section 6, where neither
side's key is printed; what they signed is.
"""

import json
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any

SECTIONS = {
    "3": "simple 1-RTT handshake",
    "4": "resumed 0-RTT handshake",
    "5": "HelloRetryRequest",
    "6": "client authentication",
    "7": "compatibility mode",
}


@dataclass(frozen=True)
class RSAKey:
    modulus: int
    public_exponent: int
    private_exponent: int
    prime1: int
    prime2: int
    exponent1: int
    exponent2: int
    coefficient: int


@dataclass(frozen=True)
class KeyPair:
    group: str
    private_key: bytes
    public_key: bytes


@dataclass(frozen=True)
class TrafficKey:
    key: bytes
    iv: bytes


@dataclass(frozen=True)
class Ticket:
    """What a NewSessionTicket says, field by field."""

    ticket_lifetime: int  # seconds
    ticket_age_add: int
    ticket_nonce: bytes
    ticket: bytes
    max_early_data_size: int


@dataclass(frozen=True)
class OfferedPSK:
    """What a ClientHello's pre_shared_key says, and how its binder came about."""

    identity: bytes
    ticket_age: int  # milliseconds; recovered
    obfuscated_ticket_age: int
    secret: str  # the name of the secret that the binder is keyed by
    finished_key: bytes
    truncated_hello: bytes  # the ClientHello up to its binders
    transcript_hash: bytes
    binder: bytes


@dataclass(frozen=True)
class Finished:
    secret: str  # the name of the traffic secret that it is keyed by
    finished_key: bytes
    transcript_hash: bytes
    verify_data: bytes


@dataclass(frozen=True)
class Record:
    name: str
    sender: str  # "client" or "server"
    secret: str | None  # the name of the traffic secret that protects it; None in the clear
    sequence_number: int
    content_type: str
    payload: bytes  # what was protected, without the content type
    record: bytes  # header and all


@dataclass(frozen=True)
class Trace:
    key_pairs: dict[str, KeyPair]
    shared_secret: bytes
    senders: dict[str, str]  # message name: "client" or "server"; in the order of the handshake
    messages: dict[str, bytes]
    secrets: dict[str, bytes]
    transcript_hashes: dict[str, bytes]  # by the last message that they cover
    traffic_keys: dict[str, TrafficKey]  # by the name of their secret
    finished: dict[str, Finished]  # by sender
    records: dict[str, Record]
    salts: dict[str, bytes]  # of RSA-PSS, by the CertificateVerify that they are in; recovered
    ticket: Ticket | None
    offered_psk: OfferedPSK | None


def groups(section: str) -> dict[str, list[dict[str, Any]]]:
    """The raw entries of one section, by operation."""
    document = json.loads((resources.files("vectors") / "rfc8448.json").read_text("ascii"))
    return {
        group["operation"]: group["vectors"] for group in document["groups"] if group["section"] == section
    }


def server_key() -> RSAKey:
    """The key that signs for the server, in all sections but 6."""
    (key,) = groups("2")["tls13_rsa_key"]
    return RSAKey(**{field.name: int(key[field.name], 16) for field in fields(RSAKey)})


def load(section: str) -> Trace:
    parts = groups(section)
    unhex = bytes.fromhex
    hashes = {v["through"]: v["context"] for v in parts["tls13_secret"] if "through" in v}
    hashes |= {v["through"]: v["transcript_hash"] for v in parts["tls13_finished"]}
    return Trace(
        key_pairs={
            v["name"]: KeyPair(v["group"], unhex(v["private_key"]), unhex(v["public_key"]))
            for v in parts["tls13_key_pair"]
        },
        shared_secret=unhex(parts["tls13_shared_secret"][0]["shared_secret"]),
        senders={v["name"]: v["sender"] for v in parts["tls13_message"]},
        messages={v["name"]: unhex(v["message"]) for v in parts["tls13_message"]},
        secrets={v["name"]: unhex(v["secret"]) for v in parts["tls13_secret"]},
        transcript_hashes={name: unhex(value) for name, value in hashes.items()},
        traffic_keys={
            v["secret"]: TrafficKey(unhex(v["key"]), unhex(v["iv"])) for v in parts["tls13_traffic_key"]
        },
        finished={
            v["sender"]: Finished(
                v["secret"],
                unhex(v["finished_key"]),
                unhex(v["transcript_hash"]),
                unhex(v["verify_data"]),
            )
            for v in parts["tls13_finished"]
        },
        records={
            v["name"]: Record(
                v["name"],
                v["sender"],
                v.get("secret"),
                v.get("sequence_number", 0),
                v["content_type"],
                unhex(v["payload"]),
                unhex(v["record"]),
            )
            for v in parts["tls13_record"]
        },
        salts={v["message"]: unhex(v["salt"]) for v in parts.get("tls13_pss_salt", [])},
        ticket=next(map(_ticket, parts.get("tls13_ticket", [])), None),
        offered_psk=next(map(_offered_psk, parts.get("tls13_offered_psk", [])), None),
    )


def _ticket(v: dict[str, Any]) -> Ticket:
    return Ticket(
        v["ticket_lifetime"],
        int(v["ticket_age_add"], 16),
        bytes.fromhex(v["ticket_nonce"]),
        bytes.fromhex(v["ticket"]),
        v["max_early_data_size"],
    )


def _offered_psk(v: dict[str, Any]) -> OfferedPSK:
    return OfferedPSK(
        bytes.fromhex(v["identity"]),
        v["ticket_age"],
        int(v["obfuscated_ticket_age"], 16),
        v["secret"],
        bytes.fromhex(v["finished_key"]),
        bytes.fromhex(v["truncated_hello"]),
        bytes.fromhex(v["transcript_hash"]),
        bytes.fromhex(v["binder"]),
    )

"""The recorded handshakes of RFC 8448, as Python values.  The figures are in vectors/rfc8448.json.

    trace = rfc8448.load("3")                       # "3" Simple 1-RTT Handshake, "5" HelloRetryRequest
    trace.messages["client_hello"]                  # with its four-byte handshake header
    trace.secrets["main_secret"]
    trace.transcript_hashes["server_hello"]         # Transcript-Hash(ClientHello..ServerHello)
    trace.traffic_keys["server_handshake_traffic_secret"].key
    trace.records["server_flight"].record           # the whole record as it was sent

Both traces use TLS_AES_128_GCM_SHA256; section 3 agrees on X25519, section 5 on secp256r1.
"""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any


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


def groups(section: str) -> dict[str, list[dict[str, Any]]]:
    """The raw entries of one section, by operation."""
    document = json.loads((resources.files("vectors") / "rfc8448.json").read_text("ascii"))
    return {
        group["operation"]: group["vectors"] for group in document["groups"] if group["section"] == section
    }


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
    )

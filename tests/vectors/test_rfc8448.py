"""Are the figures in vectors/rfc8448.json right?  Recomputed with hashlib and pyca/cryptography alone.

No code of this repository takes part: the recorded handshakes judge it elsewhere, so here they are judged
first.  RFC 9846 section 7.1 in a dozen lines is at the bottom.
"""

import hashlib
import hmac
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import rfc8448

SECTIONS = ["3", "5"]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.fixture(params=SECTIONS)
def section(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def trace(section: str) -> rfc8448.Trace:
    return rfc8448.load(section)


def test_public_keys_follow_from_private_keys(trace: rfc8448.Trace) -> None:
    for pair in trace.key_pairs.values():
        assert public_key(pair) == pair.public_key


def test_both_sides_agree_on_the_shared_secret(trace: rfc8448.Trace) -> None:
    client, server = trace.key_pairs["client"], trace.key_pairs["server"]
    assert agree(client, server.public_key) == trace.shared_secret
    assert agree(server, client.public_key) == trace.shared_secret


def test_hellos_carry_the_public_keys(trace: rfc8448.Trace) -> None:
    hellos = [name for name in trace.messages if name.startswith("client_hello")]
    assert trace.key_pairs["client"].public_key in trace.messages[hellos[-1]]
    assert trace.key_pairs["server"].public_key in trace.messages["server_hello"]


def test_every_secret_follows_from_its_parent(section: str, trace: rfc8448.Trace) -> None:
    steps = rfc8448.groups(section)["tls13_secret"]
    assert len(steps) == {"3": 12, "5": 11}[section]
    for step in steps:
        if "label" in step:
            parent = trace.secrets[step["parent"]]
            derived = expand_label(parent, step["label"], bytes.fromhex(step["context"]), 32)
        else:
            salt = bytes.fromhex(step["salt"]) or bytes(32)
            derived = hmac.digest(salt, bytes.fromhex(step["ikm"]), "sha256")
        assert derived.hex() == step["secret"], step["id"]


def test_salts_and_inputs_chain(section: str, trace: rfc8448.Trace) -> None:
    steps = {step["name"]: step for step in rfc8448.groups(section)["tls13_secret"]}
    assert bytes.fromhex(steps["handshake_secret"]["salt"]) == trace.secrets["early_derived_secret"]
    assert bytes.fromhex(steps["handshake_secret"]["ikm"]) == trace.shared_secret
    assert bytes.fromhex(steps["main_secret"]["salt"]) == trace.secrets["handshake_derived_secret"]
    for name in ("early_derived_secret", "handshake_derived_secret"):
        assert bytes.fromhex(steps[name]["context"]) == sha256(b"")


def test_transcript_hashes(trace: rfc8448.Trace) -> None:
    computed = dict(transcript_hashes(trace))
    assert {"server_hello", "certificate_verify", "server_finished", "client_finished"} == set(
        trace.transcript_hashes
    )
    for through, digest in trace.transcript_hashes.items():
        assert computed[through] == digest, through


def test_traffic_keys(trace: rfc8448.Trace) -> None:
    assert len(trace.traffic_keys) == 4
    for secret, traffic in trace.traffic_keys.items():
        assert expand_label(trace.secrets[secret], "key", b"", 16) == traffic.key
        assert expand_label(trace.secrets[secret], "iv", b"", 12) == traffic.iv


def test_finished(trace: rfc8448.Trace) -> None:
    for sender in ("client", "server"):
        finished = trace.finished[sender]
        assert expand_label(trace.secrets[finished.secret], "finished", b"", 32) == finished.finished_key
        assert hmac.digest(finished.finished_key, finished.transcript_hash, "sha256") == finished.verify_data
        assert trace.messages[f"{sender}_finished"] == b"\x14\x00\x00\x20" + finished.verify_data


def test_certificate_verify(trace: rfc8448.Trace) -> None:
    certificate = trace.messages["certificate"]
    length = int.from_bytes(certificate[8:11], "big")
    public = x509.load_der_x509_certificate(certificate[11 : 11 + length]).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    verify = trace.messages["certificate_verify"]
    assert verify[4:6] == b"\x08\x04"  # rsa_pss_rsae_sha256
    signed = (
        b" " * 64 + b"TLS 1.3, server CertificateVerify\x00" + dict(transcript_hashes(trace))["certificate"]
    )
    public.verify(verify[8:], signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def test_every_record_opens(section: str, trace: rfc8448.Trace) -> None:
    assert len(trace.records) == {"3": 9, "5": 8}[section]
    content_types = {"alert": 21, "handshake": 22, "application_data": 23}
    for record in trace.records.values():
        if record.secret is None:
            assert record.record[5:] == record.payload
            continue
        traffic = trace.traffic_keys[record.secret]
        nonce = int.from_bytes(traffic.iv, "big") ^ record.sequence_number
        inner = AESGCM(traffic.key).decrypt(nonce.to_bytes(12, "big"), record.record[5:], record.record[:5])
        assert inner == record.payload + bytes([content_types[record.content_type]]), record.name


def test_the_records_carry_the_messages(trace: rfc8448.Trace) -> None:
    handshake = [r.payload for r in trace.records.values() if r.content_type == "handshake"]
    assert b"".join(handshake) == b"".join(trace.messages.values())


def transcript_hashes(trace: rfc8448.Trace) -> Iterator[tuple[str, bytes]]:
    transcript = b""
    for name, message in trace.messages.items():
        if name == "client_hello_1":  # replaced by its hash: RFC 9846 section 4.1
            transcript += b"\xfe\x00\x00\x20" + sha256(message)
        else:
            transcript += message
        yield name, sha256(transcript)


def expand_label(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label of RFC 9846 section 7.1, for outputs of one block."""
    full = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", "sha256")[:length]


def public_key(pair: rfc8448.KeyPair) -> bytes:
    if pair.group == "x25519":
        return X25519PrivateKey.from_private_bytes(pair.private_key).public_key().public_bytes_raw()
    private = ec.derive_private_key(int.from_bytes(pair.private_key, "big"), ec.SECP256R1())
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def agree(pair: rfc8448.KeyPair, peer: bytes) -> bytes:
    if pair.group == "x25519":
        return X25519PrivateKey.from_private_bytes(pair.private_key).exchange(
            X25519PublicKey.from_public_bytes(peer)
        )
    private = ec.derive_private_key(int.from_bytes(pair.private_key, "big"), ec.SECP256R1())
    return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), peer))

"""Are the figures in vectors/rfc8448.json right?  Recomputed with hashlib and pyca/cryptography alone.

No code of this repository takes part: the recorded handshakes judge it elsewhere, so here they are judged
first.  RFC 9846 section 7.1 in a dozen lines is at the bottom, and the encoding of RSA-PSS (RFC 8017 section
9.1.1) in another: it shows that the salts, which the RFC does not print, are the ones that were signed with.
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

# Who signs what: the section, the messages with the certificate and with the signature, the signer.
SIGNATURES = [
    ("3", "certificate", "certificate_verify", "server"),
    ("5", "certificate", "certificate_verify", "server"),
    ("6", "certificate", "certificate_verify", "server"),
    ("6", "client_certificate", "client_certificate_verify", "client"),
    ("7", "certificate", "certificate_verify", "server"),
]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.fixture(params=rfc8448.SECTIONS)
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
    assert len(steps) == {"3": 12, "4": 14, "5": 11, "6": 11, "7": 11}[section]
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
    psk = rfc8448.load("3").secrets["resumption_psk"] if section == "4" else bytes(32)
    assert bytes.fromhex(steps["early_secret"]["ikm"]) == psk
    assert bytes.fromhex(steps["handshake_secret"]["salt"]) == trace.secrets["early_derived_secret"]
    assert bytes.fromhex(steps["handshake_secret"]["ikm"]) == trace.shared_secret
    assert bytes.fromhex(steps["main_secret"]["salt"]) == trace.secrets["handshake_derived_secret"]
    assert bytes.fromhex(steps["main_secret"]["ikm"]) == bytes(32)
    for name in ("early_derived_secret", "handshake_derived_secret", "binder_key"):
        if name in steps:
            assert bytes.fromhex(steps[name]["context"]) == sha256(b"")


def test_transcript_hashes(section: str, trace: rfc8448.Trace) -> None:
    computed = dict(transcript_hashes(trace))
    assert (
        set(trace.transcript_hashes)
        == {"server_hello", "server_finished", "client_finished"}
        | {
            "3": {"certificate_verify"},
            "4": {"client_hello", "encrypted_extensions", "end_of_early_data"},
            "5": {"certificate_verify"},
            "6": {"certificate_verify", "client_certificate_verify"},
            "7": {"certificate_verify"},
        }[section]
    )
    for through, digest in trace.transcript_hashes.items():
        assert computed[through] == digest, through


def test_traffic_keys(section: str, trace: rfc8448.Trace) -> None:
    assert len(trace.traffic_keys) == (5 if section == "4" else 4)
    for secret, traffic in trace.traffic_keys.items():
        assert expand_label(trace.secrets[secret], "key", b"", 16) == traffic.key
        assert expand_label(trace.secrets[secret], "iv", b"", 12) == traffic.iv


def test_finished(trace: rfc8448.Trace) -> None:
    for sender in ("client", "server"):
        finished = trace.finished[sender]
        assert expand_label(trace.secrets[finished.secret], "finished", b"", 32) == finished.finished_key
        assert hmac.digest(finished.finished_key, finished.transcript_hash, "sha256") == finished.verify_data
        assert trace.messages[f"{sender}_finished"] == b"\x14\x00\x00\x20" + finished.verify_data


def test_the_servers_key() -> None:
    key = rfc8448.server_key()
    assert key.modulus.bit_length() == 1024
    assert key.modulus == key.prime1 * key.prime2
    for prime, exponent in ((key.prime1, key.exponent1), (key.prime2, key.exponent2)):
        assert key.public_exponent * key.private_exponent % (prime - 1) == 1
        assert exponent == key.private_exponent % (prime - 1)
    assert key.coefficient * key.prime2 % key.prime1 == 1
    for section in "357":
        public = certificate(rfc8448.load(section).messages["certificate"]).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        assert public.public_numbers() == rsa.RSAPublicNumbers(key.public_exponent, key.modulus)


@pytest.mark.parametrize(
    ("section", "name"), [("3", "certificate"), ("6", "certificate"), ("6", "client_certificate")]
)
def test_certificates_are_signed_with_their_own_keys(section: str, name: str) -> None:
    leaf = certificate(rfc8448.load(section).messages[name])
    leaf.verify_directly_issued_by(leaf)


@pytest.mark.parametrize(("section", "certificate_name", "name", "role"), SIGNATURES)
def test_certificate_verify(section: str, certificate_name: str, name: str, role: str) -> None:
    trace = rfc8448.load(section)
    verify = trace.messages[name]
    public = certificate(trace.messages[certificate_name]).public_key()
    content = signed_content(trace, certificate_name, role)
    if isinstance(public, rsa.RSAPublicKey):
        assert verify[4:6] == b"\x08\x04"  # rsa_pss_rsae_sha256
        public.verify(verify[8:], content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert verify[4:6] == b"\x04\x03"  # ecdsa_secp256r1_sha256
        public.verify(verify[8:], content, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("section", "certificate_name", "name", "role"), [s for s in SIGNATURES if s[0::3] != ("6", "server")]
)
def test_recovered_salts(section: str, certificate_name: str, name: str, role: str) -> None:
    trace = rfc8448.load(section)
    encoded = pss_encoded(signed_content(trace, certificate_name, role), trace.salts[name])
    signature = int.from_bytes(trace.messages[name][8:], "big")
    if role == "server":  # its private key is printed: it signs once more
        key = rfc8448.server_key()
        assert pow(encoded, key.private_exponent, key.modulus) == signature
    else:
        public = certificate(trace.messages[certificate_name]).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        numbers = public.public_numbers()
        assert pow(signature, numbers.e, numbers.n) == encoded


def test_salts_are_recovered_wherever_rsa_signs() -> None:
    recovered = {(section, name) for section in rfc8448.SECTIONS for name in rfc8448.load(section).salts}
    assert recovered == {
        (section, name) for section, _, name, role in SIGNATURES if (section, role) != ("6", "server")
    }


@pytest.mark.parametrize("section", "357")
def test_the_known_answers_of_rsa_are_the_same_signatures(section: str) -> None:
    trace, key = rfc8448.load(section), rfc8448.server_key()
    (answer,) = rfc8448.groups(section)["rsa-pss"]
    assert int(answer["n"], 16) == key.modulus
    assert int(answer["e"], 16) == key.public_exponent
    assert int(answer["d"], 16) == key.private_exponent
    assert bytes.fromhex(answer["message"]) == signed_content(trace, "certificate", "server")
    assert bytes.fromhex(answer["salt"]) == trace.salts["certificate_verify"]
    assert bytes.fromhex(answer["signature"]) == trace.messages["certificate_verify"][8:]


def test_the_ticket() -> None:
    trace = rfc8448.load("3")
    ticket = trace.ticket
    assert ticket is not None
    body = b"".join(
        [
            ticket.ticket_lifetime.to_bytes(4, "big"),
            ticket.ticket_age_add.to_bytes(4, "big"),
            bytes([len(ticket.ticket_nonce)]) + ticket.ticket_nonce,
            len(ticket.ticket).to_bytes(2, "big") + ticket.ticket,
            b"\x00\x08" + b"\x00\x2a\x00\x04" + ticket.max_early_data_size.to_bytes(4, "big"),
        ]
    )
    assert trace.messages["new_session_ticket"] == b"\x04" + len(body).to_bytes(3, "big") + body
    assert rfc8448.groups("3")["tls13_secret"][-1]["context"] == ticket.ticket_nonce.hex()


def test_the_offered_psk() -> None:
    trace, ticket = rfc8448.load("4"), rfc8448.load("3").ticket
    psk = trace.offered_psk
    assert psk is not None
    assert ticket is not None
    assert psk.identity == ticket.ticket
    assert psk.obfuscated_ticket_age == (psk.ticket_age + ticket.ticket_age_add) % 2**32
    identity = (
        len(psk.identity).to_bytes(2, "big") + psk.identity + psk.obfuscated_ticket_age.to_bytes(4, "big")
    )
    assert psk.truncated_hello.endswith(len(identity).to_bytes(2, "big") + identity)
    binders = b"\x20" + psk.binder
    assert trace.messages["client_hello"] == psk.truncated_hello + len(binders).to_bytes(2, "big") + binders


def test_the_binder() -> None:
    trace = rfc8448.load("4")
    psk = trace.offered_psk
    assert psk is not None
    assert expand_label(trace.secrets[psk.secret], "finished", b"", 32) == psk.finished_key
    assert sha256(psk.truncated_hello) == psk.transcript_hash
    assert hmac.digest(psk.finished_key, psk.transcript_hash, "sha256") == psk.binder


def test_every_record_opens(trace: rfc8448.Trace) -> None:
    content_types = {"change_cipher_spec": 20, "alert": 21, "handshake": 22, "application_data": 23}
    for record in trace.records.values():
        assert record.record[3:5] == len(record.record[5:]).to_bytes(2, "big")
        if record.secret is None:
            assert record.record[0] == content_types[record.content_type]
            assert record.record[5:] == record.payload
            continue
        traffic = trace.traffic_keys[record.secret]
        nonce = int.from_bytes(traffic.iv, "big") ^ record.sequence_number
        inner = AESGCM(traffic.key).decrypt(nonce.to_bytes(12, "big"), record.record[5:], record.record[:5])
        assert inner == record.payload + bytes([content_types[record.content_type]]), record.name


def test_the_records_carry_the_messages(trace: rfc8448.Trace) -> None:
    for sender in ("client", "server"):
        records = [r for r in trace.records.values() if r.sender == sender and r.content_type == "handshake"]
        messages = [message for name, message in trace.messages.items() if trace.senders[name] == sender]
        assert b"".join(record.payload for record in records) == b"".join(messages)


def test_who_sends_which_record(section: str, trace: rfc8448.Trace) -> None:
    assert [f"{record.sender}: {record.name}" for record in trace.records.values()] == [
        "client: client_hello_1" if section == "5" else "client: client_hello",
        *{
            "4": ["client: client_early_data"],
            "5": ["server: hello_retry_request", "client: client_hello_2"],
        }.get(section, []),
        "server: server_hello",
        *{"7": ["server: server_change_cipher_spec"]}.get(section, []),
        "server: server_flight",
        *{"4": ["client: end_of_early_data"], "7": ["client: client_change_cipher_spec"]}.get(section, []),
        "client: client_flight" if section == "6" else "client: client_finished",
        *{"3": ["server: new_session_ticket"]}.get(section, []),
        *(
            ["client: client_application_data", "server: server_application_data"]
            if section in {"3", "4"}
            else []
        ),
        "client: client_close_notify",
        "server: server_close_notify",
    ]
    for record in trace.records.values():
        assert record.secret is None or record.secret.startswith(f"{record.sender}_")


def test_messages_are_what_they_are_called(trace: rfc8448.Trace) -> None:
    types = {
        "client_hello": 1,
        "client_hello_1": 1,
        "client_hello_2": 1,
        "server_hello": 2,
        "hello_retry_request": 2,
        "new_session_ticket": 4,
        "end_of_early_data": 5,
        "encrypted_extensions": 8,
        "certificate": 11,
        "client_certificate": 11,
        "certificate_request": 13,
        "certificate_verify": 15,
        "client_certificate_verify": 15,
        "server_finished": 20,
        "client_finished": 20,
    }
    for name, message in trace.messages.items():
        assert message[0] == types[name]
        assert message[1:4] == len(message[4:]).to_bytes(3, "big")


def test_what_is_not_a_handshake_message(section: str, trace: rfc8448.Trace) -> None:
    others = {name: r.payload for name, r in trace.records.items() if r.content_type != "handshake"}
    data = bytes(range(50))
    assert (
        others
        == {"client_close_notify": b"\x01\x00", "server_close_notify": b"\x01\x00"}
        | {
            "3": {"client_application_data": data, "server_application_data": data},
            "4": {
                "client_early_data": b"ABCDEF",
                "client_application_data": data,
                "server_application_data": data,
            },
            "5": {},
            "6": {},
            "7": {"server_change_cipher_spec": b"\x01", "client_change_cipher_spec": b"\x01"},
        }[section]
    )


def certificate(message: bytes) -> x509.Certificate:
    """The one certificate in a Certificate message: what stands before it are four lengths."""
    length = int.from_bytes(message[8:11], "big")
    assert message[11 + length :] == b"\x00\x00"  # no extensions
    return x509.load_der_x509_certificate(message[11 : 11 + length])


def signed_content(trace: rfc8448.Trace, certificate_name: str, role: str) -> bytes:
    through_certificate = dict(transcript_hashes(trace))[certificate_name]
    return b" " * 64 + f"TLS 1.3, {role} CertificateVerify".encode() + b"\x00" + through_certificate


def pss_encoded(content: bytes, salt: bytes) -> int:
    """EMSA-PSS-Encode with SHA-256 for a key of 1024 bits: 95 bytes of masked DB, 32 of hash, the trailer."""
    digest = sha256(bytes(8) + sha256(content) + salt)
    block = bytes(62) + b"\x01" + salt
    mask = b"".join(sha256(digest + counter.to_bytes(4, "big")) for counter in range(3))[:95]
    masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
    return int.from_bytes(bytes([masked[0] & 0x7F]) + masked[1:] + digest + b"\xbc", "big")


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

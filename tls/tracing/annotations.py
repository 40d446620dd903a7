"""What a reader is told about messages, fields, secrets, records and certificates, and where the RFC says it.

The tables know no format: offsets, lengths and values come from the code that reads and writes them.  Here
are only words and section numbers, for every name that this code uses.  A section without a document is one
of RFC 9846, or of RFC 5280 in the table of certificates.

Tested by      tests/tls/test_annotations.py: every name has its line, and the sections are those of the code.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from handshake import constants
from handshake.derivation import Derivation
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord


class Note(NamedTuple):
    """Where something is specified, and what it is for."""

    section: str  # "RFC 9846 section 4.2.2"
    meaning: str = ""


Entry: TypeAlias = tuple[str, str]  # section, meaning

# By the name of the class in `handshake/messages.py`
MESSAGES = {
    "ClientHello": ("4.2.2", "what the client offers, and its half of the key exchange"),
    "ServerHello": ("4.2.3", "what the server chose, and its half of the key exchange"),
    "HelloRetryRequest": ("4.2.4", "a ServerHello in form: try again, with this group or cookie"),
    "EncryptedExtensions": ("4.4.1", "the server's other answers, now that nobody can read them"),
    "CertificateRequest": ("4.4.2", "the server wants to know who the client is"),
    "Certificate": ("4.5.1", "who the sender claims to be; anybody could copy it"),
    "CertificateVerify": ("4.5.2", "proof of the private key: a signature over everything said so far"),
    "Finished": ("4.5.3", "proof of the same keys: a MAC over everything said so far"),
    "EndOfEarlyData": ("4.6", "no more early data: the client's next record is under its handshake keys"),
    "NewSessionTicket": ("4.7.1", "a ticket for another connection"),
    "KeyUpdate": ("4.7.3", "the sender's next record is under its next keys"),
}

# By the name of the type in `handshake/constants.py`, which is also the name of the body in a path
EXTENSIONS = {
    "server_name": ("RFC 6066 section 3", "the host wanted, for all on the way to read; empty in the answer"),
    "status_request": ("4.5.1.1", "a proof that the certificate is not revoked"),
    "supported_groups": ("4.3.7", "groups for key exchange, best first"),
    "signature_algorithms": ("4.3.3", "signatures that the sender can verify, best first"),
    "use_srtp": ("RFC 5764", ""),
    "heartbeat": ("RFC 6520", ""),
    "application_layer_protocol_negotiation": ("RFC 7301 section 3.1", "what is spoken inside (ALPN)"),
    "client_certificate_type": ("RFC 7250", ""),
    "server_certificate_type": ("RFC 7250", ""),
    "padding": ("RFC 7685", "hides the length of what stands before it"),
    "compress_certificate": ("RFC 8879", "how the sender can unpack certificates; this stack packs none"),
    "record_size_limit": (
        "RFC 8449 section 4",
        "the largest protected record that the sender wants to receive",
    ),
    "delegated_credential": ("RFC 9345", ""),
    "supported_ekt_ciphers": ("RFC 8870", ""),
    "pre_shared_key": ("4.3.11", "secrets that both sides may have from before"),
    "early_data": ("4.3.10", "data before the handshake is complete"),
    "supported_versions": ("4.3.1", "where the version is really negotiated"),
    "cookie": ("4.3.2", "comes back unchanged: a server without memory keeps its state here"),
    "psk_key_exchange_modes": ("4.3.9", "whether a pre-shared key comes with a fresh key exchange"),
    "certificate_authorities": ("4.3.4", "authorities that the sender trusts"),
    "oid_filters": ("4.3.5", "which certificates the server would accept"),
    "post_handshake_auth": ("4.3.6", "the client may be asked for its certificate later"),
    "signature_algorithms_cert": ("4.3.3", "the same for signatures inside certificates"),
    "key_share": ("4.3.8", "public values of the key exchange"),
    "transparency_info": ("RFC 9162", ""),
    "external_id_hash": ("RFC 8844", ""),
    "external_session_id": ("RFC 8844", ""),
    "quic_transport_parameters": ("RFC 9001", ""),
    "ticket_request": ("RFC 9149", ""),
    "ech_outer_extensions": ("RFC 9849", ""),
    "encrypted_client_hello": ("RFC 9849", "a whole ClientHello that only the server can read"),
}
GREASE = ("RFC 8701 section 2", "means nothing, on purpose: keeps the other side tolerant")
RETRY_RANDOM = "not random: a SHA-256 hash that says that this is a HelloRetryRequest"
UNKNOWN_EXTENSION = ("4.3", "unknown here, and stepped over")

# By name, whatever message it stands in.  What is not here takes the section of what it stands in.
FIELDS = {
    "msg_type": ("4", "what kind of message this is; after it, how long it is"),
    "legacy_version": ("", "always TLS 1.2: old boxes on the way choke on anything else"),
    "random": ("", "fresh for each connection, and so is every key derived from it"),
    "legacy_session_id": ("appendix E.4", "no session: makes this look like TLS 1.2 to middleboxes"),
    "legacy_session_id_echo": ("", "what the client sent, returned"),
    "cipher_suites": ("appendix B.4", "pairs of an AEAD for records and a hash for keys, best first"),
    "cipher_suite": ("appendix B.4", "the AEAD for records, the hash for keys"),
    "legacy_compression_methods": ("", "one byte, zero: compression would leak what it compresses"),
    "legacy_compression_method": ("", "no compression"),
    "extensions": ("4.3", ""),
    "extension_type": ("4.3", ""),
    "key_exchange": ("", "the public value itself; a hybrid group has two"),
    "legacy_form": ("4.3.8.2", "uncompressed, the only form there is"),
    "X": ("4.3.8.2", "a point of the curve has two coordinates"),
    "Y": ("4.3.8.2", "the other one: the two have to be on the curve"),
    "t_hat": ("FIPS 203 section 5.1", "ML-KEM: A times a secret plus noise, transformed"),
    "rho": ("FIPS 203 section 5.1", "ML-KEM: the seed of the matrix A"),
    "x25519": ("RFC 7748 section 5", "X25519: both have to be broken, this and ML-KEM"),
    "u": ("FIPS 203 section 5.2", "ML-KEM: A transposed times a small secret, plus an error"),
    "v": ("FIPS 203 section 5.2", "ML-KEM: in it 32 bytes, which both hash to their secret"),
    "certificate_request_context": ("", "empty but after a CertificateRequest"),
    "certificate_list": ("", "the sender's own first, then what helps to verify it"),
    "cert_data": ("", "X.509 in DER"),
    "signature": ("", "over 64 spaces, a context string, 0 and the transcript hash"),
    "verify_data": ("", "HMAC(finished_key, transcript hash)"),
    "limit": ("", "bytes of content, type and padding together"),
    "ke_modes": ("", "psk_dhe_ke: old traffic stays secret even if the key is lost"),
    "identities": ("", "names for the keys, best first: early data are under the first"),
    "identity": ("", "usually a ticket: only its server can make sense of it"),
    "obfuscated_ticket_age": ("4.3.11.1", "milliseconds since the ticket came, plus its ticket_age_add"),
    "binders": ("4.3.11.2", "a MAC under each key over the hello up to here: proof of having the key"),
    "selected_identity": ("", "which of the client's identities, counted from 0"),
    "max_early_data_size": ("", "bytes of early data that the ticket is good for"),
    "authorities": ("", "distinguished names in DER"),
    "filters": ("", "X.509 extensions that the client's certificate has to have"),
    "certificate_extension_oid": ("", "which X.509 extension, in DER"),
    "certificate_extension_values": ("", "what must be in it, in DER"),
    "status_type": ("RFC 6066 section 8", "OCSP, the only one there is"),
    "responder_id_list": ("RFC 6066 section 8", "OCSP responders that the client trusts; none: any"),
    "request_extensions": ("RFC 6066 section 8", "extensions of OCSP itself"),
    "response": ("RFC 6960 section 4.2", "signed by the authority: good, revoked or unknown, and until when"),
    "ticket_lifetime": ("", "seconds, at most seven days"),
    "ticket_age_add": ("", "hides the ticket's age when it is used"),
    "ticket_nonce": ("", "gives each ticket a key of its own"),
    "ticket": ("", "opaque: only its server can make sense of it"),
    "request_update": ("", "whether the receiver shall change its sending keys too"),
}

# By the label that goes into HKDF-Expand-Label, or the name of what HKDF-Extract made
SECRETS = {
    "early_secret": ("7.1", "mixes in the pre-shared key; without one, a constant"),
    "res binder": ("4.3.11.2", "for the binder of a key that came with a ticket"),
    "ext binder": ("4.3.11.2", "for the binder of a key that was agreed on elsewhere"),
    "c e traffic": ("7.1", "for what the client says before it has heard anything"),
    "e exp master": ("7.5", "for keys that the application wants as early as that"),
    "derived": ("7.1", "separates one stage of the schedule from the next"),
    "handshake_secret": ("7.1", "mixes in the secret that the key exchange agreed on"),
    "c hs traffic": ("7.1", "for what the client says in the handshake"),
    "s hs traffic": ("7.1", "for what the server says in the handshake"),
    "main_secret": ("7.1", "the last stage: nothing more is mixed in"),
    "c ap traffic": ("7.1", "for the data that the client sends"),
    "s ap traffic": ("7.1", "for the data that the server sends"),
    "exp master": ("7.5", "for keys that the application wants for itself"),
    "exporter": ("7.5", "the application's own key, for this label and this context"),
    "res master": ("7.1", "gives each ticket of this connection a key of its own"),
    "resumption": ("4.7.1", "the pre-shared key that goes with one ticket"),
    "key": ("7.3", "the key of the AEAD: from here on it is in force"),
    "iv": ("7.3", "XORed with a record's sequence number it is the record's nonce"),
    "finished": ("4.5.3", "the key of a MAC over what was said: this side's Finished, or a binder"),
    "traffic upd": ("7.2", "the next generation, after a KeyUpdate"),
}
EXPORTED = ("7.5", "of the label alone, which the application has chosen")
EXPORTERS = {"exporter_secret", "early_exporter_secret"}  # their labels can be anything

# By the last name of the path, sections of RFC 5280
CERTIFICATE = {
    "certificate": ("4.1", ""),
    "tbsCertificate": ("4.1.1.1", "the part that is signed"),
    "version": ("4.1.2.1", "2 stands for version 3"),
    "serialNumber": ("4.1.2.2", "unique for its issuer"),
    "signature": ("4.1.2.3", "the algorithm, once inside what is signed"),
    "issuer": ("4.1.2.4", "who says so"),
    "validity": ("4.1.2.5", "from when, until when"),
    "subject": ("4.1.2.6", "about whom"),
    "subjectPublicKeyInfo": ("4.1.2.7", "this key is theirs"),
    "extensions": ("4.1.2.9", ""),
    "AuthorityKeyIdentifier": ("4.2.1.1", "a hint which key of the issuer signed"),
    "SubjectKeyIdentifier": ("4.2.1.2", "a short name for the key"),
    "KeyUsage": ("4.2.1.3", "what the key may do, as numbers of bits"),
    "SubjectAltName": ("4.2.1.6", "the names that count: in a server's, one has to be the host's"),
    "BasicConstraints": ("4.2.1.9", "whether the subject may issue certificates"),
    "ExtKeyUsageSyntax": ("4.2.1.12", "purposes of the key"),
    "signatureAlgorithm": ("4.1.1.2", "the algorithm, once outside"),
    "signatureValue": ("4.1.1.3", "by the issuer, over all bytes of tbsCertificate"),
}

CHANGE_CIPHER_SPEC = ("5", "changes nothing: makes this look like TLS 1.2 (appendix E.4)")
ALERT = ("6", "two bytes: a level that nobody reads, and why")
SKIPPED_RECORD = ("4.3.10", "early data that were refused: dropped, under a key that is not there")
PLAIN_RECORD = ("5.1", "in the clear: there is no key yet")
PROTECTED_RECORD = ("5.2", "sealed: the header is authenticated, the content and its type are hidden")
FAILURE = ("6.2", "the connection is dead")


def of_message(name: str) -> Note:
    """A handshake message, by the name of its class."""
    return _note(MESSAGES[name])


def of_field(path: str) -> Note:
    """A field, vector or extension of a handshake message, by its path."""
    return _nearest(path, _of_name)


def of_element(path: str) -> Note:
    """An element of a certificate, by its path."""
    return _nearest(path, CERTIFICATE.get, document="RFC 5280")


def of_secret(derivation: Derivation) -> Note:
    """A secret, by its label, or by its name where there is none."""
    if derivation.source in EXPORTERS:
        return _note(EXPORTED)
    return _note(SECRETS[derivation.label or derivation.name])


def of_record(record: PlainRecord | ProtectedRecord) -> Note:
    """A record, by what it carries and whether it is sealed."""
    if record.operation == "skip":
        return _note(SKIPPED_RECORD)
    if record.content_type is ContentType.CHANGE_CIPHER_SPEC:
        return _note(CHANGE_CIPHER_SPEC)
    if record.content_type is ContentType.ALERT:
        return _note(ALERT)
    return _note(PLAIN_RECORD if isinstance(record, PlainRecord) else PROTECTED_RECORD)


def of_failure() -> Note:
    """The end of a connection by somebody's fault."""
    return _note(FAILURE)


def name_of_message(path: str) -> str:
    """The name of the class whose message this path is in: "ClientHello"."""
    return _NAMES_BY_PATH[path.partition(".")[0]]


def abbreviated(section: str) -> str:
    """As it is written where there is little room: "RFC 9846 §B.4"."""
    return section.replace("section ", "§").replace("appendix ", "§")


def _nearest(path: str, look_up: Callable[[str], Entry | None], document: str = "RFC 9846") -> Note:
    """The section of the last name on the path that has one, and the meaning of the last name itself."""
    section = meaning = ""
    for name in re.sub(r"\[\d+\]", "", path).split("."):
        where, meaning = look_up(name) or ("", "")
        section = where or section
    if path.endswith("]"):
        meaning = ""  # said at the vector, not again at each of its elements
    return _note((section, meaning), document)


def _of_name(name: str) -> Entry | None:
    """The entry of one name in the path of a field; the first one is the message's."""
    if name in _NAMES_BY_PATH:
        return MESSAGES[_NAMES_BY_PATH[name]][0], ""
    if name.startswith("extension_") and name.removeprefix("extension_").isdigit():
        return GREASE if constants.is_grease(int(name.removeprefix("extension_"))) else UNKNOWN_EXTENSION
    return FIELDS.get(name) or EXTENSIONS.get(name)


_NAMES_BY_PATH = {re.sub(r"\B(?=[A-Z])", "_", name).lower(): name for name in MESSAGES}


def _note(entry: Entry, document: str = "RFC 9846") -> Note:
    section, meaning = entry
    if section.startswith(("RFC", "FIPS")):
        return Note(section, meaning)
    return Note(f"{document} {section if section.startswith('appendix') else f'section {section}'}", meaning)

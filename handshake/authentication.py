"""Certificate, CertificateVerify, Finished: who one is, and that it is true.  RFC 9846 section 4.5.

The same three messages in both directions: a server always proves who it is, unless a pre-shared key does; a
client does if it is asked to.

    show                    our certificate, and our proof that the key is ours
    verify_chain            the peer's certificate: a claim so far
    verify_possession       the peer's proof: the claim is a fact
    recall                  a fact of an earlier connection, if it still holds
    verify_finished         the peer has seen and derived the same as we
"""

from datetime import datetime

from handshake import constants, signatures
from handshake.certificate_extensions import CertificateStatus
from handshake.certified_keys import Credential
from handshake.constants import Role, SignatureScheme
from handshake.conversation import Conversation
from handshake.effects import Passage
from handshake.errors import (
    CertificateRequired,
    DecodeError,
    DecryptError,
    IllegalParameter,
    UnsupportedExtension,
)
from handshake.extensions import UnusedExtension
from handshake.key_schedule import TrafficSecret
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateVerify,
    Finished,
    HasExtensions,
)
from handshake.resumption import ResumableSession
from handshake.session import ClaimedPeer, VerifiedFinished, VerifiedPeer
from handshake.settings import Settings
from purecrypto import constant_time
from x509 import certificate as x509_certificate
from x509 import names, path
from x509.rules import Purpose
from x509.trust_store import TrustStore

_PURPOSES = {"server": Purpose.SERVER, "client": Purpose.CLIENT}


def show(
    talk: Conversation,
    credential: Credential,
    random: bytes,
    *,
    context: bytes = b"",
    with_status: bool = False,
) -> Passage[None]:
    """Send Certificate and CertificateVerify.

    random        what a signature may take: `signatures.SIGNATURE_RANDOM_SIZE` bytes
    context       the certificate_request_context of the request that this answers
    with_status   whether the peer asked for OCSP: the response that we have then goes beside our certificate
    """
    key = credential.certified_key
    entries = [CertificateEntry(certificate.der) for certificate in key.certificate_chain]
    if with_status and key.ocsp_response is not None:  # section 4.5.1.1
        # sections 4.5.1 [8] and 4.5.1.1 [1]
        entries[0] = CertificateEntry(entries[0].cert_data, (CertificateStatus(key.ocsp_response),))
    yield from talk.send(Certificate(tuple(entries), context))
    signature = signatures.sign(
        credential.scheme,
        key.private_key,
        signatures.context_of(talk.role),
        talk.transcript.digest(),
        random,
    )
    yield from talk.send(CertificateVerify(credential.scheme.number, signature))  # section 4.5.2 [1, 2]


def verify_chain(
    message: Certificate, talk: Conversation, settings: Settings, asked: HasExtensions, name: str | None
) -> ClaimedPeer:
    """Is there a path from the peer's certificate to an anchor that we trust, and is it the name we want?

    What comes back is still a claim: anybody can copy a certificate (section 4.5.1).  Raises a PeerError for
    a message that is not in order, a CertificateError for certificates that are not.

    asked         what we asked with: our ClientHello, or our CertificateRequest
    name          the DNS name or IP address that the certificate must be for; None: any
    """
    sender = constants.other(talk.role)
    if message.certificate_request_context:  # section 4.5.1 [5]
        raise IllegalParameter("Certificate: a context that we did not give")
    if not message.certificate_list:
        raise _nothing_shown(sender)
    if len(message.certificate_list) > settings.max_certificates:
        raise IllegalParameter(f"Certificate: more than {settings.max_certificates} certificates")
    for entry in message.certificate_list:
        refuse_unsolicited(entry, asked)  # section 4.5.1 [6, 7]
    encodings = [entry.cert_data for entry in message.certificate_list]
    chain = x509_certificate.read_list(encodings, talk.observe)  # section 4.5.1 [14]
    status = message.certificate_list[0].find(CertificateStatus)
    ocsp_response = None if status is None else status.response
    if settings.trust is None:
        return ClaimedPeer(chain[0], None, ocsp_response)
    verified = path.verify_chain(
        chain, settings.trust, at=settings.now, purpose=_PURPOSES[sender], observe=talk.observe
    )
    if name is not None:
        names.verify_name(chain[0], name, talk.observe)  # section 4.5.1 [12]
    return ClaimedPeer(chain[0], verified, ocsp_response)


def _nothing_shown(sender: Role) -> Exception:
    # section 4.5.1.3 [1]
    if sender == "server":  # section 4.5.1.2: its list is never empty
        return DecodeError("Certificate: the server sent none")
    return CertificateRequired("Certificate: the client has none to show")  # section 4.5.1.3


def refuse_unsolicited(answer: HasExtensions, asked: HasExtensions, allowed: tuple[int, ...] = ()) -> None:
    """Refuse answers to questions that we did not ask (section 4.3); GREASE was no question."""
    for extension in answer.extensions:
        was_asked = asked.has(extension.type) and not _is_unused(asked, extension.type)
        if not was_asked and extension.type not in allowed:  # section 4.3 [4]
            name = type(answer).__name__
            raise UnsupportedExtension(f"{name}: extension {extension.type} answers nothing that we asked")


def _is_unused(asked: HasExtensions, extension_type: int) -> bool:
    return any(isinstance(e, UnusedExtension) and e.type == extension_type for e in asked.extensions)


def verify_possession(
    message: CertificateVerify,
    claimed: ClaimedPeer,
    through_certificate: bytes,
    sender: Role,
    offered_schemes: tuple[int, ...],
) -> VerifiedPeer:
    """The claim becomes a fact: the peer signs this very handshake (section 4.5.2)."""
    if message.algorithm not in offered_schemes:  # section 4.5.2 [4, 5]
        name = constants.name_of(SignatureScheme, message.algorithm)
        raise IllegalParameter(f"CertificateVerify: {name} was not offered")
    signatures.verify(
        message.algorithm,
        claimed.certificate.public_key_info,
        signatures.context_of(sender),
        through_certificate,
        message.signature,
    )
    return VerifiedPeer(claimed.certificate, claimed.path, claimed.ocsp_response)


def recall(session: ResumableSession, trust: TrustStore, peer: Role, *, at: datetime) -> VerifiedPeer:
    """Who the peer proved to be when the session began; CertificateError if that holds no more (4.7.1)."""
    shown_then = [x509_certificate.again(der) for der in session.certificates]
    verified = path.recheck(shown_then, trust, at=at, purpose=_PURPOSES[peer])
    return VerifiedPeer(verified.leaf, verified)


def verify_finished(message: Finished, secret: TrafficSecret, transcript_hash: bytes) -> VerifiedFinished:
    """Check the peer's Finished against its handshake traffic secret and all messages before it.

    DecodeError if verify_data is not as long as the suite's hash, DecryptError if it is wrong
    (section 4.5.3).
    """
    received_verify_data = message.verify_data
    if len(received_verify_data) != secret.suite.hash_size:
        raise DecodeError(
            f"Finished: verify_data of {len(received_verify_data)} bytes, expected {secret.suite.hash_size}"
        )
    if not constant_time.equal(received_verify_data, secret.finished(transcript_hash)):  # section 4.5.3 [1]
        raise DecryptError("Finished: verify_data is wrong")  # section 4.5.3 [2]
    return VerifiedFinished(received_verify_data)

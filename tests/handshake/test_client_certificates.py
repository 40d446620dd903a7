"""A client says who it is, if it is asked to: which key it shows, and how a server judges what it is shown.
RFC 9846 sections 4.4.2, 4.5.1 and 4.5.2.

First our client before a hostile server, then our server before a hostile client.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handshake import messages, server, tickets
from handshake.certificate_extensions import (
    CertificateAuthorities,
    CertificateStatus,
    OidFilters,
)
from handshake.certified_keys import CertifiedKey
from handshake.constants import ExtensionType, HandshakeType
from handshake.errors import (
    CertificateRequired,
    DecodeError,
    DecryptError,
    IllegalParameter,
    UnexpectedMessage,
    UnsupportedExtension,
)
from handshake.extensions import (
    Extension,
    ServerKeyShare,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    UnusedExtension,
)
from handshake.messages import Certificate, CertificateEntry, CertificateRequest, CertificateVerify, Finished
from handshake.pre_shared_keys import PreSharedKey
from handshake.signatures import SCHEMES
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered
from tests.support.hostile import (
    HostileClient,
    HostileServer,
    Psk,
    Refused,
    Table,
    assert_connected,
    assert_refused,
)
from tests.support.peers_in_memory import TICKET_KEY, TICKETS
from tls.events import HandshakeComplete
from x509 import distinguished_names, encoding, issue, oids
from x509.algorithms import NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate as X509
from x509.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    InvalidCertificateSignature,
    MalformedCertificate,
    NotPermitted,
    UnknownAuthority,
    UnsupportedCertificate,
    WeakSignature,
)
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.trust_store import TrustStore

ED25519, P256_SHA256, RSAE_SHA256 = 0x0807, 0x0403, 0x0804
UNKNOWN = UnusedExtension(0xABCD, b"?")
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


# ---- The client: which key it shows ---------------------------------------------------------------------


def request(
    *extensions: Extension, schemes: Sequence[int] = tuple(SCHEMES), context: bytes = b""
) -> CertificateRequest:
    return CertificateRequest(context, (SignatureAlgorithms(tuple(schemes)), *extensions))


def asked(said: CertificateRequest, *keys: CertifiedKey, **settings: Any) -> HostileServer:
    """A server that has asked the victim, who has these keys, and has been answered."""
    server = HostileServer(certified_keys=keys, **settings)
    server.say_flight(until=Certificate)
    server.say(said)
    server.say_certificate()
    server.say_verify()
    server.say_finished()
    return server


def shown(server: HostileServer) -> list[bytes]:
    """The certificates that the victim has shown."""
    (certificate,) = server.heard_of(HandshakeType.CERTIFICATE)
    assert certificate.certificate_request_context == b""
    assert all(entry.extensions == () for entry in certificate.certificate_list)
    return [entry.cert_data for entry in certificate.certificate_list]


def assert_shows(server: HostileServer, key: CertifiedKey, scheme: int) -> None:
    """The victim has shown this key and signed with it, as pyca and hashlib see it."""
    assert_connected(server)
    assert shown(server) == [certificate.der for certificate in key.certificate_chain]
    types = [raw[0] for raw in server.messages_heard]
    assert types[1:] == [HandshakeType.CERTIFICATE, HandshakeType.CERTIFICATE_VERIFY, HandshakeType.FINISHED]
    (verify,) = server.heard_of(HandshakeType.CERTIFICATE_VERIFY)
    assert verify.algorithm == scheme
    content = oracle.certificate_verify_content("client", oracle.transcript_hash(*server.transcript[:-2]))
    oracle.verify(certificates.theirs(key.private_key).public_key(), verify.signature, content, scheme)
    assert server.secrets is not None
    through_certificate_verify = oracle.transcript_hash(*server.transcript[:-1])
    (finished,) = server.heard_of(HandshakeType.FINISHED)
    assert finished == Finished(server.secrets.client_handshake.finished(through_certificate_verify))
    hostile.assert_still_talks(server)


def assert_shows_nothing(server: HostileServer) -> None:
    assert_connected(server)
    assert shown(server) == []
    assert server.heard_of(HandshakeType.CERTIFICATE_VERIFY) == []
    hostile.assert_still_talks(server)


OF_EACH_KIND = {kind: certificates.certified_key(kind) for kind in KeyKind}
ED, P256, RSA = (OF_EACH_KIND[kind] for kind in (KeyKind.ED25519, KeyKind.P256, KeyKind.RSA))
SIGNED_ECDSA = certificates.certified_key(
    KeyKind.ED25519, identifier=AlgorithmIdentifier(oids.ECDSA_WITH_SHA256)
)


def name(text: str) -> bytes:
    return distinguished_names.encode(text)


def with_extensions(**replaced: bytes | None) -> CertifiedKey:
    extensions = certificates.leaf_extensions(**replaced)
    return certificates.certified_key(
        KeyKind.ED25519, extensions=encoding.explicit(3, encoding.sequence(*extensions))
    )


def usage(*usages: KeyUsage) -> bytes:
    return issue.key_usage(*usages)


def purposes(*found: str) -> bytes:
    return encoding.sequence(*map(encoding.oid, found))


SIGNS_AND_AGREES = with_extensions(
    key_usage=certificates.extension(oids.KEY_USAGE, usage(KeyUsage.digitalSignature, KeyUsage.keyAgreement))
)
FOR_CLIENTS = with_extensions(extended_key_usage=certificates.extended_key_usage(oids.CLIENT_AUTH))
FOR_BOTH = with_extensions(
    extended_key_usage=certificates.extended_key_usage(oids.CLIENT_AUTH, oids.SERVER_AUTH)
)
FOR_ANYTHING = with_extensions(extended_key_usage=None, key_usage=None)
KEY_USAGE, PURPOSES = encoding.oid(oids.KEY_USAGE), encoding.oid(oids.EXTENDED_KEY_USAGE)
INTERMEDIATE = certificates.authority_under(certificates.root(), 2, "Between")
BELOW = CertifiedKey(
    (certificates.leaf_under(INTERMEDIATE, "a client"), INTERMEDIATE.certificate), certificates.key(100)
)


def filters(*pairs: tuple[bytes, bytes]) -> OidFilters:
    return OidFilters(pairs)


CHOICES: dict[str, tuple[tuple[CertifiedKey, ...], CertificateRequest, tuple[CertifiedKey, int] | None]] = {
    # our keys, the request, and what we show
    "the only one": ((ED,), request(), (ED, ED25519)),  # section 4.5.2 [2]
    "the first": ((P256, ED), request(), (P256, P256_SHA256)),
    "the one that can sign so": (
        (ED, RSA, P256),
        request(SignatureAlgorithmsCert((ED25519,)), schemes=(0x0A0A, P256_SHA256)),
        (P256, P256_SHA256),
    ),
    "none can sign so": (  # section 4.5.2 [5]
        (ED, RSA),
        request(SignatureAlgorithmsCert((ED25519,)), schemes=(P256_SHA256,)),
        None,
    ),
    "no key at all": ((), request(), None),  # section 4.5.1 [3]
    "the one whose certificate can be verified": (
        (ED, SIGNED_ECDSA),
        request(SignatureAlgorithmsCert((P256_SHA256,)), schemes=(ED25519,)),
        (SIGNED_ECDSA, ED25519),
    ),
    "none whose certificate can be verified": (
        (ED,),
        request(SignatureAlgorithmsCert((P256_SHA256,)), schemes=(ED25519,)),
        None,
    ),
    "without a list of its own, certificates go by the other": (
        (SIGNED_ECDSA,),
        request(schemes=(ED25519,)),
        None,
    ),
    "the one from an authority that was named": (  # section 4.5.1.2 [5]
        (ED, BELOW),
        request(CertificateAuthorities((name("Elsewhere"), name("Between")))),
        (BELOW, ED25519),
    ),
    "the issuer of an issuer will do": (
        (BELOW,),
        request(CertificateAuthorities((name("Root"),))),
        (BELOW, ED25519),
    ),
    "none from an authority that was named": (
        (ED, BELOW),
        request(CertificateAuthorities((name("Elsewhere"),))),
        None,
    ),
    "a usage": (  # section 4.3.5 [2, 3]
        (ED, SIGNS_AND_AGREES),
        request(filters((KEY_USAGE, usage(KeyUsage.keyAgreement)))),
        (SIGNS_AND_AGREES, ED25519),
    ),
    "every usage": (  # section 4.3.5 [2, 3]
        (ED,),
        request(filters((KEY_USAGE, usage(KeyUsage.digitalSignature, KeyUsage.keyAgreement)))),
        None,
    ),
    "every usage, and no other": (  # section 4.3.5 [2, 3]
        (ED, SIGNS_AND_AGREES),
        request(filters((KEY_USAGE, usage(KeyUsage.digitalSignature, KeyUsage.keyAgreement)))),
        (SIGNS_AND_AGREES, ED25519),
    ),
    "a usage that is not restricted is not named either": (
        (FOR_ANYTHING,),
        request(filters((KEY_USAGE, usage(KeyUsage.digitalSignature)))),
        None,
    ),
    "a purpose": (  # section 4.3.5 [2, 3]
        (ED, FOR_CLIENTS),
        request(filters((PURPOSES, purposes(oids.CLIENT_AUTH)))),
        (FOR_CLIENTS, ED25519),
    ),
    "every purpose": (  # section 4.3.5 [2, 3]
        (FOR_CLIENTS, FOR_BOTH),
        request(filters((PURPOSES, purposes(oids.SERVER_AUTH, oids.CLIENT_AUTH)))),
        (FOR_BOTH, ED25519),
    ),
    "a purpose that is not restricted is not named either": (
        (FOR_ANYTHING,),
        request(filters((PURPOSES, purposes(oids.CLIENT_AUTH)))),
        None,
    ),
    "every filter": (
        (SIGNS_AND_AGREES, FOR_CLIENTS),
        request(filters((KEY_USAGE, usage(KeyUsage.keyAgreement)), (PURPOSES, purposes(oids.CLIENT_AUTH)))),
        None,
    ),
    "a filter that nobody knows": (  # section 4.3.5 [4]
        (ED,),
        request(filters((encoding.oid("1.2.3.4"), b"anything"))),
        (ED, ED25519),
    ),
    "no filter": ((ED,), request(filters()), (ED, ED25519)),
    "an extension that nobody knows": ((ED,), request(UNKNOWN), (ED, ED25519)),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_key_that_meets_the_request_in_every_point(case: str) -> None:
    keys, said, expected = CHOICES[case]
    server = asked(said, *keys)
    if expected is None:
        assert_shows_nothing(server)
    else:
        assert_shows(server, *expected)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_of_each_kind(kind: KeyKind) -> None:
    key = OF_EACH_KIND[kind]
    assert_shows(asked(request(), key), key, hostile.USUAL_SCHEME[kind])


def test_our_order_of_schemes_decides() -> None:
    said = request(SignatureAlgorithmsCert((ED25519,)), schemes=(0x0804, 0x0806))
    server = asked(said, RSA, signature_schemes=(0x0806, 0x0804, ED25519))
    assert_shows(server, RSA, 0x0806)


@pytest.mark.parametrize(
    "wrong",
    [
        filters((KEY_USAGE, b"")),
        filters((KEY_USAGE, b"\x05\x00")),
        filters((KEY_USAGE, usage(KeyUsage.digitalSignature) + b"\x00")),
        filters((KEY_USAGE, usage(KeyUsage.digitalSignature)[:-1])),
        filters((PURPOSES, b"\x30\x03\x02\x01\x00")),
        filters((PURPOSES, purposes(oids.CLIENT_AUTH) + b"\x05\x00")),
        filters((encoding.oid("1.2.3.4"), b""), (PURPOSES, b"?")),
    ],
)
def test_a_filter_that_is_no_der(wrong: OidFilters) -> None:
    server = asked(request(wrong), ED)
    assert_refused(server, DecodeError, "decode_error", "handshake")


def test_a_filter_twice() -> None:  # section 4.3.5
    server = HostileServer(certified_keys=(ED,))
    server.say_flight(until=Certificate)
    server.say(request(filters((b"\x06\x01\x2a", b""), (b"\x06\x01\x2a", b""))))
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")


def test_what_a_client_shows_is_under_the_keys_of_the_handshake() -> None:
    """Who reads along sees neither who it is nor that it was asked."""
    server = asked(request(), ED)
    flight = [heard for heard in server.heard if heard.protected]
    assert b"".join(heard.content for heard in flight) == b"".join(server.messages_heard[1:])


# ---- The server: what it asks, and how it judges what it is shown ----------------------------------------


def asking(*, require: bool = True, **settings: Any) -> dict[str, Any]:
    return peers_in_memory.asking(require=require) | settings


def greeted(*, require: bool = True, **settings: Any) -> HostileClient:
    """A client that is asked who it is, right after its hello."""
    client = HostileClient(**asking(require=require, **settings))
    client.say_hello()
    return client


def say_who(client: HostileClient, **how: Any) -> None:
    """Certificate, CertificateVerify and Finished."""
    client.say_certificate(**how)
    client.say_verify()
    client.say_finished()


@pytest.mark.parametrize("require", [True, False])
def test_a_client_that_says_who_it_is(require: bool) -> None:
    client = greeted(require=require)
    say_who(client)
    assert_connected(client)
    session, key = client.victim.session, peers_in_memory.client_key()
    assert session is not None
    assert session.peer is not None
    assert session.peer.certificate == key.leaf
    assert session.peer.path is not None
    assert session.peer.path.certificates == (key.leaf, peers_in_memory.client_authority().certificate)
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(("missing", "named"), [(0, True), (1, False)])
def test_more_authorities_than_fit_are_not_named(
    missing: int, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the client chooses without knowing them (section 4.3.4)."""
    anchor = authority().certificate
    monkeypatch.setattr(server, "MAX_AUTHORITIES", 2 + len(anchor.subject.der) - missing)
    settings = peers_in_memory.server_settings(**asking(trust=TrustStore([anchor])))
    assert server.request_for(settings).has(ExtensionType.CERTIFICATE_AUTHORITIES) == named
    key = peers_in_memory.client_key()
    link = peers_in_memory.connected(peers_in_memory.client_settings(certified_keys=(key,)), settings)
    assert link.server.session is not None and link.server.session.peer is not None
    assert link.server.session.peer.certificate == key.leaf


@pytest.mark.parametrize("schemes", [tuple(SCHEMES), (ED25519, P256_SHA256)])
def test_what_it_is_asked(schemes: tuple[int, ...]) -> None:  # section 4.4.2 [1, 2, 3, 5]
    client = greeted(signature_schemes=schemes)
    authorities = CertificateAuthorities((name("Client Root"),))
    assert client.heard_of(HandshakeType.CERTIFICATE_REQUEST) == [
        CertificateRequest(b"", (SignatureAlgorithms(schemes), authorities))
    ]
    order = [raw[0] for raw in client.messages_heard]
    assert order == [2, 8, 13, 11, 15, 20]  # the request stands before the server's certificate


def test_who_trusts_nobody_names_nobody() -> None:
    client = greeted(trust=TrustStore([]), require=False)
    (said,) = client.heard_of(HandshakeType.CERTIFICATE_REQUEST)
    assert said.extensions == (SignatureAlgorithms(tuple(SCHEMES)),)
    client.say(Certificate(()))
    client.say_finished()
    hostile.assert_still_talks(client)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_client_key_of_each_kind(kind: KeyKind) -> None:
    purpose = certificates.extended_key_usage(oids.CLIENT_AUTH)
    extensions = encoding.explicit(
        3, encoding.sequence(*certificates.leaf_extensions(extended_key_usage=purpose))
    )
    key = certificates.certified_key(kind, extensions=extensions)
    client = HostileClient(certified_key=key, **asking(trust=TrustStore([certificates.root().certificate])))
    client.say_hello()
    say_who(client)
    assert client.victim.session is not None
    assert client.victim.session.peer is not None
    assert client.victim.session.peer.certificate == key.leaf
    hostile.assert_still_talks(client)


def test_a_good_signature_in_a_scheme_that_was_not_asked_for() -> None:  # section 4.5.2 [5]
    key = certificates.certified_key(
        KeyKind.P256,
        extensions=encoding.explicit(
            3,
            encoding.sequence(
                *certificates.leaf_extensions(
                    extended_key_usage=certificates.extended_key_usage(oids.CLIENT_AUTH)
                )
            ),
        ),
    )
    anchors = TrustStore([certificates.root().certificate])
    client = HostileClient(certified_key=key, **asking(trust=anchors, signature_schemes=(ED25519,)))
    client.say_hello()
    client.say_certificate()
    client.say_verify()
    assert_refused(client, IllegalParameter, "illegal_parameter", "handshake")


def test_who_is_not_asked_has_nothing_to_say() -> None:
    client = HostileClient()
    client.connect()
    assert client.heard_of(HandshakeType.CERTIFICATE_REQUEST) == []


def test_a_client_may_have_nothing_to_show() -> None:
    client = greeted(require=False)
    client.say(Certificate(()))
    client.say_finished()
    assert client.victim.session is not None
    assert client.victim.session.peer is None
    hostile.assert_still_talks(client)


def test_who_is_known_by_a_key_from_elsewhere_is_not_asked() -> None:  # section 4.4.2 [8], appendix F.1 [1]
    """Not in the handshake and not after it."""
    client = HostileClient(**asking(external_psks=(PreSharedKey(b"name", bytes(32)),), **TICKETS))
    client.say_hello(psks=[Psk(b"name", bytes(32), external=True)])
    assert client.heard_of(HandshakeType.CERTIFICATE_REQUEST) == []
    client.say_finished()
    hostile.assert_still_talks(client)
    assert client.heard_of(HandshakeType.CERTIFICATE_REQUEST) == []


STORIES = Table()
SETTINGS: dict[str, dict[str, Any]] = {}


def refused(error: type[Exception], alert: str, **settings: Any) -> Any:
    def collect(script: Any) -> Any:
        SETTINGS[script.__name__] = settings
        return STORIES.refused(error, alert, "handshake")(script)

    return collect


def authority() -> Authority:
    return peers_in_memory.client_authority()


def issued(under: Authority | None = None, **replaced: Any) -> bytes:
    """A client's certificate below the authority that the victim trusts."""
    purpose = certificates.extended_key_usage(oids.CLIENT_AUTH)
    usual = {
        "public_key": certificates.key(31).public_key(),
        "extensions": certificates.leaf_extensions(extended_key_usage=purpose),
    }
    return certificates.leaf_under(under or authority(), "a client", **(usual | replaced)).der


@refused(CertificateRequired, "certificate_required")
def nothing_shown(client: HostileClient) -> None:
    client.say(Certificate(()))


@refused(IllegalParameter, "illegal_parameter")
def a_context(client: HostileClient) -> None:
    client.say_certificate(context=b"context")


@refused(IllegalParameter, "illegal_parameter", require=False)
def a_context_and_nothing_shown(client: HostileClient) -> None:
    client.say(Certificate((), b"context"))


@refused(IllegalParameter, "illegal_parameter")
def too_many_certificates(client: HostileClient) -> None:
    client.say_certificate(*[issued()] * 11)


@refused(IllegalParameter, "illegal_parameter", max_certificates=1)
def more_certificates_than_the_settings_allow(client: HostileClient) -> None:
    client.say_certificate(*[issued()] * 2)


@refused(UnsupportedExtension, "unsupported_extension")
def a_status_that_was_not_asked_for(client: HostileClient) -> None:  # section 4.5.1 [7]
    client.say(Certificate((CertificateEntry(issued(), (CertificateStatus(b"good"),)),)))


@refused(UnsupportedExtension, "unsupported_extension")
def an_extension_that_nobody_knows(client: HostileClient) -> None:  # section 4.5.1 [7]
    client.say(Certificate((CertificateEntry(issued()), CertificateEntry(issued(), (UNKNOWN,)))))


@refused(IllegalParameter, "illegal_parameter")
def an_extension_of_the_request_itself(client: HostileClient) -> None:
    client.say(Certificate((CertificateEntry(issued(), (SignatureAlgorithms((ED25519,)),)),)))


@refused(MalformedCertificate, "bad_certificate")
def what_is_no_certificate(client: HostileClient) -> None:
    client.say_certificate(b"no certificate")


@refused(MalformedCertificate, "bad_certificate", require=False)
def what_is_no_certificate_even_where_none_is_required(client: HostileClient) -> None:
    client.say_certificate(b"no certificate")


@refused(CertificateExpired, "certificate_expired")
def an_expired_certificate(client: HostileClient) -> None:
    client.say_certificate(issued(not_after=certificates.NOW - SECOND))


@refused(CertificateNotYetValid, "certificate_expired")
def a_certificate_of_the_future(client: HostileClient) -> None:
    client.say_certificate(issued(not_before=certificates.NOW + SECOND))


@refused(UnknownAuthority, "unknown_ca")
def a_certificate_from_the_servers_own_authority(client: HostileClient) -> None:
    client.say_certificate(issued(peers_in_memory.family().authority))


@refused(UnknownAuthority, "unknown_ca")
def a_self_signed_certificate(client: HostileClient) -> None:
    client.say_certificate(
        certificates.root(31, "me", extensions=certificates.leaf_extensions()).certificate.der
    )


@refused(InvalidCertificateSignature, "bad_certificate")
def a_certificate_from_an_authority_of_the_same_name(client: HostileClient) -> None:
    client.say_certificate(issued(certificates.root(8, "Client Root")))


@refused(NotPermitted, "certificate_unknown")
def a_certificate_for_servers(client: HostileClient) -> None:
    client.say_certificate(issued(extensions=certificates.leaf_extensions()))


@refused(WeakSignature, "bad_certificate")
def a_certificate_signed_with_sha1(client: HostileClient) -> None:
    weak = AlgorithmIdentifier(oids.RSA_WITH_SHA1, NULL)
    client.say_certificate(certificates.assemble(identifier=weak, issuer=name("Client Root")))


@refused(UnsupportedCertificate, "unsupported_certificate")
def a_certificate_with_a_critical_extension_that_nobody_knows(client: HostileClient) -> None:
    strange = certificates.extension("1.2.3.4", b"\x05\x00", critical=True)
    client.say_certificate(issued(extensions=certificates.leaf_extensions(strange=strange)))


@refused(UnexpectedMessage, "unexpected_message")
def certificate_verify_left_out(client: HostileClient) -> None:  # section 4.5.2 [2]
    """Whoever has copied the certificate could be this client."""
    client.say_certificate()
    client.say_finished()


@refused(UnexpectedMessage, "unexpected_message", require=False)
def certificate_verify_left_out_where_none_was_required(client: HostileClient) -> None:
    client.say_certificate()
    client.say_finished()


@refused(UnexpectedMessage, "unexpected_message")
def certificate_left_out(client: HostileClient) -> None:
    client.say_finished()


@refused(UnexpectedMessage, "unexpected_message", require=False)
def certificate_left_out_where_none_was_required(client: HostileClient) -> None:
    """Who has none says so."""
    client.say_finished()


@refused(UnexpectedMessage, "unexpected_message", require=False)
def a_proof_of_nothing(client: HostileClient) -> None:
    client.say(Certificate(()))
    client.say_verify()


@refused(UnexpectedMessage, "unexpected_message")
def certificate_twice(client: HostileClient) -> None:
    client.say_certificate()
    client.say_certificate()


@refused(DecryptError, "decrypt_error")
def a_signature_by_another_key(client: HostileClient) -> None:
    client.say_certificate()
    client.say_verify(key=certificates.key(0))


@refused(DecryptError, "decrypt_error", require=False)
def a_signature_by_another_key_where_none_was_required(client: HostileClient) -> None:
    client.say_certificate()
    client.say_verify(key=certificates.key(0))


@refused(DecryptError, "decrypt_error")
def a_signature_made_as_a_server(client: HostileClient) -> None:
    client.say_certificate()
    client.say_verify(role="server")


@refused(DecryptError, "decrypt_error")
def a_signature_off_by_one_bit(client: HostileClient) -> None:
    client.say_certificate()
    honest = client.certificate_verify()
    client.say(replace(honest, signature=honest.signature[:-1] + bytes([honest.signature[-1] ^ 1])))


@refused(DecryptError, "decrypt_error")
def a_signature_of_another_handshake(client: HostileClient) -> None:
    client.say_certificate()
    other = greeted(random=bytes(32))
    other.say_certificate()
    client.say(other.certificate_verify())


@refused(DecryptError, "decrypt_error")
def the_servers_own_proof_sent_back(client: HostileClient) -> None:
    client.say_certificate()
    (verify,) = client.heard_of(HandshakeType.CERTIFICATE_VERIFY)
    client.say(verify)


@refused(IllegalParameter, "illegal_parameter", signature_schemes=(P256_SHA256, ED25519))
def a_scheme_that_was_not_asked_for(client: HostileClient) -> None:  # section 4.5.2 [5]
    client.say_certificate()
    client.say_verify(scheme=RSAE_SHA256)


@refused(IllegalParameter, "illegal_parameter")
def a_scheme_that_does_not_fit_the_key(client: HostileClient) -> None:
    client.say_certificate()
    client.say_verify(scheme=P256_SHA256)


@refused(IllegalParameter, "illegal_parameter")
def a_key_share_beside_a_certificate(client: HostileClient) -> None:
    share = ServerKeyShare(hostile.KeyShareEntry(0x001D, bytes(32)))
    client.say(Certificate((CertificateEntry(issued(), (share,)),)))


@refused(DecryptError, "decrypt_error")
def a_finished_that_leaves_the_proof_out(client: HostileClient) -> None:
    early = client.finished()
    client.say_certificate()
    client.say_verify()
    client.say(early)


@STORIES.parametrize()
def test_what_a_server_refuses(line: Refused) -> None:
    client = greeted(**SETTINGS[line.script.__name__])
    line.script(client)
    assert_refused(client, line.error, line.alert, line.phase)


MESSAGES = (CertificateVerify(ED25519, bytes(64)), Finished(bytes(32)), request())


@pytest.mark.parametrize("said", MESSAGES, ids=lambda said: type(said).__name__)
def test_every_other_message_is_unexpected(said: messages.Message) -> None:
    client = greeted()
    client.say(said)
    assert_refused(client, UnexpectedMessage, "unexpected_message", "handshake")


# Tickets remember who it was


def ticket_of(client: HostileClient) -> Psk:
    """The first ticket that this client was given, and its key."""
    given = client.heard_of(HandshakeType.NEW_SESSION_TICKET)[0]
    assert client.resumption_secret is not None
    key = oracle.ticket_psk(client.resumption_secret, given.ticket_nonce)
    return Psk(given.ticket, key, obfuscated_age=given.ticket_age_add)


def who_was(client: HostileClient) -> tuple[bytes, ...]:
    assert client.victim.session is not None
    peer = client.victim.session.peer
    return () if peer is None or peer.path is None else tuple(c.der for c in peer.path.certificates)


def introduced(**settings: Any) -> HostileClient:
    client = greeted(**(TICKETS | settings))
    say_who(client)
    assert_connected(client)
    return client


def path() -> tuple[bytes, ...]:
    return peers_in_memory.client_key().leaf.der, authority().certificate.der


@pytest.mark.parametrize("require", [True, False])
def test_who_comes_again_is_known(require: bool) -> None:  # section 4.4.2 [7]
    """And is not asked; nor is who comes a third time."""
    psk = ticket_of(introduced())
    inside = tickets.open(psk.identity, [TICKET_KEY])
    assert inside is not None
    assert inside.certificates == path()
    for _ in range(2):
        client = HostileClient(**asking(require=require, **TICKETS))
        client.say_hello(psks=[psk])
        assert client.heard_of(HandshakeType.CERTIFICATE_REQUEST) == []
        client.say_finished()
        assert client.victim.session is not None
        assert client.victim.session.psk_origin == "ticket"
        assert who_was(client) == path()
        hostile.assert_still_talks(client)
        psk = ticket_of(client)


LATER = certificates.NOT_AFTER + SECOND
FORGOTTEN: dict[str, dict[str, Any]] = {
    "nobody is asked any more": {
        "trust": None,
        "client_certificates": "none",
    },
    "another authority is trusted now": {"trust": TrustStore([certificates.root(8).certificate])},
    "an authority of the same name is": {
        "trust": TrustStore([certificates.root(8, "Client Root").certificate])
    },
    "none is": {"trust": TrustStore([])},
}


@pytest.mark.parametrize("case", FORGOTTEN)
def test_but_not_if(case: str) -> None:
    psk = ticket_of(introduced())
    client = HostileClient(**(asking(**TICKETS) | FORGOTTEN[case]))
    client.say_hello(psks=[psk])
    assert client.victim.session is None
    assert len(client.heard_of(HandshakeType.CERTIFICATE)) == 1  # the server proves who it is, afresh


def test_not_if_the_certificate_has_expired() -> None:
    """The ticket is fresh still, and what it remembers is not."""
    short = issued(not_after=certificates.NOW + 10 * SECOND)
    client = greeted(**TICKETS)
    client.say_certificate(short)
    client.say_verify()
    client.say_finished()
    psk = ticket_of(client)
    for seconds, taken in ((10, True), (11, False)):
        later = HostileClient(**asking(**TICKETS, now=certificates.NOW + seconds * SECOND))
        later.say_hello(psks=[psk])
        assert (later.heard_of(HandshakeType.CERTIFICATE) == []) == taken


def test_who_showed_nothing_is_asked_again_where_something_is_required() -> None:
    client = greeted(require=False, **TICKETS)
    client.say(Certificate(()))
    client.say_finished()
    psk = ticket_of(client)
    for require in (False, True):
        again = HostileClient(**asking(require=require, **TICKETS))
        again.say_hello(psks=[psk])
        assert len(again.heard_of(HandshakeType.CERTIFICATE_REQUEST)) == require
    strict = HostileClient(**asking(**TICKETS))
    strict.say_hello(psks=[psk])
    say_who(strict)
    assert who_was(strict) == path()


def test_a_chain_that_no_ticket_has_room_for_gets_none() -> None:
    """It would not fit into a ClientHello."""
    bulk = certificates.extension("1.2.3.4", encoding.octet_string(bytes(2**14)), critical=False)
    large = X509.from_der(issued(extensions=certificates.leaf_extensions(extended_key_usage=None, bulk=bulk)))
    client = HostileClient(certified_key=CertifiedKey((large,), certificates.key(31)), **asking(**TICKETS))
    client.say_hello()
    say_who(client)
    assert client.heard_of(HandshakeType.NEW_SESSION_TICKET) == []
    assert client.events == [HandshakeComplete(client.victim.session)]  # type: ignore[arg-type]
    hostile.assert_still_talks(client)


# Both ends ours


def test_both_ends_ours() -> None:
    key = peers_in_memory.client_key()
    link = peers_in_memory.connected(
        peers_in_memory.client_settings(certified_keys=(key,)),
        peers_in_memory.server_settings(**asking()),
    )
    assert link.server.session is not None
    assert link.server.session.peer is not None
    assert link.server.session.peer.certificate == key.leaf

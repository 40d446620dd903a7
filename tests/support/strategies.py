"""Random handshake messages, every one of which the RFC's syntax allows.  For hypothesis."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from handshake.certificate_extensions import (
    CertificateAuthorities,
    CertificateStatus,
    OidFilters,
    PostHandshakeAuth,
    StatusRequest,
)
from handshake.constants import HELLO_RETRY_REQUEST_RANDOM, ExtensionType
from handshake.extension_blocks import Place
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    KeyShareEntry,
    RecordSizeLimit,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    KeyUpdate,
    Message,
    NewSessionTicket,
    ServerHello,
)
from handshake.psk_extensions import (
    EarlyDataIndication,
    MaxEarlyData,
    OfferedPsks,
    PskIdentity,
    PskKeyExchangeModes,
    SelectedPsk,
)

uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFFFFFF)
numbers = st.lists(uint16, min_size=1, max_size=5).map(tuple)
some_bytes = st.binary(min_size=1, max_size=40)
randoms = st.binary(min_size=32, max_size=32)
session_ids = st.binary(max_size=32)
host_names = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30
)  # as much as the syntax allows
shares = st.builds(KeyShareEntry, uint16, some_bytes)
protocols = st.lists(st.binary(min_size=1, max_size=255), min_size=1, max_size=3).map(tuple)
psks = st.lists(
    st.tuples(st.builds(PskIdentity, some_bytes, uint32), st.binary(min_size=32, max_size=255)),
    min_size=1,
    max_size=3,
)
offers = psks.map(lambda pairs: OfferedPsks(*map(tuple, zip(*pairs, strict=True))))
authorities = st.builds(CertificateAuthorities, st.lists(some_bytes, min_size=1, max_size=3).map(tuple))
filters = st.dictionaries(some_bytes, st.binary(max_size=20), max_size=3).map(
    lambda found: tuple(found.items())
)

# The extensions that are read in each message, besides those that are left alone.
USED: dict[Place, list[SearchStrategy[Extension]]] = {
    Place.CH: [
        st.builds(ServerName, host_names),
        st.builds(SupportedVersions, numbers),
        st.builds(SupportedGroups, numbers),
        st.builds(SignatureAlgorithms, numbers),
        st.builds(SignatureAlgorithmsCert, numbers),
        st.builds(ApplicationProtocols, protocols),
        st.builds(Cookie, some_bytes),
        st.builds(ClientKeyShares, st.lists(shares, max_size=3).map(tuple)),
        st.builds(RecordSizeLimit, st.integers(64, 0xFFFF)),
        st.builds(PskKeyExchangeModes, st.lists(st.integers(0, 255), min_size=1, max_size=3).map(tuple)),
        st.just(EarlyDataIndication()),
        offers,
        authorities,
        st.just(PostHandshakeAuth()),
        st.just(StatusRequest()),
    ],
    Place.SH: [
        st.builds(SelectedVersion, uint16),
        st.builds(ServerKeyShare, shares),
        st.builds(SelectedPsk, uint16),
    ],
    Place.HRR: [
        st.builds(SelectedVersion, uint16),
        st.builds(SelectedGroup, uint16),
        st.builds(Cookie, some_bytes),
    ],
    Place.EE: [
        st.just(ServerName(None)),
        st.builds(SupportedGroups, numbers),
        st.builds(ApplicationProtocols, protocols),
        st.builds(RecordSizeLimit, st.integers(64, 2**14 + 1)),
        st.just(EarlyDataIndication()),
    ],
    Place.CT: [st.builds(CertificateStatus, some_bytes)],
    Place.CR: [
        st.builds(SignatureAlgorithms, numbers),
        st.builds(SignatureAlgorithmsCert, numbers),
        authorities,
        st.builds(OidFilters, filters),
    ],
    Place.NST: [st.builds(MaxEarlyData, uint32)],
}

# Known to nobody, GREASE among them.
unknown = st.builds(
    UnusedExtension, uint16.filter(lambda number: number not in tuple(ExtensionType)), st.binary(max_size=20)
)


def blocks(place: Place) -> SearchStrategy[tuple[Extension, ...]]:
    """An extension block for this message, no type in it twice, pre_shared_key at its end."""
    return st.lists(
        st.one_of(*USED[place], unknown), max_size=6, unique_by=lambda extension: extension.type
    ).map(lambda found: tuple(sorted(found, key=lambda one: one.type == ExtensionType.PRE_SHARED_KEY)))


def certificates() -> SearchStrategy[Certificate]:
    entry = st.builds(CertificateEntry, some_bytes, blocks(Place.CT))
    return st.builds(Certificate, st.lists(entry, max_size=3).map(tuple), st.binary(max_size=255))


MESSAGES: dict[str, SearchStrategy[Message]] = {
    "ClientHello": st.builds(
        ClientHello,
        randoms,
        session_ids,
        numbers,
        blocks(Place.CH),
        uint16,
        st.binary(min_size=1, max_size=9),
    ),
    "ServerHello": st.builds(
        ServerHello,
        randoms.filter(lambda random: random != HELLO_RETRY_REQUEST_RANDOM),
        session_ids,
        uint16,
        blocks(Place.SH),
        uint16,
        st.integers(0, 255),
    ),
    "HelloRetryRequest": st.builds(
        HelloRetryRequest, session_ids, uint16, blocks(Place.HRR), uint16, st.integers(0, 255)
    ),
    "EncryptedExtensions": st.builds(EncryptedExtensions, blocks(Place.EE)),
    "CertificateRequest": st.builds(CertificateRequest, st.binary(max_size=255), blocks(Place.CR)),
    "Certificate": certificates(),
    "CertificateVerify": st.builds(CertificateVerify, uint16, st.binary(max_size=100)),
    "Finished": st.builds(Finished, st.binary(max_size=64)),
    "EndOfEarlyData": st.just(EndOfEarlyData()),
    "NewSessionTicket": st.builds(
        NewSessionTicket, uint32, uint32, st.binary(max_size=255), some_bytes, blocks(Place.NST)
    ),
    "KeyUpdate": st.builds(KeyUpdate, st.sampled_from([0, 1])),
}

any_message = st.one_of(*MESSAGES.values())

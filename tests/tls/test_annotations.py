"""Every name has its line, and the sections are those that the code itself gives."""

import re

import pytest

from handshake import certificate_extensions, extensions, messages, psk_extensions
from handshake.constants import ExtensionType, HandshakeType
from handshake.derivation import Derivation
from handshake.pre_shared_keys import PreSharedKey
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import traced
from tls.tracing import annotations
from tls.tracing.trace import Trace, TracedMessage

MESSAGES = [
    kind for kind in vars(messages).values() if isinstance(getattr(kind, "type", None), HandshakeType)
]
EXTENSIONS = [
    kind
    for module in (extensions, psk_extensions, certificate_extensions)
    for kind in vars(module).values()
    if isinstance(getattr(kind, "type", None), ExtensionType)
]


def section_in(docstring: str) -> str:
    """The section that a docstring cites, in full: "(section 4.2.2)" is one of RFC 9846."""
    found = re.search(r"(RFC \d+ )?section [\d.]*\d", docstring)
    assert found is not None
    return found[0] if found[1] else f"RFC 9846 {found[0]}"


def test_the_code_has_messages_and_extensions() -> None:
    assert len(MESSAGES) == 11
    assert len(EXTENSIONS) == 22


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_has_the_section_that_its_class_cites(kind: type) -> None:
    section, meaning = annotations.of_message(kind.__name__)
    assert section == section_in(kind.__doc__ or "")
    assert meaning


def test_no_message_is_annotated_that_does_not_exist() -> None:
    assert annotations.MESSAGES.keys() == {kind.__name__ for kind in MESSAGES}


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_an_extension_has_the_section_that_its_class_cites(kind: type) -> None:
    name = kind.type.name.lower()  # type: ignore[attr-defined]
    assert annotations.of_field(f"client_hello.extensions[3].{name}").section == section_in(
        kind.__doc__ or ""
    )


def test_every_extension_that_we_recognise_is_annotated() -> None:
    assert annotations.EXTENSIONS.keys() == {member.name.lower() for member in ExtensionType}


def test_extensions_that_nobody_uses() -> None:
    grease = annotations.of_field("client_hello.extensions[0].extension_2570")
    unknown = annotations.of_field("client_hello.extensions[0].extension_35")
    assert grease.section == "RFC 8701 section 2"
    assert "nothing" in grease.meaning
    assert unknown.section == "RFC 9846 section 4.3"


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("client_hello.msg_type", "RFC 9846 section 4"),
        ("client_hello", "RFC 9846 section 4.2.2"),
        ("client_hello.random", "RFC 9846 section 4.2.2"),
        ("server_hello.random", "RFC 9846 section 4.2.3"),
        ("client_hello.legacy_session_id", "RFC 9846 appendix E.4"),
        ("client_hello.cipher_suites[1]", "RFC 9846 appendix B.4"),
        ("client_hello.extensions[1].server_name.server_name_list.host_name", "RFC 6066 section 3"),
        ("client_hello.extensions[6].key_share.client_shares[1].key_exchange", "RFC 9846 section 4.3.8"),
        (
            "client_hello.extensions[6].key_share.client_shares[1].key_exchange.t_hat",
            "FIPS 203 section 5.1",
        ),
        ("certificate.certificate_list[0].cert_data", "RFC 9846 section 4.5.1"),
        ("certificate.certificate_list[0].extensions", "RFC 9846 section 4.3"),
        ("certificate_verify.signature", "RFC 9846 section 4.5.2"),
        ("new_session_ticket.ticket", "RFC 9846 section 4.7.1"),
    ],
)
def test_a_field_has_the_nearest_section(path: str, section: str) -> None:
    assert annotations.of_field(path).section == section


def test_a_section_is_short_where_there_is_little_room() -> None:
    assert annotations.abbreviated("RFC 9846 section 4.2.3") == "RFC 9846 §4.2.3"
    assert annotations.abbreviated("RFC 9846 appendix B.4") == "RFC 9846 §B.4"


def test_a_meaning_is_said_at_the_vector_and_not_at_each_element() -> None:
    assert annotations.of_field("client_hello.cipher_suites").meaning
    assert not annotations.of_field("client_hello.cipher_suites[0]").meaning


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("certificate", "RFC 5280 section 4.1"),
        ("certificate.tbsCertificate", "RFC 5280 section 4.1.1.1"),
        ("certificate.tbsCertificate.signature.algorithm", "RFC 5280 section 4.1.2.3"),
        ("certificate.tbsCertificate.issuer[0][0].value", "RFC 5280 section 4.1.2.4"),
        ("certificate.tbsCertificate.extensions[1].critical", "RFC 5280 section 4.1.2.9"),
        ("certificate.tbsCertificate.extensions[0].extnValue.KeyUsage", "RFC 5280 section 4.2.1.3"),
        ("certificate.signatureValue", "RFC 5280 section 4.1.1.3"),
    ],
)
def test_an_element_has_the_nearest_section_of_rfc_5280(path: str, section: str) -> None:
    assert annotations.of_element(path).section == section


SECRETS = {
    "early_secret": "7.1",
    "derived from early_secret": "7.1",
    "handshake_secret": "7.1",
    "client_handshake_traffic_secret": "7.1",
    "server_handshake_traffic_secret": "7.1",
    "server_handshake_traffic_secret: key": "7.3",
    "server_handshake_traffic_secret: iv": "7.3",
    "server_handshake_traffic_secret: finished_key": "4.5.3",
    "derived from handshake_secret": "7.1",
    "main_secret": "7.1",
    "client_application_traffic_secret_0": "7.1",
    "server_application_traffic_secret_0": "7.1",
    "exporter_secret": "7.5",
    "client_application_traffic_secret_1": "7.2",
    "resumption_secret": "7.1",
    "binder_key": "4.3.11.2",
    "binder_key: finished_key": "4.5.3",
    "client_early_traffic_secret": "7.1",
    "early_exporter_secret": "7.5",
    "PSK": "4.7.1",
    "exporter_secret: EXPORTER-key": "7.5",
    "exported for EXPORTER-key": "7.5",
    "early_exporter_secret: EXPORTER-early": "7.5",
}


def test_every_secret_of_a_connection_has_its_section() -> None:
    resumed = traced.resumed_with_early_data().client_trace.steps()
    steps = [*traced.updated().client_trace.steps(), *resumed]
    derived = {step.name: annotations.of_secret(step) for step in steps if isinstance(step, Derivation)}
    assert {name: derived[name].section for name in SECRETS} == {
        name: f"RFC 9846 section {section}" for name, section in SECRETS.items()
    }
    assert all(note.meaning for note in derived.values())


@pytest.mark.parametrize("label", ["key", "anything", "resumption", "exporter"])
def test_what_an_application_exports_has_any_label(label: str) -> None:
    both = traced.handshake()
    both.client.export(label, b"", 32)
    derived = [step for step in both.client_trace.steps() if isinstance(step, Derivation)][-2:]
    assert [annotations.of_secret(step).section for step in derived] == ["RFC 9846 section 7.5"] * 2
    assert annotations.of_secret(derived[0]).meaning == annotations.EXPORTED[1]


def test_the_binder_of_a_key_from_elsewhere() -> None:
    both = traced.handshake(external_psks=(PreSharedKey(b"name", bytes(32)),))
    steps = both.client_trace.steps()
    (binder,) = [step for step in steps if isinstance(step, Derivation) and step.name == "binder_key"]
    note = annotations.of_secret(binder)
    assert note.section == "RFC 9846 section 4.3.11.2"
    assert "elsewhere" in note.meaning


def plain(content_type: ContentType) -> PlainRecord:
    return PlainRecord("read", bytes(5), content_type, b"")


def test_a_record_has_the_section_of_what_it_is() -> None:
    protected = ProtectedRecord("seal", 0, bytes(12), bytes(5), ContentType.HANDSHAKE, b"", 0, b"")
    sections = [
        annotations.of_record(record).section
        for record in (
            plain(ContentType.HANDSHAKE),
            protected,
            plain(ContentType.ALERT),
            plain(ContentType.CHANGE_CIPHER_SPEC),
        )
    ]
    assert sections == [f"RFC 9846 section {number}" for number in ("5.1", "5.2", "6", "5")]


def test_early_data_that_were_refused_have_another_section() -> None:
    skipped = PlainRecord("skip", bytes(5), ContentType.APPLICATION_DATA, b"")
    assert annotations.of_record(skipped).section == "RFC 9846 section 4.3.10"


def test_the_end_has_its_section() -> None:
    assert annotations.of_failure().section == "RFC 9846 section 6.2"


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_name_of_a_message_is_found_by_its_path(kind: type) -> None:
    path = kind.type.name.lower()  # type: ignore[attr-defined]
    name = "ServerHello" if kind.__name__ == "HelloRetryRequest" else kind.__name__  # one type for both
    assert annotations.name_of_message(f"{path}.msg_type") == name


def test_everything_in_a_trace_is_annotated() -> None:
    """No field falls back to nothing, whatever message it is in."""
    both = traced.retried()
    resumed = traced.resumed_with_early_data()
    traces = (both.client_trace, traced.updated().client_trace, resumed.client_trace, resumed.server_trace)
    for trace in (both.server_trace, *traces):
        assert all(re.match(r"RFC \d+ (section|appendix) ", part.section) for part in parts_of(trace))


def parts_of(trace: Trace):  # type: ignore[no-untyped-def]
    found = [part for step in trace.steps() if isinstance(step, TracedMessage) for part in step.parts]
    assert found
    return found

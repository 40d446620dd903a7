"""Mutants of the two hellos: what a client believes of a server's answer, and either side of a second try."""

from handshake import client, client_offer, extension_blocks, server_answer, server_choice
from handshake.constants import CipherSuite, NamedGroup, ProtocolVersion
from handshake.extensions import (
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    UnusedExtension,
)
from handshake.groups import GROUPS, Group
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import SelectedPsk
from handshake.suites import SUITES
from journey.mutants.hostile import SUITE, UNKNOWN_EXTENSION, X25519, HostileClient, Victim
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant, crash
from purecrypto import entropy
from record.content_type import ContentType

OTHER_SUITE = CipherSuite.TLS_AES_128_GCM_SHA256
OTHER_GROUP = NamedGroup.SECP256R1


# --- The two hellos ----------------------------------------------------------------------------------------


def no_supported_versions(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(extensions=(ServerKeyShare(KeyShareEntry(X25519, hostile.share)),))
    hostile.finish()
    return "a ServerHello that says TLS 1.2 and nothing else is taken for TLS 1.3"


def a_version_twice(stage: Stage) -> str:
    hostile = stage.hostile_server()
    honest = hostile.server_hello()
    hostile.hello(extensions=(SelectedVersion(ProtocolVersion.TLS_1_2), *honest.extensions))
    hostile.finish()
    return "a ServerHello selects TLS 1.2 and TLS 1.3, and the client takes the second"


def an_extension_out_of_place(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello()
    hostile.finish(SelectedVersion(ProtocolVersion.TLS_1_2))
    return "supported_versions comes once more, in EncryptedExtensions, and says TLS 1.2"


def a_suite_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(cipher_suites=(OTHER_SUITE,))
    hostile.hello()
    hostile.finish()
    return f"a client that offered only {OTHER_SUITE.name} speaks {SUITE.number.name}"


def a_group_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server()
    share = ServerKeyShare(KeyShareEntry(OTHER_GROUP, bytes(65)))
    try:
        hostile.hello(extensions=(SelectedVersion(), share))
    except KeyError as bug:
        return crash(bug)
    raise Beaten("the client has a private key for it")


def a_group_not_offered_in_a_retry(stage: Stage) -> str:
    hostile = stage.hostile_server()
    try:
        hostile.ask_again(OTHER_GROUP)
    except KeyError as bug:
        return crash(bug)
    raise Beaten("the client has a private key for it")


def another_session_id(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(legacy_session_id_echo=bytes(32))
    hostile.finish()
    return "the client is connected, though the server has echoed what it never sent"


def compression(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(legacy_compression_method=1)
    hostile.finish()
    return "the server says that it compresses, and is believed"


def an_answer_that_nobody_asked_for(stage: Stage) -> str:
    hostile = stage.hostile_server()
    honest = hostile.server_hello()
    hostile.hello(extensions=(*honest.extensions, UnusedExtension(UNKNOWN_EXTENSION, b"do as I say")))
    hostile.finish()
    return f"ServerHello answers with extension {UNKNOWN_EXTENSION:#06x}, and the client is connected"


def a_key_that_nobody_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(external_psks=(PreSharedKey(b"the vault", entropy.random_bytes(32)),))
    honest = hostile.server_hello()
    try:
        hostile.hello(extensions=(*honest.extensions, SelectedPsk(1)))
    except IndexError as bug:
        return crash(bug)
    raise Beaten("the client has a second key")


def a_share_of_another_size(stage: Stage) -> str:
    hostile = stage.hostile_server()
    share = ServerKeyShare(KeyShareEntry(X25519, bytes(31)))
    try:
        hostile.hello(extensions=(SelectedVersion(), share))
    except ValueError as bug:
        return crash(bug)
    raise Beaten("the key exchange takes it")


# --- Once more, please -------------------------------------------------------------------------------------


def ask_for_ever(stage: Stage) -> str:
    hostile = stage.hostile_server(key_share_groups=())
    hostile.ask_again()
    for _ in range(99):
        hostile.say(hostile.retry_request(SelectedGroup(X25519)))
    hellos = sum(record.content_type is ContentType.HANDSHAKE for record in hostile.heard)
    return f"the client has sent {hellos} hellos, and will send one for each request"


def ask_for_nothing(stage: Stage) -> str:
    hostile = stage.hostile_server()
    first = hostile.client_hello
    hostile.say(hostile.retry_request())
    if hostile.client_hello != first:
        raise Beaten("something has changed")
    return "the client says the same again, word for word"


def ask_for_what_was_there(stage: Stage) -> str:
    hostile = stage.hostile_server()
    first = hostile.client_hello
    hostile.say(hostile.retry_request(SelectedGroup(X25519)))
    if hostile.client_hello != first:
        raise Beaten("something has changed")
    return "asked for the share that it has sent, the client sends it again"


def change_the_suite(stage: Stage) -> str:
    hostile = stage.hostile_server(key_share_groups=(), cipher_suites=(OTHER_SUITE, SUITE.number))
    hostile.ask_again(cipher_suite=OTHER_SUITE)
    hostile.suite = SUITES[OTHER_SUITE]
    hostile.hello()
    hostile.finish()
    return f"ServerHello says {SUITE.number.name}, and {OTHER_SUITE.name} is spoken, as it was said before"


def go_back_to_the_first_share(stage: Stage) -> str:
    private = {group: GROUPS[group].new_private(entropy.random_bytes) for group in (X25519, OTHER_GROUP)}
    hostile = stage.hostile_server(private_keys=private, key_share_groups=(X25519,))
    first = hostile.client_hello
    hostile.ask_again(OTHER_GROUP)
    hostile.hello(shared_secret=hostile.agree(first))
    group = hostile.finish().group
    assert group is not None
    return f"asked for a share of {OTHER_GROUP.name}, the client agrees on {group.name}, by its first hello"


def change_the_second_hello(stage: Stage) -> str:
    victim = Victim(stage.server_settings())
    hostile = HostileClient(victim, stage.client_settings())
    hostile.hello(key_share_groups=())
    hostile.hello(server_name="casino.example")
    if hostile.heard[-1].content_type is not ContentType.APPLICATION_DATA:
        raise Beaten("the server does not go on")
    return f"the first hello asks for {stage.name}, the second for casino.example, and it is answered"


AGREED = "server_answer.agreed_suite(server_hello, second_hello)"
ANY_NUMBER_OF_REQUESTS = changed(
    client.try_again,
    {
        "server_hello = yield from talk.receive(ServerHello)": (
            "server_hello = yield from talk.receive(ServerHello, HelloRetryRequest)\n"
            "    while isinstance(server_hello, HelloRetryRequest):\n"
            "        yield from talk.send(second_hello)\n"
            "        server_hello = yield from talk.receive(ServerHello, HelloRetryRequest)"
        )
    },
)

PEER = Kind.HOSTILE_PEER

MUTANTS = (
    Mutant(
        "size of a share",
        "RFC 9846 4.3.8.2",
        (without(Group._check_size, "if len(received) != size:"),),
        PEER,
        a_share_of_another_size,
    ),
    Mutant(
        "ServerHello without supported_versions",
        "RFC 9846 4.3.1",
        (
            changed(
                server_answer.agreed_suite,
                {
                    "if selected is None:": "if False:",
                    "if selected.selected_version != ": "if selected and selected.selected_version != ",
                },
            ),
        ),
        PEER,
        no_supported_versions,
    ),
    Mutant(
        "an extension twice",
        "RFC 9846 4.3",
        (without(extension_blocks.read, "if extension_type in found:"),),
        PEER,
        a_version_twice,
    ),
    Mutant(
        "an extension in the wrong message",
        "RFC 9846 4.3",
        (without(extension_blocks.read, "if place not in _PLACES.get(extension_type, (place,)):"),),
        PEER,
        an_extension_out_of_place,
    ),
    Mutant(
        "suite that was not offered",
        "RFC 9846 4.2.3",
        (
            changed(
                server_answer.agreed_suite, {"answer.cipher_suite not in client_hello.cipher_suites or ": ""}
            ),
        ),
        PEER,
        a_suite_not_offered,
    ),
    Mutant(
        "group that was not offered",
        "RFC 9846 4.3.8",
        (without(server_answer.agree, "if share.group not in exchanges:"),),
        PEER,
        a_group_not_offered,
    ),
    Mutant(
        "legacy_session_id_echo",
        "RFC 9846 4.2.3",
        (
            without(
                server_answer.agreed_suite,
                "if answer.legacy_session_id_echo != client_hello.legacy_session_id:",
            ),
        ),
        PEER,
        another_session_id,
    ),
    Mutant(
        "compression in ServerHello",
        "RFC 9846 4.2.3",
        (without(server_answer.agreed_suite, "if answer.legacy_compression_method != NULL_COMPRESSION:"),),
        PEER,
        compression,
    ),
    Mutant(
        "unsolicited extension in ServerHello",
        "RFC 9846 4.3",
        (
            without(
                server_answer.agreed_suite,
                "authentication.refuse_unsolicited(answer, client_hello, allowed=(Cookie.type,))",
            ),
        ),
        PEER,
        an_answer_that_nobody_asked_for,
    ),
    Mutant(
        "pre-shared key that was not offered",
        "RFC 9846 4.3.11",
        (without(server_answer.chosen_key, "if place >= len(known):"),),
        PEER,
        a_key_that_nobody_offered,
    ),
    Mutant(
        "second HelloRetryRequest",
        "RFC 9846 4.2.4",
        (ANY_NUMBER_OF_REQUESTS,),
        PEER,
        ask_for_ever,
    ),
    Mutant(
        "HelloRetryRequest that changes nothing",
        "RFC 9846 4.2.4",
        (without(client_offer.retry_hello, "if selected is None and cookie is None:"),),
        PEER,
        ask_for_nothing,
    ),
    Mutant(
        "HelloRetryRequest for a share that was sent",
        "RFC 9846 4.3.8",
        (without(client_offer.retry_hello, "if group in settings.key_share_groups:"),),
        PEER,
        ask_for_what_was_there,
    ),
    Mutant(
        "HelloRetryRequest for a group not offered",
        "RFC 9846 4.3.8",
        (without(client_offer.retry_hello, "if group not in settings.groups:"),),
        PEER,
        a_group_not_offered_in_a_retry,
    ),
    Mutant(
        "another suite after HelloRetryRequest",
        "RFC 9846 4.2.4",
        (
            changed(
                client.try_again,
                {f"if {AGREED} is not suite:": f"if not {AGREED}:"},
            ),
        ),
        PEER,
        change_the_suite,
    ),
    Mutant(
        "another group after HelloRetryRequest",
        "RFC 9846 4.3.8",
        (changed(client_offer.retry_hello, {"exchanges = {": "exchanges |= {"}),),
        PEER,
        go_back_to_the_first_share,
    ),
    Mutant(
        "second ClientHello changed",
        "RFC 9846 4.2.2",
        (without(server_choice.check_unchanged, "if constant(first_hello) != constant(second_hello):"),),
        PEER,
        change_the_second_hello,
    ),
)

"""What can be said on the command line.

`parse` returns a namespace: `command` is serve, get, connect, explain or demo, the rest are that command's
options.
"""

import argparse
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from handshake.extensions import MIN_RECORD_SIZE
from handshake.groups import GROUPS
from handshake.pre_shared_keys import PreSharedKey
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from record.framing import MAX_PLAINTEXT
from record.protection import MAX_INNER_PLAINTEXT
from tls.captures.streams import MAX_STREAMS
from tls.config import MAX_EARLY_DATA, MAX_TICKETS
from x509 import arguments as shared
from x509.arguments import KEY_TYPE, KEY_TYPES

ALPN_HELP = "protocols to agree on, best first, with commas between them"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line, sys.argv by default; exits with status 2, and says why, if it makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m tls", description="TLS 1.3 in pure Python.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for_all = argparse.ArgumentParser(add_help=False)
    for_all.add_argument("--keylog", metavar="FILE", help="append the secrets to FILE, for Wireshark")
    for_all.add_argument(
        "--pcapng",
        metavar="FILE",
        help="write what is said to FILE, which Wireshark opens decrypted: the secrets are in it, so it is "
        "readable by you alone",
    )
    for_all.add_argument(
        "--trace", action="store_true", help="show the handshake byte by byte, with its secrets"
    )
    for_all.add_argument(
        "--record",
        metavar="FILE",
        help="write all that came from outside in one connection, the first, to FILE, for explain --what-if: "
        "the secrets are in it, so it is readable by you alone",
    )
    _add_choice(for_all, "--suites", SUITES, "cipher suites")
    _add_choice(for_all, "--groups", GROUPS, "groups for key exchange")
    _add_choice(for_all, "--schemes", SCHEMES, "signature schemes")
    for_all.add_argument(
        "--psk",
        metavar="NAME:KEY",
        type=_pre_shared_key,
        action="append",
        default=[],
        help="a pre-shared key of 16 bytes or more, in hex, or as @FILE with the hex in it: everybody on "
        "this machine can see a command line; may be given more than once",
    )
    for_all.add_argument(
        "--psk-without-key-exchange",
        action="store_true",
        help="offer psk_ke: a pre-shared key or ticket suffices, without a key exchange; both ends need it, "
        "and who learns the key later reads everything",
    )
    for_all.add_argument(
        "--pad-records",
        metavar="BYTES",
        type=shared.number(1, MAX_PLAINTEXT),
        help="pad records to a multiple of BYTES",
    )
    for_all.add_argument(
        "--record-size-limit",
        metavar="BYTES",
        type=shared.number(MIN_RECORD_SIZE, MAX_INNER_PLAINTEXT),
        help="take no larger records (RFC 8449)",
    )
    for_clients = argparse.ArgumentParser(add_help=False)
    trust = for_clients.add_mutually_exclusive_group()
    trust.add_argument(
        "--ca",
        metavar="FILE",
        help="the authorities to trust, instead of those of $SSL_CERT_FILE, $SSL_CERT_DIR or this machine",
    )
    trust.add_argument("--insecure", action="store_true", help="accept any certificate, from anybody")
    shared.add_revocation_lists(for_clients)
    shared.add_profile(for_clients)
    for_clients.add_argument("--cert", metavar="PEM", help="our certificate chain, for servers that ask")
    for_clients.add_argument("--key", metavar="PEM", help="private key of --cert")
    for_clients.add_argument(
        "--session",
        metavar="FILE",
        help="resume a session from FILE, and keep the next tickets there (keep it secret: it stands for "
        "--key too)",
    )
    for_clients.add_argument("--ocsp", action="store_true", help="ask the server for an OCSP response")
    for_clients.add_argument(
        "--explain",
        action="store_true",
        help="say why the server's certificates are trusted or not: the search, each rule, each byte",
    )

    for_clients.add_argument(
        "--trace-html",
        metavar="FILE",
        help="write everything that happens as a page for a browser, secrets included, to FILE",
    )

    command = shared.add_command(commands, "serve", "serve files, or a page about the connection", for_all)
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    command.add_argument("--port", type=_port, default=8443, help="0 takes any (%(default)s)")
    command.add_argument("--www", metavar="DIR", type=Path, help="serve the files of DIR")
    command.add_argument(
        "--trace-html",
        metavar="DIR",
        help="write each connection as a page for a browser, secrets included, into DIR, which is made if it "
        "is not there: connection-001.html and so on, readable by you alone",
    )
    command.add_argument(
        "--explain",
        action="store_true",
        help="answer every request with the explanation of its own connection, byte by byte, keys included",
    )
    command.add_argument(
        "--explain-to-everyone",
        action="store_true",
        help="do so although others than this machine can ask",
    )
    command.add_argument(
        "--cert",
        metavar="PEM",
        action="append",
        default=[],
        help="certificate chain; may be given more than once; without it, one is made on the spot",
    )
    command.add_argument(
        "--key", metavar="PEM", action="append", default=[], help="private key of --cert; one for each"
    )
    command.add_argument(
        "--key-type",
        choices=tuple(KEY_TYPES),
        help=f"what to make a certificate for ({KEY_TYPE}; browsers do not know ed25519)",
    )
    command.add_argument(
        "--ca-out", metavar="FILE", help="write the authority of the certificate that was made"
    )
    command.add_argument("--alpn", metavar="LIST", type=_protocols, default=["http/1.1"], help=ALPN_HELP)
    command.add_argument(
        "--ocsp", metavar="FILE", help="OCSP response for the first --cert, in DER, for clients that ask"
    )
    command.add_argument(
        "--client-ca", metavar="FILE", help="ask clients for a certificate, of these authorities"
    )
    shared.add_revocation_lists(command)
    command.add_argument(
        "--require-client-cert", action="store_true", help="refuse clients that show no certificate"
    )
    command.add_argument(
        "--tickets",
        metavar="N",
        type=shared.number(0, MAX_TICKETS),
        default=2,
        help="how many to give, to resume sessions with (%(default)s)",
    )
    command.add_argument(
        "--max-replayable-early-data",
        metavar="BYTES",
        type=shared.number(0, MAX_EARLY_DATA),
        default=0,
        help="take so much data before the handshake, which attackers can have arrive more than once",
    )
    command.add_argument(
        "--demand-cookie", action="store_true", help="have each client come back with a cookie"
    )

    command = shared.add_command(commands, "get", "fetch one page", for_all, for_clients)
    command.add_argument("url", metavar="URL")
    command.add_argument("--json", action="store_true", help="print what happened instead of the page")
    command.add_argument(
        "--replayable-early-data",
        action="store_true",
        help="send the request before the handshake, if --session allows it: an attacker can have it "
        "arrive more than once",
    )

    command = shared.add_command(commands, "connect", "talk to a server by hand", for_all, for_clients)
    command.add_argument("peer", metavar="HOST:PORT", type=_host_and_port)
    command.add_argument("--server-name", metavar="NAME", help="the name to ask for and to verify (HOST)")
    command.add_argument("--alpn", metavar="LIST", type=_protocols, default=[], help=ALPN_HELP)
    command.add_argument(
        "--no-key-share", action="store_true", help="send no key share, so that the server asks for one"
    )
    command.add_argument(
        "--no-middlebox-compat", action="store_true", help="do not look like TLS 1.2 on the way"
    )

    command = shared.add_command(commands, "explain", "decrypt a capture, take its connections apart")
    command.add_argument(
        "capture", metavar="CAPTURE", nargs="?", help="pcap or pcapng; with --what-if, a file of --record"
    )
    command.add_argument(
        "--what-if",
        action="store_true",
        help="play a handshake again, one step at a time, and change what the peer says; one of --record, or "
        "one that is made for it",
    )
    command.add_argument(
        "--keylog",
        metavar="FILE",
        help="the secrets, as many programs write them to $SSLKEYLOGFILE, if they are not in CAPTURE itself",
    )
    command.add_argument(
        "--connection", metavar="N", type=shared.number(1, MAX_STREAMS), help="this one alone, counted from 1"
    )
    shape = command.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print all of it for programs")
    shape.add_argument(
        "--trace-html",
        metavar="FILE",
        help="write one connection as a page for a browser, secrets included, to FILE",
    )

    shared.add_command(commands, "demo", "serve a page, fetch it, take the handshake apart")

    options = parser.parse_args(arguments)
    error = commands.choices[options.command].error  # which shows how this one command is used
    if options.command == "serve":
        _check_certificates(error, options)
        _check_explain(error, options)
    elif options.command in {"get", "connect"}:
        if (options.cert is None) != (options.key is None):
            error("--cert and --key go together")
        if options.crl and options.insecure:
            error("--crl is of no use with --insecure, which accepts any certificate")
    elif options.command == "explain":
        _check_what_if(error, options)
    if options.command == "get" and options.replayable_early_data and options.session is None:
        error("--replayable-early-data needs --session, which has the ticket that allows it")
    if options.command in {"serve", "get", "connect"} and options.record is not None:
        _check_record(error, options)
    return options


def _check_certificates(error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    """Either there are some, or one is made."""
    if len(options.cert) != len(options.key):
        error("--cert and --key go together")
    if options.cert and options.ca_out is not None:
        error("--ca-out writes the authority of a certificate that was made: not with --cert")
    if options.cert and options.key_type is not None:
        error("--key-type is for a certificate that is made: not with --cert")
    if options.ocsp is not None and not options.cert:
        error("--ocsp is for the certificate of --cert")
    if options.require_client_cert and options.client_ca is None:
        error("--require-client-cert needs --client-ca, to know whose certificates are good")
    if options.crl and options.client_ca is None:
        error("--crl is about clients' certificates: it needs --client-ca")
    options.key_type = options.key_type or KEY_TYPE


def _check_explain(error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    """Keys are shown to this machine alone, unless the user says otherwise in so many words."""
    if options.explain and options.www is not None:
        error("--explain answers every request: not with --www")
    if options.explain_to_everyone and not options.explain:
        error("--explain-to-everyone is for --explain")
    if options.explain and not options.explain_to_everyone and not _is_loopback(options.host):
        error(f"--explain shows keys: --host {options.host} needs --explain-to-everyone")


def _check_what_if(error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    """Either a capture is explained, or a recording is played."""
    others = (options.keylog, options.connection, options.json or None, options.trace_html)
    if options.what_if and any(option is not None for option in others):
        error("--what-if goes with none of --keylog, --connection, --json and --trace-html")
    if options.capture is None and not options.what_if:
        error("which CAPTURE?")


def _check_record(error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    """What is recorded has to be all that the connection depends on, and no key that is used again."""
    if options.cert or options.psk:
        error("--record would write the private key of --cert, or that of --psk, into its file")
    early_data = getattr(options, "max_replayable_early_data", 0) or getattr(
        options, "replayable_early_data", 0
    )
    if options.pad_records or early_data:
        error("--record records no connection with early data or --pad-records")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # another name, which may lead anywhere
        return False


def _pre_shared_key(text: str) -> PreSharedKey:
    identity, separator, key = text.rpartition(":")
    try:
        if not separator:
            raise ValueError("a name, a colon, and the key in hex or as @FILE")
        if key.startswith("@"):
            key = Path(key[1:]).read_text("ascii")
        return PreSharedKey(identity.encode(), bytes.fromhex(key))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise ValueError
    return host.removeprefix("[").removesuffix("]"), _port(port)  # "[::1]:8443"


def _add_choice(parser: argparse.ArgumentParser, option: str, table: Mapping[int, Any], what: str) -> None:
    names = ", ".join(entry.number.name.lower() for entry in table.values())
    usage = f"use only these {what}, best first, with commas between them; without it all of them: {names}"
    parser.add_argument(option, metavar="LIST", type=_chosen_from(table), help=usage)


def _chosen_from(table: Mapping[int, Any]) -> Callable[[str], list[int]]:
    """Read code points by their names in the RFC, in upper or lower case."""
    by_name = {entry.number.name.lower(): number for number, entry in table.items()}

    def choose(text: str) -> list[int]:
        names = [name.strip().lower() for name in text.split(",")]
        if unknown := [name for name in names if name not in by_name]:
            raise argparse.ArgumentTypeError(f"no {unknown[0]!r} among {', '.join(by_name)}")
        if twice := [name for name in names if names.count(name) > 1]:
            raise argparse.ArgumentTypeError(f"{twice[0]} twice")
        return [by_name[name] for name in names]

    return choose


def _protocols(text: str) -> list[str]:
    protocols = text.split(",")
    if not all(1 <= len(protocol.encode()) <= 255 for protocol in protocols):  # RFC 7301 section 3.1
        raise ValueError
    return protocols

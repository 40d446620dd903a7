"""What can be said on the command line.

`parse` returns a namespace: `command` is serve, get, connect, explain or demo, the rest are that command's
options.

Tested by      tests/tls/test_main.py
"""

import argparse
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

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
from x509 import files
from x509.arguments import KEY_TYPE, KEY_TYPES

MAX_KEY_FILE = 2**16  # bytes, in hex
ALPN_HELP = "protocols to agree on, best first, with commas between them"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line, sys.argv by default; exits with status 2, and says why, if it makes no sense."""
    parser = shared.new_parser("python -m tls", "TLS 1.3 in pure Python.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    both = _options_of_both_ends()
    client = _options_of_clients()
    _add_serve(shared.add_command(commands, "serve", "serve files, or a page about the connection", both))
    _add_get(shared.add_command(commands, "get", "fetch one page", both, client))
    _add_connect(shared.add_command(commands, "connect", "talk to a server by hand", both, client))
    _add_explain(shared.add_command(commands, "explain", "decrypt a capture, take its connections apart"))
    shared.add_command(commands, "demo", "serve a page, fetch it, take the handshake apart")

    options = shared.read(parser, arguments)
    checks = {"serve": _check_serve, "get": _check_get, "connect": _check_connect, "explain": _check_explain}
    if check := checks.get(options.command):
        check(commands.choices[options.command], options)  # whose `error` shows how this one command is used
    return options


# ---- serve ---------------------------------------------------------------------------------------------


def _add_serve(command: argparse.ArgumentParser) -> None:
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


def _check_serve(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    _check_certificates(command, options)
    _check_explaining(command, options)
    _check_recording(command, options, early_data=options.max_replayable_early_data > 0)


def _check_certificates(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Either there are some, or one is made."""
    if len(options.cert) != len(options.key):
        command.error("--cert and --key go together")
    if options.cert and options.ca_out is not None:
        command.error("--ca-out writes the authority of a certificate that was made: not with --cert")
    if options.cert and options.key_type is not None:
        command.error("--key-type is for a certificate that is made: not with --cert")
    if options.ocsp is not None and not options.cert:
        command.error("--ocsp is for the certificate of --cert")
    if options.require_client_cert and options.client_ca is None:
        command.error("--require-client-cert needs --client-ca, to know whose certificates are good")
    if options.crl and options.client_ca is None:
        command.error("--crl is about clients' certificates: it needs --client-ca")
    options.key_type = options.key_type or KEY_TYPE


def _check_explaining(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Keys are shown to this machine alone, unless the user says otherwise in so many words."""
    if options.explain and options.www is not None:
        command.error("--explain answers every request: not with --www")
    if options.explain_to_everyone and not options.explain:
        command.error("--explain-to-everyone is for --explain")
    if options.explain and not options.explain_to_everyone and not _is_loopback(options.host):
        command.error(f"--explain shows keys: --host {options.host} needs --explain-to-everyone")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # another name, which may lead anywhere
        return False


# ---- get and connect -----------------------------------------------------------------------------------


def _add_get(command: argparse.ArgumentParser) -> None:
    command.add_argument("url", metavar="URL")
    command.add_argument("--json", action="store_true", help="print what happened instead of the page")
    command.add_argument(
        "--replayable-early-data",
        action="store_true",
        help="send the request before the handshake, if --session allows it: an attacker can have it "
        "arrive more than once",
    )


def _check_get(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    _check_clients(command, options)
    if options.replayable_early_data and options.session is None:
        command.error("--replayable-early-data needs --session, which has the ticket that allows it")
    _check_recording(command, options, early_data=options.replayable_early_data)


def _add_connect(command: argparse.ArgumentParser) -> None:
    command.add_argument("peer", metavar="HOST:PORT", type=_host_and_port)
    command.add_argument("--server-name", metavar="NAME", help="the name to ask for and to verify (HOST)")
    command.add_argument("--alpn", metavar="LIST", type=_protocols, default=[], help=ALPN_HELP)
    command.add_argument(
        "--no-key-share", action="store_true", help="send no key share, so that the server asks for one"
    )
    command.add_argument(
        "--no-middlebox-compat", action="store_true", help="do not look like TLS 1.2 on the way"
    )


def _check_connect(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    _check_clients(command, options)
    _check_recording(command, options, early_data=False)


# ---- explain -------------------------------------------------------------------------------------------


def _add_explain(command: argparse.ArgumentParser) -> None:
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


def _check_explain(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Either a capture is explained, or a recording is played."""
    others = (options.keylog, options.connection, options.json or None, options.trace_html)
    if options.what_if and any(option is not None for option in others):
        command.error("--what-if goes with none of --keylog, --connection, --json and --trace-html")
    if options.capture is None and not options.what_if:
        command.error("which CAPTURE?")


# ---- What they share -----------------------------------------------------------------------------------


def _options_of_both_ends() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--keylog", metavar="FILE", help="append the secrets to FILE, for Wireshark")
    options.add_argument(
        "--pcapng",
        metavar="FILE",
        help="write what is said to FILE, which Wireshark opens decrypted: the secrets are in it, so it is "
        "readable by you alone",
    )
    options.add_argument(
        "--trace", action="store_true", help="show the handshake byte by byte, with its secrets"
    )
    options.add_argument(
        "--record",
        metavar="FILE",
        help="write all that came from outside in one connection, the first, to FILE, for explain --what-if: "
        "the secrets are in it, so it is readable by you alone",
    )
    _add_choice(options, "--suites", SUITES, "cipher suites")
    _add_choice(options, "--groups", GROUPS, "groups for key exchange")
    _add_choice(options, "--schemes", SCHEMES, "signature schemes")
    options.add_argument(
        "--psk",
        metavar="NAME:KEY",
        type=_pre_shared_key,
        action="append",
        default=[],
        help="a pre-shared key of 16 bytes or more, in hex, or as @FILE with the hex in it: everybody on "
        "this machine can see a command line; may be given more than once",
    )
    options.add_argument(
        "--psk-without-key-exchange",
        action="store_true",
        help="offer psk_ke: a pre-shared key or ticket suffices, without a key exchange; both ends need it, "
        "and who learns the key later reads everything",
    )
    options.add_argument(
        "--pad-records",
        metavar="BYTES",
        type=shared.number(1, MAX_PLAINTEXT),
        help="pad records to a multiple of BYTES",
    )
    options.add_argument(
        "--record-size-limit",
        metavar="BYTES",
        type=shared.number(MIN_RECORD_SIZE, MAX_INNER_PLAINTEXT),
        help="take no larger records (RFC 8449)",
    )
    return options


def _check_recording(
    command: argparse.ArgumentParser, options: argparse.Namespace, *, early_data: bool
) -> None:
    """What is recorded has to be all that the connection depends on, and no key that is used again."""
    if options.record is None:
        return
    if options.cert or options.psk:
        command.error("--record would write the private key of --cert, or that of --psk, into its file")
    if options.pad_records or early_data:
        command.error("--record records no connection with early data or --pad-records")


def _options_of_clients() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    trust = options.add_mutually_exclusive_group()
    trust.add_argument(
        "--ca",
        metavar="FILE",
        help="the authorities to trust, instead of those of $SSL_CERT_FILE, $SSL_CERT_DIR or this machine",
    )
    trust.add_argument("--insecure", action="store_true", help="accept any certificate, from anybody")
    shared.add_revocation_lists(options)
    shared.add_profile(options)
    options.add_argument("--cert", metavar="PEM", help="our certificate chain, for servers that ask")
    options.add_argument("--key", metavar="PEM", help="private key of --cert")
    options.add_argument(
        "--session",
        metavar="FILE",
        help="resume a session from FILE, and keep the next tickets there (keep it secret: it stands for "
        "--key too)",
    )
    options.add_argument("--ocsp", action="store_true", help="ask the server for an OCSP response")
    options.add_argument(
        "--explain",
        action="store_true",
        help="say why the server's certificates are trusted or not: the search, each rule, each byte",
    )
    options.add_argument(
        "--trace-html",
        metavar="FILE",
        help="write everything that happens as a page for a browser, secrets included, to FILE",
    )
    return options


def _check_clients(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if (options.cert is None) != (options.key is None):
        command.error("--cert and --key go together")
    if options.crl and options.insecure:
        command.error("--crl is of no use with --insecure, which accepts any certificate")


def _pre_shared_key(text: str) -> PreSharedKey:
    identity, separator, key = text.rpartition(":")
    try:
        if not separator:
            raise ValueError("a name, a colon, and the key in hex or as @FILE")
        if key.startswith("@"):
            key = files.read_at_most(key[1:], MAX_KEY_FILE).decode("ascii")
        return PreSharedKey(identity.encode(), bytes.fromhex(key))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


_port = shared.number(0, 65535)


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"{text!r} has no port: say HOST:PORT, such as localhost:8443")
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
        raise argparse.ArgumentTypeError(f"{text!r}: each protocol has 1 to 255 bytes")
    return protocols

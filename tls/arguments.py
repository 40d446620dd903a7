"""What can be said on the command line.

`parse` returns a namespace: `command` is serve, get, connect or demo, the rest are that command's options.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from pathlib import Path

from handshake.constants import CipherSuite, NamedGroup, SignatureScheme
from handshake.groups import GROUPS
from handshake.signatures import SCHEMES
from handshake.suites import SUITES

CHOICE_HELP = "by name, as x25519,secp256r1: best first"
ALPN_HELP = "protocols to agree on, best first, with commas between them"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line, sys.argv by default; exits with status 2, and says why, if it makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m tls", description="TLS 1.3 in pure Python.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for_all = argparse.ArgumentParser(add_help=False)
    for_all.add_argument("--keylog", metavar="FILE", help="append the secrets to FILE, for Wireshark")
    for_all.add_argument(
        "--trace", action="store_true", help="show the handshake byte by byte, with its secrets"
    )
    for_all.add_argument("--suites", metavar="LIST", type=_numbers(CipherSuite, SUITES), help=CHOICE_HELP)
    for_all.add_argument("--groups", metavar="LIST", type=_numbers(NamedGroup, GROUPS), help=CHOICE_HELP)
    for_all.add_argument(
        "--schemes", metavar="LIST", type=_numbers(SignatureScheme, SCHEMES), help=CHOICE_HELP
    )
    for_clients = argparse.ArgumentParser(add_help=False)
    trust = for_clients.add_mutually_exclusive_group()
    trust.add_argument("--ca", metavar="FILE", help="the authorities to trust, instead of $SSL_CERT_FILE")
    trust.add_argument("--insecure", action="store_true", help="accept any certificate, from anybody")

    command = commands.add_parser(
        "serve", parents=[for_all], help="serve files, or a page about the connection"
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    command.add_argument("--port", type=_port, default=8443, help="0 takes any (%(default)s)")
    command.add_argument("--www", metavar="DIR", type=Path, help="serve the files of DIR")
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
        choices=("p256", "ed25519", "p384", "rsa"),
        default="p256",
        help="what to make a certificate for (%(default)s; browsers do not know ed25519)",
    )
    command.add_argument(
        "--ca-out", metavar="FILE", help="write the authority of the certificate that was made"
    )
    command.add_argument("--alpn", metavar="LIST", type=_protocols, default=["http/1.1"], help=ALPN_HELP)

    command = commands.add_parser("get", parents=[for_all, for_clients], help="fetch one page")
    command.add_argument("url", metavar="URL")
    command.add_argument("--json", action="store_true", help="print what happened instead of the page")

    command = commands.add_parser("connect", parents=[for_all, for_clients], help="talk to a server by hand")
    command.add_argument("peer", metavar="HOST:PORT", type=_host_and_port)
    command.add_argument("--server-name", metavar="NAME", help="the name to ask for and to verify (HOST)")
    command.add_argument("--alpn", metavar="LIST", type=_protocols, default=[], help=ALPN_HELP)
    command.add_argument(
        "--no-key-share", action="store_true", help="send no key share, so that the server asks for one"
    )
    command.add_argument(
        "--no-middlebox-compat", action="store_true", help="do not look like TLS 1.2 on the way"
    )

    commands.add_parser("demo", help="serve a page, fetch it, take the handshake apart")

    options = parser.parse_args(arguments)
    if options.command == "serve" and len(options.cert) != len(options.key):
        parser.error("--cert and --key go together")
    if options.command == "serve" and options.cert and options.ca_out is not None:
        parser.error("--ca-out writes the authority of a certificate that was made: not with --cert")
    return options


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


def _numbers(names: type[IntEnum], have: Iterable[int]) -> Callable[[str], list[int]]:
    """Read code points that we have, by their names in the RFC."""
    by_name = {names(number).name.lower(): number for number in have}

    def numbers(text: str) -> list[int]:
        try:
            return [by_name[name.strip().lower()] for name in text.split(",")]
        except KeyError as error:
            known = ", ".join(by_name)
            raise argparse.ArgumentTypeError(f"no {error.args[0]!r} among {known}") from error

    return numbers


def _protocols(text: str) -> list[str]:
    protocols = text.split(",")
    if not all(1 <= len(protocol.encode()) <= 255 for protocol in protocols):  # RFC 7301 section 3.1
        raise ValueError
    return protocols

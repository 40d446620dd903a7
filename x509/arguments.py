"""What can be said on the command line of `python -m x509`.

`parse` returns a namespace: `command` is make-ca, issue, revoke, show, verify or explain, the rest are its
options.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from x509 import complaints
from x509.algorithms import KeyKind
from x509.crl import Reason
from x509.profiles import Profile
from x509.rules import Purpose

MISUSED = 2  # exit status

KEY_TYPES = {  # that a key can be made of
    "p256": KeyKind.P256,
    "ed25519": KeyKind.ED25519,  # which browsers do not know
    "p384": KeyKind.P384,
    "rsa": KeyKind.RSA,
}
KEY_TYPE = "p256"  # unless told otherwise
PROFILES = {"rfc5280": Profile.RFC5280, "web": Profile.WEB}
REASONS = [reason.name for reason in Reason if reason is not Reason.removeFromCRL]  # of delta lists
PURPOSES = {"server": Purpose.SERVER, "client": Purpose.CLIENT}

ROOT_DAYS, INTERMEDIATE_DAYS = 3650, 1825
LIST_DAYS = 30
LEAF_DAYS = 90  # the web allows 398, then 200, 100 and from March 2029 on 47
MAXIMUM_DAYS = 36_500
MAXIMUM_PATH_LENGTH = 100


class Parser(argparse.ArgumentParser):
    """Complains in one line instead of explaining everything again."""

    def error(self, message: str) -> NoReturn:
        complaints.say(f"{self.prog}: {message}; see {self.prog} -h")
        self.exit(MISUSED)


class Version(argparse.Action):
    """Say which version this is, and of which Python."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib import metadata  # which takes longer to import than all else here

        try:
            version = metadata.version("glassbox-tls")
        except metadata.PackageNotFoundError:  # run where it lies, without being installed
            version = "(not installed)"
        python = f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))}"
        complaints.put(f"glassbox-tls {version}, {python}\n".encode())
        parser.exit()


def new_parser(program: str, description: str) -> argparse.ArgumentParser:
    parser = Parser(prog=program, description=description)
    parser.add_argument("--version", action=Version, nargs=0, help="say which version this is")
    return parser


def read(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; if nothing is said at all, explain what could be."""
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        parser.exit(MISUSED)
    return parser.parse_args(arguments)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line, sys.argv by default; exits with status 2, and says why, if it makes no sense."""
    parser = new_parser("python -m x509", "A certificate authority in your terminal.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for_making = _options_of_making()
    for_verifying = _options_of_verifying()

    command = add_command(commands, "make-ca", "make an authority, and its private key", for_making)
    command.add_argument("name", metavar="NAME", help="what to call it, such as 'My Root'")
    command.add_argument("--issuer", metavar="PEM", help="the authority above it; without, it is a root")
    command.add_argument("--issuer-key", metavar="KEY", help="private key of --issuer")
    command.add_argument(
        "--path-length",
        metavar="N",
        type=number(0, MAXIMUM_PATH_LENGTH),
        help="how many authorities may stand between it and a leaf (any number for a root, else 0)",
    )
    command.add_argument(
        "--permit",
        metavar="DOMAIN",
        action="append",
        default=[],
        help="vouch for this domain, or network such as 10.0.0.0/8, alone; may be given more than once",
    )

    command = add_command(commands, "issue", "make a certificate for a host, and its private key", for_making)
    command.add_argument(
        "names",
        metavar="HOST",
        nargs="+",
        help="a DNS name, which may begin with '*.', or an address; with --client alone, the first may be "
        "any name, and is taken for no host when it has no dot",
    )
    command.add_argument(
        "--ca", metavar="PEM", required=True, help="who issues it, and then the authorities above, if any"
    )
    command.add_argument("--ca-key", metavar="KEY", required=True, help="private key of --ca")
    command.add_argument(
        "--server",
        action="store_true",
        help="to be shown by a server, which is the default; with --client too, by either",
    )
    command.add_argument("--client", action="store_true", help="to be shown by a client")

    command = add_command(commands, "revoke", "take certificates back: write them into a revocation list")
    command.add_argument(
        "certificates",
        metavar="CERT",
        nargs="*",
        help="each the first of its file; without any, the list is only signed again, before it is too old",
    )
    command.add_argument("--ca", metavar="PEM", required=True, help="who has issued them")
    command.add_argument("--ca-key", metavar="KEY", required=True, help="private key of --ca")
    command.add_argument(
        "--crl",
        metavar="FILE",
        required=True,
        help="the list: what is in it stays in it; without the file, a new one",
    )
    command.add_argument(
        "--reason",
        choices=REASONS,
        default=Reason.unspecified.name,
        metavar="REASON",
        help=f"why (%(default)s): one of {', '.join(REASONS)}",
    )
    command.add_argument(
        "--days",
        metavar="N",
        type=number(1, MAXIMUM_DAYS),
        default=LIST_DAYS,
        help="until there has to be the next list (%(default)s)",
    )

    command = add_command(commands, "show", "say what is in certificates and revocation lists")
    command.add_argument(
        "file",
        metavar="FILE",
        help="any number of them in PEM, or a certificate in DER; - is standard input",
    )

    add_command(
        commands, "verify", "say whether a chain leads to somebody we trust, and if not why", for_verifying
    )

    command = add_command(
        commands,
        "explain",
        "say step by step why a chain is trusted or is not, down to its bytes",
        for_verifying,
    )
    command.add_argument("--graph", metavar="FILE", help="draw the search for a path, as SVG")

    options = read(parser, arguments)
    error = commands.choices[options.command].error  # which shows how this one command is used
    if options.command == "make-ca" and (options.issuer is None) != (options.issuer_key is None):
        error("--issuer and --issuer-key go together")
    if "purpose" in options and options.purpose is Purpose.SERVER and options.name is None:
        error("--name is missing: a good certificate for another server proves nothing")
    return options


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    *parents: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    """What it does stands in the list of all commands and in its own help."""
    return commands.add_parser(name, parents=parents, help=what, description=f"{what[0].upper()}{what[1:]}.")


def number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return read


def add_revocation_lists(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--crl",
        metavar="FILE",
        action="append",
        default=[],
        help="revocation lists: every certificate needs a current one of its issuer; may be given more than "
        "once",
    )


def add_profile(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--profile",
        type=_profile,
        default=Profile.RFC5280,
        metavar="|".join(PROFILES),
        help="by which rules to judge: web adds the Baseline Requirements to RFC 5280",
    )


def _options_of_making() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--key-type",
        choices=tuple(KEY_TYPES),
        default=KEY_TYPE,
        help="of the new private key (%(default)s; browsers do not know ed25519)",
    )
    options.add_argument(
        "--days",
        metavar="N",
        type=number(1, MAXIMUM_DAYS),
        help=f"how long it is valid, from an hour ago on ({ROOT_DAYS} for a root, {INTERMEDIATE_DAYS} for "
        f"an intermediate, {LEAF_DAYS} for a host; no longer than who issues it)",
    )
    options.add_argument(
        "--out",
        metavar="PREFIX",
        help="write PREFIX.pem, the certificate and whoever stands between it and the root, and PREFIX.key, "
        "its private key; a directory, or without --out the current one, gets files of the first name; "
        "nothing is overwritten",
    )
    return options


def _options_of_verifying() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "chain", metavar="CHAIN", help="PEM or DER, the leaf first, as a server sends it; - is standard input"
    )
    options.add_argument(
        "--ca",
        metavar="FILE",
        action="append",
        required=True,
        help="the authorities to trust, in PEM; may be given more than once",
    )
    add_revocation_lists(options)
    add_profile(options)
    options.add_argument(
        "--untrusted",
        metavar="FILE",
        action="append",
        default=[],
        help="more certificates, through which a path may lead; may be given more than once",
    )
    options.add_argument("--name", metavar="HOST", help="the host that is wanted: a DNS name or an address")
    options.add_argument(
        "--purpose",
        type=_purpose,
        default=Purpose.SERVER,
        metavar="|".join(PURPOSES),
        help="what the leaf is to be used for (server); a client needs no --name",
    )
    options.add_argument(
        "--at",
        metavar="TIME",
        type=_time,
        help="instead of now, such as 2026-07-01T12:00; in UTC unless it says otherwise",
    )
    return options


def _profile(text: str) -> Profile:
    if text not in PROFILES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(PROFILES)}")
    return PROFILES[text]


def _purpose(text: str) -> Purpose:
    if text not in PURPOSES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(PURPOSES)}")
    return PURPOSES[text]


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time as ISO 8601 writes it") from error

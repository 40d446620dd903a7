"""The command line.

    python -m tls serve      a web server, with a certificate made on the spot if you have none
    python -m tls get        fetch one page
    python -m tls connect    as openssl s_client: standard input to the peer, the peer to standard output
    python -m tls explain    what any TLS 1.3 connection said, from a capture of it and its key log; or what
                             would have been, had somebody said something else
    python -m tls demo       all of it at once, taken apart

Standard output carries data alone; what there is to say about it goes to standard error.  What goes wrong is
one line there, and an exit status that is not 0.  `--trace` draws with rich, from the extra `cli`;
`--trace-html` needs nothing.

Tested by      tests/tls/test_main.py
"""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from handshake.certified_keys import CertifiedKey
from handshake.constants import PskKeyExchangeMode
from handshake.settings import ClientCertificates
from record import padding
from tls import arguments as command_line
from tls import config, keylog, sockets, summary, throwaway, trust, watching
from tls.config import ClientConfig, ServerConfig
from tls.session_cache import SessionCache, SessionFile
from tls.sockets import TLSSocket
from x509 import certificate as x509_certificate
from x509 import complaints, files, private_keys
from x509.arguments import KEY_TYPES
from x509.complaints import DONE, Complaint
from x509.crl import RevocationList
from x509.trust_store import TrustStore

if TYPE_CHECKING:
    from tls.https import Answer, Server

T = TypeVar("T")

REDIRECTS = {301, 302, 303, 307, 308}
HTTP_ERROR = 22  # exit status: the server answered 400 or more; curl's number for it

CONNECT_TIMEOUT = 30.0  # seconds
CHUNK_SIZE = 2**16  # bytes
STANDARD_INPUT = 0  # its file descriptor
KEY_HINTS = {  # what else there is, and why one may want it
    "p256": " (--key-type ed25519 for Ed25519, which browsers do not know)",
    "ed25519": " (--key-type p256 for browsers, which do not know it)",
}
LOCAL_HOSTS = ("127.0.0.1", "::1", "0.0.0.0", "::")  # where the certificate's name leads as well


def main(arguments: Sequence[str] | None = None) -> int:
    return complaints.run("tls", command_line.parse, COMMANDS, arguments)


# ---- serve ---------------------------------------------------------------------------------------------


def serve(options: Namespace) -> int:
    from tls import https

    if options.www is not None and not options.www.is_dir():
        raise Complaint(f"{options.www}: no such directory")
    server_config, authority_pem = _server_config(options)
    with contextlib.ExitStack() as until_the_end:
        watch = until_the_end.enter_context(watching.watch(options))
        about: Any = {"directory": options.www, "watch": watch}
        if options.explain:
            from tls.tracing import explaining

            book = until_the_end.enter_context(explaining.GuestBook(watch))
            about = {"pages": explaining.ExplainHandler, "watch": book.watch}
        with complaints.about(f"{options.host}:{options.port}"):
            server = https.Server((options.host, options.port), server_config, **about)
        until_the_end.enter_context(server)
        if options.ca_out is not None:  # only now: the port may belong to another server, and the file too
            with complaints.about(options.ca_out):
                files.replace(options.ca_out, authority_pem)
        if authority_pem:
            complaints.say(_what_was_made(options))
        if options.explain:
            complaints.say("every answer explains the connection that carries it, and shows its keys")
        _serve_until_interrupted(server, options.host)
        complaints.say("stopped")
    return DONE


def _serve_until_interrupted(server: "Server", host: str) -> None:
    """Serve until Ctrl-C or SIGTERM; the end is bounded in time, so more signals change nothing."""
    interrupted = False

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with server.running():
            try:
                name = "localhost" if host in LOCAL_HOSTS else f"[{host}]" if ":" in host else host
                complaints.put(f"listening on https://{name}:{server.server_port}\n".encode())
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _server_config(options: Namespace) -> tuple[ServerConfig, str]:
    """With the user's certificate, or with a new one and its authority in PEM."""
    if not options.cert:
        made = throwaway.make(now=config.now(), kind=KEY_TYPES[options.key_type])
        keys, authority_pem = [made.certified_key], made.authority_pem
    else:
        keys, authority_pem = list(map(_certified_key, options.cert, options.key)), ""
        if options.ocsp is not None:
            keys[0] = _load(options.ocsp, lambda response: replace(keys[0], ocsp_response=response))
    client_trust = None
    if options.client_ca is not None:
        read = partial(TrustStore.from_pem, revocation_lists=_revocation_lists(options))
        client_trust = _load(options.client_ca, read)
    with complaints.about("--schemes" if options.cert else "--schemes (see --key-type)"):
        server_config = ServerConfig(
            certified_keys=keys,
            application_protocols=options.alpn,
            trust=client_trust,
            client_certificates=_client_certificates(options),
            tickets=options.tickets,
            max_replayable_early_data=options.max_replayable_early_data,
            demands_cookie=options.demand_cookie,
            **_common(options),
        )
    return server_config, authority_pem


def _client_certificates(options: Namespace) -> ClientCertificates:
    if options.client_ca is None:
        return "none"
    return "require" if options.require_client_cert else "request"


def _what_was_made(options: Namespace) -> str:
    kind, hint = KEY_TYPES[options.key_type].value, KEY_HINTS.get(options.key_type, "")
    told = f"{options.ca_out} has" if options.ca_out else "--ca-out FILE writes"
    return f"made a certificate for localhost, key type {kind}{hint}; {told} the authority to trust"


def _certified_key(certificate: str, key: str) -> CertifiedKey:
    chain = _load(certificate, x509_certificate.chain_from_pem)
    private_key = _load(key, private_keys.from_pem)
    with complaints.about(certificate):
        return CertifiedKey(chain, private_key)


# ---- get -----------------------------------------------------------------------------------------------


def get(options: Namespace) -> int:
    from http.client import HTTPException

    from tls import https

    client_config = _client_config(options, application_protocols=("http/1.1",))
    early = options.replayable_early_data
    try:
        with (
            watching.watch(options) as watch,
            complaints.about(options.url),
            https.get(options.url, client_config, watch=watch, replayable_early_data=early) as answer,
        ):
            if early and not answer.session.early_data_accepted:
                complaints.say("no early data was accepted: the request went after the handshake")
            if options.json:
                report = _report(answer, sum(map(len, answer.body())))
                complaints.put(json.dumps(report, indent=2).encode() + b"\n")
            else:
                for chunk in answer.body():
                    complaints.put(chunk)
            return _status(answer)
    except HTTPException as error:
        raise Complaint(f"{options.url}: {type(error).__name__}: {error}") from error


def _status(answer: "Answer") -> int:
    """The exit status, with a line about an answer that is not the page."""
    response = answer.response
    if response.status in REDIRECTS and (location := response.getheader("Location")):
        complaints.say(f"tls: the answer is elsewhere, and redirects are not followed: {location}")
    if response.status >= 400:
        complaints.say(f"tls: the server answered {response.status} {response.reason}")
        return HTTP_ERROR
    return DONE


def _report(answer: "Answer", body_length: int) -> dict[str, Any]:
    return {
        "status": answer.response.status,
        "reason": answer.response.reason,
        "headers": [list(header) for header in answer.response.getheaders()],
        "body_length": body_length,
        "negotiated": summary.negotiated(answer.session),
        "certificate": summary.certificate(answer.session),
    }


# ---- connect -------------------------------------------------------------------------------------------


def connect(options: Namespace) -> int:
    host, port = options.peer
    client_config = _client_config(
        options,
        application_protocols=options.alpn,
        key_share_groups=() if options.no_key_share else None,
        middlebox_compatibility=not options.no_middlebox_compat,
    )
    with watching.watch(options) as watch, complaints.about(f"{host}:{port}"):
        with watch() as observe:
            connection = sockets.connect(
                host,
                port,
                config=client_config,
                server_hostname=options.server_name,
                timeout=CONNECT_TIMEOUT,
                observe=observe,
            )
        with connection:
            assert connection.session is not None
            for what, which, _ in summary.rows(connection.session):
                complaints.say(f"{what:<14} {which}")
            connection.settimeout(None)
            _talk(connection)
    return DONE


def _talk(connection: TLSSocket) -> None:
    """Both ways at once, until the peer has said all it wants to say."""
    failures = []

    def send_input() -> None:
        try:
            while data := os.read(STANDARD_INPUT, CHUNK_SIZE):
                connection.sendall(data)
        except OSError as error:
            failures.append(error)
        with contextlib.suppress(OSError):  # the peer may have closed first
            connection.shutdown(socket.SHUT_WR)

    threading.Thread(target=send_input, daemon=True).start()
    while data := connection.recv(CHUNK_SIZE):
        complaints.put(data)
    if failures:
        raise failures[0]


# ---- explain and demo, whose programs are elsewhere ----------------------------------------------------


def explain(options: Namespace) -> int:
    if options.what_if:
        from tls.what_if import view

        return view.explain(options.capture)
    from tls.captures import explain as of_captures

    return of_captures.explain(options)


def demo(_options: Namespace) -> int:
    from tls import demo as demonstration

    with complaints.about("demo"):  # the port, the temporary folder, and a standard output that is full
        status: int = demonstration.run()
    return status


# ---- What they share -----------------------------------------------------------------------------------


def _client_config(options: Namespace, **more: Any) -> ClientConfig:
    common, sessions = _common(options), _sessions(options)
    keys = [_certified_key(options.cert, options.key)] if options.cert else []
    with complaints.about(options.command):
        return ClientConfig(
            trust=None if options.insecure else _trust(options),
            verify=not options.insecure,
            certified_keys=keys,
            post_handshake_auth=bool(keys),
            sessions=sessions,
            status_request=options.ocsp,
            **common,
            **more,
        )


def _sessions(options: Namespace) -> SessionCache | None:
    """The file of --session, which may be new."""
    if options.session is None:
        return None
    with complaints.about(options.session):
        return SessionFile(options.session)


def _common(options: Namespace) -> dict[str, Any]:
    """What a config takes from the options that all commands have; nothing where nothing was said."""
    chosen = {"cipher_suites": options.suites, "groups": options.groups, "signature_schemes": options.schemes}
    chosen |= {"external_psks": options.psk, "record_size_limit": options.record_size_limit}
    if options.psk_without_key_exchange:
        chosen["psk_modes"] = (PskKeyExchangeMode.PSK_KE, PskKeyExchangeMode.PSK_DHE_KE)
    if options.pad_records:
        chosen["padding_policy"] = padding.to_multiple_of(options.pad_records)
    return {"key_log": _key_log(options)} | {name: value for name, value in chosen.items() if value}


def _trust(options: Namespace) -> TrustStore:
    lists = _revocation_lists(options)
    if options.ca is not None:
        read = partial(TrustStore.from_pem, revocation_lists=lists, profile=options.profile)
        return _load(options.ca, read)
    try:
        return trust.default(revocation_lists=lists, profile=options.profile)
    except ValueError as error:
        raise Complaint(f"{error}; give --ca FILE, or risk --insecure") from error


def _revocation_lists(options: Namespace) -> list[RevocationList]:
    return [crl for path in options.crl for crl in _load(path, RevocationList.from_pem)]


def _load(path: str, read: Callable[[bytes], T]) -> T:
    """Have `read` make something of a file's bytes."""
    with complaints.about(path), open(path, "rb") as stream:
        return read(complaints.all_of(stream))


def _key_log(options: Namespace) -> Callable[[str], None] | None:
    path = options.keylog or os.environ.get("SSLKEYLOGFILE")
    if not path:
        return None
    with complaints.about(path):
        return keylog.append_to(path)


COMMANDS = {
    "serve": serve,
    "get": get,
    "connect": connect,
    "explain": explain,
    "demo": demo,
}

if __name__ == "__main__":
    sys.exit(main())

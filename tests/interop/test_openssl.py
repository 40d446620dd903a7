"""OpenSSL in both roles: its s_client against our server, our client against its s_server."""

import json
import socket
import threading

import pytest

from tests.interop import kinds
from tests.interop.kinds import Kind
from tests.support import programs
from tests.support.programs import Credentials

pytestmark = pytest.mark.interop

GET = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> Credentials:
    return programs.make_credentials(tmp_path_factory.mktemp("credentials"))


def s_client(port: int, ca, *arguments: str) -> str:
    done = programs.openssl(
        *("s_client", "-connect", f"localhost:{port}", "-CAfile", ca, "-ign_eof"),
        *("-verify_return_error", "-verify_hostname", "localhost", *arguments),
        data=GET,
    )
    return done.stdout.decode()


def test_s_client_verifies_our_server_and_gets_the_page(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca) as port:
        said = s_client(port, ca)
    assert "New, TLSv1.3, Cipher is TLS_CHACHA20_POLY1305_SHA256" in said
    assert "Server Temp Key: X25519" in said
    assert "Verified peername: localhost" in said
    assert "Verify return code: 0 (ok)" in said
    assert "200 OK" in said


def test_s_client_guesses_another_group_and_our_server_asks_again(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca) as port:
        said = s_client(port, ca, "-groups", "P-521:X25519", "-msg")
    assert said.count("ClientHello") == 2  # the second answers our HelloRetryRequest
    assert "Server Temp Key: X25519" in said
    assert "Verify return code: 0 (ok)" in said
    assert "200 OK" in said


def test_s_client_agrees_on_a_protocol_by_alpn(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, "--alpn", "http/1.1") as port:
        said = s_client(port, ca, "-alpn", "h2,http/1.1")
    assert "ALPN protocol: http/1.1" in said


def test_s_client_hears_why_it_is_refused(tmp_path):
    with programs.serving("--ca-out", tmp_path / "ca.pem") as port:
        older = s_client(port, tmp_path / "ca.pem", "-tls1_2")
        other_suite = s_client(port, tmp_path / "ca.pem", "-ciphersuites", "TLS_AES_128_CCM_SHA256")
        other_group = s_client(port, tmp_path / "ca.pem", "-groups", "P-521")
    assert "alert protocol version" in older
    assert "alert handshake failure" in other_suite
    assert "alert handshake failure" in other_group


def test_s_client_does_not_trust_a_stranger(tmp_path, credentials):
    with programs.serving("--ca-out", tmp_path / "ca.pem") as port:
        said = s_client(port, credentials.ca)
    assert "verify error" in said
    assert "200 OK" not in said


def test_get_from_s_server(credentials):
    with programs.openssl_server(credentials, "-www") as port:
        page = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca).stdout
    assert b"TLS_CHACHA20_POLY1305_SHA256" in page
    assert b"New, TLSv1.3" in page


def test_get_by_address(credentials):
    with programs.openssl_server(credentials, "-www") as port:
        page = programs.tls("get", f"https://127.0.0.1:{port}/", "--ca", credentials.ca).stdout
    assert b"New, TLSv1.3" in page


def test_get_refuses_a_certificate_that_no_anchor_of_ours_signed(tmp_path, credentials):
    stranger = programs.make_credentials(tmp_path)
    with programs.openssl_server(stranger, "-www") as port:
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca, expect=1)
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1


def test_without_a_key_share_s_server_asks_for_one(credentials):
    with programs.openssl_server(credentials, "-rev") as port:
        done = connect(port, credentials, "--no-key-share")
    assert done.stdout == b"!dlrow ,olleh\n"
    assert b"round trips    2" in done.stderr


def test_a_stateless_s_server_gives_a_cookie(credentials):
    """Only without compatibility mode: its change_cipher_spec record makes openssl 3.0 give up here."""
    with programs.openssl_server(credentials, "-stateless") as port:
        done = connect(port, credentials, "--no-middlebox-compat")
    assert b"round trips    2" in done.stderr


def connect(port: int, credentials: Credentials, *arguments: str):
    """Say one line; `s_server -rev` sends it back reversed."""
    return programs.tls(
        *("connect", f"localhost:{port}", "--ca", credentials.ca, *arguments), data=b"hello, world!\n"
    )


def test_keys_that_are_for_pss_with_one_hash_alone(tmp_path):
    """In both roles, and with the shortest salt left at openssl's default."""
    genpkey = ("-algorithm", "RSA-PSS", "-pkeyopt", f"rsa_keygen_bits:{kinds.RSA_BITS}")
    genpkey += ("-pkeyopt", "rsa_pss_keygen_md:sha384", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384")
    made = kinds.make_credentials(Kind("RSA-PSS with SHA-384", genpkey, kinds.RSA), tmp_path)
    with programs.serving("--cert", made.certificate, "--key", made.key) as port:
        said = s_client(port, made.ca)
    assert "Verify return code: 0 (ok)" in said
    assert "Peer signing digest: SHA384\nPeer signature type: RSA-PSS\n" in said
    with programs.openssl_server(made, "-www") as port:
        page = programs.tls("get", f"https://localhost:{port}/", "--ca", made.ca).stdout
    assert b"New, TLSv1.3" in page


def test_get_from_a_server_that_speaks_only_tls_1_2(credentials):
    with programs.openssl_server(credentials, "-tls1_2", "-www") as port:
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca, expect=1)
    assert done.stderr.count(b"\n") == 1
    assert b"protocol" in done.stderr or b"version" in done.stderr


def test_get_from_something_that_is_not_tls(credentials):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca, expect=1)
        thread.join()
    assert done.stderr.count(b"\n") == 1
    assert b"TLS" in done.stderr


def test_get_says_in_json_what_was_negotiated(credentials):
    with programs.openssl_server(credentials, "-www") as port:
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca, "--json")
    assert json.loads(done.stdout)["negotiated"]["cipher_suite"] == "TLS_CHACHA20_POLY1305_SHA256"

"""OpenSSL in both roles: its s_client against our server, our client against its s_server."""

import json
import socket
import threading

import pytest

from tests.interop import kinds
from tests.interop.kinds import Kind
from tests.support import programs
from tests.support.programs import Credentials
from tls.tracing import page_words

pytestmark = pytest.mark.interop

GET = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> Credentials:
    return programs.make_credentials(tmp_path_factory.mktemp("credentials"))


def s_client(port: int, ca, *arguments, data: bytes = GET) -> str:
    done = programs.openssl(
        *("s_client", "-connect", f"localhost:{port}", "-CAfile", ca, "-ign_eof"),
        *("-verify_return_error", "-verify_hostname", "localhost", *arguments),
        data=data,
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


def test_s_client_reads_about_its_own_connection(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, "--explain") as port:
        said = s_client(port, ca, "-keylogfile", tmp_path / "keys")
    assert page_words.DELIVERED_AS_TEXT in " ".join(said.split())
    keys = dict(line.split()[::2] for line in (tmp_path / "keys").read_text().splitlines() if line[0] != "#")
    assert keys["CLIENT_TRAFFIC_SECRET_0"] in said


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


def test_no_protocol_in_common_is_an_alert(tmp_path, credentials):
    """In both directions: no_application_protocol."""
    with programs.serving("--ca-out", tmp_path / "ca.pem", "--alpn", "http/1.1") as port:
        said = s_client(port, tmp_path / "ca.pem", "-alpn", "h2")
    assert "alert no application protocol" in said
    with programs.openssl_server(credentials, "-www", "-alpn", "h2") as port:
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", credentials.ca, expect=1)
    assert b"no_application_protocol" in done.stderr


def test_s_client_sends_its_request_before_the_handshake(tmp_path):
    """To another server, which steps over it, it has to send it once more."""
    ca, session, early = tmp_path / "ca.pem", tmp_path / "session", tmp_path / "early"
    early.write_bytes(GET)
    alpn, resume = ("-alpn", "http/1.1"), ("-sess_in", session, "-early_data", early)
    with programs.serving("--ca-out", ca, "--max-replayable-early-data", "1000") as port:
        s_client(port, ca, *alpn, "-sess_out", session)
        said = s_client(port, ca, *alpn, *resume, data=b"")
    with programs.serving("--ca-out", ca) as port:
        other = s_client(port, ca, *alpn, *resume)
    assert "Reused, TLSv1.3" in said
    assert "Early data was accepted" in said
    assert "early data     accepted" in said
    assert "Early data was rejected" in other
    assert "200 OK" in other


def test_s_client_knows_a_pre_shared_key(tmp_path):
    key = bytes(range(32)).hex()
    psk = ("-psk", key, "-psk_identity", "somebody")
    with programs.serving("--ca-out", tmp_path / "ca.pem", "--psk", f"somebody:{key}") as port:
        said = s_client(port, tmp_path / "ca.pem", *psk)
        wrong = s_client(port, tmp_path / "ca.pem", "-psk", bytes(32).hex(), "-psk_identity", "somebody")
    assert "Reused, TLSv1.3" in said
    assert "known by       a pre-shared key" in said
    assert "key exchange   x25519" in said
    assert "alert decrypt error" in wrong
    serve_alone = ("--psk", f"somebody:{key}", "--psk-without-key-exchange")
    with programs.serving("--ca-out", tmp_path / "ca.pem", *serve_alone) as port:
        said = s_client(port, tmp_path / "ca.pem", *psk, "-allow_no_dhe_kex")
    assert "key exchange   none" in said


def test_s_client_gets_a_stapled_response(tmp_path):
    made = kinds.make_credentials(kinds.KINDS[1], tmp_path)
    server = ("--cert", made.certificate, "--key", made.key, "--ocsp", made.status)
    with programs.serving(*server) as port:
        said = s_client(port, made.ca, "-status")
        not_asked = s_client(port, made.ca)
    assert "OCSP Response Status: successful" in said
    assert "Cert Status: good" in said
    assert "OCSP" not in not_asked


def test_s_client_comes_back_with_a_cookie(tmp_path):
    with programs.serving("--ca-out", tmp_path / "ca.pem", "--demand-cookie") as port:
        said = s_client(port, tmp_path / "ca.pem", "-msg")
    assert said.count("ClientHello") == 2
    assert "200 OK" in said


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


def test_get_resumes_a_session_from_a_file(credentials, tmp_path):
    with programs.openssl_server(credentials, "-www") as port:
        get = ("get", f"https://localhost:{port}/", "--ca", credentials.ca, "--session", tmp_path / "session")
        first, second = programs.tls(*get).stdout, programs.tls(*get).stdout
    assert b"New, TLSv1.3" in first
    assert b"Reused, TLSv1.3" in second


def test_get_asks_for_a_stapled_response(tmp_path):
    made = kinds.make_credentials(kinds.KINDS[1], tmp_path)
    files = Credentials(made.ca, made.certificate, made.key)
    with programs.openssl_server(files, "-www", "-status_file", made.status) as port:
        done = programs.tls("get", f"https://localhost:{port}/", "--ca", made.ca, "--ocsp", "--json")
    length = json.loads(done.stdout)["certificate"]["ocsp_response_length"]
    assert length == made.status.stat().st_size


def test_connect_shows_a_certificate(tmp_path):
    made = kinds.make_credentials(kinds.KINDS[1], tmp_path)
    files = Credentials(made.ca, made.certificate, made.key)
    strict = ("-rev", "-Verify", "1", "-CAfile", made.ca, "-verify_return_error")
    with programs.openssl_server(files, *strict) as port:
        shown = connect(port, files, "--cert", made.certificate, "--key", made.key)
    assert shown.stdout == b"!dlrow ,olleh\n"


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

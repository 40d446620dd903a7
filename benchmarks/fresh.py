"""What a new process pays; `startup` runs it as one.  Prints one JSON object.

    python -m benchmarks.fresh imports
    python -m benchmarks.fresh handshake < credentials.json
    python -m benchmarks.fresh first-use

In `imports`, nothing of ours is imported before the clock runs; in the others, nothing is computed before its
first use is timed.  So a process answers one question and ends.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

LATER_CALLS = 5


def imports() -> dict[str, Any]:
    """Seconds for `import tls`, and for all that a connection needs; what the tables hold then."""
    start = time.perf_counter()
    import tls

    between = time.perf_counter()
    assert callable(tls.connect)  # the first use of a name loads the rest
    end = time.perf_counter()
    return {"import_tls": between - start, "import_all": end - start, "tables": tables()}


def handshake(credentials: dict[str, str]) -> dict[str, Any]:
    """Seconds for the first handshake, both ends in this process, and for a later one.

    The first includes what is done once: reading certificates and key, and building tables.
    """
    from handshake.certified_keys import CertifiedKey
    from tls.config import ClientConfig, ServerConfig
    from x509.trust_store import TrustStore

    start = time.perf_counter()
    certified_key = CertifiedKey.from_pem(credentials["chain"], credentials["private_key"])
    server_config = ServerConfig(certified_keys=[certified_key], tickets=0)
    client_config = ClientConfig(trust=TrustStore.from_pem(credentials["authority"]))

    def once() -> None:
        client = client_config.connection("localhost")
        server = server_config.connection()
        while not (client.session and server.session):
            server.receive_data(client.data_to_send())
            client.receive_data(server.data_to_send())

    once()
    first = time.perf_counter() - start
    return {"first": first, "later": min(_seconds(once) for _ in range(LATER_CALLS))}


def first_use() -> dict[str, Any]:
    """How many seconds longer the first call of each primitive takes than a later one."""
    from purecrypto import ec
    from purecrypto.aes_gcm import AESGCM
    from purecrypto.chacha20poly1305 import ChaCha20Poly1305
    from purecrypto.ed25519 import Ed25519PrivateKey
    from purecrypto.ml_kem import MLKEM768PrivateKey
    from purecrypto.sha256 import sha256
    from purecrypto.sha512 import sha512
    from purecrypto.x25519 import X25519PrivateKey

    key, record = bytes(range(32)), bytes(2**14)
    jobs: dict[str, Callable[[], Any]] = {
        "SHA-256": lambda: sha256(key).digest(),
        "SHA-512": lambda: sha512(key).digest(),
        "ChaCha20-Poly1305, 16 KiB": lambda: ChaCha20Poly1305(key).encrypt(bytes(12), record, b""),
        "AES-128-GCM, 16 KiB": lambda: AESGCM(key[:16]).encrypt(bytes(12), record, b""),
        "X25519 key generation": lambda: X25519PrivateKey.from_private_bytes(key).public_key(),
        "Ed25519 sign, after X25519": lambda: Ed25519PrivateKey.from_private_bytes(key).sign(b""),
        "ML-KEM-768 key generation": lambda: MLKEM768PrivateKey.from_seed_bytes(key + key).public_key(),
        "P-256 key generation": lambda: ec.derive_private_key(7, ec.SECP256R1()).public_key(),
        "P-384 key generation": lambda: ec.derive_private_key(7, ec.SECP384R1()).public_key(),
    }
    answer = {}
    for name, job in jobs.items():
        first = _seconds(job)
        answer[name] = first - min(_seconds(job) for _ in range(LATER_CALLS))
    return answer


def tables() -> int:
    """Entries in the caches and large containers of the primitives' modules."""
    entries = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("purecrypto."):
            for variable, value in list(vars(module).items()):
                if hasattr(value, "cache_info"):
                    entries += value.cache_info().currsize
                elif variable != "__builtins__" and isinstance(value, (list, dict)) and len(value) > 128:
                    entries += len(value)
    return entries


def _seconds(job: Callable[[], Any]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


if __name__ == "__main__":
    match sys.argv[1]:
        case "imports":
            answer = imports()
        case "handshake":
            answer = handshake(json.load(sys.stdin))
        case "first-use":
            answer = first_use()
        case question:
            sys.exit(f"no such question: {question}")
    print(json.dumps(answer))

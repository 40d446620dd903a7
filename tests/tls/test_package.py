"""What `import tls` gives, and what it leaves alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tls

ROOT = Path(__file__).parents[2]
BORROWED = {"hashlib", "_hashlib", "ssl", "_ssl", "hmac", "secrets", "random"}
HEAVY = {"asyncio", "rich", "http", "http.client", "http.server", "argparse", "subprocess"}


def modules_after(statement: str) -> set[str]:
    """What a fresh interpreter without site-packages has loaded then."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}\nimport json\n"
    command = [sys.executable, "-I", "-S", "-c", f"{program}print(json.dumps(list(sys.modules)))"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_tls_loads_next_to_nothing():
    loaded = modules_after("import tls")
    assert loaded.isdisjoint(BORROWED | HEAVY)
    assert {name for name in loaded if name.startswith("tls")} == {"tls", "tls.errors"}
    assert not any(name.startswith(("handshake", "record", "x509", "purecrypto")) for name in loaded)


@pytest.mark.parametrize("module", ["sockets", "connection", "config", "keylog", "throwaway", "summary"])
def test_using_it_borrows_nothing(module):
    assert modules_after(f"import tls.{module}").isdisjoint(BORROWED | HEAVY)


def test_every_public_name_is_there():
    loaded = modules_after("import tls; [getattr(tls, name) for name in tls.__all__]")
    assert loaded.isdisjoint(BORROWED | HEAVY)
    for name in tls.__all__:
        assert callable(getattr(tls, name))


def test_what_a_config_is_made_of_is_there():
    """And what a connection comes to."""
    shown = {"CertifiedKey", "PreSharedKey", "Session", "SessionCache", "TrustStore"}
    assert shown <= set(tls.__all__)
    assert {getattr(tls, name).__name__ for name in shown} == shown


def test_no_other_name_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'conect'"):
        _ = tls.conect

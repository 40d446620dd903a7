"""What every test runs under."""

import gc
import os

import pytest
from hypothesis import settings

# Examples take as long as the machine takes: a deadline would make slow machines fail.  On CI the examples
# are the same each time, so that a red run is about the change and not about luck.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def no_leaks_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own trust file or key log must not change what a test sees."""
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


@pytest.fixture(autouse=True, scope="module")
def _tests_are_no_garbage() -> None:
    """Thousands of them are there until the end: no collection need look at them each time."""
    gc.collect()
    gc.freeze()

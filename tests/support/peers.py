"""The programs that no one here wrote, and what becomes of a test that needs one.

Interop tests ask for their peer by name.  Where it is missing the test is skipped, so that `make test` works
on a bare machine; where GLASSBOX_REQUIRE_PEERS or CI is set it fails, so that a machine that promises peers
cannot pass without them.
"""

import os
import shutil
from typing import NoReturn

import pytest


def require(program: str) -> str:
    """Return the path of `program`, or skip the running test; fail it where peers are required."""
    places = os.pathsep.join(
        [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
    )  # of servers
    return shutil.which(program, path=places) or missing(program)


def missing(program: str) -> NoReturn:
    """Skip the running test because `program` is not here; fail it where peers are required."""
    if os.environ.get("GLASSBOX_REQUIRE_PEERS") or os.environ.get("CI"):
        pytest.fail(f"{program} is not installed, and this machine requires every peer", pytrace=False)
    pytest.skip(f"{program} is not installed")

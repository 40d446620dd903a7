"""The floors hold, and nothing is borrowed that this repository says it writes itself."""

from pathlib import Path

import pytest

from tests.support.imports import FLOORS, violations

ROOT = Path(__file__).parents[2]


def test_this_repository_keeps_its_rules() -> None:
    assert violations(ROOT) == []


def test_the_walk_sees_this_repository() -> None:
    present = {package for package in FLOORS if list((ROOT / package).glob("*.py"))}
    assert {"purecrypto", "vectors"} <= present


BAD = [
    # file, its source, a part of the complaint
    ("purecrypto/a.py", "import record.framing", "purecrypto must not import record"),
    ("purecrypto/a.py", "from tls import connection", "purecrypto must not import tls"),
    ("purecrypto/a.py", "import vectors", "purecrypto must not import vectors"),
    ("record/a.py", "from x509 import der", "record must not import x509"),
    ("x509/a.py", "def f():\n    import record", "x509 must not import record"),
    ("x509/a.py", "from ..record import alert", "x509 must not import record"),
    ("handshake/a.py", "from tls.config import Config", "handshake must not import tls"),
    (
        "handshake/a.py",
        "import importlib\nimportlib.import_module('tls.config')",
        "handshake must not import tls",
    ),
    ("tls/a.py", "import journey", "tls must not import journey"),
    ("tls/a.py", "import benchmarks.cases", "benchmarks, which is not in the standard library"),
    ("journey/a.py", "from benchmarks import cases", "benchmarks, which is not in the standard library"),
    ("tls/a.py", "import hashlib", "imports hashlib"),
    ("tls/a.py", "from hmac import compare_digest", "imports hmac"),
    ("tls/a.py", "import ssl", "imports ssl"),
    ("tls/a.py", "import secrets", "imports secrets"),
    ("tls/a.py", "__import__('_sha2')", "imports _sha2"),
    ("tls/a.py", "import ctypes.util", "imports ctypes"),
    ("tls/a.py", "import random", "imports random"),
    ("tls/a.py", "import uuid", "imports uuid"),
    ("tls/a.py", "import cryptography.hazmat", "cryptography, which is not in the standard library"),
    ("tls/a.py", "from nacl import bindings", "nacl, which is not in the standard library"),
    ("tls/a.py", "from Crypto.Cipher import AES", "Crypto, which is not in the standard library"),
    ("tls/a.py", "import rich", "rich, which is not in the standard library"),
    ("tls/a.py", "import importlib\nimportlib.import_module('ri' + 'ch')", "name is computed"),
    ("tls/a.py", "name = 'ssl'\n__import__(name)", "name is computed"),
    ("tls/a.py", "import importlib\nimportlib.import_module(f'{name}.sha256')", "name is computed"),
    ("tls/a.py", "import importlib\nimportlib.import_module(f'ss{name}')", "name is computed"),
    (
        "tls/a.py",
        "import importlib\nimportlib.import_module(f'journey.{name}')",
        "tls must not import journey",
    ),
    ("tls/config.py", "import certifi", "certifi, which is not in the standard library"),
    ("tls/sockets.py", "import asyncio", "asyncio, which belongs elsewhere"),
    ("tls/sockets.py", "from http.client import HTTPConnection", "http, which belongs elsewhere"),
    ("tls/sockets.py", "import subprocess", "subprocess, which belongs elsewhere"),
    ("tls/config.py", "import os\nos.urandom(32)", "uses os.urandom"),
    ("tls/config.py", "from os import urandom", "uses os.urandom"),
    ("tls/config.py", "import os\nos.getrandom(32)", "uses os.getrandom"),
    ("record/a.py", "import binascii\nbinascii.crc32(b'')", "uses binascii.crc32"),
    ("tls/a.py", "from zlib import adler32", "uses zlib.adler32"),
    ("purecrypto/a.py", "import os", "os, which may touch the world outside"),
    ("record/a.py", "import socket", "socket, which may touch the world outside"),
    ("x509/a.py", "import time", "time, which may touch the world outside"),
    ("handshake/a.py", "import threading", "threading, which may touch the world outside"),
    ("tls/connection.py", "import socket", "socket, which may touch the world outside"),
    ("tls/line.py", "import os", "os, which may touch the world outside"),
    ("tls/key_updates.py", "import time", "time, which may touch the world outside"),
    ("x509/a.py", "from datetime import datetime\ndatetime.now()", "reads the clock with now()"),
    ("handshake/a.py", "print('debug')", "calls print()"),
    ("x509/pem.py", "open('ca.pem')", "calls open()"),
    ("record/a.py", "from purecrypto.hkdf import expand", "takes the function expand out of purecrypto.hkdf"),
    ("purecrypto/__init__.py", "from purecrypto import hkdf", "more than its docstring"),
    ("x509/__init__.py", "VERSION = 1", "more than its docstring"),
    ("tls/tracing/__init__.py", "from tls.tracing import parts", "more than its docstring"),
    ("tls/tracing/a.py", "from tls import captures", "tls/tracing must not import tls.captures"),
    (
        "tls/tracing/a.py",
        "def f():\n    import tls.captures.pcapng",
        "tls/tracing must not import tls.captures",
    ),
]


@pytest.mark.parametrize(("file", "source", "complaint"), BAD)
def test_a_breach_is_seen(tmp_path: Path, file: str, source: str, complaint: str) -> None:
    write(tmp_path, {file: source})
    found = violations(tmp_path)
    assert any(line.startswith(f"{file}:") and complaint in line for line in found), found


GOOD = {
    "purecrypto/entropy.py": "import os\nos.urandom(1)",
    "purecrypto/__init__.py": '"""The primitives."""',
    "purecrypto/__main__.py": "import sys\nimport purecrypto.vector_run\ndef f():\n    import rich\nprint()",
    "purecrypto/vector_run.py": "import time, vectors",
    "record/protection.py": "from purecrypto import hkdf\ndef open(r): pass\nopen(b'')\nhkdf.expand(b'')",
    "x509/path.py": "from datetime import datetime, UTC\nfrom x509 import der\nfrom . import names",
    "handshake/client.py": "from purecrypto.hkdf import Expander\nimport record.alert, x509.path",
    "tls/__init__.py": "from tls.connection import Connection",
    "tls/connection.py": "import handshake.client",
    "tls/sockets.py": "import socket, time, threading, os\nos.environ\ndef connect(): ...",
    "tls/aio.py": "import asyncio\nfrom tls.sockets import connect",
    "tls/tracing/trace_view.py": "import rich.tree",
    "tls/captures/wiretap.py": "from tls.tracing.trace import Trace",
    "journey/ladder.py": "import importlib\ndef f(name): importlib.import_module(f'journey.{name}.channel')",
    "tls/__main__.py": "from rich.console import Console\nimport http.server",
}


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert violations(tmp_path) == []


def write(root: Path, files: dict[str, str]) -> None:
    hkdf = {"purecrypto/hkdf.py": "def expand(prk): ...\nclass Expander: ..."}
    for name, source in (hkdf | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")

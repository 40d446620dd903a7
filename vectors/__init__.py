"""Published test vectors, one JSON file a source, and `load` to read them.

A file names its source and groups its vectors by operation, in the source's order:

    {"source": {"title": "RFC 8439: ...", "sections": "2.1.1 to 2.8.2, A.1 to A.5"},
     "groups": [{"operation": "poly1305", "section": "2.5.2",
                 "vectors": [{"id": "rfc8439-2.5.2", "key": "85d6be...", "message": "43727970...",
                              "tag": "a8061dc1..."}]}]}

Values are bytes in hexadecimal or plain numbers; {"repeat": ["61", 1000000]} stands for a million times
the byte 0x61.  `purecrypto/known_answers.py` says for each operation which fields it reads and runs it.
"""

import json
from importlib import resources
from typing import Any


def names() -> list[str]:
    """Return the names that `load` knows, sorted: "fips180-4", "rfc8439", ..."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


def load(name: str) -> dict[str, Any]:
    """Return one file of vectors, as the docstring above shows; FileNotFoundError if there is none."""
    text = (resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content

"""PEM: DER in a text file, between two lines of dashes.  RFC 7468.

    -----BEGIN CERTIFICATE-----
    MIIBdzCCASmgAwIBAgIBATAFBgMrZXAwFDESMBAGA1UEAwwJQXV0aG9yaXR5MB4X
    ...
    -----END CERTIFICATE-----

Text around the blocks is ignored, as section 2 allows and as openssl does: people keep notes there.  Inside a
block nothing but base64 is accepted.

Errors         `PemError` (a ValueError) that names the block and its line: the file is our own user's.
Tested by      tests/x509/test_pem.py
"""

import base64
import re
from collections.abc import Iterator

from purecrypto.buffers import Buffer, as_bytes
from x509.errors import PemError

LINE_LENGTH = 64  # base64 characters (section 2)

HOW_TO_DECRYPT = "decrypt it with openssl pkey -in FILE -out PLAIN"

MAXIMUM_SHOWN = 8  # labels, in an error

_BEGIN = re.compile(r"-----BEGIN ([^-]{1,64})-----")


def decode(text: str | Buffer, label: str) -> list[bytes]:
    """Return the contents of every block of this label, in the file's order; PemError on a broken one."""
    return [_decode_block(body, label, line) for found, body, line in _blocks(text) if found == label]


def at_least_one(text: str | Buffer, label: str, hint: str = "") -> list[bytes]:
    """As `decode`; PemError too where there is none, with a hint what to do about it."""
    blocks = decode(text, label)
    if not blocks:
        raise PemError(f"no {label} block, found {contents(text)}{hint}")
    return blocks


def labels(text: str | Buffer) -> list[str]:
    """Return the labels of all blocks, in the file's order: what the user gave us, if not what we wanted."""
    return [label for label, _, _ in _blocks(text)]


def contents(text: str | Buffer) -> str:
    """The labels in a few words, each once, for an error."""
    found = list(dict.fromkeys(labels(text)))
    more = [f"{len(found) - MAXIMUM_SHOWN} more"] if len(found) > MAXIMUM_SHOWN else []
    return ", ".join(found[:MAXIMUM_SHOWN] + more) or "no PEM at all"


def encode(data: Buffer, label: str) -> str:
    """Return one block: 64 columns, a line feed at the end of every line (section 2, strict form)."""
    body = base64.b64encode(as_bytes(data, "data")).decode("ascii")
    lines = [body[start : start + LINE_LENGTH] for start in range(0, len(body), LINE_LENGTH)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _blocks(text: str | Buffer) -> Iterator[tuple[str, str, int]]:
    """Yield label, body and line number of each block."""
    if not isinstance(text, str):
        text = as_bytes(text, "text").decode("latin-1")  # the notes around the blocks may be in any encoding
    label, begin, body = "", 0, ""  # an empty label: between blocks
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not label:
            if match := _BEGIN.fullmatch(line):
                label, begin, body = match[1], number, ""
        elif line == f"-----END {label}-----":
            yield label, body, begin
            label = ""
        elif line.startswith("-----"):
            raise PemError(f"line {number}: inside of the {label} block that begins in line {begin}")
        else:
            body += line
    if label:
        raise PemError(f"the {label} block that begins in line {begin} has no END line")


def _decode_block(body: str, label: str, line: int) -> bytes:
    if body.startswith("Proc-Type: 4,ENCRYPTED"):  # RFC 1421 section 4.6.1.1, and openssl ever since
        raise PemError(f"the {label} block that begins in line {line} is encrypted: {HOW_TO_DECRYPT}")
    try:
        data = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise PemError(f"the {label} block that begins in line {line} is not base64: {error}") from error
    if not data:
        raise PemError(f"the {label} block that begins in line {line} is empty")
    return data

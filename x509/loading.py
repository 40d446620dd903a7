"""What a command reads: certificates and keys, from a file or from standard input.

Tested by      tests/x509/test_main.py
"""

import sys
from collections.abc import Callable
from typing import TypeVar

from x509 import certificate as certificates
from x509 import complaints, pem
from x509.certificate import Certificate
from x509.complaints import Complaint
from x509.errors import PemError

T = TypeVar("T")

STANDARD_INPUT = "-"


def certificates_in(file: str) -> tuple[Certificate, ...]:
    """All that a file holds: any number of them in PEM, or one in DER."""
    return load(file, read_certificates)


def read_certificates(data: bytes) -> tuple[Certificate, ...]:
    return certificates.read_list(read_encodings(data))


def read_encodings(data: bytes) -> list[bytes]:
    if pem.labels(data):
        return pem.at_least_one(data, "CERTIFICATE")
    if data[:1] != b"\x30":
        raise PemError("no certificate, in PEM or in DER")
    return [data]


def load(file: str, read: Callable[[bytes], T]) -> T:
    """Have `read` make something of a file's bytes."""
    if file == STANDARD_INPUT and sys.stdin is None:
        raise Complaint("standard input is closed")
    with complaints.about("standard input" if file == STANDARD_INPUT else file):
        if file == STANDARD_INPUT:
            return read(complaints.all_of(sys.stdin.buffer))
        with open(file, "rb") as stream:
            return read(complaints.all_of(stream))

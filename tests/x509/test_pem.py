"""PEM: what openssl writes and people keep in files, and every broken block refused."""

import base64

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from tests.support.certificates import authority_and_leaf
from x509 import pem
from x509.errors import PemError

BLOCK = "-----BEGIN THING-----\nAAEC\n-----END THING-----\n"


def test_a_block():
    assert pem.decode(BLOCK, "THING") == [b"\0\1\2"]
    assert pem.encode(b"\0\1\2", "THING") == BLOCK


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace("\n", "\r\n"),
        BLOCK.replace("\n", " \n"),
        BLOCK.replace("AAEC", "AA\nEC\n"),
        BLOCK.rstrip("\n"),
        "subject=CN = localhost\n\n" + BLOCK + "a note\n- another\n",
        BLOCK.encode(),
        bytearray(BLOCK.encode()),
        "größer\n".encode("latin-1") + BLOCK.encode(),
    ],
)
def test_what_is_tolerated(text):
    assert pem.decode(text, "THING") == [b"\0\1\2"]


def test_blocks_keep_their_order_and_labels():
    text = pem.encode(b"1", "A") + pem.encode(b"2", "B C") + pem.encode(b"3", "A")
    assert pem.decode(text, "A") == [b"1", b"3"]
    assert pem.decode(text, "B C") == [b"2"]
    assert pem.decode(text, "B") == []
    assert pem.labels(text) == ["A", "B C", "A"]
    assert pem.decode("nothing", "A") == pem.labels("") == []


def test_only_the_blocks_that_were_asked_for_are_read():
    text = BLOCK.replace("AAEC", "Proc-Type: 4,ENCRYPTED\n\nAAEC").replace("THING", "RSA PRIVATE KEY")
    assert pem.decode(text + BLOCK, "THING") == [b"\0\1\2"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("-----BEGIN THING-----\nAAEC\n", "THING block that begins in line 1 has no END"),
        ("\n-----BEGIN THING-----\nAAEC\n", "begins in line 2 has no END"),
        (
            "-----BEGIN THING-----\nAAEC\n-----END OTHER-----\n",
            "line 3: inside of the THING block that begins in line 1",
        ),
        ("-----BEGIN THING-----\n" + BLOCK, "line 2: inside of the THING block that begins in line 1"),
        (BLOCK.replace("AAEC", "AA*C"), "not base64"),
        (BLOCK.replace("AAEC", "AAE"), "not base64"),
        (BLOCK.replace("AAEC", "AA EC"), "not base64"),
        (BLOCK.replace("AAEC", "AAE=AAEC"), "not base64"),
        (BLOCK.replace("AAEC", "AAECAA==A"), "not base64"),
        (BLOCK.replace("AAEC", "AAÄC"), "not base64"),
        (BLOCK.replace("AAEC", ""), "is empty"),
    ],
)
def test_what_is_refused(text, why):
    with pytest.raises(PemError, match=why):
        pem.decode(text, "THING")


def test_at_least_one():
    text = pem.encode(b"1", "A") + pem.encode(b"2", "B") + pem.encode(b"3", "A")
    assert pem.at_least_one(text, "A") == pem.decode(text, "A") == [b"1", b"3"]
    with pytest.raises(PemError, match=r"^no C block, found A, B: look elsewhere$"):
        pem.at_least_one(text, "C", ": look elsewhere")
    with pytest.raises(PemError, match=r"^no C block, found no PEM at all$"):
        pem.at_least_one("", "C")


def test_a_pem_error_is_a_value_error():
    assert issubclass(PemError, ValueError)


def test_other_types_are_refused():
    with pytest.raises(TypeError):
        pem.decode(5, "THING")


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_come_back(data):
    text = pem.encode(data, "THING")
    assert pem.decode(text, "THING") == [data]
    assert all(len(line) <= 64 for line in text.splitlines())
    assert base64.b64decode("".join(text.splitlines()[1:-1])) == data


def test_ours_is_what_pyca_writes():
    family = authority_and_leaf()
    theirs = pyca.load_der_x509_certificate(family.leaf.der).public_bytes(Encoding.PEM)
    assert family.chain_pem == theirs.decode()


def test_what_was_found_is_said_in_a_few_words():
    many = "".join(pem.encode(b"x", f"L{number % 10}") for number in range(1000))
    with pytest.raises(PemError, match=r"^no A block, found L0, L1, L2, L3, L4, L5, L6, L7, 2 more$"):
        pem.at_least_one(many, "A")
    assert pem.contents(pem.encode(b"x", "A" * 65)) == "no PEM at all"
    assert pem.contents(pem.encode(b"x", "A" * 64)) == "A" * 64

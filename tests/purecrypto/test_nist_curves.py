"""NIST's own vectors for P-256 and P-384: CAVP's, as the package `cryptography-vectors` ships them.

All that apply: key pairs, public keys good and bad, signatures made with a given k, signatures good and bad,
and shared secrets good and bad, with the hashes that there are here.
"""

import re
from collections import Counter
from pathlib import Path

import cryptography_vectors
import pytest

from purecrypto import ec, ecdsa, hmac, weierstrass
from purecrypto.ec import ECDH, ECDSA, SECP256R1, SECP384R1, EllipticCurvePublicKey
from purecrypto.errors import InvalidKey, InvalidSignature

FOLDER = Path(cryptography_vectors.__file__).parent / "asymmetric"
CURVES = {"P-256": SECP256R1(), "EC": SECP256R1(), "P-384": SECP384R1(), "ED": SECP384R1()}


def read(file):
    """Return the vectors of a file that apply: each a dict, with its curve and its hash, if any."""
    found, curve, algorithm, vector = [], None, None, {}
    for line in [*(FOLDER / file).read_text(encoding="ascii").splitlines(), ""]:
        heading = re.fullmatch(r"\[(P-\d+|E[A-E]|[KB]-\d+)(?:(?:,| - )(SHA-?\d+))?\]", line.strip())
        if heading:
            curve = CURVES.get(heading[1])
            hash_name = heading[2] and heading[2].replace("-", "").lower()
            algorithm = hash_name and hmac.HASHES.get(hash_name)
            if hash_name and algorithm is None:  # SHA-1 and SHA-224 are not here
                curve = None
        elif "=" in line and not line.startswith(("#", "[")):
            name, value = (part.strip() for part in line.split("=", maxsplit=1))
            vector[name] = value
        elif not line.strip():
            if curve is not None and len(vector) > 1:
                found.append(vector | {"curve": curve, "hash": algorithm})
            vector = {}
    return found


def parameters(file):
    return pytest.mark.parametrize(
        "vector",
        [
            pytest.param(vector, id=f"{i}-{vector['curve'].name}" + (vector.get("Result") or "")[:5])
            for i, vector in enumerate(read(file))
        ],
    )


def numbers(vector, *names):
    return [int(vector[name], 16) for name in names]


def point(vector, x_name, y_name):
    """Return 04, x, y; longer than any point where a number is."""
    size = vector["curve"].parameters.size
    octets = [vector[name].rjust(2 * size, "0") for name in (x_name, y_name)]
    return bytes.fromhex("04" + "".join("0" * (len(number) % 2) + number for number in octets))


def public_key(vector, x_name="Qx", y_name="Qy"):
    return EllipticCurvePublicKey.from_encoded_point(vector["curve"], point(vector, x_name, y_name))


def passes(vector):
    return vector["Result"].startswith("P")


@parameters("ECDSA/FIPS_186-3/KeyPair.rsp")
def test_key_pairs(vector):
    (d,) = numbers(vector, "d")
    assert ec.derive_private_key(d, vector["curve"]).public_key() == public_key(vector)


@parameters("ECDSA/FIPS_186-3/PKV.rsp")
def test_public_keys(vector):
    x, y = numbers(vector, "Qx", "Qy")
    assert weierstrass.is_on_curve(vector["curve"].parameters, (x, y)) == passes(vector)
    if passes(vector):
        assert public_key(vector).encoded_point() == point(vector, "Qx", "Qy")
    else:
        with pytest.raises(InvalidKey):
            public_key(vector)


@parameters("ECDSA/FIPS_186-3/SigGen.txt")
def test_signatures_with_a_given_k(vector, monkeypatch):
    d, k, r, s = numbers(vector, "d", "k", "R", "S")
    message, algorithm = bytes.fromhex(vector["Msg"]), ECDSA(vector["hash"])
    private_key = ec.derive_private_key(d, vector["curve"])
    assert private_key.public_key() == public_key(vector)
    monkeypatch.setattr(ecdsa, "nonces", lambda *_: iter([k]))
    signature = private_key.sign(message, algorithm)
    assert ecdsa.decode_signature(signature) == (r, s)
    public_key(vector).verify(signature, message, algorithm)


@parameters("ECDSA/FIPS_186-3/SigVer.rsp")
def test_signatures(vector):
    signature, message = ecdsa.encode_signature(*numbers(vector, "R", "S")), bytes.fromhex(vector["Msg"])
    if passes(vector):
        public_key(vector).verify(signature, message, ECDSA(vector["hash"]))
    else:
        with pytest.raises(InvalidSignature):
            public_key(vector).verify(signature, message, ECDSA(vector["hash"]))


def check_exchange(vector):
    """Return whether all is right: both points are points, one's own is that of the private key, and
    the shared secret and its hash are those.
    """
    try:
        theirs, ours = public_key(vector, "QsCAVSx", "QsCAVSy"), public_key(vector, "QsIUTx", "QsIUTy")
    except InvalidKey:
        return False
    private_key = ec.derive_private_key(*numbers(vector, "dsIUT"), vector["curve"])
    if private_key.public_key() != ours:
        return False
    shared_secret = private_key.exchange(ECDH(), theirs)
    digest = vector["hash"](shared_secret).hexdigest()
    return (shared_secret.hex(), digest) == (vector["Z"], vector["CAVSHashZZ"])


@parameters("ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax")
def test_shared_secrets_of_the_initiator(vector):
    assert check_exchange(vector) == passes(vector)


@parameters("ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax")
def test_shared_secrets_of_the_responder(vector):
    assert check_exchange(vector) == passes(vector)


@pytest.mark.parametrize(
    ("file", "each", "passing"),
    [
        ("ECDSA/FIPS_186-3/KeyPair.rsp", 10, None),
        ("ECDSA/FIPS_186-3/PKV.rsp", 12, 8),
        ("ECDSA/FIPS_186-3/SigGen.txt", 45, None),
        ("ECDSA/FIPS_186-3/SigVer.rsp", 45, 18),
        ("ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax", 30, 36),
        ("ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax", 30, 36),
    ],
)
def test_everything_was_read(file, each, passing):
    """A heading that is not recognised would leave its vectors out in silence."""
    found = read(file)
    assert Counter(vector["curve"].name for vector in found) == {"secp256r1": each, "secp384r1": each}
    if passing is not None:
        assert sum(map(passes, found)) == passing

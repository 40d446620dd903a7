"""A chain in which any byte of a certificate was changed is accepted never.

All bytes of the leaf and of the intermediate that it needs: also those that no signature covers, as the outer
algorithm and every tag and length around it.  For each kind of key, since a signature has a form of its own.
"""

import pytest

from purecrypto import ec
from tests.support import rsa_keys
from tests.support.certificates import NOT_AFTER, NOT_BEFORE, NOW, key
from x509 import issue, names, path, public_keys
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.rules import Purpose
from x509.trust_store import TrustStore


def three_keys(kind):
    match kind:
        case KeyKind.ED25519:
            return [key(number) for number in (1, 2, 100)]
        case KeyKind.P256:
            size = public_keys.CURVES[kind].random_size
            return [
                ec.private_key_from_random(public_keys.CURVES[kind], bytes([number]) * size)
                for number in (1, 2, 100)
            ]
        case _:
            return [rsa_keys.ours(name) for name in ("2048", "2048 e=3", "2050")]


def family(kind):
    """The root's store, the leaf and the intermediate."""
    times = {"not_before": NOT_BEFORE, "not_after": NOT_AFTER}
    roots, middles, leafs = three_keys(kind)
    root = issue.make_authority("Root", roots, serial_number=1, **times)
    middle = issue.make_intermediate(root, "Authority", middles, serial_number=2, **times)
    leaf = issue.issue_certificate(
        middle, "localhost", leafs.public_key(), serial_number=3, dns_names=["localhost"], **times
    )
    return TrustStore([root.certificate]), [leaf.der, middle.certificate.der]


@pytest.fixture(
    scope="module", params=[KeyKind.ED25519, KeyKind.P256, KeyKind.RSA], ids=lambda kind: kind.value
)
def good(request):
    return family(request.param)


def accepted(trust, chain):
    """Whether it is; anything but a CertificateError is an error of ours."""
    try:
        certificates = [Certificate.from_der(der) for der in chain]
        path.verify_chain(certificates, trust, at=NOW, purpose=Purpose.SERVER)
        names.verify_name(certificates[0], "localhost")
    except CertificateError:
        return False
    return True


def accepted_mutations(trust, chain, which, changes):
    """Where, and by what, a byte of this certificate can be changed."""
    found = []
    for position in range(len(chain[which])):
        for change in changes(position):
            data = bytearray(chain[which])
            data[position] ^= change
            if accepted(trust, [*chain[:which], bytes(data), *chain[which + 1 :]]):
                found.append((position, change))
    return found


def test_the_chain_itself_is_accepted(good):
    assert accepted(*good)


@pytest.mark.parametrize("which", [0, 1], ids=["leaf", "intermediate"])
def test_a_byte_changed(good, which):
    assert accepted_mutations(*good, which, lambda position: [1 + position * 89 % 255]) == []


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("which", [0, 1], ids=["leaf", "intermediate"])
def test_a_byte_changed_in_every_way(good, which):
    assert accepted_mutations(*good, which, lambda position: range(1, 256)) == []


@pytest.mark.parametrize("which", [0, 1], ids=["leaf", "intermediate"])
def test_a_byte_left_out_or_doubled(good, which):
    trust, chain = good
    der = chain[which]
    for position in range(len(der)):
        for data in (der[:position] + der[position + 1 :], der[: position + 1] + der[position:]):
            assert not accepted(trust, [*chain[:which], data, *chain[which + 1 :]])

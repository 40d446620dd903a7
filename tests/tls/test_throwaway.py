"""Certificates made on the spot."""

from tests.support import certificates
from tls import throwaway
from x509 import names, path, pem
from x509.certificate import Certificate
from x509.rules import Purpose
from x509.trust_store import TrustStore


def zeros(length):
    return bytes(length)


def test_it_is_good_for_this_machine_and_for_now():
    made = throwaway.make(now=certificates.NOW)
    (leaf,) = made.certified_key.certificate_chain
    trust = TrustStore.from_pem(made.authority_pem)
    path.verify_chain([leaf], trust, at=certificates.NOW, purpose=Purpose.SERVER)
    for name in ("localhost", "127.0.0.1", "::1"):
        names.verify_name(leaf, name)
    assert leaf.public_key == made.certified_key.private_key.public_key()
    for certificate in (leaf, made.authority):
        assert certificate.not_before == certificates.NOW - throwaway.BACKDATED
        assert certificate.not_after == certificates.NOW + throwaway.VALIDITY


def test_the_authority_can_make_no_others():
    made = throwaway.make(now=certificates.NOW)
    assert made.authority.extensions.basic_constraints.path_length == 0
    assert "private_key" not in repr(made)
    assert vars(made).keys() == {"authority", "certified_key"}


def test_no_two_are_alike():
    one, other = (throwaway.make(now=certificates.NOW) for _ in range(2))
    assert one.authority.public_key != other.authority.public_key
    assert one.certified_key.private_key != other.certified_key.private_key
    serial_numbers = {
        certificate.serial_number
        for made in (one, other)
        for certificate in (made.authority, *made.certified_key.certificate_chain)
    }
    assert len(serial_numbers) == 4


def test_serial_numbers_are_positive_whatever_the_random_bytes():
    made = throwaway.make(now=certificates.NOW, random_bytes=zeros)
    assert made.authority.serial_number == 1
    (der,) = pem.decode(made.authority_pem, "CERTIFICATE")
    assert Certificate.from_der(der) == made.authority

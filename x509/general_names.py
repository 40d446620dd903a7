"""GeneralName: the nine forms in which a certificate can name somebody.  RFC 5280 section 4.2.1.6.

A web server is a DNS name or an IP address; the other forms are for mail, files, people.  Name constraints
use the same type for whole subtrees of names: ".example.com", or an address with its mask (section 4.2.1.10).

Errors         `DerError`, with the path of the field.
Tested by      tests/x509/test_general_names.py
"""

import enum
import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

from x509 import der, distinguished_names
from x509.distinguished_names import Name


class Form(enum.Enum):
    """The names of the forms; the values are the numbers of their tags."""

    otherName = 0
    rfc822Name = 1
    dNSName = 2
    x400Address = 3
    directoryName = 4
    ediPartyName = 5
    uniformResourceIdentifier = 6
    iPAddress = 7
    registeredID = 8


_TEXT = frozenset({Form.rfc822Name, Form.dNSName, Form.uniformResourceIdentifier})
_CONSTRUCTED = frozenset({Form.otherName, Form.x400Address, Form.directoryName, Form.ediPartyName})

Value: TypeAlias = str | Name | IPv4Address | IPv6Address | IPv4Network | IPv6Network | bytes


@dataclass(frozen=True)
class GeneralName:
    """One name, or the top of a subtree of names.

    value     text for the forms that are text, a `Name` for directoryName, for iPAddress an address (and a
              network for a subtree), and the DER of the others
    """

    form: Form
    value: Value

    def __str__(self) -> str:
        value = self.value.hex() if isinstance(self.value, bytes) else self.value
        return f"{self.form.name} {value}"


def read(names: der.Reader, index: str, *, subtree: bool = False) -> GeneralName:
    """Read one; the base of a `subtree` has a mask behind its address."""
    form = next((form for form in Form if names.next_is(_tag(form))), None)
    if form is None:
        names.fail(index, "expected a GeneralName")
    path = f"{index}.{form.name}" if index else form.name
    if form in _TEXT:
        return GeneralName(form, names.ia5_string(path, tag=_tag(form)))
    match form:
        case Form.directoryName:  # a CHOICE, and so EXPLICIT
            with names.explicit(form.value, path) as wrapper:
                return GeneralName(form, distinguished_names.read(wrapper, ""))
        case Form.iPAddress if subtree:
            return GeneralName(form, _read_network(names, path))
        case Form.iPAddress:
            octets = names.octet_string(path, tag=_tag(form))
            if len(octets) not in {4, 16}:
                names.fail(path, f"an address is 4 or 16 bytes, got {len(octets)}")
            return GeneralName(form, ipaddress.ip_address(octets))
        case _:
            return GeneralName(form, names.element(path))


def read_all(names: der.Reader, *, subtree: bool = False) -> tuple[GeneralName, ...]:
    """Read the inside of `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`."""
    found: list[GeneralName] = []
    while not found or not names.at_end:
        found.append(read(names, f"[{len(found)}]", subtree=subtree))
    return tuple(found)


def _tag(form: Form) -> int:
    return (der.CONTEXT_CONSTRUCTED if form in _CONSTRUCTED else der.CONTEXT) | form.value


def _read_network(names: der.Reader, path: str) -> IPv4Network | IPv6Network:
    """Address and mask, the mask in the style of CIDR: ones, then zeros (section 4.2.1.10)."""
    octets = names.octet_string(path, tag=_tag(Form.iPAddress))
    if len(octets) not in {8, 32}:
        names.fail(path, f"an address and its mask are 8 or 32 bytes, got {len(octets)}")
    half = len(octets) // 2
    address, mask = octets[:half], int.from_bytes(octets[half:], "big")
    zeros = 8 * half - mask.bit_count()
    if mask != (1 << 8 * half) - (1 << zeros):
        names.fail(path, f"a mask is ones and then zeros, got {octets[half:].hex()}")
    # Bits of the address beyond the mask mean nothing; openssl and Go ignore them too.
    return ipaddress.ip_network((address, 8 * half - zeros), strict=False)

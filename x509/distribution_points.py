"""Which revocation list is this certificate's?  RFC 5280 sections 4.2.1.13 and 5.2.5.

An authority with many certificates may spread what it revokes over several lists.  Then each certificate says
where its own is, in cRLDistributionPoints, and each list what it is about, in issuingDistributionPoint: the
list of this place, of authorities alone, of these reasons alone.  Whoever took another list of the same
authority would not find the certificate there, and think it good.

Nothing is fetched from these places: they are names that have to be the same on both sides.  So a certificate
in which they are critical is understood, as it is for openssl and Go, even where there are no lists to ask.

Errors         `DerError`, with the path of the field.
Tested by      tests/x509/test_distribution_points.py, tests/x509/test_pkits.py
"""

import enum
from dataclasses import dataclass

from x509 import der, distinguished_names, general_names
from x509.distinguished_names import Attribute, Name
from x509.general_names import Form, GeneralName


class ReasonFlag(enum.Enum):
    """For what a certificate may be revoked; the values are the numbers of the bits (section 4.2.1.13)."""

    keyCompromise = 1
    cACompromise = 2
    affiliationChanged = 3
    superseded = 4
    cessationOfOperation = 5
    certificateHold = 6
    privilegeWithdrawn = 7
    aACompromise = 8


ALL_REASONS = frozenset(ReasonFlag)


@dataclass(frozen=True)
class DistributionPointName:
    """A place with several names (fullName), or with one below that of the list's issuer."""

    full_names: tuple[GeneralName, ...] = ()
    relative_name: tuple[Attribute, ...] = ()

    def names(self, issuer: Name) -> frozenset[GeneralName]:
        """All its names, in full, when the list is of this issuer."""
        if not self.relative_name:
            return frozenset(self.full_names)
        full = Name(b"", (*issuer.relative_names, self.relative_name))  # without DER: it is written nowhere
        return frozenset({GeneralName(Form.directoryName, full)})


@dataclass(frozen=True)
class DistributionPoint:
    """In a certificate: where its list is, for which reasons, and by whom.  None: it does not say."""

    name: DistributionPointName | None = None
    reasons: frozenset[ReasonFlag] = ALL_REASONS
    issuer: tuple[GeneralName, ...] | None = None  # of the list, where it is not the certificate's own


@dataclass(frozen=True)
class IssuingDistributionPoint:
    """In a list: what it is about."""

    name: DistributionPointName | None = None
    only_user_certificates: bool = False
    only_authority_certificates: bool = False
    reasons: frozenset[ReasonFlag] = ALL_REASONS
    is_indirect: bool = False
    only_attribute_certificates: bool = False


def read(value: der.Reader) -> tuple[DistributionPoint, ...]:
    """Read cRLDistributionPoints."""
    points: list[DistributionPoint] = []
    with value.sequence("CRLDistributionPoints") as sequence:
        while not points or not sequence.at_end:
            index = f"[{len(points)}]"
            with sequence.sequence(index) as point:
                name, reasons, issuer = _read_name(point), _read_reasons(point, 1, "reasons"), None
                if point.next_is(der.CONTEXT_CONSTRUCTED | 2):
                    with point.explicit(2, "cRLIssuer") as names:
                        issuer = general_names.read_all(names)
            if name is None and issuer is None:  # section 4.2.1.13: MUST NOT
                sequence.fail(index, "names neither a place nor an issuer")
            points.append(DistributionPoint(name, reasons, issuer))
    return tuple(points)


def read_issuing(value: der.Reader) -> IssuingDistributionPoint:
    """Read issuingDistributionPoint."""
    with value.sequence("IssuingDistributionPoint") as point:
        if point.at_end:
            point.fail("", "says nothing")  # section 5.2.5: MUST NOT be empty
        return IssuingDistributionPoint(
            name=_read_name(point),
            only_user_certificates=point.boolean_default_false("onlyContainsUserCerts", der.CONTEXT | 1),
            only_authority_certificates=point.boolean_default_false("onlyContainsCACerts", der.CONTEXT | 2),
            reasons=_read_reasons(point, 3, "onlySomeReasons"),
            is_indirect=point.boolean_default_false("indirectCRL", der.CONTEXT | 4),
            only_attribute_certificates=point.boolean_default_false(
                "onlyContainsAttributeCerts", der.CONTEXT | 5
            ),
        )


def _read_name(point: der.Reader) -> DistributionPointName | None:
    if not point.next_is(der.CONTEXT_CONSTRUCTED | 0):
        return None
    with point.explicit(0, "distributionPoint") as choice:
        if choice.next_is(der.CONTEXT_CONSTRUCTED | 1):
            with choice.explicit(1, "nameRelativeToCRLIssuer") as relative_name:
                return DistributionPointName(relative_name=distinguished_names.read_attributes(relative_name))
        with choice.explicit(0, "fullName") as names:
            return DistributionPointName(general_names.read_all(names))


def _read_reasons(point: der.Reader, number: int, name: str) -> frozenset[ReasonFlag]:
    """All of them, where none is named."""
    if not point.next_is(der.CONTEXT | number):
        return ALL_REASONS
    numbers = point.named_bits(name, der.CONTEXT | number)
    return frozenset(reason for reason in ReasonFlag if reason.value in numbers)

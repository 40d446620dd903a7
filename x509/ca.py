"""Being an authority in your terminal: the commands make-ca, issue and revoke of `python -m x509`.

Of this package, only this file asks the clock, and the random source for keys and serial numbers.  A private
key can be read by its owner alone, and whatever was there before is left as it was.

Tested by      tests/x509/test_main.py: openssl, curl and pyca/cryptography accept what is issued
"""

import os
import re
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from purecrypto import entropy
from x509 import arguments as command_line
from x509 import complaints, files, issue, loading, names, path, pem, private_keys, signatures, wording
from x509.arguments import KEY_TYPES
from x509.certificate import Certificate
from x509.complaints import DONE, Complaint
from x509.crl import Entry, Reason, RevocationList
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.private_keys import PrivateKey
from x509.rules import Purpose
from x509.trust_store import TrustStore

BACKDATED = timedelta(hours=1)  # for clients whose clock is slow


def now() -> datetime:
    return datetime.now(UTC)


# ---- make-ca -------------------------------------------------------------------------------------------


def make_ca(options: Namespace) -> int:
    above: tuple[Certificate, ...] = ()
    if options.issuer is None:
        authority = _make_root(options)
    else:
        issuer, above = _authority(options.issuer, options.issuer_key)
        authority = _make_intermediate(options, issuer, above)
    chain = (authority.certificate, *_without_roots(above))
    _write(options, options.name, chain, authority.private_key)
    return DONE


def _make_root(options: Namespace) -> Authority:
    not_before, not_after = _validity(options, command_line.ROOT_DAYS, ())
    with complaints.about(options.command):
        return issue.make_authority(
            options.name,
            _new_key(options),
            serial_number=issue.serial_number(entropy.random_bytes),
            not_before=not_before,
            not_after=not_after,
            path_length=options.path_length,
            permitted=options.permit,
        )


def _make_intermediate(options: Namespace, issuer: Authority, above: Sequence[Certificate]) -> Authority:
    not_before, not_after = _validity(options, command_line.INTERMEDIATE_DAYS, above)
    path_length = options.path_length or 0
    room = _room_below(above)
    if room is not None and path_length >= room:
        allows = f"{room - 1} more below that one" if room > 0 else "no authority below it, leaves alone"
        raise Complaint(f"{options.issuer}: pathLenConstraint allows {allows}")
    with complaints.about(options.command):
        return issue.make_intermediate(
            issuer,
            options.name,
            _new_key(options),
            serial_number=issue.serial_number(entropy.random_bytes),
            not_before=not_before,
            not_after=not_after,
            path_length=path_length,
            permitted=options.permit,
        )


def _room_below(above: Sequence[Certificate]) -> int | None:
    """How many authorities may stand below the first of a row; None: any number."""
    limits = [  # RFC 5280 section 4.2.1.9
        constraints.path_length - position
        for position, certificate in enumerate(above)
        if (constraints := certificate.extensions.basic_constraints) and constraints.path_length is not None
    ]
    return min(limits, default=None)


# ---- issue ---------------------------------------------------------------------------------------------


def issue_leaf(options: Namespace) -> int:
    issuer, above = _authority(options.ca, options.ca_key)
    not_before, not_after = _validity(options, command_line.LEAF_DAYS, above)
    purposes = [Purpose.SERVER] if options.server or not options.client else []
    purposes += [Purpose.CLIENT] if options.client else []
    common_name, *hosts = options.names
    if Purpose.SERVER in purposes or _is_host(common_name):
        hosts = options.names
        if len(common_name) > issue.MAXIMUM_COMMON_NAME_LENGTH:
            common_name = ""  # the names that count are the others
    addresses = [host for host in hosts if _is_address(host)]
    key = _new_key(options)
    with complaints.about(options.command):
        leaf = issue.issue_certificate(
            issuer,
            common_name,
            key.public_key(),
            serial_number=issue.serial_number(entropy.random_bytes),
            not_before=not_before,
            not_after=not_after,
            dns_names=[host for host in hosts if host not in addresses],
            ip_addresses=addresses,
            purposes=purposes,
        )
    chain = (leaf, *_without_roots(above))
    # Does it keep to what the authorities above may vouch for?  Nobody else would tell before a client does.
    trust = TrustStore([one for one in above if one.is_self_issued] or above[-1:])
    with complaints.about(options.command):
        for purpose in purposes:
            path.verify_chain(chain, trust, at=now(), purpose=purpose)
    _write(options, options.names[0], chain, key)
    return DONE


def _is_host(name: str) -> bool:
    """Whether the name of a client is meant as a host's: "alice" is a name, too."""
    try:
        host = names.parse_reference(name.removeprefix("*."))
    except ValueError:
        return False
    return "." in name or not isinstance(host, str)


def _is_address(name: str) -> bool:
    try:
        return not isinstance(names.parse_reference(name), str)
    except ValueError:
        return False


# ---- revoke --------------------------------------------------------------------------------------------


def revoke(options: Namespace) -> int:
    issuer, _ = _authority(options.ca, options.ca_key)
    usage = issuer.certificate.extensions.key_usage
    if usage is not None and KeyUsage.cRLSign not in usage:
        raise Complaint(f"{options.ca}: {issuer.certificate} may not sign revocation lists (keyUsage)")
    at = now().replace(microsecond=0)
    last, revoked = 0, dict[int, Entry]()
    with complaints.about(options.crl):
        is_continued = Path(options.crl).exists()
    if is_continued:
        before = _list_of(issuer, options.crl)
        last, revoked = before.number or 0, dict(before.revoked)
    for file in options.certificates:
        certificate = loading.certificates_in(file)[0]
        if certificate.issuer != issuer.certificate.subject:
            raise Complaint(f"{file}: {certificate} was issued by {certificate.issuer}")
        with complaints.about(file):  # or anybody's file could have us revoke the certificate of another
            signatures.verify(certificate, issuer.certificate.public_key_info)
        revoked.setdefault(certificate.serial_number, Entry(at, Reason[options.reason]))
    with complaints.about(options.command):
        crl = issue.make_revocation_list(
            issuer,
            [(serial_number, entry.at, entry.reason) for serial_number, entry in revoked.items()],
            number=last + 1,
            this_update=at - BACKDATED,
            next_update=at + timedelta(days=options.days),
        )
    with complaints.about(options.crl):
        files.replace(options.crl, pem.encode(crl.der, "X509 CRL"))
    said = f"{wording.count(len(revoked), 'certificate')}, until {crl.next_update:%Y-%m-%d}"
    complaints.say(f"{options.crl} is list number {crl.number}, with {said}")
    return DONE


def _list_of(issuer: Authority, file: str) -> RevocationList:
    """The list in a file, if this authority has signed it: what it says is going to be said again."""
    crl, *others = loading.load(file, RevocationList.from_pem)
    if others:
        raise Complaint(f"{file}: {1 + len(others)} lists, where one is to be continued")
    if crl.issuer != issuer.certificate.subject:
        raise Complaint(f"{file}: a list of {crl.issuer}, not of {issuer.certificate}")
    with complaints.about(file):
        signatures.verify(crl, issuer.certificate.public_key_info)
    return crl


# ---- What they share -----------------------------------------------------------------------------------


def _authority(file: str, key_file: str) -> tuple[Authority, tuple[Certificate, ...]]:
    """The authority that comes first in a file, and all that the file holds: itself and those above it."""
    above = loading.certificates_in(file)
    key = loading.load(key_file, private_keys.from_pem)
    certificate = above[0]
    constraints, usage = certificate.extensions.basic_constraints, certificate.extensions.key_usage
    if constraints is None or not constraints.is_authority:
        raise Complaint(f"{file}: {certificate} is no authority (basicConstraints), and cannot issue")
    if usage is not None and KeyUsage.keyCertSign not in usage:
        raise Complaint(f"{file}: {certificate} may not sign certificates (keyUsage)")
    with complaints.about(file):
        if key.public_key() != certificate.public_key:
            raise Complaint(f"{key_file}: not the private key of {certificate} in {file}")
        return Authority(certificate, key), above


def _validity(options: Namespace, usual: int, above: Sequence[Certificate]) -> tuple[datetime, datetime]:
    """From when, until when: nobody's word counts for longer than that of who stands above."""
    at = now().replace(microsecond=0)
    not_before = at - BACKDATED
    # Both ends belong to the period (RFC 5280 section 4.1.2.5).
    not_after = not_before + timedelta(days=options.days or usual) - timedelta(seconds=1)
    for issuer in above:
        if not issuer.not_before <= at <= issuer.not_after:
            period = f"from {wording.moment(issuer.not_before)} to {wording.moment(issuer.not_after)}"
            raise Complaint(f"{issuer} is valid {period}, and now it is {wording.moment(at)}")
        if options.days is not None and not_after > issuer.not_after:
            end = wording.moment(issuer.not_after)
            raise Complaint(f"--days {options.days}: {issuer} itself expires {end}")
        not_after = min(not_after, issuer.not_after)
    return not_before, not_after


def _new_key(options: Namespace) -> PrivateKey:
    return private_keys.generate(KEY_TYPES[options.key_type], entropy.random_bytes)


def _without_roots(above: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those who stand between: a root has to be known beforehand, and is not sent."""
    return tuple(one for one in above if not one.is_self_issued)


def _write(options: Namespace, name: str, chain: Sequence[Certificate], key: PrivateKey) -> None:
    """Two new files, or none."""
    prefix = _prefix(options.out, name)
    chain_pem = "".join(pem.encode(one.der, "CERTIFICATE") for one in chain)
    texts = {
        f"{prefix}.key": (private_keys.to_pem(key), files.FOR_THE_OWNER),
        f"{prefix}.pem": (chain_pem, files.FOR_ALL),
    }
    made = []
    try:
        for file, (text, mode) in texts.items():
            with complaints.about(file):
                try:
                    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                except FileExistsError as error:
                    raise Complaint(f"{file} exists, and nothing is overwritten: see --out") from error
                made.append(file)
                with open(descriptor, "w", encoding="ascii") as opened:
                    opened.write(text)
    except BaseException:
        for file in made:
            os.unlink(file)
        raise
    until = f"until {chain[0].not_after:%Y-%m-%d}"
    complaints.say(f"made {prefix}.pem ({chain[0]}, {until}) and its private key, {prefix}.key")


def _prefix(out: str | None, name: str) -> str:
    """Where to write, without the ending; a name becomes a file's as mkcert has it."""
    own = re.sub(r"[^\w.-]", "_", name.replace("*", "_wildcard"))
    if out is None:
        return own
    if os.path.isdir(out) or out.endswith(os.sep):  # which says no of a name that is too long to be one
        return os.path.join(out, own)
    return out.removesuffix(".pem")

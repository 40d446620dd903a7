"""Mutants of revocation: a key was stolen, its certificate taken back, and the thief plays the server."""

from datetime import timedelta

from journey.certifier import NOW
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Kind, Mutant
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import issue, path, revocation
from x509.crl import Reason, RevocationList
from x509.issue import Authority
from x509.trust_store import TrustStore

STOLEN = 3  # the server's serial number


def list_of(issuer: Authority, *revoked: int, weeks_old: int = 0) -> RevocationList:
    """A list that is good for ten days."""
    began = NOW - timedelta(weeks=weeks_old)
    return issue.make_revocation_list(
        issuer,
        [(serial_number, began, Reason.keyCompromise) for serial_number in revoked],
        number=100 - weeks_old,
        this_update=began,
        next_update=began + timedelta(days=10),
    )


def connected(stage: Stage, *lists: RevocationList) -> None:
    """A client with these lists meets whoever has the server's key: refused, or connected."""
    trust = TrustStore([stage.certifier.root.certificate], revocation_lists=lists)
    stage.hostile_server(trust=trust).flight()


def a_stolen_key(stage: Stage) -> str:
    connected(stage, list_of(stage.certifier.root), list_of(stage.certifier.everyday, STOLEN))
    return f"the thief of its key is {stage.name}, although the client knows the list with its certificate"


def a_stolen_key_of_an_authority(stage: Stage) -> str:
    connected(stage, list_of(stage.certifier.root, 2), list_of(stage.certifier.everyday))
    return "an authority whose key was stolen is believed, although the root has taken its certificate back"


def a_list_of_ones_own(stage: Stage) -> str:
    thief = Authority(stage.certifier.everyday.certificate, Ed25519PrivateKey.generate())
    connected(stage, list_of(stage.certifier.root), list_of(thief))
    return "the thief has put an empty list of his own in the place of the authority's, and nobody notices"


def an_old_list(stage: Stage) -> str:
    connected(stage, list_of(stage.certifier.root), list_of(stage.certifier.everyday, weeks_old=4))
    return "the thief keeps back the new list, and the one from before the theft is believed for ever"


MUTANTS = (
    Mutant(
        "revocation",
        "RFC 5280 6.3.3",
        (without(revocation._check_status, "if entry is not None:"),),
        Kind.ATTACK,
        a_stolen_key,
    ),
    Mutant(
        "revocation of an authority",
        "RFC 5280 6.1.3",
        (changed(path._what_is_asked, {"range(len(path) - 1)": "range(1)"}),),
        Kind.ATTACK,
        a_stolen_key_of_an_authority,
    ),
    Mutant(
        "signature of a revocation list",
        "RFC 5280 6.3.3",
        (without(revocation._check_status, "_check_signed(crl, signers(place, crl))"),),
        Kind.ATTACK,
        a_list_of_ones_own,
    ),
    Mutant(
        "end of a revocation list",
        "RFC 5280 6.3.3",
        (without(revocation._check_current, "if at > crl.next_update:"),),
        Kind.ATTACK,
        an_old_list,
    ),
)

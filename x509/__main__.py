"""A CA in your terminal.

    python -m x509 make-ca     an authority: a root, or one below another
    python -m x509 issue       a certificate for a host or a client
    python -m x509 revoke      take certificates back
    python -m x509 show        what is in certificates and revocation lists
    python -m x509 verify      does a chain lead to somebody we trust?  And if not, why?
    python -m x509 explain     the same, told step by step and byte by byte

The first three are in `ca.py`.

Tested by      tests/x509/test_main.py
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from x509 import arguments as command_line
from x509 import ca, complaints, explanation, graph_svg, loading, names, path, pem, show, wording
from x509 import certificate as certificates
from x509.certificate import Certificate
from x509.complaints import DONE, Complaint
from x509.crl import RevocationList
from x509.errors import CertificateError
from x509.explanation import Explanation
from x509.trust_store import TrustStore


def main(arguments: Sequence[str] | None = None) -> int:
    return complaints.run("x509", command_line.parse, COMMANDS, arguments)


# ---- show ----------------------------------------------------------------------------------------------


def show_file(options: Namespace) -> int:
    shown = loading.load(options.file, _read_all)
    for number, one in enumerate(shown, start=1):
        what = "certificate" if isinstance(one, Certificate) else "revocation list"
        _put([*([""] if number > 1 else []), f"{what} {number} of {len(shown)}", *show.lines(one)])
    return DONE


def _read_all(data: bytes) -> Sequence[Certificate | RevocationList]:
    """The certificates of a file, and its revocation lists; those are in PEM."""
    if "X509 CRL" not in pem.labels(data):
        return loading.read_certificates(data)
    certificates = loading.read_certificates(data) if "CERTIFICATE" in pem.labels(data) else ()
    return [*certificates, *RevocationList.from_pem(data)]


def _put(lines: Sequence[str]) -> None:
    text = "".join(f"{wording.printable(line)}\n" for line in lines)
    encoding = "utf-8" if sys.stdout is None else sys.stdout.encoding
    complaints.put(text.encode(encoding, "backslashreplace"))


# ---- verify --------------------------------------------------------------------------------------------


def verify(options: Namespace) -> int:
    encodings = _encodings(options)
    trust, at = _asked(options)
    told = Explanation(encodings)
    try:
        chain = certificates.read_list(encodings)
        found = path.verify_chain(chain, trust, at=at, purpose=options.purpose, observe=told)
        if options.name is not None:
            names.verify_name(found.leaf, options.name, told)
    except CertificateError as error:
        raise Complaint(f"{options.chain}: {error} [{told.rule_broken()}]") from error
    middle = ["intermediate"] * (len(found.certificates) - 2)
    places = ["leaf", *middle, "trust anchor"][-len(found.certificates) :]  # a leaf may be its own anchor
    _put([f"{place:<14} {one}" for place, one in zip(places, found.certificates, strict=True)] + ["OK"])
    return DONE


def _encodings(options: Namespace) -> list[bytes]:
    """The chain, the leaf first, and what else there is to find a way with."""
    return [
        one
        for file in (options.chain, *options.untrusted)
        for one in loading.load(file, loading.read_encodings)
    ]


def _asked(options: Namespace) -> tuple[TrustStore, datetime]:
    """Whom to trust, and the time; the name is one."""
    if options.name is not None:
        with complaints.about("--name"):
            names.parse_reference(options.name)
    stores = [loading.load(file, TrustStore.from_pem) for file in options.ca]
    anchors = [anchor for store in stores for anchor in store.anchors]
    trust = TrustStore(
        anchors,
        skipped=sum(store.skipped for store in stores),
        revocation_lists=[crl for file in options.crl for crl in loading.load(file, RevocationList.from_pem)],
        profile=options.profile,
    )
    return trust, options.at or ca.now()


# ---- explain -------------------------------------------------------------------------------------------


def explain(options: Namespace) -> int:
    encodings = _encodings(options)
    trust, at = _asked(options)
    told = explanation.explain(encodings, trust, at=at, purpose=options.purpose, name=options.name)
    tree = told.tree()
    if options.graph is not None and tree is not None:
        with complaints.about(options.graph):
            Path(options.graph).write_text(graph_svg.draw(tree, told.verdict()), "utf-8")
    _put(list(told.lines(complaints.width(1))))
    if told.refusal():
        raise Complaint(f"{options.chain}: {told.refusal()}")
    return DONE


COMMANDS = {
    "make-ca": ca.make_ca,
    "issue": ca.issue_leaf,
    "revoke": ca.revoke,
    "show": show_file,
    "verify": verify,
    "explain": explain,
}

if __name__ == "__main__":
    sys.exit(main())

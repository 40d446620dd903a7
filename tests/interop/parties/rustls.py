"""rustls, through the package `rtls`, which gives it the shape of Python's `ssl`."""

from typing import ClassVar

from handshake.constants import NamedGroup
from tests.interop import party
from tests.interop.conversation import Missing
from tests.interop.parties.python_ssl import PythonSSL

try:
    import rtls
except ImportError:
    rtls = None


class Rustls(PythonSSL):
    name = "rustls"
    notes = "suites and groups cannot be chosen: the other end decides"
    first_shares = (NamedGroup.X25519MLKEM768, NamedGroup.X25519)
    groups: ClassVar = {
        group: group.name for group in (*first_shares, NamedGroup.SECP256R1, NamedGroup.SECP384R1)
    }
    kinds = frozenset({"Ed25519", "P-256", "P-384", "RSA"})
    lacks: ClassVar = {
        **party.lacking(
            "rustls can, but rtls forgets each session: see tests/interop/test_rustls.py",
            "resumed",
            "resumed-retry",
        ),
        **party.lacking("rustls can, but not through rtls", "early", "early-refused", "early-forgotten"),
        **party.lacking("rustls can, but not through rtls", "status", "update"),
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it does not ask later", "identified-later"),
        **party.lacking("it has no pre-shared keys from elsewhere", "psk", "psk-alone"),
        **party.lacking(
            "rustls can, but not through rtls: see tests/interop/test_rustls.py",
            *("anonymous", "identified"),
            roles=["server"],
        ),
    }
    module = rtls

    def version(self) -> str:
        if rtls is None:
            raise Missing("rtls")
        return f"{rtls._rustls.rustls_version()} ({rtls._rustls.crypto_provider()})"

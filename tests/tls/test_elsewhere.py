"""Names of what the code here steps over: openssl says the same, and nothing is named twice."""

import re
import shutil
import subprocess

import pytest

from handshake.constants import CipherSuite, ExtensionType, NamedGroup, SignatureScheme
from tests.support import peers
from tls.tracing import elsewhere


def test_openssl_calls_the_suites_so() -> None:
    peers.require("openssl")
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [openssl, "ciphers", "-stdname", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = {int(high + low, 16): name for high, low, name in re.findall(r"0x(\w\w),0x(\w\w) - (\w+)", said)}
    ours = elsewhere.SUITES_OF_TLS_1_2
    assert ours == {number: theirs[number] for number in ours}


@pytest.mark.parametrize("names", elsewhere.NAMES)
def test_what_the_code_knows_is_not_named_again(names: type) -> None:
    assert not elsewhere.NAMES[names].keys() & set(names)
    assert len(set(elsewhere.NAMES[names].values())) == len(elsewhere.NAMES[names])


def test_a_number_is_shown_with_its_name() -> None:
    assert elsewhere.name_of(CipherSuite, 0x1303) == "TLS_CHACHA20_POLY1305_SHA256 (0x1303)"
    assert elsewhere.name_of(CipherSuite, 0x2F) == "TLS_RSA_WITH_AES_128_CBC_SHA (0x2f)"
    assert elsewhere.name_of(CipherSuite, 0x1) == "unknown (0x1)"
    assert elsewhere.name_of(SignatureScheme, 0x0904) == "mldsa44 (0x904)"
    assert elsewhere.name_of(ExtensionType, 35) == "session_ticket (0x23)"
    assert elsewhere.name_of(NamedGroup, 0x2A2A) == "GREASE (0x2a2a)"
    assert elsewhere.name_of(None, 7) == "7"


def test_an_extension_that_only_has_a_number_gets_its_name() -> None:
    assert elsewhere.spoken("extension_18") == "signed_certificate_timestamp"
    assert elsewhere.spoken("extension_2570") == "GREASE"
    assert elsewhere.spoken("extension_99") == "extension_99"
    assert elsewhere.spoken("extension_type") == "extension_type"
    assert elsewhere.spoken("random") == "random"

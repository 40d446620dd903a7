"""What the two ends have agreed on, in words that are true of each end."""

from dataclasses import replace

import pytest

from handshake.session import Session
from tests.support.servers import tls_pair
from tls import page, summary


def said(session: Session) -> dict[str, tuple[str, str]]:
    return {what: (which, where) for what, which, where in summary.rows(session)}


def a_session() -> Session:
    with tls_pair() as (client, _):
        assert client.session is not None
        return client.session


def test_without_a_key_exchange_nothing_is_said_of_a_secret_that_only_two_can_know() -> None:
    alone = said(replace(a_session(), group=None, psk_origin="ticket"))["key exchange"]
    assert alone == ("none", "section 4.3.9: who learns the pre-shared key reads everything")


@pytest.mark.parametrize(
    ("name", "shown"), [(b"me", "me"), (b"\x1b[31m", "0x1b5b33316d"), ("ä".encode(), "ä"), (b"\xe4", "0xe4")]
)
def test_the_name_of_a_key_from_elsewhere(name: bytes, shown: str) -> None:
    known = said(replace(a_session(), psk_origin="external", external_identity=name))["known by"]
    assert known == (
        f"a pre-shared key, {shown}",
        "section 2.2: agreed on in some other way, and no signature",
    )


def test_early_data_waits_for_no_round_trip() -> None:
    session = a_session()
    assert said(session)["round trips"] == ("1", "section 4.2.4: did the client guess the group?")
    assert said(replace(session, hello_retried=True))["round trips"][0] == "2, with a HelloRetryRequest"
    early = said(replace(session, early_data_accepted=True))
    assert early["round trips"] == ("0 before the request, 1 for the handshake", "section 2.3")
    assert early["early data"][0] == "accepted"


def test_the_end_of_a_certificate_is_told_as_everywhere() -> None:
    assert said(a_session())["valid until"][0] == "2049-12-31 23:59:59 UTC"


def test_a_certificate_belongs_to_the_other_end() -> None:
    session = a_session()
    assert said(session)["certificate"][1] == "section 4.5.1: the server has shown it"
    assert said(replace(session, role="server"))["certificate"][1] == "section 4.5.1: you have shown it"


def test_columns_do_not_run_together() -> None:
    session = replace(a_session(), server_name="a-rather-long-name.of-a-host.example")
    lines = page.as_text(session).splitlines()[2:]
    starts = {
        len(line) - len(where) for line, (_, _, where) in zip(lines, summary.rows(session), strict=True)
    }
    assert len(starts) == 1
    assert all(f"{which}  " in line for line, (_, which, _) in zip(lines, summary.rows(session), strict=True))

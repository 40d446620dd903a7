"""The page on trust shows what the code says now; `python -m tests.support.trust_page` writes it again."""

import re
import xml.etree.ElementTree as ET

from tests.support import trust_page
from tests.support.trust_page import BLOCKS, PAGE, PICTURE
from x509 import rules


def test_the_page_is_current():
    text = PAGE.read_text("utf-8")
    assert text == trust_page.page(text)


def test_the_picture_is_current():
    assert PICTURE.read_text("utf-8") == trust_page.picture()


def test_everything_that_can_be_printed_is():
    assert set(re.findall(r"<!-- printed: (\w+) -->", PAGE.read_text("utf-8"))) == BLOCKS.keys()


def test_a_page_that_is_not_current_is_seen():
    text = PAGE.read_text("utf-8")
    rule = rules.LEAF[0]
    assert trust_page.page(text.replace(f"| {rule.name} |", "| another |")) == text


def test_the_picture_shows_each_kind_of_end():
    texts = [element.text or "" for element in ET.fromstring(trust_page.picture()).iter()]
    assert "✗ it is self-signed and no trust anchor" in texts
    for said in ("its signature was not made", "validity is broken"):
        assert any(said in text for text in texts)
    assert "✓ path 2: every rule is kept" in texts

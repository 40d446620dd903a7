"""The search as a tree and as a picture: whatever the maze, it is drawn whole and bounded."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from tests.support.certificates import (
    NOT_BEFORE,
    NOW,
    authority_and_leaf,
    authority_under,
    leaf_under,
    root,
)
from x509 import graph, graph_svg, path, search
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.issue import Authority
from x509.rules import Purpose
from x509.trust_store import TrustStore

SVG = "{http://www.w3.org/2000/svg}"


def grown(chain, anchors) -> graph.Node:
    """The tree of this search, where an authority stands for its certificate."""
    chain, anchors = (
        [entry.certificate if isinstance(entry, Authority) else entry for entry in entries]
        for entries in (chain, anchors)
    )
    events: list[object] = []
    try:
        path.verify_chain(chain, TrustStore(anchors), at=NOW, purpose=Purpose.SERVER, observe=events.append)
    except CertificateError:
        pass
    tree = graph.grow(events)
    assert tree is not None
    return tree


def text(tree: graph.Node) -> str:
    return "\n".join(graph.lines(tree))


def cross_signed() -> graph.Node:
    known, unknown = root(1, "Known"), root(9, "Unknown")
    by_known, by_unknown = authority_under(known), authority_under(unknown)
    return grown([leaf_under(by_known), by_unknown, by_known, unknown], [known])


def mesh() -> graph.Node:
    """Twelve authorities that all may have issued each other."""
    authorities = [root(2, "Mesh", serial_number=number) for number in range(1, 13)]
    return grown([leaf_under(authorities[0]), *authorities], [root()])


def test_a_cross_signed_search_shows_both_ways_and_marks_the_answer():
    assert text(cross_signed()) == (
        "certificate 1 of 4 (CN=localhost)\n"
        "├─ ✓ certificate 2 of 4 (CN=Authority 2)\n"
        "│  └─ ✓ certificate 4 of 4 (CN=Unknown)\n"
        "│     └─ ✗ it is self-signed and no trust anchor\n"
        "╘═ ✓ certificate 3 of 4 (CN=Authority 2)\n"
        "   ╘═ ✓ trust anchor (CN=Known)\n"
        "      ╘═ ✓ path 1: every rule is kept"
    )


def test_an_issuer_that_did_not_sign_says_why():
    one, other = authority_under(root(), 2, "Same"), authority_under(root(), 3, "Same")
    assert text(grown([leaf_under(other), one, other], [root()])) == (
        "certificate 1 of 3 (CN=localhost)\n"
        "├─ ✗ certificate 2 of 3 (CN=Same): its signature was not made with its issuer's key\n"
        "╘═ ✓ certificate 3 of 3 (CN=Same)\n"
        "   ╘═ ✓ trust anchor (CN=Root)\n"
        "      ╘═ ✓ path 1: every rule is kept"
    )


def test_an_answer_that_is_found_before_the_last_issuer():
    """What was not tried any more is not drawn."""
    one, other = authority_under(root(), 2, "Same"), authority_under(root(), 3, "Same")
    tree = grown([leaf_under(one), one, other], [root()])
    assert [node.label for node in tree.tried] == ["certificate 2 of 3 (CN=Same)"]


def test_paths_that_break_a_rule_are_numbered_and_say_which():
    late = authority_under(root(), not_after=NOT_BEFORE)
    current = authority_under(root())
    assert text(grown([leaf_under(late), late, current], [root()])) == (
        "certificate 1 of 3 (CN=localhost)\n"
        "├─ ✓ certificate 2 of 3 (CN=Authority 2)\n"
        "│  └─ ✓ trust anchor (CN=Root)\n"
        "│     └─ ✗ path 1: validity is broken by certificate 2 of 3 (CN=Authority 2)\n"
        "╘═ ✓ certificate 3 of 3 (CN=Authority 2)\n"
        "   ╘═ ✓ trust anchor (CN=Root)\n"
        "      ╘═ ✓ path 2: every rule is kept"
    )


def test_a_loop_says_that_it_is_one():
    a, b = authority_under(root(3, "B"), 2, "A"), authority_under(root(2, "A"), 3, "B")
    lines = text(grown([leaf_under(a), a, b], [root()])).splitlines()
    assert " ".join(line.strip() for line in lines[3:]) == (
        "└─ ✗ it leads back to certificate 2 of 3 (CN=A), and to no trust anchor"
    )


def test_a_leaf_that_is_trusted_itself():
    itself = root()
    assert text(grown([itself], [itself])).startswith("certificate 1 of 1 (CN=Root)\n└─ ✗ path 1: ")
    assert grown([itself], [itself]).is_anchor


def test_reasons_stand_in_the_order_of_the_search():
    last = text(mesh()).splitlines()[-1]
    assert last == f"└─ ✗ no trust anchor found with {search.MAXIMUM_SIGNATURE_CHECKS} signature checks"


def test_where_nothing_was_asked_there_is_no_tree():
    assert graph.grow([]) is None
    assert graph.grow(["something else"]) is None


def test_a_branch_is_a_signature_check():
    assert len(list(mesh().walk())) == 1 + search.MAXIMUM_SIGNATURE_CHECKS


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_longer_than_it_may_be(width):
    name = "x" * 300 + "\x1b[2J\n"
    family = [authority_under(root(), number, name) for number in (2, 3, 4)]
    for tree in (mesh(), grown([leaf_under(family[0], name), *family], [])):
        lines = list(graph.lines(tree, width))
        assert all(len(line) <= width and line.isprintable() for line in lines)


# ---- The picture ---------------------------------------------------------------------------------------


def drawn(tree: graph.Node) -> tuple[ET.Element, list[str]]:
    """The picture, and its texts."""
    picture = ET.fromstring(graph_svg.draw(tree, "heading"))
    return picture, [element.text or "" for element in picture.iter(f"{SVG}text")]


def classes(picture: ET.Element, kind: str, first: str) -> list[str]:
    found = [element.get("class", "") for element in picture.iter(f"{SVG}{kind}")]
    return [name for name in found if name.split()[0] == first]


def test_the_picture_of_a_cross_signed_search():
    picture, texts = drawn(cross_signed())
    for said in (
        "heading",
        "CN=localhost",
        "certificate 3 of 4",
        "trust anchor",
        "✗ it is self-signed and no trust anchor",
        "✓ path 1: every rule is kept",
    ):
        assert said in texts
    legend = ["line answer", "line", "line unsigned"]
    assert classes(picture, "path", "line") == ["line", "line answer", "line", "line answer", *legend]
    assert [name for name in texts if name.isdigit()] == ["1", "3", "2", "4", "1"]  # the last: the legend's


def test_what_did_not_sign_is_drawn_as_left():
    one, other = authority_under(root(), 2, "Same"), authority_under(root(), 3, "Same")
    picture, texts = drawn(grown([leaf_under(other), one, other], [root()]))
    assert "line unsigned" in classes(picture, "path", "line")[:3]
    assert "box left" in classes(picture, "rect", "box")
    assert "✗ its signature was not made with its" in texts


def test_an_anchor_in_the_peers_list_is_drawn_as_one():
    family = authority_and_leaf()
    _, texts = drawn(grown([*family.chain, family.authority], [family.authority]))
    assert "certificate 2 of 2, a trust anchor" in texts


def test_the_picture_is_the_same_each_time():
    assert graph_svg.draw(cross_signed(), "x") == graph_svg.draw(cross_signed(), "x")


def test_everything_stands_inside_of_the_picture_and_nothing_on_top_of_another():
    for tree in (cross_signed(), mesh()):
        picture, _ = drawn(tree)
        width, height = int(picture.get("width", "")), int(picture.get("height", ""))
        boxes = set()
        for box in picture.iter(f"{SVG}rect"):
            if box.get("width") != str(graph_svg.BOX_WIDTH):
                continue
            left, top = int(box.get("x", "")), int(box.get("y", ""))
            assert 0 <= left <= width - graph_svg.BOX_WIDTH
            assert 0 <= top <= height - graph_svg.BOX_HEIGHT - graph_svg.LEGEND
            boxes.add((left, top))
        assert len(boxes) == len(list(tree.walk()))
        columns = {left for left, _ in boxes}
        for column in columns:
            tops = sorted(top for left, top in boxes if left == column)
            assert all(b - a > graph_svg.BOX_HEIGHT for a, b in itertools.pairwise(tops))


def test_a_hostile_name_is_text_and_nothing_else():
    name = '</text><script>alert("x")</script>&\x1b\n\x00'
    leaf: Certificate = leaf_under(root(), name)
    source = graph_svg.draw(grown([leaf], []), name)
    assert "<script" not in source
    assert "\x1b" not in source
    texts = [element.text or "" for element in ET.fromstring(source).iter()]
    assert any("</text><script>" in said for said in texts)


def test_a_long_name_is_cut_and_whole_in_its_title():
    picture, texts = drawn(grown([leaf_under(root(), "x" * 100)], []))
    assert "CN=" + "x" * (graph_svg.NAME_LENGTH - 4) + "…" in texts
    titles = [element.text or "" for element in picture.iter(f"{SVG}title")]
    assert f"certificate 1 of 1 (CN={'x' * 100})" in titles

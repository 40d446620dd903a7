"""What is text stays text, wherever it comes from."""

from tls import markup
from tls.markup import Markup, element


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", "1 < 2 & 3")
    assert inner == "<b>1 &lt; 2 &amp; 3</b>"
    assert element("p", inner, "</p>", 7) == "<p><b>1 &lt; 2 &amp; 3</b>&lt;/p&gt;7</p>"


def test_attributes() -> None:
    assert element("a", class_="x", data_from=3, href='"><script>') == (
        '<a class="x" data-from="3" href="&quot;&gt;&lt;script&gt;"></a>'
    )
    assert element("details", open=True) == "<details open></details>"
    assert element("details", open=False) == "<details></details>"
    assert element("meta", name="x") == '<meta name="x">'


def test_what_is_made_of_markup_is_a_string_again() -> None:
    """Only `element` and `join` vouch for what they return."""
    assert type(Markup("<b>") + "<i>") is str
    assert element("p", Markup("<b>") + "<i>") == "<p>&lt;b&gt;&lt;i&gt;</p>"
    assert markup.join(["<", Markup("<br>")], " ") == "&lt; <br>"
    assert markup.spaced(["a", "b"]) == ["a", " ", "b"]

"""The page that the server shows when it has no files to serve: what was negotiated to carry it."""

from handshake.session import Session
from tls import markup, summary
from tls.markup import element

TITLE = "You are talking to code that you can read"
TEXT = (
    "This page came to you over TLS 1.3 in pure Python, written to be read: no OpenSSL, no C. "
    "The program that fetched it did not notice. This is what the two of them agreed on:"
)

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>glassbox-tls</title>
<style>
  :root {{ color-scheme: light dark; --line: #8883; --quiet: #6b6b6b; --bright: #0a7d5a; }}
  @media (prefers-color-scheme: dark) {{ :root {{ --bright: #4fd6a8; --quiet: #a3a3a3; }} }}
  body {{ font: 17px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 12vh auto; padding: 0 1.5rem; }}
  h1 {{ font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; }}
  table {{ border-collapse: collapse; width: 100%; margin-top: 2.5rem; }}
  td {{ border-top: 1px solid var(--line); padding: .6rem 1rem .6rem 0; vertical-align: top; }}
  td:nth-child(1) {{ white-space: nowrap; }}
  td:nth-child(2) {{ overflow-wrap: anywhere; }}
  td:nth-child(2) {{ font: .82em/1.7 ui-monospace, monospace; color: var(--bright); }}
  td:nth-child(3) {{ font-size: .8rem; color: var(--quiet); }}
  @media (max-width: 36rem) {{
    td {{ display: block; border: 0; padding: 0; }}
    td:first-child {{ border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .6rem; }}
  }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
<table>
{rows}
</table>
</body>
</html>
"""


def as_html(session: Session) -> str:
    """For a browser."""
    rows = [element("tr", *(element("td", cell) for cell in row)) for row in summary.rows(session)]
    return _HTML.format(title=TITLE, text=TEXT, rows=markup.join(rows, "\n"))


def as_text(session: Session) -> str:
    """For a terminal."""
    rows = summary.rows(session)
    width = max(len(which) for _, which, _ in rows)
    lines = [f"{what:<14} {which:<{width}}  {where}" for what, which, where in rows]
    return "\n".join([TITLE, "", *lines, ""])

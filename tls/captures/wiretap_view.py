"""What an eavesdropper has heard, as a person wants to see it: each connection with its ends, and its trace.

Tested by      tests/tls/test_wiretap.py
"""

from rich.console import Console
from rich.text import Text

from tls.captures import wiretap
from tls.captures.wiretap import Overheard
from tls.tracing import trace_view


def show(overheard: Overheard, number: int, of: int, console: Console) -> None:
    """Print one of the connections: secrets included.  One that is not of TLS 1.3 takes a line or two."""
    client, server = wiretap.end(overheard.client), wiretap.end(overheard.server)
    heading = f"connection {number} of {of}   {client} ▶ {server}   {overheard.version or 'no answer'}"
    console.print(Text(heading, "bold"), soft_wrap=True)
    for remark in overheard.remarks:
        console.print(Text(f"   {remark}"), soft_wrap=True)
    console.print()
    if overheard.explained:
        trace_view.show(overheard.trace, console)

"""Padding policies: how much longer a record shall look than it is.  RFC 9846 section 5.4, appendix F.3.

Encryption hides what is said and not how much: who knows the pages of a site can tell by their lengths which
of them was read.  Zeros after the content, sealed with it, blur that, and the receiver takes them off again.
A policy is a function that says how many zeros go after a content; its other argument is how many there is
room for, and what it wants beyond that it does not get.

What it costs  Zeros are sealed, sent and opened like content: under `full` a single letter takes as long as
               16 KiB.
Limits         How many records are sent, and when, shows all the same; and how long the receiver takes may
               tell content from zeros after all.
Tested by      tests/record/test_padding.py
"""

from collections.abc import Callable
from typing import TypeAlias

Policy: TypeAlias = Callable[[int, int], int]  # bytes of content, bytes of room after it: zeros


def none(content_size: int, room: int) -> int:
    """Show every length as it is."""
    return 0


def full(content_size: int, room: int) -> int:
    """Make all records as long as they may be: only their number is left to see."""
    return room


def to_multiple_of(size: int) -> Policy:
    """Round the content with its type up to a multiple of `size` bytes: lengths show only roughly."""
    if size < 1:
        raise ValueError(f"records cannot be padded to a multiple of {size} bytes")

    def policy(content_size: int, room: int) -> int:
        return -(content_size + 1) % size

    return policy

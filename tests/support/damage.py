"""Random damage: to bytes, and to lists of records or messages.  The random source is the caller's."""

from random import Random
from typing import TypeVar

T = TypeVar("T")
LONGEST = 64  # bytes that one step deletes, inserts or moves


def damage(random: Random, data: bytes) -> bytes:
    """Bytes with one to three things done to them."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = _damage_once(random, data)
    return data


def _damage_once(random: Random, data: bytes) -> bytes:
    if not data:
        return random.randbytes(random.randint(1, LONGEST))
    at = random.randrange(len(data))
    length = random.choice((1, 1, 2, random.randint(1, LONGEST)))
    piece = data[at : at + length]
    match random.randrange(8):
        case 0:  # a byte set, to something that is likely to mean something
            value = random.choice((0, 1, 2, 0x7F, 0x80, 0xFF, random.randrange(256)))
            return data[:at] + bytes([value]) + data[at + 1 :]
        case 1:  # a bit flipped
            return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
        case 2:  # bytes deleted
            return data[:at] + data[at + length :]
        case 3:  # bytes inserted
            return data[:at] + random.randbytes(length) + data[at:]
        case 4:  # bytes duplicated
            return data[:at] + piece + data[at:]
        case 5:  # bytes overwritten
            return data[:at] + random.randbytes(len(piece)) + data[at + len(piece) :]
        case 6:  # two pieces swapped
            other = random.randrange(len(data))
            first, second = sorted((at, other))
            length = min(length, second - first)
            end, after = first + length, second + length
            return data[:first] + data[second:after] + data[end:second] + data[first:end] + data[after:]
        case _:  # the end cut off
            return data[:at]


def disorder(random: Random, items: list[T]) -> list[T]:
    """A list with one to three of its items left out, repeated, swapped or cut off."""
    items = list(items)
    for _ in range(random.choice((1, 1, 2, 3))):
        if not items:
            return items
        at, other = random.randrange(len(items)), random.randrange(len(items))
        match random.randrange(4):
            case 0:
                del items[at]
            case 1:
                items.insert(other, items[at])
            case 2:
                items[at], items[other] = items[other], items[at]
            case _:
                del items[at + 1 :]
    return items

"""Figures, as people read them: three digits and a unit that fits."""

import math

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def duration(seconds: float) -> str:
    """0.00123 is 1.23 ms."""
    for unit, name in TIME_UNITS:
        if seconds >= unit or name == "ns":
            return f"{digits(seconds / unit)} {name}"
    raise AssertionError("nothing is shorter")


def round_duration(seconds: float) -> str:
    """A power of ten, without zeros after a point: 100 µs."""
    for unit, name in TIME_UNITS:
        if seconds >= unit * 0.999 or name == "ns":
            return f"{seconds / unit:g} {name}"
    raise AssertionError("nothing is shorter")


def rate(size: int, seconds: float) -> str:
    """Megabytes (10^6 bytes) a second."""
    return f"{digits(size / seconds / 1e6)} MB/s"


def digits(value: float) -> str:
    """Three significant digits, and never an exponent."""
    if value >= 1000:
        return f"{round(value, 2 - math.floor(math.log10(value))):,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def versus(ours: float, theirs: float) -> str:
    """How much faster or slower we are, both in seconds."""
    if 0.995 < theirs / ours < 1.005:
        return "as fast"
    if theirs >= ours:
        return f"{digits(theirs / ours)} x faster"
    return f"{digits(ours / theirs)} x slower"

"""Recoding: a scalar written in other digits than 0 and 1, so that [s]P takes fewer additions.

[s]P is P added to itself s times.  With binary digits that costs a doubling for each bit, and an addition for
every second one.  The doublings have to be; of the additions, most can be saved.

Side channels  The digits, and where the zeros are, depend on s.
Tested by      tests/purecrypto/test_recoding.py
"""


def odd_digits(s: int) -> list[tuple[int, int]]:
    """Return pairs (digit, zeros) for s = 2^zeros * (digit + 2^zeros * (digit + ...)), the outermost first.

    The digits are odd and lie between -15 and 15.  Each is chosen so that, once it is taken off, at least
    five zeros follow: those bits cost no addition.  For example, 31 = -1 + 2^5 * 1, so odd_digits(31) is
    [(-1, 0), (1, 5)].  Textbooks call this wNAF, the non-adjacent form with a window, here of 5 bits.
    """
    pairs = []
    while s > 0:
        zeros = (s & -s).bit_length() - 1
        s >>= zeros
        digit = (s + 16) % 32 - 16  # equals s modulo 32
        s -= digit
        pairs.append((digit, zeros))
    return pairs

"""The digits of a scalar add up to it again, and leave the zeros that they promise."""

from hypothesis import example, given
from hypothesis import strategies as st

from purecrypto import recoding


def test_the_example_of_the_docstring():
    assert recoding.odd_digits(31) == [(-1, 0), (1, 5)]


@given(st.integers(0, 2**400))
@example(0)
@example(2**256 - 1)
@example(2**384 - 1)
def test_odd_digits_add_up_and_leave_five_zeros(s):
    pairs = recoding.odd_digits(s)
    total = 0
    for digit, zeros in reversed(pairs):
        total = (total + digit) << zeros
        assert digit % 2 == 1
        assert -15 <= digit <= 15
    assert total == s
    assert all(zeros >= 5 for _, zeros in pairs[1:])

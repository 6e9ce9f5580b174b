from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.money import Fen, parse_yuan, round_fen, split, vat_included, yuan


@given(st.integers(-(10**9), 10**9))
def test_yuan_text_reads_back(fen):
    assert parse_yuan(yuan(Fen(fen))) == fen


def test_what_is_not_an_amount_is_refused():
    for text in ("", "1.234", "1e3", "１２", "12,50", "NaN", "--1", "0x1", "1" * 40, "1.2.3"):
        assert parse_yuan(text) is None, text


@given(st.fractions(-(10**6), 10**6, max_denominator=1000))
def test_rounding_is_half_away_from_zero_and_symmetric(exact):
    rounded = round_fen(exact)
    assert abs(Fraction(rounded) - exact) <= Fraction(1, 2)
    assert round_fen(-exact) == -rounded


def test_halves_round_up():
    assert [round_fen(Fraction(n, 2)) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_split_loses_nothing(amount, weights):
    parts = split(Fen(amount), tuple(weights))
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(amount * weight, total) - part) < 1


def test_vat_inside_a_price():
    assert vat_included(Fen(11300), 130) == 1300
    assert vat_included(Fen(1), 130) == 0

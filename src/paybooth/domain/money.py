"""Money: integer fen, and the one rounding rule of the house.

Amounts are `Fen`, an int of 1/100 CNY. Yuan text exists only at the edges (Alipay, receipts, CSV).
Rounding is half away from zero (what GB receipts and shoppers expect of "round half up" on both signs).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NewType

Fen = NewType("Fen", int)

ZERO = Fen(0)
MOST = Fen(10_000_000_00)
"""The largest amount one sale may reach: ¥10,000,000.00. More is a mistake, not a basket."""


def round_fen(exact: Fraction | Decimal | int) -> Fen:
    """Round an exact amount in fen to whole fen, half away from zero."""
    if isinstance(exact, int):
        return Fen(exact)
    exact = Fraction(exact)
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    if 2 * rest >= exact.denominator:
        whole += 1
    return Fen(whole if exact >= 0 else -whole)


def yuan(amount: Fen) -> str:
    """`Fen(1250)` → `"12.50"`: the plain two-decimal text of Alipay, receipts and CSV."""
    sign = "-" if amount < 0 else ""
    whole, cents = divmod(abs(amount), 100)
    return f"{sign}{whole}.{cents:02d}"


def parse_yuan(text: str) -> Fen | None:
    """Exact fen of a decimal-yuan text, or None where it is not one (never a float, never more than two decimals)."""
    text = text.strip()
    if not text or len(text) > 16 or not set(text) <= set("0123456789.-"):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    cents = value * 100
    if cents != cents.to_integral_value() or abs(cents) > MOST:
        return None
    return Fen(int(cents))


def split(amount: Fen, weights: tuple[int, ...]) -> tuple[Fen, ...]:
    """Split an amount by weights so that the parts add up to the fen (largest remainder first).

    Weights are non-negative with a positive sum; the parts keep the order of the weights.
    """
    total = sum(weights)
    assert total > 0 and min(weights) >= 0, weights
    exact = [Fraction(amount * weight, total) for weight in weights]
    parts = [int(share.numerator // share.denominator) for share in exact]
    missing = amount - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:missing]:
        parts[i] += 1
    assert sum(parts) == amount
    return tuple(Fen(part) for part in parts)


def vat_included(gross: Fen, rate_permille: int) -> Fen:
    """The tax inside a tax-included price: gross − gross ÷ (1 + rate), rounded once."""
    assert rate_permille >= 0
    return round_fen(Fraction(gross * rate_permille, 1000 + rate_permille))

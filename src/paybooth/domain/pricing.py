"""Price rules, version 1: what takes something off, and the words that say why.

The unit price (or the member price that replaces it) is fixed when the line is scanned. Rules then look at the whole
basket; each line gets at most one rule, the one that takes most off, ties by rule id. A discount is a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from .money import Fen, round_fen, split

RuleKind = Literal["bundle", "nth_free", "nth_percent", "percent"]


@dataclass(frozen=True, slots=True)
class Window:
    """When a rule holds, in shop time: dates inclusive (ISO), weekdays 0 = Monday, minutes of the day half open.

    A day window that ends before it begins runs over midnight (22:00 to 06:00).
    """

    from_date: str | None = None
    to_date: str | None = None
    weekdays: tuple[int, ...] = ()
    from_minute: int = 0
    to_minute: int = 24 * 60

    def holds(self, at: datetime) -> bool:
        day = at.date().isoformat()
        if (self.from_date and day < self.from_date) or (self.to_date and day > self.to_date):
            return False
        if self.weekdays and at.weekday() not in self.weekdays:
            return False
        minute = at.hour * 60 + at.minute
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


@dataclass(frozen=True, slots=True)
class Rule:
    """One price rule.

    bundle: every `n` pieces cost `price` · nth_free: every n-th piece is free ·
    nth_percent: every n-th piece costs `percent` % · percent: all pieces cost `percent` %.
    `skus` empty means every product. Pieces of one rule may be mixed among its products (dearest pay first).
    """

    id: str
    kind: RuleKind
    label_zh: str
    label_en: str
    skus: frozenset[str] = frozenset()
    n: int = 1
    price: Fen | None = None
    percent: int = 100
    members_only: bool = False
    window: Window = Window()

    def covers(self, sku: str) -> bool:
        return not self.skus or sku in self.skus


def rule_fault(rule: Rule) -> str | None:
    """Why a rule cannot be used, or None."""
    if not rule.id or not rule.label_zh:
        return "a rule needs an id and a label_zh"
    if rule.kind == "bundle" and (rule.n < 2 or rule.price is None or rule.price <= 0):
        return "a bundle needs n of at least 2 and a price above 0"
    if rule.kind in ("nth_free", "nth_percent") and rule.n < 2:
        return f"{rule.kind} needs n of at least 2"
    if rule.kind in ("percent", "nth_percent") and not 0 < rule.percent < 100:
        return "percent is what the shopper still pays: 1 to 99"
    return None


@dataclass(frozen=True, slots=True)
class Priced:
    """What the rules see of a line."""

    line: int
    sku: str
    unit_price: Fen
    quantity: int
    amount: Fen
    weighed: bool


@dataclass(frozen=True, slots=True)
class Discount:
    line: int
    rule: str
    label_zh: str
    label_en: str
    amount: Fen
    """Negative, and never more than the line."""


def discounts(
    lines: tuple[Priced, ...], rules: tuple[Rule, ...], at: datetime, *, member: bool
) -> tuple[Discount, ...]:
    """The discounts of a basket: pure, independent of the order of `rules`, at most one per line."""
    best: dict[int, Discount] = {}
    taken: set[int] = set()
    offers = []
    for rule in rules:
        if (rule.members_only and not member) or not rule.window.holds(at):
            continue
        cut = _cut(rule, tuple(line for line in lines if rule.covers(line.sku)))
        if cut:
            offers.append((-sum(cut.values()), rule, cut))
    offers.sort(key=lambda offer: (-offer[0], offer[1].id))
    for _, rule, cut in offers:
        rest = tuple(line for line in lines if line.line not in taken and rule.covers(line.sku))
        free = _cut(rule, rest) if taken & cut.keys() else cut
        for line, amount in free.items():
            best[line] = Discount(line, rule.id, rule.label_zh, rule.label_en, Fen(amount))
            taken.add(line)
    return tuple(best[line.line] for line in lines if line.line in best)


def _cut(rule: Rule, lines: tuple[Priced, ...]) -> dict[int, int]:
    """Line → negative fen this rule alone would take off."""
    if rule.kind == "percent":
        cut = {li.line: -(li.amount - round_fen(Fraction(li.amount * rule.percent, 100))) for li in lines}
        return {line: amount for line, amount in cut.items() if amount}
    pieces = sorted(
        ((li.unit_price, -li.line) for li in lines if not li.weighed for _ in range(li.quantity)), reverse=True
    )
    groups = len(pieces) // rule.n
    if groups == 0:
        return {}
    off: dict[int, int] = {}
    for group in range(groups):
        members = pieces[group * rule.n : (group + 1) * rule.n]
        for line, amount in _group_cut(rule, members):
            off[line] = off.get(line, 0) - amount
    return {line: amount for line, amount in off.items() if amount}


def _group_cut(rule: Rule, members: list[tuple[Fen, int]]) -> list[tuple[int, int]]:
    """(line, positive fen off) of one full group of `n` pieces, dearest first."""
    prices = tuple(price for price, _ in members)
    if rule.kind == "bundle":
        assert rule.price is not None
        saved = sum(prices) - rule.price
        if saved <= 0:
            return []
        shares = split(Fen(saved), prices)
        return [(-line, share) for (_, line), share in zip(members, shares, strict=True)]
    cheapest, line = members[-1]
    percent = 0 if rule.kind == "nth_free" else rule.percent
    return [(-line, cheapest - round_fen(Fraction(cheapest * percent, 100)))]

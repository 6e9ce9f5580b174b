"""Price rules, version 1: what takes something off, and the words that say why.

The unit price (or the member price that replaces it) is fixed when the line is scanned. Rules then look at the whole
basket; each line gets at most one rule, the one that takes most off, ties by rule id. A discount is a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from .goods import is_day
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


RULES_MOST = 200
SKUS_MOST = 500
TEXT_MOST = 60
PRICE_MOST = 10_000_000


def rule_fault(rule: Rule) -> str | None:
    """Why a rule cannot be used, or None."""
    if not rule.id or not rule.label_zh:
        return "a rule needs an id and a label_zh"
    texts = (rule.id, rule.label_zh, rule.label_en)
    if any(len(text) > TEXT_MOST or not text.isprintable() for text in texts):
        return f"id and labels have at most {TEXT_MOST} characters, all of them printable"
    if len(rule.skus) > SKUS_MOST:
        return f"a rule names at most {SKUS_MOST} products; leave them out for all"
    if rule.kind == "bundle" and (not 2 <= rule.n <= 99 or rule.price is None or not 0 < rule.price <= PRICE_MOST):
        return "a bundle needs n of 2 to 99 and a price above 0 (at most 100000.00)"
    if rule.kind in ("nth_free", "nth_percent") and not 2 <= rule.n <= 99:
        return f"{rule.kind} needs n of 2 to 99"
    if rule.kind in ("percent", "nth_percent") and not 0 < rule.percent < 100:
        return "percent is what the shopper still pays: 1 to 99"
    return _window_fault(rule.window)


def _window_fault(window: Window) -> str | None:
    for text in filter(None, (window.from_date, window.to_date)):
        if not is_day(text):
            return f"{text!r} is not a day such as 2026-12-31"
    if window.from_date and window.to_date and window.to_date < window.from_date:
        return "to_date is before from_date"
    if any(not 0 <= day <= 6 for day in window.weekdays):
        return "weekdays are 0 (Monday) to 6"
    if not (0 <= window.from_minute < 24 * 60 and 0 <= window.to_minute <= 24 * 60):
        return "from_minute is 0 to 1439, to_minute 0 to 1440"
    if window.from_minute == window.to_minute:
        return "from_minute and to_minute are the same: it would never hold"
    return None


def rules_fault(rules: Iterable[Rule], known: Mapping[str, object]) -> str | None:
    """Why these cannot be the rules of a shop that has the products `known`, naming the rule; None when they can."""
    seen: set[str] = set()
    for n, rule in enumerate(rules, 1):
        if n > RULES_MOST:
            return f"a shop has at most {RULES_MOST} rules"
        fault = rule_fault(rule)
        unknown = sorted(rule.skus - known.keys())
        if fault is None and unknown:
            fault = f"there is no product {unknown[0]}"
        if fault is None and rule.id in seen:
            fault = "another rule has this id"
        if fault is not None:
            return f"rule {rule.id or n}: {fault}"
        seen.add(rule.id)
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


Outcome = Literal["took", "members", "time", "goods", "few", "nothing", "beaten"]


def outcomes(
    lines: tuple[Priced, ...], rules: tuple[Rule, ...], at: datetime, *, member: bool
) -> dict[str, tuple[Outcome, Fen]]:
    """What became of each rule in a basket, by id, with what it took off (0 or negative).

    members: it is for members · time: it does not hold now · goods: nothing of it is here · few: not enough pieces ·
    nothing: it would take nothing off · beaten: another rule takes more off the same lines.
    """
    took: dict[str, int] = {}
    for each in discounts(lines, rules, at, member=member):
        took[each.rule] = took.get(each.rule, 0) + each.amount
    return {rule.id: (_outcome(rule, lines, at, took, member=member), Fen(took.get(rule.id, 0))) for rule in rules}


def _outcome(rule: Rule, lines: tuple[Priced, ...], at: datetime, took: Mapping[str, int], *, member: bool) -> Outcome:
    covered = tuple(line for line in lines if rule.covers(line.sku))
    if rule.id in took:
        return "took"
    if rule.members_only and not member:
        return "members"
    if not rule.window.holds(at):
        return "time"
    if not covered:
        return "goods"
    if rule.kind != "percent" and sum(line.quantity for line in covered if not line.weighed) < rule.n:
        return "few"
    return "beaten" if _cut(rule, covered) else "nothing"


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

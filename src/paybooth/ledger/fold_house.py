"""The house's part of the fold: plans, price rules and settings as the journal tells them, against the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from hashlib import sha256

from paybooth.domain.facts import Fact
from paybooth.domain.staff_facts import PlanChanged, PricePlanned, PriceSettled, RulesChanged, SettingsChanged
from paybooth.ports_console import RulesRow

from .books_house import HouseBooks
from .codec import encode


class HouseFold:
    """Takes facts in order; `mismatch` is told of every row the journal does not support."""

    def __init__(self, books: HouseBooks, mismatch: Callable[[str], None]) -> None:
        self._books, self._mismatch = books, mismatch
        self._plans: list[tuple[int, bytes]] = []
        """(time, digest) of each version in order; the plans themselves are long."""
        self._rules: list[RulesRow] = []
        self._coming: dict[int, list[object]] = {}
        """Each planned price as its row."""
        self._settings: dict[str, str] = {}

    def take(self, happened: Fact, at_ms: int) -> None:
        """Fold one fact in. Raises AssertionError where it cannot follow on what was."""
        match happened:
            case PlanChanged():
                assert happened.number == len(self._plans) + 1, "a plan out of turn"
                self._plans.append((at_ms, sha256(encode(happened)).digest()))
            case RulesChanged() as e:
                assert e.number == len(self._rules) + 1, "price rules out of turn"
                self._rules.append(RulesRow(e.number, at_ms, e.rules, e.by, e.reason))
            case PricePlanned(coming=coming):
                assert coming.number not in self._coming, "a price planned twice"
                self._coming[coming.number] = [*astuple(coming), "planned"]
            case PriceSettled() as e:
                assert self._coming[e.number][-1] == "planned", "a price settled twice"
                self._coming[e.number][-1] = e.outcome
            case SettingsChanged():
                for each in happened.changes:
                    assert self._settings.pop(each.key, None) == each.before, "a setting was not what it was taken for"
                    if each.after is not None:
                        self._settings[each.key] = each.after
            case _:
                pass

    def finish(self) -> None:
        """All tables whole."""
        rows = self._books.reader.execute("SELECT number, at_ms, body FROM plans ORDER BY number")
        table = {number: (at_ms, sha256(body).digest()) for number, at_ms, body in rows}
        told = dict(enumerate(self._plans, 1))
        for number in sorted(table.keys() | told.keys()):
            if table.get(number) != told.get(number):
                self._mismatch(f"plan {number}: table and journal differ")
        rules = {each.number: each for each in self._books.price_rules(None, len(self._rules) + 1)}
        written = {each.number: each for each in self._rules}
        for number in sorted(rules.keys() | written.keys()):
            if rules.get(number) != written.get(number):
                self._mismatch(f"price rules {number}: table and journal differ")
        for number, *row in self._books.reader.execute(
            "SELECT number, sku, from_ms, price, member_price, by, reason, state FROM coming_prices ORDER BY number"
        ):
            if self._coming.pop(number, None) != [number, *row]:
                self._mismatch(f"planned price {number}: table and journal differ")
        for number in self._coming:
            self._mismatch(f"planned price {number}: table and journal differ")
        kept = self._books.settings()
        for key in sorted(kept.keys() | self._settings.keys()):
            if kept.get(key) != self._settings.get(key):
                self._mismatch(f"setting {key}: table and journal differ")

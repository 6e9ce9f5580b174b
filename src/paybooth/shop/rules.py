"""The price rules as staff write them: every version is kept, and who changes them says which one they saw.

Until somebody wrote some, those of the configuration file hold. A basket keeps the rules it began with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.money import Fen
from paybooth.domain.pricing import Outcome, Rule, outcomes, rules_fault
from paybooth.domain.staff_facts import RulesChanged
from paybooth.ports import Clock, Ledger
from paybooth.ports_console import RulesRow

from .catalogue import Catalogue


class StaleRulesError(Exception):
    """Somebody wrote other rules meanwhile; `now` is theirs."""

    def __init__(self, now: RulesRow) -> None:
        super().__init__(
            f"{now.by} saved version {now.number} of the price rules meanwhile; nothing was changed by you"
        )
        self.now = now


class UnfitRulesError(Exception):
    """The rules cannot be like this; the text names the rule and says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"{fault}; nothing was changed")


class PriceRules:
    """Of one shop; the catalogue works by them."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger, clock: Clock) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.file = catalogue.rules
        newest = ledger.price_rules(None, 1)
        self.now = newest[0] if newest else RulesRow(0, 0, None, "", "")
        """Number 0: nobody wrote any."""
        catalogue.rules = self.in_force

    @property
    def in_force(self) -> tuple[Rule, ...]:
        return self.file if self.now.rules is None else self.now.rules

    async def change(self, rules: tuple[Rule, ...] | None, seen: int, by: str, reason: str) -> RulesRow:
        """The next version; None goes back to the file's. The next basket has it.

        Raises StaleRulesError, UnfitRulesError or LedgerFault with nothing changed.
        """
        async with self._one_at_a_time:
            if seen != self.now.number:
                raise StaleRulesError(self.now)
            fault = rules_fault(rules or (), self._catalogue.skus)
            if fault is not None:
                raise UnfitRulesError(fault)
            if rules != self.now.rules:
                at_ms = self._clock.now_ms()
                await self._ledger.commit(RulesChanged(seen + 1, rules, by, reason), at_ms=at_ms)
                self.now = RulesRow(seen + 1, at_ms, rules, by, reason)
                self._catalogue.rules = self.in_force
            return self.now


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to put into the basket that is tried: pieces, or grams of what is weighed."""

    sku: str
    quantity: int = 1
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class TriedBasket:
    sale: s.Sale
    refused: tuple[tuple[str, str], ...]
    """(sku, why) of what a booth would not take."""
    outcomes: dict[str, tuple[Outcome, Fen]]
    """What became of each rule, by id."""


def try_basket(
    wanted: Sequence[Wanted], catalogue: Catalogue, rules: tuple[Rule, ...], at: datetime, *, member: bool
) -> TriedBasket:
    """What a booth would make of these goods at that time of the shop; age is taken as checked. Nothing is written.

    A long basket under many rules takes a second: call it in a thread.
    """
    bare = s.Terms((), at)  # a booth prices after each piece, and each time all of it: once, at the end, is the same
    sale = s.begin(s.open_sale("trial", "0000", "0", "zh-CN"))
    refused = []
    if member:
        sale = _after(sale, s.JoinMember("trial", "0000"), bare)
    for each in wanted:
        product = catalogue.product(each.sku)
        if product is None:
            refused.append((each.sku, "unknown_barcode"))
            continue
        code = GoodsCode(product.codes, weight_g=each.grams if product.weighed else None)
        for _ in range(1 if product.weighed else each.quantity):
            decided = s.decide(sale, s.AddPiece(product, code, of_age=True), bare)
            if isinstance(decided, s.Refusal):
                refused.append((each.sku, decided.value))
                break
            for happened in decided:
                sale = s.apply(sale, happened)
    sale = replace(sale, discounts=s.price(sale, s.Terms(rules, at)))
    return TriedBasket(sale, tuple(refused), outcomes(s.priced(sale), rules, at, member=member))


def _after(sale: s.Sale, command: s.Command, terms: s.Terms) -> s.Sale:
    decided = s.decide(sale, command, terms)
    assert not isinstance(decided, s.Refusal)
    for happened in decided:
        sale = s.apply(sale, happened)
    return sale

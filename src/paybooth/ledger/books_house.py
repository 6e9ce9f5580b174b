"""Named reads of the house itself: its floor plan, its price rules, and what staff set over the configuration file."""

from __future__ import annotations

from typing import Any

import apsw

from paybooth.domain.facts import Fact
from paybooth.domain.goods import ComingPrice
from paybooth.domain.staff_facts import PlanChanged, RulesChanged
from paybooth.ports_console import PlanRow, RulesRow

from .codec import decode


class HouseBooks:
    """Reads over one connection; a part of `Books`."""

    reader: apsw.Connection

    def plan(self, number: int | None = None) -> PlanRow | None:
        """A version of the plan; the newest without a number."""
        row = self.reader.execute(
            "SELECT number, at_ms, body FROM plans WHERE ?1 IS NULL OR number = ?1 ORDER BY number DESC LIMIT 1",
            (number,),
        ).fetchone()
        return None if row is None else _row(row)

    def plans(self, before: int | None, limit: int) -> list[PlanRow]:
        """Versions, newest first, older than `before`."""
        rows: list[tuple[Any, ...]] = self.reader.execute(
            "SELECT number, at_ms, body FROM plans WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2",
            (before, limit),
        ).fetchall()
        return [_row(row) for row in rows]

    def price_rules(self, before: int | None, limit: int) -> list[RulesRow]:
        """Versions, newest first, older than `before`."""
        rows = self.reader.execute(
            "SELECT at_ms, body FROM price_rules WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2",
            (before, limit),
        )
        return [_rules(at_ms, body) for at_ms, body in rows]

    def coming_prices(self) -> list[ComingPrice]:
        """Those still planned, by number."""
        rows = self.reader.execute(
            "SELECT number, sku, from_ms, price, member_price, by, reason FROM coming_prices"
            " WHERE state = 'planned' ORDER BY number"
        )
        return [ComingPrice(*row) for row in rows]

    def last_coming_price(self) -> int:
        """The highest number of all, 0 for none."""
        ((last,),) = self.reader.execute("SELECT coalesce(max(number), 0) FROM coming_prices")
        return int(last)

    def settings(self) -> dict[str, str]:
        """What staff set, by key."""
        return {str(key): str(value) for key, value in self.reader.execute("SELECT key, value FROM settings")}


def _rules(at_ms: int, body: bytes) -> RulesRow:
    told: Fact = decode(RulesChanged.kind, body)
    assert isinstance(told, RulesChanged)
    return RulesRow(told.number, at_ms, told.rules, told.by, told.reason)


def _row(row: tuple[Any, ...]) -> PlanRow:
    number, at_ms, body = row
    told: Fact = decode(PlanChanged.kind, body)
    assert isinstance(told, PlanChanged)
    return PlanRow(number, at_ms, told.plan, told.by, told.reason)

"""The floor plan's sheet for the console: what staff look up in the ledger, beyond what selling needs."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timezone
from pathlib import Path
from typing import Literal, Protocol

from .domain.facts import Fact
from .domain.goods import ComingPrice, Product
from .domain.money import Fen
from .domain.plan import Plan
from .domain.pricing import Rule
from .domain.report import Report

Outcome = Literal["paid", "live", "unknown", "abandoned", "refunded", "no_paper"]
"""What staff sort sales by: paid, still at a booth, money without a final word, given up, given back, no receipt."""


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale in a list."""

    id: str
    number: str
    booth: str
    phase: str
    total: Fen
    opened_ms: int
    paid_ms: int | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class SaleQuery:
    """Which sales are wanted; what is empty or None does not matter."""

    first: str = ""
    """Shop day of the oldest, such as 20261122."""
    last: str = ""
    """Shop day of the newest."""
    booth: str = ""
    channel: str = ""
    outcome: Outcome | Literal[""] = ""
    least_fen: int | None = None
    text: str = ""
    """In a number, an order, a transaction, a code's last four, a product's name or number."""


@dataclass(frozen=True, slots=True)
class SaleFound:
    """A sale in staff's list, with what it is about."""

    row: SaleRow
    goods: tuple[tuple[str, str, int], ...]
    """(name in Chinese, in English, quantity) of the first few lines."""
    count: int
    channel: str
    """Of the attempt that paid, or that is open; empty without one."""
    attempt_state: str
    refunded: Fen
    paper: str
    """State of the receipt; empty before it is paid."""
    left: bool
    """Its goods went out through the gate, or its pass was used."""


@dataclass(frozen=True, slots=True)
class SalesFound:
    """A page of sales, newest first."""

    sales: tuple[SaleFound, ...]
    searched_to: str | None
    """Everything down to this sale was looked at; None where nothing older is left."""


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """What somebody who went left to whoever came; `taken_by` is empty while nobody came."""

    id: int
    at_ms: int
    by: str
    text: str
    incidents: tuple[int, ...]
    taken_by: str
    taken_ms: int | None


@dataclass(frozen=True, slots=True)
class ActQuery:
    """Which acts of staff are wanted; what is empty does not matter."""

    by: str = ""
    text: str = ""
    """In the fact as it is written."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act of staff, out of the journal."""

    seq: int
    at_ms: int
    kind: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class ActsFound:
    """A page of acts, newest first."""

    acts: tuple[ActRow, ...]
    searched_to: int | None
    """Everything down to this journal row was looked at; None where nothing older is left."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One version of the floor plan."""

    number: int
    at_ms: int
    plan: Plan
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RulesRow:
    """One version of the price rules; `rules` None: those of the configuration file."""

    number: int
    at_ms: int
    rules: tuple[Rule, ...] | None
    by: str
    reason: str


class ConsoleBooks(Protocol):
    """Reads for staff; each is bounded, so that no wish of a console holds up a booth."""

    def sales(self, before: str | None = None, limit: int = 50) -> list[SaleRow]: ...

    def find_sales(self, wanted: SaleQuery, before: str | None, limit: int) -> SalesFound:
        """Looks at a bounded window of sales older than `before`; ask on with `searched_to`."""
        ...

    def find_acts(self, wanted: ActQuery, before: int | None, limit: int) -> ActsFound:
        """Facts that name a member of staff, out of a bounded window of rows older than `before`."""
        ...

    def find_products(self, text: str, after: str, limit: int) -> list[Product]:
        """Products by number, of whose number, barcode or name this is a part; the first comes after `after`."""
        ...

    def takings_by_hour(self, from_ms: int, until_ms: int) -> list[tuple[int, str, int, Fen]]:
        """(hours since `from_ms`, channel, sales, fen) of what was paid in [from, until)."""
        ...

    def incidents_resolved_since(self, at_ms: int) -> int: ...

    def last_handover(self) -> HandoverRow | None: ...

    async def report(self, first: date, last: date, zone: timezone, now_ms: int) -> Report:
        """Of the days [first, last]; not bounded by rows but by days, and walked beside the loop."""
        ...

    def plan(self, number: int | None = None) -> PlanRow | None: ...
    def plans(self, before: int | None, limit: int) -> list[PlanRow]: ...
    def price_rules(self, before: int | None, limit: int) -> list[RulesRow]: ...
    def settings(self) -> dict[str, str]: ...
    def coming_prices(self) -> list[ComingPrice]:
        """Those still planned, by number."""
        ...

    def last_coming_price(self) -> int:
        """The highest number of all, 0 for none."""
        ...


@dataclass(frozen=True, slots=True)
class Backup:
    """The archive that `paybooth backup` finished last. `size` in bytes."""

    at_ms: int
    file: str
    size: int


class PictureKeeper(Protocol):
    """Keeps pictures of products beside the ledger. Blocks for a moment."""

    def keep(self, content: bytes, used: AbstractSet[str]) -> str | None:
        """Its name, which follows from what is in it; None where there are too many and each is `used`.

        Raises LedgerFault where it cannot be written.
        """
        ...

    def path(self, name: str) -> Path | None:
        """Where it is; None for a name that is none of ours."""
        ...

"""What is counted as facts are committed, for /metrics and /api/shop: asking costs the same after a day and a year."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain.door import State
from paybooth.domain.totals import Totals
from paybooth.ports import Entry
from paybooth.shop.shop import Shop

log = structlog.get_logger()

PAGE = 1000
WHAT = ("passed_out", "passed_in", "offered", "alarmed", "pass_refused")
"""What a gate may decide."""
OPEN = frozenset({State.OPEN, State.HELD_OPEN, State.FORCED})
"""The leaf stands open."""


class Tally:
    """Totals over all time, from the first question on; gates and doors since the box started."""

    def __init__(self, shop: Shop) -> None:
        self._ledger, self._clock = shop.ledger, shop.clock
        self._totals: Totals | None = None
        self._first = asyncio.Lock()
        self.gates: Counter[tuple[str, str]] = Counter({(gate, what): 0 for gate in shop.exits.gates for what in WHAT})
        """(gate, what it decided) → how often."""
        self._open_ms = dict.fromkeys(shop.exits.gates, 0)
        self._since_ms: dict[str, int] = {}
        shop.ledger.listen(self._on_entries)

    async def totals(self) -> Totals:
        """The first call walks the books, on a thread; later ones know."""
        async with self._first:
            if self._totals is None:
                found = await self._ledger.totals()
                while rows := self._ledger.journal(found.seq, PAGE):
                    for row in rows:
                        found.apply(row.seq, row.fact)
                self._totals = found
            return self._totals

    def door_open_s(self) -> dict[str, float]:
        """Gate → seconds for which its door stood open."""
        now_ms = self._clock.now_ms()
        return {
            gate: (total_ms + max(0, now_ms - self._since_ms.get(gate, now_ms))) / 1000
            for gate, total_ms in self._open_ms.items()
        }

    def _on_entries(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._carry(entry)
            match entry.fact:
                case x.PassageSeen(gate=gate, direction=direction):
                    self.gates[gate, f"passed_{direction}"] += 1
                case x.GateOffered(gate=gate):
                    self.gates[gate, "offered"] += 1
                case x.GateAlarmed(gate=gate):
                    self.gates[gate, "alarmed"] += 1
                case x.PassRefused(gate=gate):
                    self.gates[gate, "pass_refused"] += 1
                case x.DoorChanged(gate=gate, state=state):
                    self._door(gate, State(state), entry.at_ms)

    def _carry(self, entry: Entry) -> None:
        """A slip in counting must never reach the commit that rang: the books are walked again instead."""
        if self._totals is None or entry.seq <= self._totals.seq:
            return
        try:
            self._totals.apply(entry.seq, entry.fact)
        except Exception:
            log.exception("totals lost their way", seq=entry.seq, kind=entry.kind)
            self._totals = None

    def _door(self, gate: str, state: State, at_ms: int) -> None:
        since_ms = self._since_ms.pop(gate, None)
        if since_ms is not None:
            self._open_ms[gate] = self._open_ms.get(gate, 0) + max(0, at_ms - since_ms)
        if state in OPEN:
            self._since_ms[gate] = at_ms

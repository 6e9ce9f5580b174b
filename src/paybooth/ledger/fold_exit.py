"""The exit's part of the fold: pieces, passes, gates and incidents as the journal tells them, against the tables.

Pieces can be many: they are folded into a file of its own that SQLite keeps in the temporary folder, not in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import apsw

from paybooth.domain import exit_facts as x
from paybooth.domain import incident as i
from paybooth.domain.facts import Fact
from paybooth.domain.leave import Standing

from .books_exit import ExitBooks


class ExitFold:
    """Takes facts in order; `mismatch` is told of every row the journal does not support."""

    def __init__(self, books: ExitBooks, mismatch: Callable[[str], None]) -> None:
        self._books, self._db, self._mismatch = books, books.reader, mismatch
        self._incidents: dict[int, i.Incident] = {}
        self._count = 0
        self._passes: dict[str, str] = {}
        self._gates: dict[str, tuple[str, int]] = {}
        self._pieces = apsw.Connection("")  # a temporary file
        self._pieces.execute("CREATE TABLE pieces (sku, serial, state, sale, until_ms, PRIMARY KEY (sku, serial))")

    def take(self, happened: Fact, at_ms: int) -> None:
        """Fold one fact in. Raises AssertionError or KeyError where it cannot follow on what was."""
        match happened:
            case x.PassageSeen():
                for tag in happened.tags:
                    self._passed(happened.direction == "out", tag)
            case x.GoodsMoved():
                for sku, serial in happened.tags:
                    self._piece(sku, serial, "moved", "", happened.until_ms)
            case x.GoodsReturned():
                for sku, serial in happened.tags:
                    self._piece(sku, serial, "back", "", 0)
            case x.PassUsed():
                assert happened.sale not in self._passes, "a pass was used twice"
                self._passes[happened.sale] = happened.gate
            case x.DoorOpened(cause="fire"):
                self._gates[happened.gate] = self._gates.get(happened.gate, ("", 0))[0], 1
            case x.DoorCommanded():
                mode, fire = self._gates.get(happened.gate, ("", 0))
                if happened.act == "fire_reset":
                    self._gates[happened.gate] = mode, 0
                elif happened.act.startswith("mode "):
                    self._gates[happened.gate] = happened.act[5:], fire
            case x.IncidentOpened():
                assert happened.incident not in self._incidents, "incident opened twice"
                self._incidents[happened.incident] = i.begin(happened, at_ms)
                self._count += 1
            case (
                x.IncidentRepeated() | x.IncidentClaimed() | x.IncidentNoted() | x.IncidentTold() | x.IncidentResolved()
            ):
                self._follow(happened, at_ms)
            case _:
                pass

    def _passed(self, out: bool, tag: x.TagSeen) -> None:
        if not out:
            if tag.standing not in (Standing.PAID, Standing.SOLD_BEFORE):
                self._piece(tag.sku, tag.serial, "in", "", 0)
        elif tag.standing in (Standing.PAID, Standing.STALE, Standing.HELD):
            self._piece(tag.sku, tag.serial, "left", tag.sale, 0)
        elif tag.standing == Standing.UNPAID:
            self._piece(tag.sku, tag.serial, "taken", tag.sale, 0)

    def _piece(self, *values: str | int) -> None:
        self._pieces.execute("INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?, ?)", values)

    def _follow(
        self,
        happened: x.IncidentRepeated | x.IncidentClaimed | x.IncidentNoted | x.IncidentTold | x.IncidentResolved,
        at_ms: int,
    ) -> None:
        told = self._incidents.get(happened.incident)
        if told is None:
            # over and compared already: only a word may follow
            assert isinstance(happened, x.IncidentNoted | x.IncidentTold), "an incident that was over moved"
            return
        told = self._incidents[told.id] = i.apply(told, happened, at_ms)
        if told.state is i.State.RESOLVED:
            self._compare(told)
            del self._incidents[told.id]

    def _compare(self, told: i.Incident) -> None:
        if self._books.incident(told.id) != told:
            self._mismatch(f"incident {told.id}: table and journal differ")

    def finish(self) -> None:
        """What is still open, then every table whole."""
        for told in self._incidents.values():
            self._compare(told)
        for fault in self._tables():
            self._mismatch(fault)
        self._pieces.close()

    def _tables(self) -> Iterator[str]:
        (rows,) = self._db.execute("SELECT count(*) FROM incidents").fetchone() or (0,)
        if rows != self._count:
            yield f"incidents: the table has {rows} rows, the journal tells of {self._count}"
        used: list[Any] = self._db.execute("SELECT sale, gate FROM passes").fetchall()
        yield from (f"pass of {s}: table and journal differ" for s in _differing(dict(used), self._passes))
        gates = {gate: (mode, fire) for gate, mode, fire in self._db.execute("SELECT gate, mode, fire FROM gates")}
        yield from (f"gate {g}: table and journal differ" for g in _differing(gates, self._gates))
        columns = "sku, serial, state, sale, until_ms FROM pieces ORDER BY sku, serial"
        table = self._db.execute(f"SELECT {columns}")
        told = self._pieces.execute(f"SELECT {columns}")
        while True:
            row, wanted = table.fetchone(), told.fetchone()
            if row != wanted:
                sku, serial, *_ = row or wanted or ("", "")
                yield f"piece {sku} {serial}: table and journal differ"
            if row is None or wanted is None:
                return


def _differing(table: Mapping[str, object], told: Mapping[str, object]) -> list[str]:
    return [key for key in sorted(table.keys() | told.keys()) if table.get(key) != told.get(key)]

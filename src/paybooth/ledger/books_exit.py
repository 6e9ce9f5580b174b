"""Named reads of the exit: what became of a piece, of a pass, of a gate; incidents and their stories."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from paybooth.domain import exit_facts as x
from paybooth.domain.incident import Incident, Kind, Severity, State
from paybooth.domain.leave import Judged, Sold, Standing
from paybooth.ports import GateRow, StepRow

from .codec import decode

_INCIDENT = (
    "SELECT id, kind, severity, place, detail, items, opened_ms, last_ms, state, times, claimed_by, claimed_ms,"
    " escalated, verdict, note, resolved_by, resolved_ms, evidence FROM incidents"
)
_ITEMS = msgspec.json.Decoder(tuple[x.ItemSeen, ...])
_EVIDENCE = msgspec.json.Decoder(x.Evidence)


class ExitBooks:
    """Reads over one connection; a part of `Books`."""

    reader: apsw.Connection

    def piece(self, sku: str, serial: str, now_ms: int) -> Judged | None:
        """What the books say of one piece; None where they know nothing that lets it pass."""
        row = self.reader.execute(
            "SELECT state, sale, at_ms, until_ms FROM pieces WHERE sku = ? AND serial = ?", (sku, serial)
        ).fetchone()
        if row is not None:
            state, sale, _, until_ms = row
            if state == "left":
                return Judged(Standing.SOLD_BEFORE, sale)
            if state == "in":
                return Judged(Standing.BROUGHT_IN)
            if state == "moved" and until_ms >= now_ms:
                return Judged(Standing.STAFF)
        since_ms = row[2] if row is not None and row[0] == "back" else -1
        sold = self.reader.execute(
            "SELECT s.id FROM lines l JOIN sales s ON s.id = l.sale"
            " WHERE l.sku = ? AND l.serial = ? AND s.phase = 'paid' AND s.paid_ms > ? ORDER BY s.paid_ms DESC LIMIT 1",
            (sku, serial, since_ms),
        ).fetchone()
        return Judged(Standing.SOLD_BEFORE, sold[0]) if sold is not None else None

    def sold_since(self, since_ms: int) -> list[tuple[str, int, list[Sold]]]:
        """(sale, paid_ms, what of it has not left yet) of sales paid since then, oldest first."""
        sales: list[Any] = self.reader.execute(
            "SELECT id, paid_ms FROM sales WHERE paid_ms >= ? ORDER BY paid_ms, id", (since_ms,)
        ).fetchall()
        return [(sale, paid_ms, self._not_left(sale)) for sale, paid_ms in sales]

    def _not_left(self, sale: str) -> list[Sold]:
        pieces = self.reader.execute("SELECT sku, serial FROM pieces WHERE sale = ? AND state = 'left'", (sale,))
        left = dict.fromkeys(pieces.fetchall())
        found: list[Sold] = []
        rows: list[Any] = self.reader.execute(
            "SELECT sku, serial, quantity FROM lines WHERE sale = ? ORDER BY id", (sale,)
        ).fetchall()
        for sku, serial, quantity in rows:
            if serial is not None:
                if (sku, serial) not in left:
                    found.append(Sold(sku, serial, 1))
                left.pop((sku, serial), None)
                continue
            gone = [key for key in left if key[0] == sku][:quantity]
            for key in gone:
                del left[key]
            if quantity > len(gone):
                found.append(Sold(sku, None, quantity - len(gone)))
        return found

    def pass_used(self, sale: str) -> bool:
        return self.reader.execute("SELECT 1 FROM passes WHERE sale = ?", (sale,)).fetchone() is not None

    def gate(self, gate: str) -> GateRow:
        row = self.reader.execute("SELECT mode, fire FROM gates WHERE gate = ?", (gate,)).fetchone()
        return GateRow(row[0], bool(row[1])) if row else GateRow("", False)

    # ------------------------------------------------------------ incidents

    def incident(self, incident: int) -> Incident | None:
        row = self.reader.execute(f"{_INCIDENT} WHERE id = ?", (incident,)).fetchone()
        return _incident(row) if row else None

    def live_incidents(self) -> list[Incident]:
        """Everything that is not resolved, oldest first."""
        rows = self.reader.execute(f"{_INCIDENT} WHERE state <> 'resolved' ORDER BY id").fetchall()
        return [_incident(row) for row in rows]

    def resolved_incidents(self, before: int | None = None, limit: int = 50) -> list[Incident]:
        """Newest first."""
        rows = self.reader.execute(
            f"{_INCIDENT} WHERE state = 'resolved' AND (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2",
            (before, limit),
        ).fetchall()
        return [_incident(row) for row in rows]

    def last_incident(self) -> int:
        (found,) = self.reader.execute("SELECT coalesce(max(id), 0) FROM incidents").fetchone() or (0,)
        return int(found)

    def incident_steps(self, incident: int) -> list[StepRow]:
        rows: list[Any] = self.reader.execute(
            "SELECT at_ms, kind, body FROM incident_steps WHERE incident = ? ORDER BY n", (incident,)
        ).fetchall()
        return [StepRow(at_ms, kind, decode(kind, body)) for at_ms, kind, body in rows]


def _incident(row: tuple[Any, ...]) -> Incident:
    number, kind, severity, place, detail, items, opened_ms, last_ms, state, *rest, evidence = row
    found: list[Any] = [number, Kind(kind), Severity(severity), place, detail, _ITEMS.decode(items)]
    found += [opened_ms, last_ms, State(state), *rest, _EVIDENCE.decode(evidence) if evidence else None]
    return Incident(*found)

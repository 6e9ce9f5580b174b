"""The shop's totals over all time, carried along fact by fact: what would otherwise be summed up again and again."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import facts as f
from .facts import Fact
from .payment import Event, State, step

DOUBT = frozenset({State.UNKNOWN, State.REVERSING, State.PARKED})
"""Attempts of which nobody knows yet whether money moved."""


@dataclass(slots=True)
class Totals:
    """As of journal row `seq`. What is not over is kept by name, the rest is counted."""

    seq: int = 0
    sales: int = 0
    paid: int = 0
    refunded: int = 0
    attempts: dict[str, int] = field(default_factory=dict)
    """By payment.State."""
    receipts: dict[str, int] = field(default_factory=dict)
    open_attempts: dict[str, tuple[State, int]] = field(default_factory=dict)
    """Number → state and Unix milliseconds of its beginning."""
    open_receipts: dict[str, str] = field(default_factory=dict)
    open_refunds: dict[str, int] = field(default_factory=dict)

    def apply(self, seq: int, happened: Fact) -> None:
        """One row on."""
        assert seq == self.seq + 1, (seq, self.seq)
        self.seq = seq
        match happened:
            case f.SalePaid(total=total, receipt=receipt):
                self.sales += 1
                self.paid += total
                self._receipt(receipt, "due")
            case f.AttemptOpened(attempt=number, opened_at_ms=opened_ms):
                self.open_attempts[number] = State.OPEN, opened_ms
                _count(self.attempts, State.OPEN, 1)
            case f.AttemptMoved(attempt=number, event=event) | f.AttemptSettled(attempt=number, event=event):
                self._attempt(number, Event(event), final=isinstance(happened, f.AttemptSettled))
            case f.ReceiptStarted(receipt=receipt):
                self._receipt(receipt, "printing")
            case f.ReceiptSettled(receipt=receipt, state=state):
                self._receipt(receipt, state, final=True)
            case f.RefundOpened(refund=number, amount=amount):
                self.open_refunds[number] = amount
            case f.RefundSettled(refund=number, status=status):
                back = self.open_refunds.pop(number)
                self.refunded += back if status == "done" else 0

    def _attempt(self, number: str, event: Event, *, final: bool) -> None:
        before, opened_ms = self.open_attempts[number]
        state = step(before, event)
        _count(self.attempts, before, -1)
        _count(self.attempts, state, 1)
        self.open_attempts[number] = state, opened_ms
        if final:
            del self.open_attempts[number]

    def _receipt(self, receipt: str, state: str, *, final: bool = False) -> None:
        before = self.open_receipts.pop(receipt, None)
        if before is not None:
            _count(self.receipts, before, -1)
        _count(self.receipts, state, 1)
        if not final:
            self.open_receipts[receipt] = state

    def in_doubt_since(self) -> int | None:
        """When the oldest attempt began of which nobody knows; Unix milliseconds."""
        return min((opened_ms for state, opened_ms in self.open_attempts.values() if state in DOUBT), default=None)

    def takings(self) -> dict[str, int]:
        """Fen and counts by name, as Ledger.takings sums them up."""
        return {
            "sales": self.sales,
            "paid_fen": self.paid,
            "refunded_fen": self.refunded,
            "attempts": sum(self.attempts.values()),
            **{f"attempts_{state}": count for state, count in sorted(self.attempts.items()) if count},
            **{f"receipts_{state}": count for state, count in sorted(self.receipts.items()) if count},
        }


def _count(table: dict[str, int], key: str, by: int) -> None:
    key = str(key)
    table[key] = table.get(key, 0) + by

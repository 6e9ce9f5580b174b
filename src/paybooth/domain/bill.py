"""A channel's bill of one day, reduced to what is compared. Formats are the drivers', comparing is domain/match.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .money import Fen
from .payment import Channel


class BillKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class BillStatus(StrEnum):
    """What a row says became of its money."""

    PAID = "paid"
    REVERSED = "reversed"  # a payment that was taken back: it stays in the bill under its own number
    REFUNDED = "refunded"
    PENDING = "pending"  # a refund that was accepted and not done when the bill was made
    FAILED = "failed"  # a refund that did not come to be
    OTHER = "other"  # a status nobody wrote down; `said` has it


@dataclass(frozen=True, slots=True)
class BillRow:
    """One movement as the channel states it."""

    line: int
    """Line of the file, from 1, for staff."""
    kind: BillKind
    number: str
    """Our merchant order number."""
    transaction: str
    """The channel's own number."""
    refund: str
    """Our refund number; empty on payments."""
    amount: Fen
    """The order's amount, or what the refund gives back; always positive. Coupons of the wallet are inside."""
    status: BillStatus
    said: str
    """The status in the channel's own word."""
    at_ms: int
    """Unix milliseconds of the payment, or of the refund's acceptance; bills state Beijing time."""
    device: str
    """The booth as we told it with the charge; empty where the channel leaves it out."""
    fee_mfen: int
    """The channel's fee in thousandths of a fen, negative where it gives fee back."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill that was read without a fault: every row fits and the totals it states add up."""

    channel: Channel
    day: date
    """In Beijing time, which is how both channels cut days."""
    rows: tuple[BillRow, ...]


class BillError(Exception):
    """A file that must not be believed. `faults` are sentences for staff, each with its line where it has one."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else ""))
        self.faults = faults

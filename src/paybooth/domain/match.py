"""The daily match: journal, attempts and the channel's bill of one day, compared to the fen.

Three witnesses: the journal (what was told when it happened), the tables (attempts and refunds as they stand) and the
bill (what the channel says). Every disagreement has a kind of its own; a clean day has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .bill import Bill, BillKind, BillRow, BillStatus
from .facts import Difference
from .money import Fen
from .payment import FINAL, Channel, State
from .refund import LATE, Refund
from .refund import State as RefundState

FEE_SLACK_MFEN = 1000
"""A channel may round each fee to a fen."""


class Kind(StrEnum):
    """How a day can disagree."""

    MISSING_HERE = "missing_here"  # the channel took money under a number we never opened
    MISSING_THERE = "missing_there"  # we hold it for paid, the bill does not have it
    AMOUNT = "amount"
    STATUS = "status"  # paid there and not here, or not settled, or a word we do not know
    DUPLICATE = "duplicate"  # the bill has it twice
    REVERSED = "reversed"  # taken back there, paid here
    REFUND = "refund"  # a refund that one side does not have, or has otherwise
    FEE = "fee"
    JOURNAL = "journal"  # our own journal and tables tell different things


@dataclass(frozen=True, slots=True)
class Payment:
    """An attempt as we know it, from the tables, and what the journal told of it."""

    number: str
    sale: str
    amount: Fen
    state: State
    transaction: str
    told: Fen | None
    """What the journal says this attempt brought in; None where it tells of no payment."""
    returned: bool = False
    """Money that came after a final no, and went back or is on its way."""
    undone_later: bool = False
    """Taken back when the bill's day was over: the bill rightly says paid, a later one says the rest."""

    @property
    def is_ours(self) -> bool:
        """Whether we hold that the channel took this money."""
        return self.state is State.PAID or self.returned

    @property
    def ended_without_money(self) -> bool:
        """Taken back by us, or stated to be closed, which a charge that was taken back is too."""
        return self.state in FINAL and not self.is_ours

    @property
    def looks_late(self) -> bool:
        """Ended here without money; should the bill say paid, it has to go back."""
        return self.ended_without_money and not self.undone_later


@dataclass(frozen=True, slots=True)
class Ours:
    """Everything of ours that a day's bill may speak of, and what it has to."""

    payments: Mapping[str, Payment]
    refunds: Mapping[str, Refund]
    due: frozenset[str]
    """Payment numbers that this bill must have."""
    due_refunds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of one day and channel. Sums are of the bill."""

    channel: Channel
    day: date
    rows: int
    matched: int
    returned: int
    """Late payments that the shop gave back by rule; settled, so no difference."""
    payments: Fen
    refunds: Fen
    fee_mfen: int
    differences: tuple[Difference, ...]


def compare(bill: Bill, ours: Ours, *, fee_permyriad: int = 0) -> Match:
    """Match a bill. `fee_permyriad`: the contract's rate in 1/10,000; 0 leaves fees unchecked."""
    found: list[Difference] = []
    seen: set[tuple[BillKind, str, str]] = set()
    matched = returned = 0
    undone = _undone(bill, ours)
    for row in bill.rows:
        key = (row.kind, row.number, row.refund)
        if key in seen:
            found.append(_difference(Kind.DUPLICATE, row, ours, f"line {row.line} says it again"))
            continue
        seen.add(key)
        if row.kind is BillKind.REFUND:
            faults = _refund(row, ours)
        else:
            faults = _payment(row, ours, fee_permyriad, undone=row.number in undone)
        found += faults
        matched += not faults
        payment = ours.payments.get(row.number)
        returned += row.kind is BillKind.PAYMENT and payment is not None and payment.returned
    found += _missing(seen, ours)
    return Match(
        bill.channel,
        bill.day,
        len(bill.rows),
        matched,
        returned,
        Fen(sum(row.amount for row in bill.rows if row.kind is BillKind.PAYMENT)),
        Fen(sum(row.amount for row in bill.rows if _gives_back(row))),
        sum(row.fee_mfen for row in bill.rows),
        tuple(sorted(found, key=lambda d: (d.kind, d.number, d.refund))),
    )


def _gives_back(row: BillRow) -> bool:
    if row.kind is BillKind.REFUND:
        return row.status is not BillStatus.FAILED
    return row.status is BillStatus.REVERSED


def _difference(kind: Kind, row: BillRow, ours: Ours, detail: str) -> Difference:
    payment, refund = ours.payments.get(row.number), ours.refunds.get(row.refund)
    amount = refund.amount if refund else payment.amount if payment and row.kind is BillKind.PAYMENT else None
    return Difference(kind, row.number, row.refund, payment.sale if payment else "", amount, row.amount, detail)


def _undone(bill: Bill, ours: Ours) -> set[str]:
    """Payments we took back which the bill tells as two rows: paid, and given back under a number not ours (Alipay)."""
    return {
        row.number
        for row in bill.rows
        if row.kind is BillKind.REFUND
        and row.refund not in ours.refunds
        and (payment := ours.payments.get(row.number)) is not None
        and payment.ended_without_money
        and payment.amount == row.amount
    }


def _payment(row: BillRow, ours: Ours, fee_permyriad: int, *, undone: bool) -> list[Difference]:
    payment = ours.payments.get(row.number)
    if payment is None:
        return [_difference(Kind.MISSING_HERE, row, ours, f"transaction {row.transaction}, line {row.line}")]
    found = []
    if row.amount != payment.amount:
        found.append(_difference(Kind.AMOUNT, row, ours, f"line {row.line}"))
    match row.status:
        case BillStatus.PAID if not (payment.is_ours or payment.undone_later or undone):
            why = "paid after a final no" if payment.state in FINAL else "not settled here yet"
            found.append(_difference(Kind.STATUS, row, ours, f"{row.said} there, {payment.state} here: {why}"))
        case BillStatus.REVERSED if payment.state is State.PAID:
            found.append(_difference(Kind.REVERSED, row, ours, f"{row.said} there, paid here"))
        case BillStatus.PAID | BillStatus.REVERSED:
            pass
        case _:
            found.append(_difference(Kind.STATUS, row, ours, f"{row.said} there, {payment.state} here"))
    if payment.transaction and row.transaction and payment.transaction != row.transaction:
        found.append(_difference(Kind.STATUS, row, ours, f"transaction {row.transaction} is not {payment.transaction}"))
    due_mfen = payment.amount * fee_permyriad // 10
    if fee_permyriad and row.status is BillStatus.PAID and abs(row.fee_mfen - due_mfen) > FEE_SLACK_MFEN:
        detail = f"fee {row.fee_mfen / 1000:g} fen, the contract says {due_mfen / 1000:g}"
        found.append(_difference(Kind.FEE, row, ours, detail))
    return found


def _refund(row: BillRow, ours: Ours) -> list[Difference]:
    refund, payment = ours.refunds.get(row.refund), ours.payments.get(row.number)
    if refund is None:
        if payment is not None and payment.ended_without_money and row.amount == payment.amount:
            return []  # see _undone
        return [_difference(Kind.REFUND, row, ours, f"a refund we did not ask for, line {row.line}")]
    if refund.attempt != row.number:
        return [_difference(Kind.REFUND, row, ours, f"it belongs to order {refund.attempt}")]
    if refund.amount != row.amount:
        return [_difference(Kind.REFUND, row, ours, f"another amount, line {row.line}")]
    done_there, failed_there = row.status is BillStatus.REFUNDED, row.status is BillStatus.FAILED
    contradicts = (
        (refund.state is RefundState.DONE and failed_there)
        or (refund.state is RefundState.REFUSED and done_there)
        or refund.state in (RefundState.ASKED, RefundState.WITHDRAWN)
        or row.status is BillStatus.OTHER
    )
    return [_difference(Kind.REFUND, row, ours, f"{row.said} there, {refund.state} here")] if contradicts else []


def _missing(seen: set[tuple[BillKind, str, str]], ours: Ours) -> list[Difference]:
    found = []
    for number in sorted(ours.due):
        payment = ours.payments[number]
        if (BillKind.PAYMENT, number, "") not in seen:
            detail = "not in the bill"
            found.append(Difference(Kind.MISSING_THERE, number, "", payment.sale, payment.amount, None, detail))
    for name in sorted(ours.due_refunds):
        refund = ours.refunds[name]
        if (BillKind.REFUND, refund.attempt, name) not in seen:
            detail = "done here, not in the bill"
            found.append(Difference(Kind.REFUND, refund.attempt, name, refund.sale, refund.amount, None, detail))
    found += [
        Difference(Kind.JOURNAL, p.number, "", p.sale, p.told, p.amount, "the journal tells another sum than the table")
        for p in ours.payments.values()
        if p.state is State.PAID and p.told != p.amount
    ]
    return found


def empty(channel: Channel, day: date) -> Bill:
    """The bill of a day of which the channel knows nothing."""
    return Bill(channel, day, ())


def came_late(bill: Bill, payments: Mapping[str, Payment]) -> Sequence[str]:
    """Numbers that the bill says are paid and we hold for ended without money: to be asked about, and returned."""
    return [
        row.number
        for row in bill.rows
        if row.kind is BillKind.PAYMENT
        and row.status is BillStatus.PAID
        and row.number in payments
        and payments[row.number].looks_late
    ]


def is_late_refund(refund: Refund) -> bool:
    """A refund by rule, of money that came after a final no."""
    return refund.reason == LATE and refund.state is not RefundState.REFUSED

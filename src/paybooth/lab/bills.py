"""The wallets' daily bills out of the bank's own books: a day's rows, when they can be had, what goes wrong.

Written apart from the product's codecs, so that a shared mistake cannot hide. How a file looks is in bill_files.py.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from paybooth.domain.payment import Channel

from .faults import Faults
from .models import REVERSE, Bank, BookOrder

BEIJING = timezone(timedelta(hours=8))
MOST_KEPT = 32
"""Files that wait to be fetched; the oldest goes."""

Wrong = Callable[[str], bool]
"""Whether a fault of the menu strikes now."""


@dataclass(frozen=True, slots=True)
class Row:
    """One movement as the wallet writes it down; amounts in fen, fees in thousandths of a fen."""

    number: str
    transaction: str
    at_ms: int
    opened_ms: int
    amount: int = 0
    back: int = 0
    """What a refund gives back; a payment's is 0."""
    refund: str = ""
    status: Literal["paid", "reversed", "refunded", "odd"] = "paid"
    presented: bool = False
    description: str = ""
    payer: str = ""
    device: str = ""
    store: str = ""
    sub_mchid: str = ""
    fee_mfen: int = 0

    @property
    def is_refund(self) -> bool:
        return self.back > 0


def clock_ms(day: date, at: time) -> int:
    """That time of that day in Beijing."""
    return int(datetime.combine(day, at, BEIJING).timestamp() * 1000)


def day_of(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).date()


def refund_id(refund: str) -> str:
    """WeChat's own number of a refund."""
    return f"50{int(hashlib.sha256(refund.encode()).hexdigest(), 16) % 10**26:026d}"


# ---------------------------------------------------------------- what the books say


def rows_of(bank: Bank, day: date, *, sub_mchid: str = "") -> list[Row]:
    """The day's movements in order of time; of one sub-merchant where it is named."""
    rows: list[Row] = []
    for order in bank.orders.values():
        if order.paid_ms and (not sub_mchid or order.sub_mchid == sub_mchid):
            rows += _wechat_rows(order) if bank.channel is Channel.WECHAT else _alipay_rows(order)
    return sorted((row for row in rows if day_of(row.at_ms) == day), key=lambda row: row.at_ms)


def _payment(order: BookOrder, fee_mfen: int) -> Row:
    return Row(
        number=order.number,
        transaction=order.transaction,
        at_ms=order.paid_ms,
        opened_ms=order.opened_ms,
        amount=order.amount,
        presented=order.presented,
        description=order.description,
        payer=order.wallet.owner if order.wallet else "",
        device=order.device,
        store=order.store,
        sub_mchid=order.sub_mchid,
        fee_mfen=fee_mfen,
    )


def _refunds(order: BookOrder, fee: Callable[[int], int]) -> list[Row]:
    paid = _payment(order, 0)
    return [
        replace(paid, at_ms=at_ms, amount=0, back=back, refund=name, status="refunded", fee_mfen=-fee(back))
        for name, at_ms in order.refunded_ms.items()
        for back in [order.refunds[name]]
    ]


def _wechat_rows(order: BookOrder) -> list[Row]:
    """A taken back payment stays, as REVOKED and free of charge, if that was known when the bill was made.

    Bills are made from 09:00 of the next day on. What is taken back later is in the bill of its own day.
    """
    paid = _payment(order, _wechat_fee(order.amount))
    revoked = replace(paid, status="reversed", fee_mfen=0)
    rows = _refunds(order, _wechat_fee)
    if not order.reversed_ms:
        return [paid, *rows]
    if order.reversed_ms < clock_ms(day_of(order.paid_ms) + timedelta(days=1), time(9)):
        return [revoked, *rows]
    return [paid, replace(revoked, at_ms=order.reversed_ms), *rows]


def _alipay_rows(order: BookOrder) -> list[Row]:
    """Alipay knows trades and refunds alone: a cancelled payment is a trade and a refund of all that was left.

    A cancel has no request number of its own. Such a refund goes by the order's number, like one that names none.
    """
    rows = [_payment(order, _alipay_fee(order.amount)), *_refunds(order, _alipay_fee)]
    if order.reversed_ms:
        back = order.refunds[REVERSE]
        whole = replace(rows[0], at_ms=order.reversed_ms, amount=0, back=back, refund=order.number, status="refunded")
        rows.append(replace(whole, fee_mfen=-_alipay_fee(back)))
    return rows


def _wechat_fee(amount: int) -> int:
    """0.60 %, to a thousandth of a fen."""
    return amount * 6


def _alipay_fee(amount: int) -> int:
    """0.60 %, to the fen."""
    return (amount * 6 + 500) // 1000 * 1000


# ---------------------------------------------------------------- what goes wrong


def spoil(rows: list[Row], wrong: Wrong) -> list[Row]:
    """Faults of the rows: the totals will fit them, as if this were what happened."""
    payments = [n for n, row in enumerate(rows) if row.status == "paid"]
    if payments:
        first = payments[0]
        changes: dict[str, Callable[[Row], list[Row]]] = {
            "bill_row_missing": lambda _: [],
            "bill_row_twice": lambda row: [row, row],
            "bill_row_extra": lambda row: [row, replace(row, number="SOMEBODYELSES01", transaction="4299999999")],
            "bill_amount_off": lambda row: [replace(row, amount=row.amount + 100)],
            "bill_status_off": lambda row: [replace(row, status="odd")],
            "bill_fee_off": lambda row: [replace(row, fee_mfen=row.fee_mfen + 50_000)],
        }
        for name, change in changes.items():
            if wrong(name):
                rows = [*rows[:first], *change(rows[first]), *rows[first + 1 :]]
                break
    refunds = [n for n, row in enumerate(rows) if row.is_refund]
    if refunds and wrong("bill_refund_missing"):
        rows = [*rows[: refunds[0]], *rows[refunds[0] + 1 :]]
    if rows and wrong("bill_other_day"):
        rows = [replace(row, at_ms=row.at_ms - 24 * 3600 * 1000) for row in rows]
    return rows


# ---------------------------------------------------------------- the counter where bills are had


class NoBill(Exception):
    """Why there is none: malformed, future, making, nothing."""

    def __init__(self, why: Literal["malformed", "future", "making", "nothing"]) -> None:
        super().__init__(why)
        self.why = why


class BillDesk:
    """Makes the bills of one wallet and keeps each until its address expires."""

    def __init__(
        self,
        bank: Bank,
        faults: Faults,
        now_ms: Callable[[], int],
        write: Callable[[list[Row], date, Wrong], bytes],
        *,
        valid_ms: int,
        at_once: bool,
    ) -> None:
        self._bank, self._faults, self._now_ms, self._write = bank, faults, now_ms, write
        self._valid_ms, self._at_once = valid_ms, at_once
        self._files: dict[str, tuple[int, bytes]] = {}

    def make(self, day_text: str, sub_mchid: str = "") -> tuple[str, bytes]:
        """Token and content of a day's bill. Raises NoBill.

        At once: past days and the running one are always there, empty where nothing was sold.
        """
        now_ms = self._now_ms()
        try:
            day = date.fromisoformat(day_text)
        except ValueError:
            raise NoBill("malformed") from None
        if str(day) != day_text:  # a week's day, or without dashes
            raise NoBill("malformed")
        if day > day_of(now_ms):
            raise NoBill("future")
        if self._wrong("bill_not_ready"):
            raise NoBill("making")
        if not self._at_once and now_ms < clock_ms(day + timedelta(days=1), time(10)):
            raise NoBill("making")
        rows = rows_of(self._bank, day, sub_mchid=sub_mchid)
        if not rows and not self._at_once:
            raise NoBill("nothing")
        content = self._write(spoil(rows, self._wrong), day, self._wrong)
        token = secrets.token_urlsafe(24)
        self._files[token] = (now_ms + self._valid_ms, content)
        while len(self._files) > MOST_KEPT:
            del self._files[next(iter(self._files))]
        return token, content

    def fetch(self, token: str) -> bytes | None:
        """The file, or None where the address never was or has expired."""
        until_ms, content = self._files.get(token, (0, b""))
        return content if self._now_ms() <= until_ms else None

    def _wrong(self, name: str) -> bool:
        return self._faults.take(self._bank.channel, name) is not None

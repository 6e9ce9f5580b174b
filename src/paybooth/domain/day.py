"""The end-of-day report: what a shop took, gave back, gave off and owes in tax on one day of its own calendar.

Folded from the journal's own words (sales as `apply` makes them), so it adds up to the journal by construction; who
makes one compares it with the tables too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from .facts import Line
from .goods import weight_price
from .money import ZERO, Fen, split, vat_included
from .payment import Channel
from .refund import LATE, Refund
from .sale import Sale


@dataclass(slots=True)
class ChannelDay:
    """One wallet's day. Refunds count on the day they were done, whenever the sale was."""

    sales: int = 0
    paid: Fen = ZERO
    refunds: int = 0
    refunded: Fen = ZERO
    late: int = 0
    late_returned: Fen = ZERO
    """Payments that came after a final no and went back: neither takings nor refunds of a sale."""

    @property
    def net(self) -> Fen:
        return Fen(self.paid - self.refunded)


@dataclass(frozen=True, slots=True)
class Tables:
    """The same day as the tables sum it, by SQL alone."""

    sales: int
    paid: Fen
    refunded: Fen
    """Late money that went back included."""


@dataclass(slots=True)
class DayReport:
    """Built by `add_sale` and `add_refund`; `tables` is the second opinion."""

    day: date
    channels: dict[Channel, ChannelDay] = field(default_factory=dict)
    pieces: int = 0
    listed: Fen = ZERO
    """At shelf prices."""
    member_off: Fen = ZERO
    discounts: dict[str, Fen] = field(default_factory=dict)
    """What each price rule took off; negative."""
    taxed: dict[int, Fen] = field(default_factory=dict)
    """Gross takings less refunds by tax rate in permille; the tax is inside."""
    hours: Counter[int] = field(default_factory=Counter)
    """Fen taken in each hour."""
    first_receipt: str = ""
    last_receipt: str = ""
    tables: Tables = Tables(0, ZERO, ZERO)

    @property
    def adds_up(self) -> bool:
        """Journal and tables say the same, and goods less discounts are the takings."""
        returned = sum(each.refunded + each.late_returned for each in self.channels.values())
        same = (self.sales, self.paid, returned) == (self.tables.sales, self.tables.paid, self.tables.refunded)
        return same and self.listed + self.member_off + self.off == self.paid

    @property
    def sales(self) -> int:
        return sum(each.sales for each in self.channels.values())

    @property
    def paid(self) -> Fen:
        return Fen(sum(each.paid for each in self.channels.values()))

    @property
    def refunded(self) -> Fen:
        return Fen(sum(each.refunded for each in self.channels.values()))

    @property
    def off(self) -> Fen:
        """All discounts; negative."""
        return Fen(sum(self.discounts.values()))

    def tax(self, rate_permille: int) -> Fen:
        return vat_included(self.taxed[rate_permille], rate_permille)

    def add_sale(self, sale: Sale, channel: Channel, hour: int) -> None:
        """A paid sale. Its lines and discounts make its total: the report cannot show one without the other."""
        wallet = self.channels.setdefault(channel, ChannelDay())
        wallet.sales += 1
        wallet.paid = Fen(wallet.paid + sale.total)
        self.hours[hour] += sale.total
        self.pieces += sale.count
        for line in sale.lines:
            at_shelf = _at_shelf(line)
            self.listed = Fen(self.listed + at_shelf)
            self.member_off = Fen(self.member_off + line.amount - at_shelf)
        for each in sale.discounts:
            self.discounts[each.rule] = Fen(self.discounts.get(each.rule, ZERO) + each.amount)
        for rate, gross in by_rate(sale).items():
            self.taxed[rate] = Fen(self.taxed.get(rate, ZERO) + gross)
        receipt = sale.receipt or ""
        self.first_receipt = min(filter(None, (self.first_receipt, receipt)), default="")
        self.last_receipt = max(self.last_receipt, receipt)

    def add_refund(self, refund: Refund, sale: Sale, channel: Channel) -> None:
        """A refund that was done on this day."""
        wallet = self.channels.setdefault(channel, ChannelDay())
        if refund.reason == LATE:
            wallet.late += 1
            wallet.late_returned = Fen(wallet.late_returned + refund.amount)
            return
        wallet.refunds += 1
        wallet.refunded = Fen(wallet.refunded + refund.amount)
        for rate, gross in _refunded_by_rate(refund, sale).items():
            self.taxed[rate] = Fen(self.taxed.get(rate, ZERO) - gross)


def _at_shelf(line: Line) -> Fen:
    if line.unit_price == line.list_price:
        return line.amount
    return (
        Fen(line.list_price * line.quantity) if line.weight_g is None else weight_price(line.list_price, line.weight_g)
    )


def by_rate(sale: Sale) -> dict[int, Fen]:
    """What a sale took at each tax rate, discounts off."""
    off = {d.line: d.amount for d in sale.discounts}
    found: dict[int, Fen] = {}
    for line in sale.lines:
        net = line.amount + off.get(line.id, ZERO)
        found[line.tax_permille] = Fen(found.get(line.tax_permille, ZERO) + net)
    return found


def _refunded_by_rate(refund: Refund, sale: Sale) -> dict[int, Fen]:
    """Goods go back at their own rate; an amount is split over the sale's rates as it was paid."""
    found: dict[int, Fen] = {}
    if refund.lines:
        for back in refund.lines:
            line = sale.line(back.line)
            assert line is not None, "a refund's line is the sale's"
            found[line.tax_permille] = Fen(found.get(line.tax_permille, ZERO) + back.amount)
        return found
    rates = by_rate(sale)
    shares = split(refund.amount, tuple(rates.values()))
    return dict(zip(rates, shares, strict=True))

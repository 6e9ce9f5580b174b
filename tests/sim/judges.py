"""What must never happen, asked of the bank's books, the paper, the screens and the journal; never of the product's word.

Some judges look at every step, the others at the end. A violation names its judge; the run goes on to its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paybooth.domain import facts as f
from paybooth.domain.money import Fen
from paybooth.domain.payment import FINAL, Attempt, Channel, Mode, Order, State
from paybooth.domain.sale import Phase
from paybooth.domain.totals import Totals
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ports import Entry
from paybooth.shop.booth import MAILBOX_MOST
from paybooth.shop.feed import Frame
from paybooth.shop.shop import Shop

from .world import ALONE_FEN, World

REVERSE_NOT_BEFORE_S = 15.0
"""WeChat's rule (facts of the micropay page); the judge's own number, not the product's."""

LAST_QUERY_S = 10.0
"""A cancel comes at once after the answer to a question; a full disk may hold it for a few seconds."""


@dataclass(slots=True)
class _Order:
    """What the judges saw of one order at the wire."""

    sale: str
    charged_s: float
    charges: int = 1
    asked_s: float = -1.0
    undone: bool = False


@dataclass(slots=True)
class Desk:
    """What the judges saw of refunds: their own count of who asked, who agreed, and what is left of an attempt."""

    amounts: dict[str, Fen] = field(default_factory=dict)
    _asked: dict[str, f.RefundAsked] = field(default_factory=dict)
    _agreed: set[str] = field(default_factory=set)
    _taking: dict[str, tuple[str, Fen]] = field(default_factory=dict)
    """Refund → (attempt, amount), of all that was not withdrawn or refused."""
    _requests: set[str] = field(default_factory=set)

    def saw(self, happened: f.Fact) -> Iterator[tuple[str, str]]:
        """(judge, what) of every violation in this fact."""
        match happened:
            case f.RefundAsked(refund=number, attempt=attempt, amount=amount, request=request):
                self._asked[number] = happened
                yield from self._room(number, attempt, amount)
                if request in self._requests:
                    yield "one wish, one refund", f"{number} is the second of {request}"
                self._requests.add(request)
            case f.RefundApproved(refund=number, by=by):
                self._agreed.add(number)
                if by == self._asked[number].by:
                    yield "second person", f"{number} is approved by who asked"
            case f.RefundWithdrawn(refund=number):
                self._taking.pop(number)
            case f.RefundOpened(refund=number, attempt=attempt, amount=amount):
                yield from self._opened(number, attempt, amount)
            case f.RefundSettled(refund=number, status="refused"):
                self._taking.pop(number)

    def _opened(self, number: str, attempt: str, amount: Fen) -> Iterator[tuple[str, str]]:
        asked = self._asked.get(number)
        if asked is None:
            yield from self._room(number, attempt, amount)
            return
        staff = sum(fen for name, (of, fen) in self._taking.items() if of == attempt and name in self._asked)
        if staff > ALONE_FEN and number not in self._agreed:
            yield "second person", f"{number} goes with {staff} fen of {attempt} given back by one person"

    def _room(self, number: str, attempt: str, amount: Fen) -> Iterator[tuple[str, str]]:
        self._taking[number] = attempt, amount
        taken = sum(fen for of, fen in self._taking.values() if of == attempt)
        if taken > self.amounts.get(attempt, 0):
            yield "never above the sale", f"{number}: {taken} of {self.amounts.get(attempt, 0)} fen goes back"


@dataclass(slots=True)
class Judges:
    world: World
    violations: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    ledger: Ledger | None = None
    shop: Shop | None = None
    in_a_hurry: bool = False
    """The run ends before WeChat's ten minutes are over: a charge that it never heard of may still be open."""
    witnesses: list[Callable[[Sequence[Entry]], Iterable[tuple[str, str]]]] = field(default_factory=list)
    """Judges of other parts of the shop: (judge, what) of every violation in what was just written."""
    takings: dict[str, int] = field(default_factory=dict)
    """What the ledger sums up to, once the end was judged."""
    _orders: dict[str, _Order] = field(default_factory=dict)
    _newest: dict[str, Frame] = field(default_factory=dict)
    _released: set[str] = field(default_factory=set)
    _desk: Desk = field(default_factory=Desk)

    def violate(self, judge: str, what: str) -> None:
        if f"{judge}: {what}" in self.violations:
            return
        self.violations.append(f"{judge}: {what}")
        self.world.tell(f"VIOLATION {judge}: {what}")

    # ------------------------------------------------------------ at the wire

    def charging(self, order: Order) -> None:
        """A charge leaves the box."""
        assert self.ledger is not None
        attempt = self.ledger.attempt(order.number)
        self.world.tell(f"charge {order.number} {order.amount} by {order.channel}")
        if attempt is None:
            self.violate("write before act", f"{order.number} is charged, but not on disk")
        elif attempt.amount != order.amount:
            self.violate("amount", f"{order.number}: {order.amount} asked, {attempt.amount} on disk")
        sale = attempt.sale if attempt else order.number[:-8]
        for number, other in self._orders.items():
            if number != order.number and other.sale == sale and self._open(number):
                self.violate("one charge", f"{order.number} is charged while {number} is open")
        known = self._orders.get(order.number)
        if known is not None:
            known.charges += 1
            self.violate("one charge", f"{order.number} is sent twice")
            return
        self._orders[order.number] = _Order(sale, self.world.now_s)

    def _open(self, number: str) -> bool:
        assert self.ledger is not None
        attempt = self.ledger.attempt(number)
        return attempt is not None and attempt.state not in FINAL

    def charged(self, order: Order, came_to: str) -> None:
        """The bank decided."""
        del came_to
        assert self.ledger is not None
        book = self.world.banks[order.channel].orders.get(order.number)
        if book is not None and book.state == "paid" and book.amount != order.amount:
            self.violate("amount", f"{order.number}: bank took {book.amount}")

    def charged_at_s(self, number: str) -> float:
        return self._orders[number].charged_s

    def asked(self, order: Order) -> None:
        self._orders.setdefault(order.number, _Order("", -1e9)).asked_s = self.world.now_s

    def undoing(self, order: Order) -> None:
        """A reverse, cancel or close leaves the box."""
        known = self._orders.setdefault(order.number, _Order("", -1e9))
        self.world.tell(f"take back {order.number}")
        if order.mode is Mode.PRESENTED or known.undone:
            return
        known.undone = True
        age_s = self.world.now_s - known.charged_s
        if order.channel is Channel.WECHAT and age_s < REVERSE_NOT_BEFORE_S:
            self.violate("reverse rule", f"{order.number} reversed after {age_s:.1f} s")
        if order.channel is Channel.ALIPAY and self.world.now_s - known.asked_s > LAST_QUERY_S:
            self.violate("reverse rule", f"{order.number} cancelled without asking first")

    def forged(self, number: str, *, believed: bool) -> None:
        """Somebody told the shop of a payment without the wallet's key."""
        if believed:
            self.violate("forged notice", f"a forged notification of {number} is believed")

    # ------------------------------------------------------------ on the screens

    def shown(self, booth: str, frame: Frame) -> None:
        """A page got a view."""
        snapshot = frame.snapshot
        name = f"{booth} {snapshot.epoch}"
        newest = self._newest.setdefault(name, frame)
        if snapshot.rev < newest.snapshot.rev or (snapshot.rev == newest.snapshot.rev and frame is not newest):
            self.violate("views rise", f"booth {booth} shows {snapshot.rev} after {newest.snapshot.rev}")
        self._newest[name] = frame
        view = snapshot.view
        if view.phase == "done" and view.receipt is not None and view.receipt.number not in self._released:
            self._released.add(view.receipt.number)
            self._success(view.receipt.number)

    def _success(self, sale_id: str) -> None:
        """Goods are released here: the sale is on disk as paid, and the bank has the money."""
        assert self.ledger is not None
        sale = self.ledger.sale(sale_id)
        if sale is None or sale.phase is not Phase.PAID:
            self.violate("success on disk", f"{sale_id} is shown as paid, on disk it is {sale and sale.phase}")
            return
        paid = [a for a in self.ledger.attempts_of(sale_id) if a.state is State.PAID]
        books = [self.world.banks[a.channel].orders.get(a.number) for a in paid]
        if len(paid) != 1 or books[0] is None or books[0].state != "paid":
            self.violate("proof", f"{sale_id} is released without the bank's money")
        elif books[0].amount != sale.total:
            self.violate("proof", f"{sale_id} costs {sale.total}, the bank has {books[0].amount}")

    def confirmed(self, sale_number: str, seen_fen: int, total_fen: int) -> None:
        """A pay intent was carried out: at the total its shopper saw."""
        if seen_fen != total_fen:
            self.violate("seen total", f"sale {sale_number}: {seen_fen} seen, {total_fen} confirmed")

    def pieces(self, sale_number: str, counted: int, scanned: int) -> None:
        """No scan counts twice."""
        if counted > scanned:
            self.violate("one scan, one piece", f"sale {sale_number} has {counted} pieces after {scanned} scans")

    # ------------------------------------------------------------ on disk

    def committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.kinds[entry.kind] += 1
            match entry.fact:
                case f.AttemptOpened(attempt=number, amount=amount, channel=channel):
                    self.world.tell(f"on disk: attempt {number} {amount} {channel}")
                    self._desk.amounts[number] = amount
                case f.AttemptSettled(attempt=number, event=event, reason=reason):
                    self.world.tell(f"on disk: {number} {event} {reason}")
                case f.RefundAsked() | f.RefundApproved() | f.RefundWithdrawn() | f.RefundOpened() | f.RefundSettled():
                    for judge, what in self._desk.saw(entry.fact):
                        self.violate(judge, what)
                case _:
                    pass
        for witness in self.witnesses:
            for judge, what in witness(entries):
                self.violate(judge, what)

    def bounded(self) -> None:
        """Queues within their bounds; asked at every scan."""
        if self.shop is None:
            return
        for booth in self.shop.booths.values():
            if len(booth._input) > MAILBOX_MOST_ALLOWED:
                self.violate("queues", f"booth {booth.settings.id} holds {len(booth._input)} scans")

    # ------------------------------------------------------------ at the end

    def at_the_end(self, path: Path, failures: Sequence[str]) -> None:
        """Everything has settled, or should have."""
        for failure in failures:
            self.violate("no lost task", failure)
        report = fsck(path)
        for fault in report.faults:
            self.violate("journal folds to tables", fault)
        with Ledger(path, threaded=False) as ledger:
            self.ledger = ledger
            self.settled(ledger)
            self.takings = ledger.takings()
            carried = Totals()
            while rows := ledger.journal(carried.seq):
                for row in rows:
                    carried.apply(row.seq, row.fact)
            if carried.takings() != self.takings:
                self.violate("totals", f"carried along {carried.takings()}, summed up {self.takings}")

    def settled(self, ledger: Ledger) -> None:
        """Nothing is open, and money and paper are right. Asked before the match too, which would mend what it finds."""
        excused = {a.sale for a in ledger.open_attempts() if self._may_wait(a)}
        for attempt in ledger.open_attempts():
            if attempt.sale not in excused:
                self.violate("everything settles", f"attempt {attempt.number} is still {attempt.state}")
        for refund in ledger.open_refunds():
            self.violate("everything settles", f"refund {refund.number} is still open")
        for sale in ledger.live_sales():
            if sale.phase in (Phase.PAYING, Phase.HELD) and sale.id not in excused:
                self.violate("everything settles", f"sale {sale.id} is still {sale.phase}")
        self._money(ledger)
        self._paper(ledger)

    def _may_wait(self, attempt: Attempt) -> bool:
        known = attempt.number in self.world.banks[attempt.channel].orders
        return self.in_a_hurry and attempt.channel is Channel.WECHAT and not known

    def _money(self, ledger: Ledger) -> None:
        """Every fen at the bank is one paid attempt's of one paid sale, or went back; and the other way round."""
        for channel, bank in self.world.banks.items():
            for number, book in bank.orders.items():
                attempt = ledger.attempt(number)
                kept = bank.net(number)
                if attempt is None:
                    if kept or book.amount:
                        self.violate("a charge has its sale", f"{channel} knows {number}, the shop does not")
                    continue
                refunded = ledger.reader.execute(
                    "SELECT coalesce(sum(amount), 0) FROM refunds WHERE attempt = ? AND status = 'done'", (number,)
                ).fetchone()
                due = attempt.amount - (refunded or (0,))[0] if attempt.state is State.PAID else 0
                if attempt.state is State.PAID and attempt.payer_paid != book.amount:
                    self.violate("every fen", f"{number}: {attempt.payer_paid} on disk, the bank took {book.amount}")
                if kept != due:
                    self.violate("every fen", f"{number} is {attempt.state}: the bank keeps {kept}, due is {due}")
        rows = ledger.reader.execute("SELECT id, total, attempt FROM sales WHERE phase = 'paid'").fetchall()
        for sale, total, number in rows:
            found = ledger.attempt(str(number))
            book = self.world.banks[found.channel].orders.get(str(number)) if found else None
            if found is None or found.state is not State.PAID or book is None or book.amount != total:
                self.violate("proof", f"sale {sale} is closed as paid without proof")

    def _paper(self, ledger: Ledger) -> None:
        whole = Counter(sheet.receipt for sheet in self.world.sheets if sheet.whole)
        for receipt, count in whole.items():
            if count > 1:
                self.violate("one receipt", f"{receipt} came out {count} times")
        rows = ledger.reader.execute("SELECT receipt, state FROM receipts").fetchall()
        for receipt, state in rows:
            came = whole[str(receipt)]
            if state in ("due", "printing"):
                self.violate("everything settles", f"receipt {receipt} is still {state}")
            if (state == "printed" and came != 1) or (state == "digital_only" and came):
                self.violate("one receipt", f"{receipt} is {state}, but {came} came out")


MAILBOX_MOST_ALLOWED = MAILBOX_MOST
"""Read at import: a planted bug that lifts the product's bound does not lift the judge's."""

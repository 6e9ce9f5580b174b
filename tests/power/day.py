"""A short life of a shop, written through the product's ledger: every kind of sale, an import, a stop and a start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from paybooth.domain import facts as f
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.goods import Product, difference
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode
from paybooth.domain.pricing import Rule
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.ledger import Ledger, _Job

from .disk import Tape

CODE = GoodsCode(("6901028075763",))
GOODS = tuple(
    Product(f"P{n:03d}", (f"0690{n:010d}",), f"星河鲜果 {n} 号", f"Fruit no. {n}", Fen(300 + 7 * n), Fen(290 + 7 * n))
    for n in range(60)
)
TERMS = s.Terms(
    (Rule("half", "nth_percent", "第二件半价", "2nd half price", frozenset({"P001"}), n=2, percent=50),),
    datetime(2026, 11, 22, 12, 0),
)
CHECKPOINT_PAGES = 24
"""Small, so that a short day holds many checkpoints; the product's own 2,000 would hold none."""


class Pen:
    """Writes facts as the shop does and tells the tape what was acknowledged."""

    def __init__(self, ledger: Ledger, tape: Tape) -> None:
        self.ledger, self._tape = ledger, tape
        self.at_ms = 1_790_000_000_000

    def __call__(self, *facts: f.Fact) -> None:
        self.at_ms += 500
        self.ledger.commit_now(*facts, at_ms=self.at_ms)
        self._tape.ack(*self.ledger.head)

    def group(self, *commits: Sequence[f.Fact]) -> None:
        """Several booths' commits under one sync, as the writer thread groups them."""
        self.at_ms += 500
        answers: list[object] = []
        self.ledger._write_group([_Job(facts, self.at_ms, answers.append) for facts in commits])
        assert [len(a) for a in answers] == [len(c) for c in commits]
        self._tape.ack(*self.ledger.head)

    def stock(self, products: Sequence[Product]) -> None:
        """An import: many rows, one fact, one transaction."""
        done = difference(shelves.load(self.ledger._writer), products)
        self.ledger.run_now(
            lambda cursor: shelves.replace_all(cursor, products, done, by="chen", reason="prices"), self.at_ms
        )
        self._tape.ack(*self.ledger.head)


class Basket:
    """One sale, command by command."""

    def __init__(self, pen: Pen, number: int, booth: str = "1") -> None:
        self.pen = pen
        opened = s.open_sale(f"20261122-{number:05d}", f"{number:04d}", booth, "zh-CN")
        self.sale = s.begin(opened)
        pen(opened)

    def decide(self, command: s.Command) -> Sequence[f.Fact]:
        decision = s.decide(self.sale, command, TERMS)
        assert not isinstance(decision, s.Refusal), (command, decision)
        return decision

    def take(self, *facts: f.Fact) -> None:
        self.pen(*facts)
        self.follow(*facts)

    def follow(self, *facts: f.Fact) -> None:
        for happened in facts:
            self.sale = s.apply(self.sale, happened)

    def do(self, *commands: s.Command) -> Basket:
        for command in commands:
            self.take(*self.decide(command))
        return self

    def fill(self, *which: int) -> Basket:
        return self.do(*(s.AddPiece(GOODS[n], CODE) for n in which))

    def charge(self, channel: Channel = Channel.WECHAT) -> str:
        if self.sale.phase is s.Phase.SHOPPING:
            self.do(s.Confirm(self.sale.total))
        number = f"LANE{self.sale.number}{self.sale.attempts}"
        mode = Mode.CODE if channel is Channel.WECHAT else Mode.PRESENTED
        self.do(s.OpenAttempt(number, channel, mode, f"hash-{number}", "1234", self.pen.at_ms))
        return number

    def moved(self, attempt: str, *events: str) -> Basket:
        for event in events:
            self.take(f.AttemptMoved(attempt, self.sale.id, event, "asked again"))
        return self

    def declined(self, attempt: str) -> Basket:
        self.take(f.AttemptSettled(attempt, self.sale.id, "declined", reason="no_money", code="NOTENOUGH"))
        return self

    def paid(self, attempt: str) -> Basket:
        total, sale = self.sale.total, self.sale.id
        self.take(
            f.AttemptSettled(attempt, sale, "paid", f"T{attempt}", self.pen.at_ms, total),
            f.SalePaid(sale, attempt, total, sale),
        )
        return self

    def receipt(self, state: str = "printed") -> None:
        self.take(f.ReceiptStarted(self.sale.id, self.sale.id))
        self.take(f.ReceiptSettled(self.sale.id, self.sale.id, state, "" if state == "printed" else "paper_end"))


def _plain(pen: Pen, number: int) -> None:
    basket = Basket(pen, number).fill(1, 2, 1, 3)
    basket.do(s.SetQuantity(2, 3), s.RemoveLine(3))
    basket.paid(basket.charge()).receipt()


def _member(pen: Pen, number: int) -> None:
    basket = Basket(pen, number, "2").fill(4, 1, 1)
    basket.do(s.JoinMember("keyed-hash", "0042"))
    attempt = basket.charge(Channel.ALIPAY)
    basket.moved(attempt, "needs_user", "unknown").paid(attempt).receipt("unconfirmed")


def _second_try(pen: Pen, number: int) -> None:
    basket = Basket(pen, number).fill(5, 6)
    basket.declined(basket.charge())
    basket.do(s.Reopen()).fill(7)
    basket.paid(basket.charge(Channel.ALIPAY)).receipt("digital_only")


def _left(pen: Pen, number: int) -> None:
    pen(f.ScanRefused("1", f"20261122-{number:05d}", "unknown_code", "6900000000000"))
    Basket(pen, number).fill(8, 9).do(s.Abandon("shopper"))


def _parked(pen: Pen, number: int) -> None:
    basket = Basket(pen, number).fill(10, 11).do(s.Park())
    pen(f.HelpCalled("1", basket.sale.id), f.HelpEnded("1", basket.sale.id, "chen"))
    basket.do(s.Resume("2"))
    basket.paid(basket.charge()).receipt()


def _held(pen: Pen, number: int) -> None:
    """A mute channel that says "paid" after all: the money goes back."""
    basket = Basket(pen, number).fill(12)
    attempt, sale, total = basket.charge(), basket.sale.id, basket.sale.total
    basket.moved(attempt, "unknown", "reverse")
    mute = f.AttemptMoved(attempt, sale, "mute", "no final answer")
    basket.take(mute, f.SaleHeld(sale, attempt), f.StaffAlarmed("charge_in_doubt", "1", attempt, "stays mute"))
    refund = f"{attempt}R1"
    basket.take(
        f.AttemptSettled(attempt, sale, "paid", "T-late", pen.at_ms, total),
        f.RefundOpened(refund, attempt, sale, total, "late_success"),
    )
    basket.take(f.RefundSettled(refund, attempt, sale, "done"), f.SaleAbandoned(sale, "refunded"))


def _two_booths(pen: Pen, number: int) -> None:
    left, right = Basket(pen, number, "1"), Basket(pen, number + 1, "2")
    for n in (13, 14, 15):
        one, two = left.decide(s.AddPiece(GOODS[n], CODE)), right.decide(s.AddPiece(GOODS[n + 3], CODE))
        pen.group(one, two, (f.DeviceChanged("printer:1", "degraded", (f"tick {n}",)),))
        left.follow(*one)
        right.follow(*two)
    left.paid(left.charge()).receipt()
    right.do(s.Abandon("idle"))


def _given_back(pen: Pen, number: int) -> None:
    """A piece by one person, the rest by two, one withdrawn before; a basket voided; a day matched twice."""
    basket = Basket(pen, number).fill(1, 1, 16)
    attempt = basket.charge()
    basket.paid(attempt).receipt()
    sale, total = basket.sale.id, basket.sale.total
    piece = f.RefundLine(1, 1, Fen(200))
    one, two, three = (f"{attempt}R{n}" for n in (1, 2, 3))

    def asked(refund: str, amount: int, *lines: f.RefundLine) -> f.RefundAsked:
        return f.RefundAsked(refund, attempt, sale, Fen(amount), lines, "faulty", "dented", "An", f"wish {refund}")

    pen(asked(one, 200, piece), f.RefundOpened(one, attempt, sale, Fen(200), "faulty"))
    pen(f.RefundSettled(one, attempt, sale, "done"))
    pen(asked(two, total - 200))
    pen(f.RefundWithdrawn(two, sale, "Bo", "too much"))
    pen(asked(three, total - 200))
    pen(f.RefundApproved(three, sale, "Bo"), f.RefundOpened(three, attempt, sale, Fen(total - 200), "faulty"))
    pen(f.RefundSettled(three, attempt, sale, "refused"))
    left = Basket(pen, number + 1).fill(17).sale.id
    pen(f.SaleVoided(left, "An", "other", "child played"), f.SaleAbandoned(left, "voided"))
    for _ in range(2):
        differ = f.Difference("fee", attempt, "", sale, total, total, "fee 9 fen")
        pen(f.DayMatched("2026-09-20", "wechat", "ab" * 32, 3, 2, Fen(900), Fen(100), 5400, (differ,), 0))


LIVES: tuple[Callable[[Pen, int], None], ...] = (
    _plain,
    _member,
    _second_try,
    _left,
    _parked,
    _held,
    _two_booths,
    _given_back,
)


def live(path: Path, tape: Tape, *, synchronous: str = "", starts: int = 2) -> None:
    """The whole life: first start with its migrations, rounds of sales and imports between clean restarts.

    With the product's own way of syncing, unless a control names another.
    """
    number = 0
    for start in range(starts):
        with Ledger(path, threaded=False) as ledger:
            ledger._writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            if synchronous:
                ledger._writer.execute(f"PRAGMA synchronous = {synchronous}")
            pen = Pen(ledger, tape)
            pen(f.ShopStarted("0", 0))
            pen(f.StaffAdded("An", "operator", f"{start:064x}", "test"), f.StaffAdded("Bo", "owner", "b" * 64, "test"))
            pen(f.StaffRemoved("Bo", "test"))
            pen.stock([replace(p, price=Fen((p.price or 0) + start)) for p in GOODS])
            for play in LIVES:
                number += 2
                play(pen, number)
            pen(f.ShopStopped("asked to"))

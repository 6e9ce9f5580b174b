"""The world behind the shop's ports: what drivers would report of it. The product cannot tell the difference."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from paybooth.domain.bill import Bill
from paybooth.domain.document import Document, Qr
from paybooth.domain.facts import Fact
from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Channel,
    Decline,
    Declined,
    Doubt,
    Mode,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    Timing,
    Undo,
    Unknown,
    Verdict,
    integrity,
)
from paybooth.drivers import alipay, alipay_bill, wechat, wechat_bill
from paybooth.drivers.bill_table import next_day_ms
from paybooth.drivers.scanner_codec import DuplicateGuard
from paybooth.lab import bills
from paybooth.lab.bill_files import alipay_zip, wechat_text
from paybooth.lab.models import BookOrder
from paybooth.ledger.ledger import Ledger
from paybooth.ports import (
    BillFile,
    Entry,
    Fault,
    FaultKind,
    Health,
    HealthSink,
    HealthState,
    LedgerFault,
    NoBill,
    Notice,
    Presented,
    PrintOutcome,
    PrintState,
    Scan,
    Secret,
)

from .judges import Judges
from .world import Sheet, World

TIMEOUT_S = 20.0
"""What a driver waits for a whole answer."""
MERCHANT = "1900000109"
"""The account whose bills these are."""


class SimClock:
    """The box's clocks: monotonic is true, the wall clock drifts and is stepped."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now_ms(self) -> int:
        return self._world.box_now_ms()

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimChance:
    def __init__(self, world: World) -> None:
        self._chance = world.chance("product")

    def token(self, bytes_: int) -> str:
        return self._chance.randbytes(bytes_).hex()

    def uniform(self, low: float, high: float) -> float:
        return self._chance.uniform(low, high)


class SimLedger(Ledger):
    """The product's ledger, written inline but not in no time: the power may go before a commit and after it."""

    def __init__(self, path: Path, world: World) -> None:
        self._world = world
        self._free_at_s = 0.0
        super().__init__(path, threaded=False)

    async def commit(self, *facts: Fact, at_ms: int) -> list[Entry]:
        await self._turn()
        for fault, reason in (("disk_full", "full"), ("disk_error", "broken")):
            if self._world.strikes(fault):
                raise LedgerFault(reason, "simulated")
        entries = await super().commit(*facts, at_ms=at_ms)
        self._world.may_cut()
        await asyncio.sleep(0)
        return entries

    async def _turn(self) -> None:
        """One commit after the other, as they came, half a millisecond each."""
        loop = asyncio.get_running_loop()
        self._free_at_s = max(loop.time(), self._free_at_s) + 0.0005
        done: asyncio.Future[None] = loop.create_future()
        loop.call_at(self._free_at_s, lambda: None if done.done() else done.set_result(None))
        await done


def _book(order: Order, now_ms: int) -> BookOrder:
    """What the bank writes down of an order."""
    return BookOrder(order.number, order.amount, order.description, now_ms, device=order.booth, store=order.shop)


class SimChannel:
    """One wallet: the bank's truth, and what a driver would make of a bad network and a bad day over there."""

    def __init__(self, channel: Channel, world: World, judges: Judges) -> None:
        self.channel = channel
        self._world = world
        self._judges = judges
        self._bank = world.banks[channel]
        self._chance = world.chance(f"net {channel}")

    @property
    def timing(self) -> Timing:
        return (wechat if self.channel is Channel.WECHAT else alipay).TIMING

    # ------------------------------------------------------------ the network

    async def _there(self) -> Verdict | None:
        """The way to the bank; a verdict where it ends before it."""
        if self._world.strikes("provider_down"):
            self._world.down_until_s[self.channel] = self._world.now_s + self._chance.choice(
                (20, 60, 60, 120, 200, 400, 600, 7200)
            )
            self._world.tell(f"{self.channel} is down")
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        if self._world.is_down(self.channel):
            await asyncio.sleep(self._chance.choice((0.1, TIMEOUT_S)))
            return Unknown(Doubt.BUSY, "503")
        for fault, doubt in (
            ("error_5xx", Doubt.BUSY),
            ("rate_limit", Doubt.BUSY),
            ("unknown_code", Doubt.UNDOCUMENTED),
        ):
            if self._world.strikes(fault):
                return Unknown(doubt, fault)
        if self._world.strikes("request_lost"):
            await asyncio.sleep(TIMEOUT_S)
            return Unknown(Doubt.NO_ANSWER, "timeout")
        return None

    async def _back(self, truth: Verdict) -> Verdict:
        """The way back: the truth, late, spoiled or not at all."""
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        if self._world.strikes("reply_lost"):
            await asyncio.sleep(TIMEOUT_S)
            return Unknown(Doubt.NO_ANSWER, "timeout")
        if self._world.strikes("reply_late"):
            await asyncio.sleep(self._chance.uniform(1, TIMEOUT_S))
        if self._world.strikes("error_5xx_but_paid"):
            return Unknown(Doubt.BUSY, "500")
        if self._world.strikes("garbage"):
            return Unknown(Doubt.GARBLED, "not JSON")
        return truth

    # ------------------------------------------------------------ the port

    async def charge(self, order: Order, code: Secret) -> Verdict:
        self._judges.charging(order)
        self._world.may_cut()
        if self._world.strikes("request_late"):
            seconds = self._chance.uniform(1, 90)
            self._world.later(seconds, lambda: self._arrive(order, code))
            await asyncio.sleep(min(seconds + 0.1, TIMEOUT_S))
            return Unknown(Doubt.NO_ANSWER, "timeout") if seconds >= TIMEOUT_S else await self._back(self._state(order))
        ended = await self._there()
        if ended is not None:
            return ended
        verdict = self._arrive(order, code)
        return await self._back(verdict)

    def _arrive(self, order: Order, code: Secret) -> Verdict:
        """The charge reaches the bank, which decides."""
        book = _book(order, self._world.now_ms())
        ask = self._world.strikes("needs_password")
        came_to = self._bank.charge(book, code.reveal(), self._world.now_ms(), ask=ask)
        self._world.tell(f"{self.channel} decides on {order.number}: {came_to}")
        if came_to == "needs_user" and self._world.strikes("pay_error"):
            self._bank.fail(order.number)
        self._judges.charged(order, came_to)
        match came_to:
            case "code_invalid":
                return Declined(Decline.CODE_INVALID, "AUTH_CODE_INVALID")
            case "no_money":
                return Declined(Decline.NO_MONEY, "NOT_ENOUGH")
            case "number_used":
                return Declined(Decline.REQUEST, "OUT_TRADE_NO_USED")
            case _:
                self._notify_soon(order.number)
                return self._state(order)

    def _state(self, order: Order) -> Verdict:
        """What the bank states of an order, checked as a driver checks it."""
        book = self._bank.orders.get(order.number)
        if book is None or self._world.strikes("not_found"):
            return Unknown(Doubt.NO_SUCH_ORDER, "ORDER_NOT_EXIST")
        if book.state == "paid":
            stated = 1 if self._world.strikes("wrong_amount") else book.amount
            wrong = integrity(order, amount=stated, currency="CNY", merchant="m", ours="m", number=book.number)
            return Unknown(Doubt.INTEGRITY, wrong) if wrong else Paid(book.transaction, book.paid_ms, Fen(stated))
        match book.state:
            case "waiting":
                return NeedsUser()
            case "failed":
                return Unknown(Doubt.FAILED, "PAYERROR")
            case "reversed":
                return Declined(Decline.REVERSED, "REVOKED")
            case _:
                return Declined(Decline.CLOSED, "CLOSED")

    async def present(self, order: Order) -> Presented | Verdict:
        self._judges.charging(order)
        ended = await self._there()
        if ended is not None:
            return ended
        book = _book(order, self._world.now_ms())
        book.presented = True
        book.url = f"weixin://wxpay/bizpayurl?pr={order.number}"
        url = self._bank.present(book).url
        ended = await self._back(NeedsUser())
        return Presented(url) if isinstance(ended, NeedsUser) else ended

    async def query(self, order: Order) -> Verdict:
        ended = await self._there()
        verdict = ended if ended is not None else await self._back(self._state(order))
        self._judges.asked(order)
        return verdict

    async def undo(self, order: Order) -> Undo:
        self._judges.undoing(order)
        self._world.may_cut()
        if self._world.strikes("down_at_reverse"):
            self._world.down_until_s[self.channel] = self._world.now_s + 300
        if await self._there() is not None or self._world.strikes("reverse_lost"):
            return Undo.NOT_YET
        book = self._bank.orders.get(order.number)
        if self._world.strikes("reverse_refused"):
            return Undo.NOT_YET
        if book is None:
            return self._undo_unknown(order)
        if order.mode is Mode.PRESENTED:
            state = self._bank.close(order.number)
        else:
            state = self._bank.undo(order.number, self._world.now_ms())
        self._world.tell(f"{self.channel} takes {order.number} back: {state}")
        back = await self._back(NeedsUser())
        if not isinstance(back, NeedsUser):
            return Undo.NOT_YET
        return Undo.STILL_PAID if state == "paid" else Undo.UNDONE

    def _undo_unknown(self, order: Order) -> Undo:
        """Alipay cancels a number before it comes; WeChat knows nothing of it until its request can come no more."""
        if self.channel is Channel.ALIPAY or order.mode is Mode.PRESENTED:
            stopped = BookOrder(order.number, Fen(0), "cancelled before it came", self._world.now_ms(), state="closed")
            self._bank.orders[order.number] = stopped
            return Undo.UNDONE
        aged_s = self._world.now_s - self._judges.charged_at_s(order.number)
        return Undo.UNDONE if aged_s > wechat.NEVER_AFTER_S else Undo.NOT_YET

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        del reason
        if await self._there() is not None:
            return RefundStatus.UNKNOWN
        done = self._bank.refund(order.number, refund_number, amount, self._world.now_ms())
        self._world.tell(f"{self.channel} refunds {order.number}: {done}")
        if self._world.strikes("refund_lost"):
            return RefundStatus.UNKNOWN
        return RefundStatus.DONE if done else RefundStatus.REFUSED

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:
        if await self._there() is not None:
            return RefundStatus.UNKNOWN
        book = self._bank.orders.get(order.number)
        return RefundStatus.DONE if book and refund_number in book.refunds else RefundStatus.UNKNOWN

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return Notice(body.decode(), b"success", "text/plain") if headers.get("signature") == "genuine" else None

    @property
    def fee_permyriad(self) -> int:
        return 60

    async def bill(self, day: date) -> BillFile | NoBill:
        """The bank's own books as the wallet's true file; on a day without anything there is none."""
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        if self._world.is_down(self.channel):
            raise Fault(FaultKind.UNREACHABLE, "503")
        if self._world.now_ms() < next_day_ms(day, 10):
            return NoBill.NOT_YET
        rows = bills.rows_of(self._bank, day)
        if not rows:
            return NoBill.NONE
        if self.channel is Channel.WECHAT:
            return BillFile(f"wechat-{day}.csv", wechat_text(rows, day, appid="wx1", mchid=MERCHANT))
        return BillFile(f"alipay-{day}.zip", alipay_zip(rows, day, pid=MERCHANT))

    def read_bill(self, content: bytes, day: date) -> Bill:
        if self.channel is Channel.WECHAT:
            return wechat_bill.read(content, day, mchid=MERCHANT)
        return alipay_bill.read(content, day, pid=MERCHANT)

    async def probe(self) -> Health:
        if self._world.is_down(self.channel):
            return Health(HealthState.OFFLINE, ("refused",))
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        return

    # ------------------------------------------------------------ notifications

    def _notify_soon(self, number: str) -> None:
        """Alipay tells of a payment by itself, and so do presented orders; sometimes late, twice or never."""
        if self.channel is Channel.WECHAT or self._world.strikes("no_notification"):
            return
        seconds = self._chance.uniform(0.2, 3) + (100 if self._world.strikes("late_notification") else 0)
        times = 2 if self._world.strikes("duplicate_notification") else 1
        too_soon = self._world.strikes("false_notification")  # of an order that is not paid

        def notify() -> None:
            if too_soon or self._bank.orders[number].state == "paid":
                self._world.notify(self.channel, {"signature": "genuine"}, number.encode())

        for n in range(times):
            self._world.later(seconds + n, notify)
        if self._world.strikes("forged_notification"):
            self._world.later(seconds / 2, self._forge(number))

    def _forge(self, number: str) -> Callable[[], None]:
        def forge() -> None:
            believed = self._world.notify(self.channel, {"signature": "forged"}, number.encode())
            self._judges.forged(number, believed=believed)

        return forge


class SimPrinter:
    """A receipt printer: what it says, and the paper that really came out."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self._world = world
        self._chance = world.chance(name)
        self._report: HealthSink = lambda _: None
        self._trouble: tuple[str, float] | None = None

    async def run(self, report: HealthSink) -> None:
        self._report = report
        report(Health(HealthState.ONLINE))
        await asyncio.Event().wait()

    async def print(self, document: Document) -> PrintOutcome:
        await asyncio.sleep(0.05)
        reason = self._troubled()
        if reason:
            return PrintOutcome(PrintState.NOT_SENT, (reason,))
        receipt = next(e.data for e in document if isinstance(e, Qr)).rpartition("/")[2].partition(".")[0]
        if self._world.strikes("paper_out"):
            self._break("paper_out")
            self._world.sheets.append(Sheet(receipt, whole=False))
            await asyncio.sleep(1)
            return PrintOutcome(PrintState.INTERRUPTED, ("paper_out",))
        self._world.later(1.5, lambda: self._world.sheets.append(Sheet(receipt, whole=True)))
        self._world.may_cut()
        await asyncio.sleep(2)
        if self._world.strikes("printer_mute"):
            return PrintOutcome(PrintState.UNCONFIRMED, ("no_answer",))
        return PrintOutcome(PrintState.PRINTED)

    def _troubled(self) -> str:
        """Why nothing can be printed now, or empty."""
        if self._world.strikes("cover_open"):
            self._break("cover_open")
        if self._trouble is not None and (self._world.now_s >= self._trouble[1] or not self._world.troubled):
            self._trouble = None
            self._report(Health(HealthState.ONLINE))
        return self._trouble[0] if self._trouble else ""

    def _break(self, reason: str) -> None:
        self._trouble = reason, self._world.now_s + self._chance.uniform(30, 600)
        self._report(Health(HealthState.OFFLINE, (reason,)))


class SimScanner:
    """A scanner on a wire, with the driver's guard against reading one code twice."""

    def __init__(self, name: str, world: World, judges: Judges) -> None:
        self.name = name
        self.on_scan: Callable[[Scan], None] = lambda _: None
        self._world = world
        self._judges = judges
        self._guard = DuplicateGuard()
        self._dead_until_s = 0.0

    async def run(self, report: HealthSink) -> None:
        report(Health(HealthState.ONLINE))
        await asyncio.Event().wait()

    def read(self, text: str) -> None:
        """Somebody holds a code before it."""
        if self._world.strikes("scanner_dead"):
            self._dead_until_s = self._world.now_s + 60
        if self._world.now_s < self._dead_until_s:
            return
        reads: Sequence[float] = [0.0]
        if self._world.strikes("scanner_repeat"):
            reads = [0.0, 0.1, 0.2]
        if self._world.strikes("scanner_flood"):
            reads = [n * 0.0001 for n in range(300)]
        flood = len(reads) > 3
        for n, after in enumerate(reads):
            other = f"{text[:-1]}{n % 10}" if flood and n else text
            self._world.later(after, lambda said=other: self._say(said))  # type: ignore[misc]  # bound at once

    def _say(self, text: str) -> None:
        scan = Scan(text)
        if self._guard.is_new(scan, self._world.now_s):
            self.on_scan(scan)
            self._judges.bounded()

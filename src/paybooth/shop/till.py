"""Drives attempts to a final word: charge, ask, take back, refund. The only caller of pay channels.

Rules (docs/design/payment.md): an attempt is on disk before its request leaves; no clear answer is never a no; money
and sale change in one transaction; after a restart open attempts are taken up before any booth opens; a charge that
stays mute is parked: staff are called, goods are held, the booth is free, settling goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from paybooth.domain import facts as f
from paybooth.domain.payment import (
    FINAL,
    Attempt,
    Channel,
    Decline,
    Declined,
    Doubt,
    Event,
    Mode,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    State,
    Undo,
    Unknown,
    Verdict,
    event_of,
    step,
)
from paybooth.domain.refund import LATE
from paybooth.domain.sale import Phase
from paybooth.ports import Clock, Ledger, LedgerFault, PayChannel, Presented, Secret

from .bell import Bell

log = structlog.get_logger()

COMMIT_RETRY_S = 1.0
REFUND_WAITS_S = (5.0, 10.0, 30.0, 60.0, 300.0)
OPEN_MOST = 256
"""Attempts in flight in one shop; far above the booths, since parked ones stay."""


@dataclass(frozen=True, slots=True)
class News:
    """Facts of an attempt that a booth has to know; already on disk."""

    booth: str
    sale: str
    facts: tuple[f.Fact, ...]
    attempt: str
    asked: int
    qr_url: str = ""


@dataclass(slots=True)
class _Running:
    """One attempt in flight."""

    order: Order
    sale: str
    state: State
    began_s: float
    """Monotonic second that counts as the opening; survives restarts through the journal's time."""
    deadline_s: float
    asked: int = 0
    qr_url: str = ""
    cancelled: bool = False
    alarmed: bool = False
    nudge: Bell = field(default_factory=Bell)


class Till:
    """All attempts of the shop. `on_news` tells the booth; `on_channel_fault` takes a misconfigured channel out.

    `say` gives a refund's reason as the payer reads it in the wallet.
    """

    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[Channel, PayChannel],
        clock: Clock,
        *,
        shop_name: str,
        shop_code: str,
        present_s: float,
        say: Callable[[str], str],
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._clock = clock
        self._shop_name = shop_name
        self._shop_code = shop_code
        self.present_s = present_s
        """How long a code on a screen may be paid, of those to come."""
        self._say = say
        self._running: dict[str, _Running] = {}
        self._late: set[str] = set()
        """Refunds of late money on their way to the disk: two notifications at once make one."""
        self._tasks: asyncio.TaskGroup | None = None
        self.ready = asyncio.Event()
        self.on_news: Callable[[News], None] = _nobody
        self.on_channel_fault: Callable[[Channel, str], None] = _nobody

    # ------------------------------------------------------------ life

    async def run(self) -> None:
        """Take up what was open, then serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for attempt in self._ledger.open_attempts():
                self._take_up(attempt)
            for refund in self._ledger.open_refunds():
                again = f.RefundOpened(refund.number, refund.attempt, refund.sale, refund.amount, refund.reason)
                self.pay_back(again)
            self.ready.set()
            await asyncio.Event().wait()

    def _take_up(self, attempt: Attempt) -> None:
        """A restart: the request may or may not have left the box, so the attempt is unknown and gets asked for."""
        order = attempt.order(description=self._shop_name, shop=self._shop_code)
        aged_s = max(0.0, (self._clock.now_ms() - attempt.opened_ms) / 1000)
        running = self._remember(order, attempt.sale, attempt.state, aged_s)
        log.info("attempt taken up", attempt=attempt.number, state=attempt.state, aged_s=round(aged_s))
        self._spawn(self._resume(running), f"settle {attempt.number}")

    def _remember(self, order: Order, sale: str, state: State, aged_s: float = 0.0) -> _Running:
        assert len(self._running) < OPEN_MOST, "too many attempts in flight"
        timing = self._channels[order.channel].timing
        deadline_s = self.present_s if order.mode is Mode.PRESENTED else timing.deadline_s
        running = _Running(order, sale, state, self._clock.monotonic_s() - aged_s, deadline_s)
        self._running[order.number] = running
        return running

    def _spawn(self, work: object, name: str) -> None:
        assert self._tasks is not None, "the till is not running"
        self._tasks.create_task(work, name=name)  # type: ignore[arg-type]  # a coroutine of ours

    # ------------------------------------------------------------ what booths ask for

    @property
    def channels(self) -> Mapping[Channel, PayChannel]:
        """The configured channels."""
        return self._channels

    @property
    def in_flight(self) -> int:
        return len(self._running)

    def charge(self, opened: f.AttemptOpened, code: Secret) -> None:
        """Charge a scanned code. `opened` must be on disk."""
        running = self._remember(self._order(opened), opened.sale, State.OPEN)
        self._spawn(self._charge(running, code), f"charge {opened.attempt}")

    def present(self, opened: f.AttemptOpened) -> None:
        """Open an order whose QR the booth shows. `opened` must be on disk."""
        running = self._remember(self._order(opened), opened.sale, State.OPEN)
        self._spawn(self._present(running), f"present {opened.attempt}")

    def cancel(self, number: str) -> bool:
        """The shopper wants to stop: take back as soon as the channel's rules allow. False when it is too late."""
        running = self._running.get(number)
        if running is None or running.state in (State.REVERSING, State.PARKED):
            return False
        running.cancelled = True
        running.nudge.ring()
        return True

    def cancellable_in_s(self, number: str) -> float | None:
        """Seconds until `cancel` would act at once (the channel's wait before a reverse); None when it is too late."""
        running = self._running.get(number)
        if running is None or running.state in (State.REVERSING, State.PARKED):
            return None
        if running.order.mode is Mode.PRESENTED:
            return 0.0
        return max(0.0, self._channels[running.order.channel].timing.reverse_not_before_s - self._age(running))

    def notified(self, number: str) -> None:
        """A verified notification named this order: ask the channel now. Money moves on that answer only."""
        running = self._running.get(number)
        if running is not None:
            running.nudge.ring()
            return
        attempt = self._ledger.attempt(number)
        if attempt is not None and attempt.state in (State.DECLINED, State.REVERSED):
            self._spawn(self._check_late(attempt), f"late {number}")

    def pay_back(self, opened: f.RefundOpened) -> None:
        """Carry out a refund. `opened` must be on disk."""
        self._spawn(self._pay_back(opened), f"refund {opened.refund}")

    async def check_late(self, number: str) -> bool:
        """Ask about an attempt that ended without money; whether it is paid all the same and goes back now."""
        attempt = self._ledger.attempt(number)
        if attempt is None or attempt.state not in (State.DECLINED, State.REVERSED):
            return False
        return await self._check_late(attempt)

    def _order(self, opened: f.AttemptOpened) -> Order:
        return Order(
            number=opened.attempt,
            channel=Channel(opened.channel),
            mode=Mode(opened.mode),
            amount=opened.amount,
            description=self._shop_name,
            booth=opened.booth,
            shop=self._shop_code,
            opened_at_ms=opened.opened_at_ms,
        )

    # ------------------------------------------------------------ one attempt

    async def _charge(self, running: _Running, code: Secret) -> None:
        channel = self._channels[running.order.channel]
        verdict = await channel.charge(running.order, code)
        await self._settle(running, verdict)

    async def _present(self, running: _Running) -> None:
        answer = await self._channels[running.order.channel].present(running.order)
        if isinstance(answer, Presented):
            running.qr_url = answer.url
            await self._settle(running, NeedsUser())
        else:
            await self._settle(running, answer)

    async def _resume(self, running: _Running) -> None:
        verdict = await self._query(running)
        if running.state in (State.REVERSING, State.PARKED):
            # whether the reverse left the box is unknown, so "paid" settles nothing; a final no does
            if isinstance(verdict, Declined):
                await self._ended(running, Event.DECLINED, verdict.reason, verdict.code)
            else:
                await self._take_back(running)
            return
        await self._settle(running, verdict)

    async def _settle(self, running: _Running, verdict: Verdict) -> None:
        """Ask on schedule until a final word, a cancel or the deadline; then take back."""
        timing = self._channels[running.order.channel].timing
        while True:
            if await self._take(running, verdict):
                return
            # never in a rush, even when a restart left the schedule behind
            soonest_s = self._age(running) + min(1.0, timing.then_every_s)
            due_s = min(max(timing.next_query_s(running.asked), soonest_s), running.deadline_s)
            await self._wait(running, due_s - self._age(running))
            over = self._age(running) >= running.deadline_s
            if over or running.cancelled:
                break
            verdict = await self._query(running)
        floor = 0.0 if running.order.mode is Mode.PRESENTED else timing.reverse_not_before_s
        while self._age(running) < floor:  # cancelled early: go on asking until a reverse is allowed
            await self._wait(running, min(timing.then_every_s, floor - self._age(running)))
            if await self._take(running, await self._query(running)):
                return
        # the last question right before taking back (Alipay wants no gap between the two)
        if await self._take(running, await self._query(running)):
            return
        await self._move(running, Event.REVERSE, "cancelled" if running.cancelled else "deadline")
        await self._take_back(running)

    async def _query(self, running: _Running) -> Verdict:
        running.asked += 1
        verdict = await self._channels[running.order.channel].query(running.order)
        log.info("channel asked", attempt=running.order.number, asked=running.asked, verdict=type(verdict).__name__)
        return verdict

    async def _take(self, running: _Running, verdict: Verdict) -> bool:
        """Record a verdict; True when it was final."""
        match verdict:
            case Paid():
                await self._paid(running, verdict)
                return True
            case Declined():
                await self._ended(running, Event.DECLINED, verdict.reason, verdict.code)
                if verdict.reason in (Decline.MERCHANT, Decline.REQUEST):
                    self.on_channel_fault(running.order.channel, verdict.code)
                return True
            case Unknown(doubt=Doubt.INTEGRITY):
                await self._alarm(running, "integrity", verdict.detail)
            case Unknown(doubt=Doubt.FAILED):
                running.deadline_s = min(running.deadline_s, self._age(running))  # nothing to wait for: take it back
        event = event_of(verdict)
        if step(running.state, event) is running.state:
            self._tell(running)
        else:
            await self._move(running, event, verdict.detail if isinstance(verdict, Unknown) else "")
        return False

    async def _take_back(self, running: _Running) -> None:
        """Reverse until the channel states it; park when it stays mute."""
        channel = self._channels[running.order.channel]
        began_s, tried = self._clock.monotonic_s(), 0
        while True:
            undone = await channel.undo(running.order)
            if undone is Undo.UNDONE:
                await self._ended(running, Event.UNDONE, Decline.REVERSED, "")
                return
            if undone is Undo.STILL_PAID:
                verdict = await self._query(running)
                if isinstance(verdict, Paid):
                    await self._paid(running, verdict)
                    return
            mute_s = self._clock.monotonic_s() - began_s
            if mute_s >= channel.timing.park_after_s and running.state is State.REVERSING:
                await self._park(running)
            await self._wait(running, channel.timing.next_reverse_wait_s(tried))
            tried += 1

    async def _paid(self, running: _Running, verdict: Paid) -> None:
        """Money came in: sale and attempt change together, or, where the sale no longer waits, the money goes back."""
        order = running.order
        settled = f.AttemptSettled(
            order.number, running.sale, Event.PAID, verdict.transaction, verdict.paid_at_ms, verdict.payer_paid
        )
        sale = self._ledger.sale(running.sale)
        assert sale is not None and sale.attempt == order.number, "a charge always has its sale"
        if sale.phase is Phase.PAYING:
            await self._commit(running, settled, f.SalePaid(sale.id, order.number, order.amount, receipt=sale.id))
            self._finish(running, State.PAID)
            return
        refund = f.RefundOpened(f"{order.number}R1", order.number, sale.id, order.amount, LATE)
        await self._commit(running, settled, refund)
        self._finish(running, State.PAID)
        self.pay_back(refund)

    async def _ended(self, running: _Running, event: Event, reason: Decline, code: str) -> None:
        """No money: the sale goes back to choosing, or, held, is over."""
        settled = f.AttemptSettled(running.order.number, running.sale, event, reason=reason, code=code)
        sale = self._ledger.sale(running.sale)
        assert sale is not None
        held = (f.SaleAbandoned(sale.id, "reversed"),) if sale.phase is Phase.HELD else ()
        await self._commit(running, settled, *held)
        self._finish(running, step(running.state, event))

    async def _move(self, running: _Running, event: Event, detail: str) -> None:
        state = step(running.state, event)
        await self._commit(running, f.AttemptMoved(running.order.number, running.sale, event, detail[:200]))
        running.state = state

    async def _park(self, running: _Running) -> None:
        order = running.order
        await self._commit(
            running,
            f.AttemptMoved(order.number, running.sale, Event.MUTE, "no final answer"),
            f.SaleHeld(running.sale, order.number),
            f.StaffAlarmed("charge_in_doubt", order.booth, order.number, f"{order.channel} stays mute"),
        )
        running.state = State.PARKED

    async def _alarm(self, running: _Running, why: str, detail: str) -> None:
        if not running.alarmed:
            running.alarmed = True
            order = running.order
            await self._commit(running, f.StaffAlarmed(why, order.booth, order.number, detail[:200]))

    def _finish(self, running: _Running, state: State) -> None:
        assert state in FINAL
        running.state = state
        del self._running[running.order.number]

    # ------------------------------------------------------------ money that goes back

    async def _check_late(self, attempt: Attempt) -> bool:
        """If the channel says of an ended attempt that it is paid now, the money goes back."""
        order = attempt.order(description=self._shop_name, shop=self._shop_code)
        verdict = await self._channels[attempt.channel].query(order)
        number = f"{attempt.number}R1"
        if not isinstance(verdict, Paid) or number in self._late or self._ledger.has_refund(number):
            return False
        self._late.add(number)
        opened = f.RefundOpened(number, attempt.number, attempt.sale, attempt.amount, LATE)
        alarm = f.StaffAlarmed("late_success", attempt.booth, attempt.number, "paid after a final no; refunding")
        await self._commit_surely(opened, alarm)
        self._late.discard(number)
        self.pay_back(opened)
        return True

    async def _pay_back(self, opened: f.RefundOpened) -> None:
        """Refund until the channel states an end; the same number refunds at most once."""
        attempt = self._ledger.attempt(opened.attempt)
        assert attempt is not None, "a refund has its attempt"
        channel = self._channels[attempt.channel]
        order = attempt.order(description=self._shop_name, shop=self._shop_code)
        words = self._say(f"refund-reason-{opened.reason.replace('_', '-')}")
        tried = 0
        while True:
            status = await channel.refund(order, opened.refund, opened.amount, words)
            if status in (RefundStatus.DONE, RefundStatus.REFUSED):
                break
            await self._clock.sleep(REFUND_WAITS_S[min(tried, len(REFUND_WAITS_S) - 1)])
            tried += 1
        facts: list[f.Fact] = [f.RefundSettled(opened.refund, attempt.number, opened.sale, status)]
        if status is RefundStatus.REFUSED:
            facts.append(f.StaffAlarmed("refund_refused", attempt.booth, opened.refund, "the channel refuses it"))
        sale = self._ledger.sale(opened.sale)
        if sale is not None and sale.phase is Phase.HELD:
            facts.append(f.SaleAbandoned(sale.id, "refunded"))
        await self._commit_surely(*facts)
        self.on_news(News(attempt.booth, opened.sale, tuple(facts), attempt.number, 0))

    # ------------------------------------------------------------ waiting and writing

    def _age(self, running: _Running) -> float:
        return self._clock.monotonic_s() - running.began_s

    async def _wait(self, running: _Running, seconds: float) -> None:
        """Sleep, or less when a notification or the shopper calls."""
        running.nudge.hush()
        if running.cancelled and running.state not in (State.REVERSING, State.PARKED):
            seconds = min(seconds, 0.5)
        await running.nudge.wait(max(0.0, seconds))

    async def _commit(self, running: _Running, *facts: f.Fact) -> None:
        await self._commit_surely(*facts)
        self._tell(running, *facts)

    async def _commit_surely(self, *facts: f.Fact) -> None:
        """What a channel said must not get lost: a full disk is waited out while the booth shows "checking"."""
        while True:
            try:
                await self._ledger.commit(*facts, at_ms=self._clock.now_ms())
                return
            except LedgerFault as fault:
                if fault.reason == "closed":
                    raise
                log.error("cannot write a verdict; trying again", reason=fault.reason, facts=[x.kind for x in facts])
                await self._clock.sleep(COMMIT_RETRY_S)

    def _tell(self, running: _Running, *facts: f.Fact) -> None:
        order = running.order
        self.on_news(News(order.booth, running.sale, facts, order.number, running.asked, running.qr_url))


def _nobody(*_: object) -> None:
    """Stands in until app.py wires the listeners."""

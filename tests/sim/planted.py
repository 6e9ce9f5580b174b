"""Bugs planted on purpose, one at a time, into the running product. A bug that no judge catches is a hole in the judges.

Each patches a public seam of a product class and nothing else; the product never knows that this file exists. Those of
the drivers and of the disk are in planted_wire.py.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal
from unittest.mock import patch

from paybooth.domain import facts as f
from paybooth.domain import refund
from paybooth.domain import sale as s
from paybooth.domain.payment import Decline, Declined, Event, Paid, RefundStatus, State, Unknown
from paybooth.drivers import wechat
from paybooth.ledger import rows
from paybooth.ledger.ledger import Ledger
from paybooth.ports import LedgerFault, Notice
from paybooth.shop import booth as booths
from paybooth.shop import receipts
from paybooth.shop.feed import Feed, Frame
from paybooth.shop.receipts import Receipts
from paybooth.shop.till import Till
from paybooth.shop.views import Snapshot
from paybooth.shop.visit import Visit

from . import outside

Patches = Iterator[Any]
Level = Literal["ports", "wire", "disk"]
"""Where a bug shows: behind the shop's ports, on the wallets' wires, or under the ledger."""


@dataclass(frozen=True, slots=True)
class Bug:
    name: str
    says: str
    patches: Callable[[], Patches]
    judges: tuple[str, ...]
    """Judges that may catch it; another one catching it too is no harm, none of these is a hole."""
    level: Level


BUGS: dict[str, Bug] = {}


def bug(says: str, *judges: str, level: Level = "ports") -> Callable[[Callable[[], Patches]], Callable[[], Patches]]:
    def register(patches: Callable[[], Patches]) -> Callable[[], Patches]:
        name = patches.__name__
        BUGS[name] = Bug(name, says, patches, judges, level)
        return patches

    return register


@contextmanager
def planted(name: str) -> Iterator[None]:
    """With this bug in the product."""
    with ExitStack() as stack:
        for each in BUGS[name].patches():
            stack.enter_context(each)
        yield


# ---------------------------------------------------------------- charges


@bug("a time-out is taken for a no", "every fen", "everything settles", "one charge")
def timeout_is_no() -> Patches:
    real = Till._settle

    async def settle(self: Till, running: Any, verdict: Any) -> None:
        no = Declined(Decline.REFUSED, "TIMEOUT") if isinstance(verdict, Unknown) else verdict
        await real(self, running, no)

    yield patch.object(Till, "_settle", settle)


@bug("the charge is sent before the attempt is on disk", "write before act")
def charge_before_commit() -> Patches:
    real = Visit.apply

    async def apply(self: Visit, *facts: f.Fact) -> None:
        if not any(isinstance(x, f.AttemptOpened) for x in facts):
            await real(self, *facts)
            return
        for happened in facts:
            assert self.session.sale is not None
            self.session.sale = s.apply(self.session.sale, happened)
        soon = asyncio.create_task(_commit_soon(self, facts))
        soon.add_done_callback(lambda _: None)

    yield patch.object(Visit, "apply", apply)


async def _commit_soon(visit: Visit, facts: Sequence[f.Fact]) -> None:
    await asyncio.sleep(0.001)
    await visit._commit(*facts)


@bug("open attempts are forgotten at the start", "everything settles", "every fen")
def not_recovered() -> Patches:
    yield patch.object(Till, "_take_up", lambda self, attempt: None)


@bug("after no answer the same code is charged under a new number", "write before act", "a charge has its sale")
def new_number_same_code() -> Patches:
    async def charge(self: Till, running: Any, code: Any) -> None:
        channel = self._channels[running.order.channel]
        verdict = await channel.charge(running.order, code)
        if isinstance(verdict, Unknown):
            verdict = await channel.charge(replace(running.order, number=running.order.number[:-1] + "Z"), code)
        await self._settle(running, verdict)

    yield patch.object(Till, "_charge", charge)


@bug("WeChat is reversed before its 15 seconds", "reverse rule")
def reverse_too_early() -> Patches:
    yield patch.object(wechat, "TIMING", replace(wechat.TIMING, reverse_not_before_s=0, deadline_s=6))


@bug("Alipay is cancelled without a last question", "reverse rule")
def cancel_without_asking() -> Patches:
    real = Till._settle

    async def settle(self: Till, running: Any, verdict: Any) -> None:
        if isinstance(verdict, Unknown) and running.order.channel == "alipay":
            await asyncio.sleep(60)
            await self._move(running, Event.UNKNOWN, "")
            await self._move(running, Event.REVERSE, "deadline")
            await self._take_back(running)
            return
        await real(self, running, verdict)

    yield patch.object(Till, "_settle", settle)


@bug("the amount of a reply is not compared", "every fen")
def amount_not_compared() -> Patches:
    yield patch.object(outside, "integrity", lambda *a, **k: None)


@bug("success is shown before it is on disk", "success on disk")
def success_before_commit() -> Patches:
    async def commit(self: Till, running: Any, *facts: f.Fact) -> None:
        self._tell(running, *facts)
        await asyncio.sleep(0.001)
        await self._commit_surely(*facts)

    yield patch.object(Till, "_commit", commit)


@bug("money that comes after a final no is kept", "every fen")
def late_success_dropped() -> Patches:
    async def nothing(self: Till, attempt: Any) -> None:
        """Pretend that nobody notified."""

    real = Till._take_back

    async def take_back(self: Till, running: Any) -> None:
        if running.order.channel == "wechat":
            await self._ended(running, Event.UNDONE, Decline.REVERSED, "")  # never asked WeChat to reverse
            return
        await real(self, running)

    yield patch.object(Till, "_check_late", nothing)
    yield patch.object(Till, "_take_back", take_back)


@bug("a refund does not see the refunds before it", "never above the sale")
def refund_room_ignored() -> Patches:
    unguarded = rows._REFUND.partition(" WHERE ")[0]
    yield patch.object(refund, "left", lambda attempt, earlier: attempt.amount)
    yield patch.object(rows, "_REFUND", unguarded)


@bug("who asked for a refund may approve it", "second person")
def own_approval_taken() -> Patches:
    def approve(asked: refund.Refund, by: str) -> Any:
        return real(replace(asked, by=""), by)

    def approved(cursor: Any, happened: f.RefundApproved, at_ms: int) -> None:
        del at_ms
        cursor.execute("UPDATE refunds SET approved_by = ? WHERE number = ?", (happened.by, happened.refund))

    real = refund.approve
    yield patch.object(refund, "approve", approve)
    yield patch.dict(rows.CHANGES, {f.RefundApproved: approved})


@bug("money above one person's limit goes without a second", "second person")
def limit_ignored() -> Patches:
    def ask(*given: Any, alone: Any, now_ms: int) -> Any:
        del alone
        return real(*given, alone=10**9, now_ms=now_ms)

    real = refund.ask
    yield patch.object(refund, "ask", ask)


@bug("a refund asked again gets a new number", "every fen")
def refund_twice() -> Patches:
    async def pay_back(self: Till, opened: f.RefundOpened) -> None:
        attempt = self._ledger.attempt(opened.attempt)
        assert attempt is not None
        channel, order = self._channels[attempt.channel], attempt.order(description="", shop="")
        for tried in itertools.count():
            status = await channel.refund(order, f"{opened.refund}{tried}", opened.amount, opened.reason)
            if status in (RefundStatus.DONE, RefundStatus.REFUSED):
                break
            await self._clock.sleep(5)
        settled = f.RefundSettled(opened.refund, attempt.number, opened.sale, status)
        await self._commit_surely(settled, f.SaleAbandoned(opened.sale, "refunded"))

    async def paid(self: Till, running: Any, verdict: Paid) -> None:
        """Success that comes too late is rare; here it is common."""
        order = running.order
        sale = self._ledger.sale(running.sale)
        if sale is None or sale.phase is not s.Phase.PAYING:
            await real(self, running, verdict)
            return
        settled = f.AttemptSettled(order.number, sale.id, Event.PAID, verdict.transaction, None, verdict.payer_paid)
        undone = f.RefundOpened(f"{order.number}R1", order.number, sale.id, order.amount, "late_success")
        await self._commit(running, f.SaleHeld(sale.id, order.number), settled, undone)
        self._finish(running, State.PAID)
        self.pay_back(undone)

    real = Till._paid
    yield patch.object(Till, "_pay_back", pay_back)
    yield patch.object(Till, "_paid", paid)


@bug("a notification is believed without a signature and without asking", "proof", "every fen")
def notification_trusted() -> Patches:
    def notified(self: Till, number: str) -> None:
        running = self._running.get(number)
        if running is not None and running.state in (State.UNKNOWN, State.NEEDS_USER):
            self._spawn(self._believe(running), "believe")  # type: ignore[attr-defined]

    async def believe(self: Till, running: Any) -> None:
        if self._running.get(running.order.number) is running:
            await self._paid(running, Paid("T", None, running.order.amount))

    yield patch.object(Till, "notified", notified)
    yield patch.object(Till, "_believe", believe, create=True)
    yield patch.object(
        outside.SimChannel, "read_notification", lambda self, headers, body: Notice(body.decode(), b"", "")
    )


@bug("a full disk makes the till forget what the channel said", "everything settles", "every fen", "no lost task")
def verdict_lost_on_full_disk() -> Patches:
    async def once(self: Till, *facts: f.Fact) -> None:
        try:
            await self._ledger.commit(*facts, at_ms=self._clock.now_ms())
        except LedgerFault:
            return

    yield patch.object(Till, "_commit_surely", once)


@bug("a reverse without an answer counts as done", "every fen")
def reverse_believed() -> Patches:
    async def take_back(self: Till, running: Any) -> None:
        await self._channels[running.order.channel].undo(running.order)
        await self._ended(running, Event.UNDONE, Decline.REVERSED, "")

    yield patch.object(Till, "_take_back", take_back)


@bug("a parked charge is never asked about again", "everything settles")
def parked_forgotten() -> Patches:
    real = Till._park

    async def park(self: Till, running: Any) -> None:
        await real(self, running)
        await asyncio.Event().wait()

    yield patch.object(Till, "_park", park)


# ---------------------------------------------------------------- ledger, views, intents, paper


@bug("a journal row is skipped", "journal folds to tables")
def journal_row_skipped() -> Patches:
    real = Ledger._append

    def append(self: Ledger, cursor: Any, facts: Any, at_ms: int) -> Any:
        for happened in facts:
            if isinstance(happened, f.LineChanged | f.LineRemoved):
                rows.write(cursor, happened, at_ms)
        kept = [x for x in facts if not isinstance(x, f.LineChanged | f.LineRemoved)]
        return real(self, cursor, kept, at_ms)

    yield patch.object(Ledger, "_append", append)


@bug("a view's number is used twice", "views rise")
def view_number_reused() -> Patches:
    real = Feed.publish

    def publish(self: Feed, view: Any) -> None:
        if self.rev % 5 == 4 and self.view is not None:
            self.view = view
            self._frame = Frame(Snapshot(self.epoch, self.rev, 0, view))
            for subscriber in self._subscribers:
                subscriber.offer_snapshot(self._frame)
            return
        real(self, view)
        if self.rev % 5 == 3:
            real(self, view)

    yield patch.object(Feed, "publish", publish)


@bug("a stale confirmation is accepted", "seen total")
def stale_intent_accepted() -> Patches:
    def confirm(sale: s.Sale, command: s.Confirm) -> s.Decision:
        del command
        if sale.phase is not s.Phase.SHOPPING or not sale.lines:
            return s.Refusal.WRONG_PHASE
        return (f.SaleConfirmed(sale.id, sale.total, sale.count),)

    yield patch.object(s, "_confirm", confirm)


@bug("an intent sent twice is carried out twice", "one scan, one piece")
def doubled_intent_runs_twice() -> Patches:
    real = Visit.on_intent

    async def on_intent(self: Visit, intent: Any) -> None:
        self.session.seen_intents.clear()
        await real(self, intent)

    yield patch.object(Visit, "on_intent", on_intent)


@bug("the mailbox has no bound", "queues")
def mailbox_unbounded() -> Patches:
    yield patch.object(booths, "MAILBOX_MOST", 10**9)


@bug("after a restart a receipt is printed again", "one receipt")
def second_receipt() -> Patches:
    async def again(self: Receipts, sale: s.Sale) -> None:
        outcome = await self._printers[sale.booth].print(self.document(sale))
        await self._settle(sale, *receipts._ending(outcome))

    def take_up(self: Receipts, row: Any) -> None:
        sale = self._ledger.sale(row.sale)
        assert sale is not None
        assert self._tasks is not None
        self._tasks.create_task(again(self, sale))

    yield patch.object(Receipts, "_take_up", take_up)


@bug("a receipt that got no proof is printed once more", "one receipt")
def unproven_receipt_again() -> Patches:
    real = Receipts._print

    async def print_(self: Receipts, sale: s.Sale) -> None:
        printer = self._printers.get(sale.booth)
        if printer is not None:
            await printer.print(self.document(sale))
        await real(self, sale)

    yield patch.object(Receipts, "_print", print_)


@bug("goods are released while the charge is in doubt", "success on disk", "proof")
def released_in_doubt() -> Patches:
    real = Till._take

    async def take(self: Till, running: Any, verdict: Any) -> bool:
        if isinstance(verdict, Unknown):
            await self._paid(running, Paid("", None, running.order.amount))
            return True
        return await real(self, running, verdict)

    yield patch.object(Till, "_take", take)


# ---------------------------------------------------------------- bugs that the simulator found in the product


@bug("after a restart the screen forgets that the charge is being reversed", "no lost task")
def restored_state_forgotten() -> Patches:
    real = Visit.restore

    def restore(self: Visit) -> None:
        real(self)
        if self.session.payment is not None:
            self.session.payment.state = State.UNKNOWN

    yield patch.object(Visit, "restore", restore)


@bug("a parked basket comes back without a word", "one scan, one piece")
def resumed_unsaid() -> Patches:
    real = Visit.on_scan

    async def on_scan(self: Visit, scan: Any) -> None:
        await real(self, scan)
        if self.session.notice is not None and self.session.notice.kind == "resumed":
            self.session.notice = None

    yield patch.object(Visit, "on_scan", on_scan)

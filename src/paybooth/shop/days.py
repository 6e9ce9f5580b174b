"""The day after: each channel's bill is fetched, kept and matched with the books; and the end-of-day report.

Runs by itself every morning, for each day that was not matched yet. Late money goes back by rule; what is left over is
a difference, in the journal, with a call for staff. Long reads are taken in small bites, so no booth waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import TypeVar

import structlog

from paybooth.domain import facts as f
from paybooth.domain import match as m
from paybooth.domain import sale as s
from paybooth.domain.bill import Bill, BillError, BillKind
from paybooth.domain.day import DayReport, Tables
from paybooth.domain.money import Fen
from paybooth.domain.payment import Attempt, Channel, Event, State
from paybooth.domain.refund import Refund
from paybooth.domain.refund import State as RefundState
from paybooth.ports import BillFile, BillKeeper, Clock, Fault, Ledger, LedgerFault, NoBill, PayChannel

from .settings import ShopSettings
from .statement import Statement
from .till import Till

log = structlog.get_logger()
T = TypeVar("T")

BEIJING = timezone(timedelta(hours=8))
"""Both channels cut their days by it, wherever the shop is."""

FETCH_FROM = time(10, 30)
"""Bills are made from 9 to 10 in the morning after."""
GIVE_UP = time(18, 0)
"""A bill that has not come by then is told to staff; it is asked for all the same."""
RETRY_S = 1800.0
LOOK_BACK_DAYS = 30
EDGE = timedelta(minutes=15)
"""Around midnight box and channel may mean different days: what is due then is looked for in both bills."""
BITE = 20
"""Sales read between two turns of the loop."""
LISTED_MOST = 500
TRIED_MOST = 128
DAY_MS = 86_400_000


class Result(StrEnum):
    MATCHED = "matched"
    NOT_YET = "not_yet"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one channel's day. `detail` is a sentence for staff where it was not matched."""

    channel: Channel
    result: Result
    detail: str = ""
    match: f.DayMatched | None = None


class DayNotBegunError(ValueError):
    """There is nothing to match in the future."""


class Days:
    """Matches days and reports them."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[Channel, PayChannel],
        till: Till,
        clock: Clock,
        settings: ShopSettings,
        bills: BillKeeper,
    ) -> None:
        self._ledger, self._channels, self._till = ledger, channels, till
        self._clock, self._settings, self._bills = clock, settings, bills
        self._tried: dict[tuple[date, Channel], Outcome] = {}
        """What the last try of a day came to; the only trace of days that are not over."""
        self._called: set[tuple[date, Channel]] = set()
        self._one_at_a_time = asyncio.Lock()

    # ------------------------------------------------------------ by itself

    async def run(self) -> None:
        """Every morning, until cancelled."""
        while True:
            for day, channel in self._unmatched():
                await self._try(day, channel)
            for day, channel in self._worth_another_look():
                await self._try(day, channel)
            await self._clock.sleep(min(RETRY_S, self._until_morning_s()))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, BEIJING)

    def _until_morning_s(self) -> float:
        now = self._now()
        morning = datetime.combine(now.date(), FETCH_FROM, BEIJING)
        return ((morning if morning > now else morning + timedelta(days=1)) - now).total_seconds()

    def _unmatched(self) -> list[tuple[date, Channel]]:
        """Days that are over, whose bill may be there, and that were not matched; oldest first."""
        now = self._now()
        newest = now.date() - timedelta(days=1 if now.time() >= FETCH_FROM else 2)
        first = self._ledger.journal(limit=1)
        if not first:
            return []
        began = datetime.fromtimestamp(first[0].at_ms / 1000, BEIJING).date()
        day = max(began, newest - timedelta(days=LOOK_BACK_DAYS))
        found = []
        while day <= newest:
            found += [(day, channel) for channel in self._channels if not self._ledger.match(day.isoformat(), channel)]
            day += timedelta(days=1)
        return found

    def _worth_another_look(self) -> list[tuple[date, Channel]]:
        """Days that differed before the bill of the day behind was there: what was missing may stand in it."""
        found = []
        for channel in self._channels:
            newest = [(at_ms, x) for at_ms, x in self._ledger.matches(2 * len(self._channels)) if x.channel == channel]
            if len(newest) == 2:
                (later_ms, later), (before_ms, before) = newest
                day = date.fromisoformat(before.day)
                follows = date.fromisoformat(later.day) - day == timedelta(days=1)
                if follows and before.differences and before_ms < later_ms:
                    found.append((day, channel))
        return found

    async def _try(self, day: date, channel: Channel) -> None:
        try:
            outcome = await self.match(day, channel)
        except LedgerFault as fault:
            if fault.reason == "closed":
                raise
            log.error("day not matched: cannot write", day=str(day), reason=fault.reason)
            return
        log.info("day", day=str(day), channel=channel, result=outcome.result, detail=outcome.detail)
        given_up = self._now() >= datetime.combine(day + timedelta(days=1), GIVE_UP, BEIJING)
        if outcome.match is None and given_up and (day, channel) not in self._called:
            self._called.add((day, channel))
            alarm = f.StaffAlarmed(f"bill_{outcome.result}", "", f"{day} {channel}", outcome.detail[:200])
            try:
                await self._ledger.commit(alarm, at_ms=self._clock.now_ms())
            except LedgerFault as fault:
                log.warning("alarm not journalled", reason=fault.reason)

    # ------------------------------------------------------------ the match

    async def match(self, day: date, channel: Channel, file: BillFile | None = None) -> Outcome:
        """Match a day, from the channel or from a file at hand. A day that is not over is matched but not recorded.

        The till must be running: late money goes back at once. Raises DayNotBegunError, LedgerFault.
        """
        today = self._now().date()
        if day > today:
            raise DayNotBegunError(f"{day} has not begun; today is {today} in Beijing, by which the wallets cut days")
        async with self._one_at_a_time:
            outcome = self._tried[day, channel] = await self._match(day, channel, file, recorded=day < today)
            if len(self._tried) > TRIED_MOST:
                del self._tried[next(iter(self._tried))]
            return outcome

    async def _match(self, day: date, channel: Channel, file: BillFile | None, *, recorded: bool) -> Outcome:
        fetched = await self._fetch(day, channel) if file is None else file
        if isinstance(fetched, Outcome):
            return fetched
        try:
            bill = await self._read(channel, fetched.content, day) if fetched else m.empty(channel, day)
        except BillError as error:
            return Outcome(channel, Result.UNREADABLE, str(error))
        ours = await self._ours(bill)
        late = [number for number in m.came_late(bill, ours.payments) if await self._till.check_late(number)]
        if late:
            log.warning("late payments found in the bill; returning them", attempts=late)
            ours = await self._ours(bill)
        matched = m.compare(bill, ours, fee_permyriad=self._channels[channel].fee_permyriad)
        digest = self._bills.keep(fetched) if fetched else ""
        fact = _fact(matched, digest)
        if recorded:
            await self._record(fact)
        return Outcome(channel, Result.MATCHED, "", fact)

    async def _fetch(self, day: date, channel: Channel) -> BillFile | Outcome | None:
        """The file, None where the channel knows of nothing, or why there is none."""
        try:
            found = await self._channels[channel].bill(day)
        except Fault as fault:
            return Outcome(channel, Result.UNREACHABLE, f"{channel} gives no bill: {fault}")
        if found is NoBill.NOT_YET:
            return Outcome(channel, Result.NOT_YET, f"{channel} is still making the bill of {day}; ask after 10:00")
        return found if isinstance(found, BillFile) else None

    async def _read(self, channel: Channel, content: bytes, day: date) -> Bill:
        """Our rows of a bill. Off the loop: a busy day's takes a second to read. Raises BillError."""
        bill = await asyncio.to_thread(self._channels[channel].read_bill, content, day)
        if not self._settings.shared_accounts:
            return bill
        return replace(bill, rows=tuple(row for row in bill.rows if row.number.startswith(self._settings.code)))

    async def _record(self, fact: f.DayMatched) -> None:
        """Into the journal; staff are called once for the same differences."""
        before = self._ledger.match(fact.day, fact.channel)
        facts: list[f.Fact] = [fact]
        if fact.differences and (before is None or before[1].differences != fact.differences):
            count = len(fact.differences) + fact.more
            kinds = ", ".join(sorted({d.kind for d in fact.differences}))
            facts.append(f.StaffAlarmed("day_differs", "", f"{fact.day} {fact.channel}", f"{count}: {kinds}"))
        await self._ledger.commit(*facts, at_ms=self._clock.now_ms())

    # ------------------------------------------------------------ what we know

    async def _ours(self, bill: Bill) -> m.Ours:
        """Everything of ours that the bill speaks of, or should."""
        begins = datetime.combine(bill.day, time(), BEIJING)
        around = (_ms(begins) - DAY_MS, _ms(begins) + 2 * DAY_MS)
        due_from, due_until = _ms(begins - EDGE), _ms(begins + timedelta(days=1) - EDGE)
        attempts = await self._attempts(bill, around)
        refunds = self._refunds(bill, around)
        behind = await self._behind(bill)
        back = {row.number for row in behind.rows if row.kind is BillKind.REFUND}
        payments = {}
        async for number in _bites(attempts):
            ended_ms = attempts[number].settled_ms or 0
            payments[number] = self._payment(attempts[number], later=ended_ms >= due_until or number in back)
        due = {n for n, a in attempts.items() if a.state is State.PAID and due_from <= _when(a) < due_until}
        due_refunds = {
            r.number
            for r in refunds.values()
            if r.state is RefundState.DONE and due_from <= (r.settled_ms or r.opened_ms) < due_until
        }
        elsewhere = await self._elsewhere(bill, behind, attempts, refunds, due | due_refunds)
        return m.Ours(payments, refunds, frozenset(due - elsewhere), frozenset(due_refunds - elsewhere))

    async def _attempts(self, bill: Bill, around: tuple[int, int]) -> dict[str, Attempt]:
        """Paid about that day, returned about that day, or named by the bill."""
        found = {a.number: a for a in self._ledger.paid_attempts(bill.channel, *around)}
        numbers = {row.number for row in bill.rows}
        numbers |= {r.attempt for r in self._ledger.refunds_between(*around) if m.is_late_refund(r)}
        async for number in _bites(sorted(numbers - found.keys())):
            attempt = self._ledger.attempt(number)
            if attempt is not None and attempt.channel is bill.channel:
                found[number] = attempt
        return found

    def _refunds(self, bill: Bill, around: tuple[int, int]) -> dict[str, Refund]:
        named = (self._ledger.refund(row.refund) for row in bill.rows if row.refund)
        found = {r.number: r for r in (*self._ledger.refunds_between(*around), *(r for r in named if r is not None))}
        mine = {}
        for refund in found.values():
            attempt = self._ledger.attempt(refund.attempt)
            if attempt is not None and attempt.channel is bill.channel:
                mine[refund.number] = refund
        return mine

    def _payment(self, attempt: Attempt, *, later: bool) -> m.Payment:
        """The table's word, and the journal's, read on its own. `later`: what ended it, ended it on another day."""
        asked: Fen | None = None
        told: Fen | None = None
        for entry in self._ledger.journal_of(attempt.sale):
            match entry.fact:
                case f.AttemptOpened(attempt=attempt.number, amount=amount):
                    asked = amount
                case f.AttemptSettled(attempt=attempt.number, event=Event.PAID):
                    told = asked
                case f.SalePaid(attempt=attempt.number, total=total):
                    told = total
        returned = any(
            r.attempt == attempt.number and m.is_late_refund(r) for r in self._ledger.refunds_of(attempt.sale)
        )
        undone = later and attempt.state in (State.REVERSED, State.DECLINED)
        return m.Payment(
            attempt.number, attempt.sale, attempt.amount, attempt.state, attempt.transaction, told, returned, undone
        )

    async def _behind(self, bill: Bill) -> Bill:
        """The bill of the day behind, where it was matched already: the second look has it, the first has not."""
        day = bill.day + timedelta(days=1)
        if self._ledger.match(day.isoformat(), bill.channel) is None:
            return m.empty(bill.channel, day)
        return await self._bill_of(bill.channel, day)

    async def _elsewhere(
        self, bill: Bill, behind: Bill, attempts: Mapping[str, Attempt], refunds: Mapping[str, Refund], due: set[str]
    ) -> set[str]:
        """Of what is due and not in this bill: what stands in the bill of a day before, or of the day behind.

        The box's clock decides what is due on which day where the channel told no time, and it may have been wrong.
        """
        here = {row.refund or row.number for row in bill.rows}
        absent = due - here
        opened = [attempts[n].opened_ms if n in attempts else refunds[n].opened_ms for n in absent]
        if not opened:
            return set()
        first = datetime.fromtimestamp(min(opened) / 1000, BEIJING).date()
        found = {row.refund if row.kind is BillKind.REFUND else row.number for row in behind.rows}
        days = [bill.day - timedelta(days=n) for n in range(1, min(7, max(1, (bill.day - first).days)) + 1)]
        for day in days:
            other = await self._bill_of(bill.channel, day)
            found |= {row.refund if row.kind is BillKind.REFUND else row.number for row in other.rows}
        return absent & found

    async def _bill_of(self, channel: Channel, day: date) -> Bill:
        """A bill that was matched before, or fetched for a look; empty where there is none."""
        before = self._ledger.match(day.isoformat(), channel)
        content = self._bills.kept(before[1].bill) if before and before[1].bill else None
        if content is None and before is None:
            fetched = await self._fetch(day, channel)
            content = fetched.content if isinstance(fetched, BillFile) else None
        try:
            return await self._read(channel, content, day) if content else m.empty(channel, day)
        except BillError:
            return m.empty(channel, day)

    # ------------------------------------------------------------ the report

    async def report(self, day: date) -> DayReport:
        """A day of the shop's own calendar, folded from the journal."""
        begins = datetime.combine(day, time(), self._settings.zone)
        bounds = (_ms(begins), _ms(begins + timedelta(days=1)))
        report = DayReport(day)
        async for sale_id in _bites(self._ledger.paid_between(*bounds)):
            sale, paid_ms = self._told(sale_id)
            attempt = self._ledger.attempt(sale.attempt or "")
            assert attempt is not None, "a paid sale has its attempt"
            hour = datetime.fromtimestamp(paid_ms / 1000, self._settings.zone).hour
            report.add_sale(sale, attempt.channel, hour)
        async for refund in _bites(self._ledger.refunds_settled(*bounds)):
            attempt = self._ledger.attempt(refund.attempt)
            assert attempt is not None, "a refund has its attempt"
            report.add_refund(refund, self._told(refund.sale)[0], attempt.channel)
        report.tables = Tables(*self._ledger.sums_between(*bounds))
        return report

    async def statement(self, day: date) -> Statement:
        """The day on paper: the recorded matches; where there is none, what the last try came to."""
        matches, why = {}, {}
        for channel in self._channels:
            recorded = self._ledger.match(day.isoformat(), channel)
            tried = self._tried.get((day, channel))
            if recorded is not None:
                matches[channel] = recorded[1]
            elif tried is not None and tried.match is not None:
                matches[channel] = tried.match
            elif tried is not None:
                why[channel] = (tried.result.value, tried.detail)
        over = day < self._now().date()
        report = await self.report(day)
        return Statement(self._settings, report, tuple(self._channels), matches, why, over)

    async def match_all(self, day: date, files: Mapping[Channel, BillFile] | None = None) -> list[Outcome]:
        """`match` for each channel, or for those whose bills are at hand. Raises DayNotBegunError, LedgerFault."""
        if files is not None:
            return [await self.match(day, channel, file) for channel, file in files.items()]
        return [await self.match(day, channel) for channel in self._channels]

    def _told(self, sale_id: str) -> tuple[s.Sale, int]:
        """A sale as its journal rows fold, and when it was paid (0 where it was not)."""
        sale, paid_ms = None, 0
        for entry in self._ledger.journal_of(sale_id):
            if isinstance(entry.fact, f.SaleOpened):
                sale = s.begin(entry.fact)
            elif sale is not None:
                sale = s.apply(sale, entry.fact)
            if isinstance(entry.fact, f.SalePaid):
                paid_ms = entry.at_ms
        assert sale is not None, "every sale begins in the journal"
        return sale, paid_ms


def _fact(matched: m.Match, digest: str) -> f.DayMatched:
    listed = matched.differences[:LISTED_MOST]
    return f.DayMatched(
        day=matched.day.isoformat(),
        channel=matched.channel,
        bill=digest,
        rows=matched.rows,
        matched=matched.matched,
        payments_fen=matched.payments,
        refunds_fen=matched.refunds,
        fee_mfen=matched.fee_mfen,
        differences=listed,
        more=len(matched.differences) - len(listed),
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _when(attempt: Attempt) -> int:
    """The channel's time of the money where it told one, else when we knew."""
    return attempt.paid_at_ms or attempt.settled_ms or attempt.opened_ms


async def _bites(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a turn of the loop between bites."""
    for count, item in enumerate(items, 1):
        yield item
        if count % BITE == 0:
            await asyncio.sleep(0)

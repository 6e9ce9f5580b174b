"""Two members of staff: refunds of what was just sold, voids, and the mistakes people make; then the evening after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from paybooth.domain import refund as r
from paybooth.domain.facts import DayMatched
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.domain.sale import Phase
from paybooth.ports import LedgerFault
from paybooth.shop.days import BEIJING, Days
from paybooth.shop.shop import Shop

from .gate import attend
from .judges import Judges
from .world import START_MS, World

AMY, BO = "Amy", "Bo"
EVENING_H = 19
"""Of a day without payments Alipay says so only in the evening."""


class Staff:
    """Lives as long as the day, through every power cut."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("staff")
        self._wishes = 0

    async def work(self, shop: Shop, while_: Callable[[], bool]) -> None:
        """Act now and then."""
        while while_():
            await asyncio.sleep(self._chance.uniform(60, 600))
            try:
                await attend(shop, self._world)
                if self._chance.random() < 0.7:
                    await self._refund(shop)
                else:
                    await self._void(shop)
            except LedgerFault as fault:
                self._world.tell(f"staff are refused: {fault.reason}")

    async def _refund(self, shop: Shop) -> None:
        paid = [row for row in shop.ledger.sales(limit=40) if row.phase == Phase.PAID]
        if not paid:
            return
        sale = self._chance.choice(paid).id
        wish = self._wish(shop, sale)
        if self._world.strikes("racing_wishes"):
            asked = await asyncio.gather(*(shop.refunds.ask(sale, each) for each in (wish, self._wish(shop, sale))))
        elif self._world.strikes("doubled_wish"):
            asked = await asyncio.gather(shop.refunds.ask(sale, wish), shop.refunds.ask(sale, wish))
        else:
            asked = [await shop.refunds.ask(sale, wish)]
        for refund in {a.number: a for a in asked if isinstance(a, r.Refund)}.values():
            if refund.state is r.State.ASKED:
                await self._decide(shop, refund)

    def _wish(self, shop: Shop, sale_id: str) -> r.Wish:
        """All, an amount (sometimes more than there is), or a piece."""
        sale = shop.ledger.sale(sale_id)
        assert sale is not None
        self._wishes += 1
        request, kind = f"wish-{self._wishes:06d}", self._chance.random()
        if kind < 0.4:
            return r.Wish(AMY, r.Reason.RETURNED, request)
        if kind < 0.7:
            amount = Fen(self._chance.randint(1, max(1, int(sale.total * 1.2))))
            return r.Wish(AMY, r.Reason.GOODWILL, request, amount=amount)
        line = self._chance.choice(sale.lines)
        goods = (r.Back(line.id, self._chance.randint(1, line.quantity)),)
        return r.Wish(AMY, r.Reason.FAULTY, request, goods=goods)

    async def _decide(self, shop: Shop, refund: r.Refund) -> None:
        """The second person agrees or not; sometimes the first one tries to be both."""
        await asyncio.sleep(self._chance.uniform(0, 60))
        if self._world.strikes("own_approval"):
            await shop.refunds.approve(refund.number, AMY)
        if self._chance.random() < 0.8:
            await shop.refunds.approve(refund.number, BO)
        else:
            await shop.refunds.withdraw(refund.number, BO, "not so")

    async def _void(self, shop: Shop) -> None:
        live = [sale.id for sale in shop.ledger.live_sales()]
        if live:
            answer = await shop.refunds.void(self._chance.choice(live), AMY, r.Reason.OTHER, "left behind")
            self._world.tell(f"a void: {answer or 'done'}")


async def evening_after(shop: Shop, world: World, judges: Judges) -> None:
    """Match every day that was touched, as `paybooth reconcile` does: everything has to agree with the banks' bills."""
    till = asyncio.create_task(shop.till.run(), name="till")
    await shop.till.ready.wait()
    first = datetime.fromtimestamp(START_MS / 1000, BEIJING).date()
    last = datetime.fromtimestamp(world.now_ms() / 1000, BEIJING).date() - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    for day in days:
        for channel in Channel:
            await _match(shop.days, day, channel, judges)
    for _, match in shop.ledger.matches():
        if match.differences:  # the second look: what the box's clock put on the wrong side of midnight
            await _match(shop.days, date.fromisoformat(match.day), Channel(match.channel), judges)
    while shop.ledger.open_refunds():
        await asyncio.sleep(60)
    for _, match in shop.ledger.matches():
        _clean(match, judges)
    till.cancel()
    await asyncio.gather(till, return_exceptions=True)


async def _match(days: Days, day: date, channel: Channel, judges: Judges) -> None:
    outcome = await days.match(day, channel)
    if outcome.match is None:
        judges.violate("the day matches", f"{day} {channel}: {outcome.result} {outcome.detail}")


def _clean(match: DayMatched, judges: Judges) -> None:
    for each in match.differences:
        name = each.refund or each.number
        judges.violate("the day matches", f"{match.day} {match.channel}: {each.kind} {name}: {each.detail}")


def bills_due_s(world: World) -> float:
    """When every bill of the day is there: the evening of the day behind the last, in virtual seconds."""
    now = datetime.fromtimestamp(world.now_ms() / 1000, BEIJING)
    evening = datetime.combine(now.date() + timedelta(days=1), time(EVENING_H), BEIJING)
    return evening.timestamp() - START_MS / 1000

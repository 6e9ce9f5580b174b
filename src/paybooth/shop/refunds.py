"""Refunds and voids by staff: who asked, who agreed, and the one place where room in a sale is given out.

Decisions about refunds come one at a time, each on disk before the next is taken, so that two members of staff (or one
with a nervous finger) can never give back more than was paid. Carrying them out is the till's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from paybooth.domain import facts as f
from paybooth.domain import refund as r
from paybooth.domain.money import Fen
from paybooth.domain.payment import State
from paybooth.domain.sale import Phase
from paybooth.ports import Clock, Ledger

from .booth import Booth
from .settings import ShopSettings
from .staff_acts import StaffVoid, VoidRefusal
from .till import Till


class NoSuchSaleError(LookupError):
    """The ledger knows no such sale or refund."""


class Refunds:
    """What staff may do about money that was taken, or nearly."""

    def __init__(
        self,
        ledger: Ledger,
        till: Till,
        clock: Clock,
        settings: ShopSettings,
        booth: Callable[[str], Booth | None],
    ) -> None:
        self._ledger, self._till, self._clock, self._booth = ledger, till, clock, booth
        self.alone = Fen(settings.refund_alone_fen)
        """What one member of staff may give back of a sale alone."""
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, sale_id: str, wish: r.Wish) -> r.Refund | r.Refusal:
        """Open a refund, or leave it waiting for a second person. The same `wish.request` again is the same refund.

        Raises NoSuchSaleError, LedgerFault (then nothing was opened).
        """
        async with self._one_at_a_time:
            known = self._ledger.refund_of_request(wish.request)
            if known is not None:
                return known
            sale = self._ledger.sale(sale_id)
            if sale is None:
                raise NoSuchSaleError(sale_id)
            attempt = self._ledger.attempt(sale.attempt) if sale.attempt else None
            if attempt is not None and attempt.state is not State.PAID:
                attempt = None
            earlier = self._ledger.refunds_of(sale.id)
            facts = r.ask(sale, attempt, earlier, wish, alone=self.alone, now_ms=self._clock.now_ms())
            return facts if isinstance(facts, r.Refusal) else await self._carry(facts)

    async def approve(self, number: str, by: str) -> r.Refund | r.Refusal:
        """The second person agrees; the money goes. Raises NoSuchSaleError, LedgerFault."""
        async with self._one_at_a_time:
            facts = r.approve(self._known(number), by)
            return facts if isinstance(facts, r.Refusal) else await self._carry(facts)

    async def withdraw(self, number: str, by: str, note: str) -> r.Refund | r.Refusal:
        """End one that waits. Raises NoSuchSaleError, LedgerFault."""
        async with self._one_at_a_time:
            facts = r.withdraw(self._known(number), by, note)
            return facts if isinstance(facts, r.Refusal) else await self._carry(facts)

    def _known(self, number: str) -> r.Refund:
        refund = self._ledger.refund(number)
        if refund is None:
            raise NoSuchSaleError(number)
        return refund

    async def _carry(self, facts: tuple[f.Fact, ...]) -> r.Refund:
        """On disk, then to the till."""
        await self._ledger.commit(*facts, at_ms=self._clock.now_ms())
        number = next(x.refund for x in facts if isinstance(x, f.RefundAsked | f.RefundApproved | f.RefundWithdrawn))
        for happened in facts:
            if isinstance(happened, f.RefundOpened):
                self._till.pay_back(happened)
        return self._known(number)

    async def void(self, sale_id: str, by: str, reason: r.Reason, note: str) -> VoidRefusal | None:
        """End a sale that was not paid; None when done. A paid one is refunded, an open charge is waited for.

        Raises NoSuchSaleError, LedgerFault.
        """
        sale = self._ledger.sale(sale_id)
        if sale is None:
            raise NoSuchSaleError(sale_id)
        if reason is r.Reason.OTHER and not note.strip():
            return VoidRefusal.NOTE_MISSING
        if sale.phase is Phase.PAID:
            return VoidRefusal.PAID
        act = StaffVoid(sale_id, by, reason, note.strip()[: r.NOTE_MOST], asyncio.get_running_loop().create_future())
        booth = self._booth(sale.booth)
        if booth is None or not booth.post_input(act):
            return VoidRefusal.BUSY
        return await act.answer

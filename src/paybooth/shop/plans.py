"""The floor plan as staff draw it: every version is kept, and who changes it says which one they saw."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from paybooth.domain.plan import Plan, PlanFault, plain_plan, plan_fault
from paybooth.domain.staff_facts import PlanChanged
from paybooth.ports import Clock, Ledger
from paybooth.ports_console import PlanRow

from .settings import ShopSettings


class StalePlanError(Exception):
    """Somebody drew meanwhile; `now` is their plan."""

    def __init__(self, now: PlanRow) -> None:
        super().__init__(f"{now.by} saved version {now.number} of the plan meanwhile; nothing was changed by you")
        self.now = now


class UnfitPlanError(Exception):
    """The floor cannot be like this."""

    def __init__(self, fault: PlanFault) -> None:
        super().__init__(f"{fault.text}; nothing was changed")
        self.why = fault.why


class Plans:
    """The shop's floor, newest version in memory."""

    def __init__(self, settings: ShopSettings, ledger: Ledger, clock: Clock) -> None:
        self._booths = tuple(booth.id for booth in settings.booths)
        self._gates = tuple(gate.id for gate in settings.gates)
        self._ledger = ledger
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._one_at_a_time = asyncio.Lock()
        self.plain = plain_plan(self._booths, self._gates)
        self.now = ledger.plan() or PlanRow(0, 0, self.plain, "", "")
        """Number 0: nobody drew it, it follows from the configuration."""

    def listen(self, listener: Callable[[], None]) -> None:
        """Called when the floor is drawn anew."""
        self._listeners.append(listener)

    def fault(self, plan: Plan) -> PlanFault | None:
        return plan_fault(plan, self._booths, self._gates)

    async def change(self, plan: Plan, seen: int, by: str, reason: str) -> PlanRow:
        """The next version. Raises StalePlanError, UnfitPlanError or LedgerFault with nothing changed."""
        async with self._one_at_a_time:
            if seen != self.now.number:
                raise StalePlanError(self.now)
            fault = self.fault(plan)
            if fault is not None:
                raise UnfitPlanError(fault)
            if plan != self.now.plan or self.now.number == 0:
                at_ms = self._clock.now_ms()
                await self._ledger.commit(PlanChanged(seen + 1, plan, by, reason), at_ms=at_ms)
                self.now = PlanRow(seen + 1, at_ms, plan, by, reason)
                for listener in self._listeners:
                    listener()
            return self.now

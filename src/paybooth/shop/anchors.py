"""Anchors on time: the journal's head goes to every keeper when the shop opens, at each day's end and at a clean stop.

An anchor covers every row before it, so only the newest is worth keeping: a keeper that fails is asked again with the
newest head until it takes it, and staff are told once per failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from paybooth.domain import facts as f
from paybooth.domain.anchor import Anchor
from paybooth.ports import AnchorKeeper, Clock, Fault, FaultKind, Ledger, LedgerFault

from .settings import ShopSettings

log = structlog.get_logger()

RETRY_S = 60.0
LOOK_S = 900.0
"""The clock is looked at this often at least: it may be set while we sleep."""

STOP_S = 5.0
"""What a clean stop waits for one keeper."""


@dataclass(slots=True)
class _Desk:
    """One keeper and the newest anchor it has not taken."""

    keeper: AnchorKeeper
    waiting: Anchor | None = None
    told: bool = False
    call: asyncio.Event = field(default_factory=asyncio.Event)


class Anchors:
    """Says when, and tries until it is kept."""

    def __init__(self, ledger: Ledger, keepers: Sequence[AnchorKeeper], clock: Clock, settings: ShopSettings) -> None:
        self._ledger, self._clock, self._settings = ledger, clock, settings
        self._desks = [_Desk(keeper) for keeper in keepers]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, self._settings.zone)

    async def run(self) -> None:
        if not self._desks:
            return
        async with asyncio.TaskGroup() as tasks:
            for desk in self._desks:
                tasks.create_task(self._tend(desk), name=desk.keeper.name)
            day = self._now().date()
            self._call(day.isoformat())
            while True:
                now = self._now()
                if now.date() != day:
                    self._call(day.isoformat())
                    day = now.date()
                midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
                await self._clock.sleep(min(LOOK_S, (midnight - now).total_seconds()))

    def _anchor(self, day: str) -> Anchor:
        (entry,) = self._ledger.journal(after=self._ledger.journal_head() - 1, limit=1)
        return Anchor(self._settings.code, day, entry.seq, entry.hash.hex())

    def _call(self, day: str) -> None:
        anchor = self._anchor(day)
        for desk in self._desks:
            desk.waiting = anchor
            desk.call.set()

    async def _tend(self, desk: _Desk) -> None:
        while True:
            await desk.call.wait()
            if await self._keep(desk):
                desk.call.clear()
            else:
                await self._clock.sleep(RETRY_S)

    async def _keep(self, desk: _Desk) -> bool:
        """Whether nothing is waiting any more."""
        anchor = desk.waiting
        if anchor is None:
            return True
        try:
            await desk.keeper.keep(anchor)
        except Fault as fault:
            log.warning("anchor not kept", keeper=desk.keeper.name, fault=str(fault))
            await self._tell(desk, str(fault))
            return False
        log.info("anchor kept", keeper=desk.keeper.name, day=anchor.day, seq=anchor.seq)
        desk.told = False
        if desk.waiting is anchor:
            desk.waiting = None
        return desk.waiting is None

    async def _tell(self, desk: _Desk, detail: str) -> None:
        if desk.told:
            return
        desk.told = True
        alarm = f.StaffAlarmed("anchor_not_kept", "", desk.keeper.name, detail[:200])
        try:
            await self._ledger.commit(alarm, at_ms=self._clock.now_ms())
        except LedgerFault as fault:
            log.warning("alarm not journalled", reason=fault.reason)

    async def stop(self) -> None:
        """The last head of a clean stop, one try each; then close the keepers. `run` has ended."""
        for desk in self._desks:
            anchor = self._anchor(self._now().date().isoformat())
            try:
                async with asyncio.timeout(STOP_S):
                    await desk.keeper.keep(anchor)
            except (Fault, TimeoutError) as fault:
                log.warning("anchor not kept", keeper=desk.keeper.name, fault=str(fault) or FaultKind.TIMEOUT)
            await desk.keeper.aclose()

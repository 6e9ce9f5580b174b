"""The pen of gates and incidents: facts on their own lane, in order, as soon as the disk takes them.

At the gate the effect comes first and the journal after (a full disk must not silence a siren), so facts wait here with
the time at which they happened. Money never goes this way.
"""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from paybooth.domain.facts import Fact
from paybooth.ports import Clock, Ledger, LedgerFault

from .bell import Bell

log = structlog.get_logger()

WAITING_MOST = 10_000
"""Facts that wait for the disk; beyond it news is dropped and counted, never incidents."""

RETRY_S = 1.0


class Scribe:
    """One lane for the whole shop."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._waiting: deque[tuple[tuple[Fact, ...], int, asyncio.Future[None] | None]] = deque()
        self._bell = Bell()
        self.dropped = 0
        self.spoiled = 0
        """Facts the ledger refused for good; never, unless there is a bug."""

    def write(self, *facts: Fact, must: bool = False) -> int:
        """Write as soon as possible; the time they happened, Unix milliseconds. `must`: however long the lane is."""
        now_ms = self._clock.now_ms()
        if len(self._waiting) >= WAITING_MOST and not must:
            self.dropped += 1
            return now_ms
        self._waiting.append((facts, now_ms, None))
        self._bell.ring()
        return now_ms

    async def written(self, *facts: Fact) -> int:
        """Write, and return only when it is on disk. Raises LedgerFault with nothing written."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        now_ms = self._clock.now_ms()
        self._waiting.append((facts, now_ms, future))
        self._bell.ring()
        await future
        return now_ms

    async def run(self) -> None:
        while True:
            while self._waiting:
                facts, at_ms, future = self._waiting[0]
                try:
                    await self._ledger.commit(*facts, at_ms=at_ms)
                except LedgerFault as fault:
                    if fault.reason == "closed":
                        raise
                    if fault.reason == "refused" and future is None:
                        # it can never be written: it must not hold up what comes behind it
                        log.error("a fact of the gate is refused", kinds=[fact.kind for fact in facts], why=str(fault))
                        self.spoiled += 1
                        self._waiting.popleft()
                        continue
                    if future is None:
                        log.warning(
                            "the gate's facts wait for the disk", reason=fault.reason, waiting=len(self._waiting)
                        )
                        await self._clock.sleep(RETRY_S)
                        continue
                    if not future.done():
                        future.set_exception(fault)
                else:
                    if future is not None and not future.done():
                        future.set_result(None)
                self._waiting.popleft()
            await self._bell.wait(None)

"""Shifts: whoever goes says what to know, whoever comes takes it over with everything the other had."""

from __future__ import annotations

import asyncio

from paybooth.domain.incident import State
from paybooth.domain.staff_facts import ShiftHandedOver, ShiftTaken
from paybooth.ports import Clock, Ledger
from paybooth.ports_console import HandoverRow

from .incidents import Incidents


class TakenError(Exception):
    """Somebody took this hand-over already, or there is a newer one."""


class Shifts:
    """Of one shop. Only the newest hand-over counts."""

    def __init__(self, ledger: Ledger, clock: Clock, incidents: Incidents) -> None:
        self._ledger = ledger
        self._clock = clock
        self._incidents = incidents
        self._one_at_a_time = asyncio.Lock()

    @property
    def last(self) -> HandoverRow | None:
        return self._ledger.last_handover()

    async def hand_over(self, by: str, text: str) -> None:
        """Leave word, with the incidents that one has. Raises LedgerFault with nothing written."""
        async with self._one_at_a_time:
            last = self.last
            number = last.id + 1 if last is not None else 1
            mine = tuple(
                found.id
                for found in self._incidents.worst_first()
                if found.state is State.CLAIMED and found.claimed_by == by
            )
            await self._ledger.commit(ShiftHandedOver(number, by, text, mine), at_ms=self._clock.now_ms())

    async def take(self, handover: int, by: str) -> None:
        """Go on from there: what the other still has is theirs from now on. Raises TakenError, LedgerFault."""
        async with self._one_at_a_time:
            last = self.last
            if last is None or last.id != handover or last.taken_by:
                raise TakenError
            await self._ledger.commit(ShiftTaken(handover, by), at_ms=self._clock.now_ms())
        for number in last.incidents:
            found = self._incidents.live.get(number)
            if found is not None and found.claimed_by == last.by != by:
                await self._incidents.claim(number, by, take_over=True)

"""Webhooks: every fact to every program that wants it, in order, at least once, however long it takes.

Each hook has a lane of its own and follows the journal by number: nothing queues, and a receiver that is dead for a
week costs nothing. Which rows are on their way is on disk before the first try, so that after a power cut the very same
batch goes again under the same number. A receiver that is silent is named to staff like a dead device. No sale waits
for any of this: a lane reads a few rows at a time, syncs its own small file on a thread, and lets facts gather first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec
import structlog

from paybooth.ports import Chance, Clock, Entry, Fault, FaultKind, Health, HealthState, Ledger, LedgerFault
from paybooth.ports_machines import Answer, Batch, Hook, Mark, MarkKeeper

from .bell import Bell
from .settings import HookSettings, ShopSettings

log = structlog.get_logger()

ROWS = 100
BYTES = 256 * 1024
"""A batch ends with the row that passes this."""

GATHER_S = 0.5
"""What happens within this goes together."""

PAUSE_S = 0.005
"""Between pages of rows that nobody wants."""

ANSWER_S = 8.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0
NAMED_TRIES, NAMED_S = 3, 5.0
"""Staff hear of it after so many failures, or when nothing was taken for so long: always within 15 s."""

RESTART_S = 5.0


class _Lane:
    def __init__(self, settings: HookSettings, hook: Hook) -> None:
        self.settings = settings
        self.hook = hook
        self.kinds = frozenset(settings.kinds)
        self.bell = Bell()
        self.after = settings.after
        self.until = settings.after
        self.kept: Mark | None = None
        """What is on disk."""
        self.heard = False
        """It has taken something since the start."""

    def wants(self, entry: Entry) -> bool:
        return not self.kinds or entry.kind in self.kinds


class Webhooks:
    """All hooks of a shop. `report` takes what health they have."""

    def __init__(
        self,
        settings: ShopSettings,
        hooks: Mapping[str, Hook],
        *,
        ledger: Ledger,
        marks: MarkKeeper,
        clock: Clock,
        chance: Chance,
        report: Callable[[str, Health], None],
    ) -> None:
        self._code = settings.code
        self._lanes = [_Lane(each, hooks[each.name]) for each in settings.webhooks]
        self._ledger, self._marks = ledger, marks
        self._clock, self._chance = clock, chance
        self._report = report

    async def run(self) -> None:
        end = self._ledger.listen(self._ring)
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in self._lanes:
                    tasks.create_task(self._tend(lane), name=f"webhook {lane.settings.name}")
        finally:
            end()

    async def aclose(self) -> None:
        for lane in self._lanes:
            await lane.hook.aclose()

    def behind(self) -> dict[str, int]:
        """Hook → journal rows it does not have yet, or does not want."""
        head = self._ledger.journal_head()
        return {lane.settings.name: max(0, head - lane.after) for lane in self._lanes}

    def _ring(self, _: object) -> None:
        for lane in self._lanes:
            lane.bell.ring()

    def _say(self, lane: _Lane, state: HealthState, why: str = "", detail: str = "") -> None:
        self._report(f"webhook:{lane.settings.name}", Health(state, (why,) if why else (), detail))

    async def _tend(self, lane: _Lane) -> None:
        """A hook's own trouble never becomes the shop's."""
        while True:
            try:
                await self._follow(lane)
                return
            except LedgerFault as fault:
                log.error("webhook without its mark", webhook=lane.settings.name, reason=fault.reason, why=str(fault))
                self._say(lane, HealthState.OFFLINE, "no_mark", fault.reason)
            except Exception:
                log.exception("webhook crashed", webhook=lane.settings.name)
                self._say(lane, HealthState.OFFLINE, "crashed")
            await self._clock.sleep(RESTART_S)

    async def _follow(self, lane: _Lane) -> None:
        """Batch after batch; returns when the receiver is gone for good."""
        self._take_up(lane, await asyncio.to_thread(self._marks.mark, lane.settings.name))
        while True:
            batch = await self._next(lane)
            if batch is None and lane.heard:
                await self._keep(lane, Mark(lane.after, lane.after))
                if await lane.bell.wait(lane.settings.heartbeat_s or None):
                    await self._clock.sleep(GATHER_S)
                    continue
            if not await self._hand_over(lane, batch or self._batch(lane, lane.after, [])):
                return

    def _take_up(self, lane: _Lane, mark: Mark | None) -> None:
        lane.kept = mark
        if mark is not None:
            lane.after, lane.until = mark.after, mark.until
        head = self._ledger.journal_head()
        if lane.until > head:
            # an older ledger was put back: its rows get numbers again that this hook has seen
            log.error("the journal is shorter than what was told", webhook=lane.settings.name, head=head)
            lane.after = lane.until = min(lane.after, head)

    # ------------------------------------------------------------ what goes next

    async def _next(self, lane: _Lane) -> Batch | None:
        """The batch that was on its way, or a new one; None where there is nothing to tell."""
        if lane.until > lane.after:
            rows = self._ledger.journal(lane.after, lane.until - lane.after)
            return self._batch(lane, lane.until, rows)
        while rows := self._ledger.journal(lane.after, ROWS):
            count = _fitting(rows)
            batch = self._batch(lane, rows[count - 1].seq, rows[:count])
            if batch.entries:
                return batch
            lane.after = lane.until = batch.until
            await self._clock.sleep(PAUSE_S)
        return None

    def _batch(self, lane: _Lane, until: int, rows: list[Entry]) -> Batch:
        entries = tuple(row for row in rows if lane.wants(row))
        return Batch(self._code, lane.settings.name, lane.after, until, entries)

    async def _keep(self, lane: _Lane, mark: Mark) -> None:
        if mark != lane.kept:
            await asyncio.to_thread(self._marks.keep, lane.settings.name, mark)
            lane.kept = mark

    # ------------------------------------------------------------ telling

    async def _hand_over(self, lane: _Lane, batch: Batch) -> bool:
        """Until it is taken. False where the receiver is gone for good."""
        if batch.until > batch.after:
            await self._keep(lane, Mark(batch.after, batch.until))
        began_s, tries = self._clock.monotonic_s(), 0
        while True:
            fault = await self._try(lane, batch)
            if fault is Answer.GONE:
                log.error("webhook is gone", webhook=lane.settings.name, after=lane.after)
                self._say(lane, HealthState.OFFLINE, "gone")
                return False
            if not isinstance(fault, Fault):
                break
            tries += 1
            silent_s = self._clock.monotonic_s() - began_s
            log.warning("webhook not taken", webhook=lane.settings.name, tries=tries, why=fault.kind, said=fault.detail)
            named = tries >= NAMED_TRIES or silent_s >= NAMED_S
            self._say(lane, HealthState.OFFLINE if named else HealthState.DEGRADED, fault.kind, fault.detail)
            longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries - 1, 30))
            await self._clock.sleep(self._chance.uniform(longest_s / 2, longest_s))
        lane.after = lane.until = batch.until
        lane.heard = True
        self._say(lane, HealthState.ONLINE)
        return True

    async def _try(self, lane: _Lane, batch: Batch) -> Answer | Fault:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await lane.hook.deliver(batch)
        except TimeoutError:
            return Fault(FaultKind.TIMEOUT, "no answer", may_have_happened=True)
        except Fault as fault:
            return fault


def _fitting(rows: list[Entry]) -> int:
    """How many of these rows make one batch; always one at least."""
    size = 0
    for count, row in enumerate(rows, 1):
        size += len(msgspec.json.encode(row.fact))
        if size >= BYTES:
            return count
    return len(rows)

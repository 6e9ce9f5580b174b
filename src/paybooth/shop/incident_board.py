"""What every console shows first: incidents worst first, and the doors. Drawn ten times a second at most."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from paybooth.ports import Clock

from . import gate_views as v
from .bell import Bell
from .feed import Feed
from .gate import Gate
from .gate_screen import door_view, incident_view, sentence
from .incidents import Incidents
from .watch import Watch

DRAWN_EVERY_S = 0.1

Drawn = tuple[tuple[v.IncidentView, ...], tuple[v.DoorView, ...], str]


class IncidentBoard:
    """One for all consoles of a shop."""

    def __init__(self, incidents: Incidents, gates: Mapping[str, Gate], clock: Clock, feed: Feed[Drawn]) -> None:
        self.feed = feed
        self.watch: Watch | None = None
        """Health of readers and boards; the shop says."""
        self._incidents = incidents
        self._gates = gates
        self._clock = clock
        self._bell = Bell()
        self._drawn = 0
        self._shown: dict[asyncio.Future[None], int] = {}
        incidents.listen(lambda *_: self._bell.ring())
        for gate in gates.values():
            gate.listen(self._bell.ring)

    async def run(self) -> None:
        while True:
            self.show()
            await self._clock.sleep(DRAWN_EVERY_S)
            await self._bell.wait(None)

    def refresh(self) -> None:
        """A device's health changed."""
        self._bell.ring()

    def show(self) -> None:
        worst = self._incidents.worst_first()
        doors = tuple(self.door(gate) for gate in self._gates.values())
        drawn = (tuple(incident_view(found) for found in worst), doors, sentence(worst))
        if drawn != self.feed.view:
            self.feed.publish(drawn)

    def door(self, gate: Gate) -> v.DoorView:
        """One gate as staff see it, with the worst of its readers."""
        state = self.watch.state if self.watch is not None else lambda _: "unknown"
        readers = [str(state(name)) for name in gate.settings.readers]
        worst = max(readers, key=["online", "unknown", "degraded", "offline"].index, default="none")
        return door_view(gate, worst, str(state(gate.settings.board)) if gate.settings.board else "unknown")

    def applied(self, rev: int) -> None:
        """A console has drawn this revision."""
        for waiter, wanted in list(self._shown.items()):
            if rev >= wanted and not waiter.done():
                waiter.set_result(None)

    async def seen(self, within_s: float) -> int:
        """Draw now and wait until a console has: how many watch, 0 where none did in time."""
        self.show()
        if not self.feed.watchers:
            return 0
        waiter = asyncio.get_running_loop().create_future()
        self._shown[waiter] = self.feed.rev
        try:
            async with asyncio.timeout(within_s):
                await waiter
        except TimeoutError:
            return 0
        finally:
            del self._shown[waiter]
        return self.feed.watchers

"""The actor of one exit: tag reads in; siren, lamp and door out; then the journal, the incident and the screen.

A reader's report is judged in the call that brings it: no queue stands between an unpaid item and its alarm. The order
is effect, incident, journal (a full disk must not silence a gate). Goods are named, people never are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain.door import QUIET, Cause, Output, withheld_s
from paybooth.domain.goods import Product
from paybooth.domain.incident import Kind, together
from paybooth.domain.leave import CLEAR, Judged, Key, Standing
from paybooth.domain.passage import RULE, Event, Move, Passages, Zone, own_settings
from paybooth.ports import Clock, TagRead

from .bell import Bell
from .doors import Door
from .incidents import Incidents
from .pieces import Pieces
from .scribe import Scribe
from .settings import GateSettings

log = structlog.get_logger()

TICK_S = 0.25
GROUP_S = 2.0
"""A passage is over when nothing passed for this long."""

THANKS_S = 5.0
ALARM_SHOWN_S = 60.0
RUNG_MOST = 4096


@dataclass(slots=True)
class Near:
    """A piece that stands before the gate."""

    key: Key
    product: Product
    judged: Judged


@dataclass(slots=True)
class Group:
    """Goods that pass together, one or several people's."""

    last_s: float
    tags: list[x.TagSeen] = field(default_factory=list)
    incident: int | None = None


@dataclass(slots=True)
class Held:
    """Goods that went out while their charge was in flight: no siren yet."""

    epc: bytes
    product: Product
    evidence: x.Evidence


class Gate:
    """One exit."""

    def __init__(
        self, settings: GateSettings, door: Door, pieces: Pieces, *, clock: Clock, scribe: Scribe, incidents: Incidents
    ) -> None:
        self.settings = settings
        self.door = door
        self.pieces = pieces
        self.passages = Passages(settings.rule, self._wanted)
        self.near: dict[bytes, Near] = {}
        self.alarmed: list[x.ItemSeen] = []
        self.put_back = False
        self.foreign = 0
        self._clock = clock
        self._scribe = scribe
        self._incidents = incidents
        self._groups: dict[str, Group] = {}
        self._held: dict[Key, Held] = {}
        self._rung: dict[Key, float] = {}
        self._offered_s: float | None = None
        self._thanks_s = self._alarm_s = -1e9
        self._bell = Bell()
        self._alarms: list[tuple[x.TagSeen, int, float, bool]] = []
        """Alarms whose siren the board has yet to confirm."""
        self._listeners: list[Callable[[], None]] = []
        door.on_eye = self._on_eye
        door.on_change = self.changed
        pieces.listen(self._on_rights)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call whenever its screen may look different; also by the readers' reports, so it must be quick."""
        self._listeners.append(listener)

    def changed(self) -> None:
        for listener in self._listeners:
            listener()

    # ------------------------------------------------------------ reads

    def _wanted(self, epc: bytes) -> bool:
        ours = self.pieces.known(epc) is not None
        self.foreign += not ours
        return ours

    def on_reads(self, reads: Sequence[TagRead]) -> None:
        """One report of a reader, judged before this returns."""
        events = self.passages.take([(r.epc, r.zone is Zone.OUTER, r.rssi, r.at_s) for r in reads])
        if events:
            self._take(events)
        self._bell.ring()

    def _on_eye(self) -> None:
        self.passages.eye(self._clock.monotonic_s())

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            found = self.pieces.known(event.epc)
            if found is None:
                continue  # the catalogue lost it a moment ago
            key, product = found
            match event.move:
                case Move.NEAR:
                    self.near[event.epc] = Near(key, product, Judged(Standing.UNPAID))
                case Move.OUT:
                    self.near.pop(event.epc, None)
                    self._out(event, key, product)
                case Move.IN:
                    self.near.pop(event.epc, None)
                    self._in(key)
                case Move.GONE | Move.PARKED:
                    self.near.pop(event.epc, None)
        self._look()

    # ------------------------------------------------------------ passing

    def _out(self, event: Event, key: Key, product: Product) -> None:
        (judged,) = self.pieces.judge([key])
        group = self._group("out")
        if judged.standing is Standing.HELD:
            self._held[key] = Held(event.epc, product, self._evidence(event, key, judged))
            return
        group.tags.append(x.TagSeen(*key, judged.standing, judged.sale))
        if judged.standing is Standing.UNPAID:
            if self.door.mode not in QUIET:
                self._alarm(group, key, product, self._evidence(event, key, judged), event.at_s)
            return
        self.pieces.leave(key, judged)
        self._thanks_s = self._clock.monotonic_s()

    def _in(self, key: Key) -> None:
        (judged,) = self.pieces.judge([key])
        self.pieces.rights.bring_in(key, self._clock.now_ms())
        self._group("in").tags.append(x.TagSeen(*key, judged.standing, judged.sale))

    def _group(self, direction: str) -> Group:
        group = self._groups.setdefault(direction, Group(0.0))
        group.last_s = self._clock.monotonic_s()
        return group

    def _alarm(self, group: Group, key: Key, product: Product, evidence: x.Evidence, at_s: float) -> None:
        """Light and siren first. The same goods do not ring twice within minutes."""
        now_s = self._clock.monotonic_s()
        rings = now_s - self._rung.get(key, -1e9) > self.settings.quiet_s
        if len(self._rung) >= RUNG_MOST:
            self._rung.clear()
        self._rung[key] = now_s
        self.door.relays.want(Output.RED, True, ALARM_SHOWN_S)
        if rings:
            self.door.relays.want(Output.SIREN, True, self.settings.siren_s)
        item = item_of(product)
        if now_s - self._alarm_s > ALARM_SHOWN_S:
            self.alarmed = []
        self._alarm_s = now_s
        self.alarmed = list(together((*self.alarmed, item)))
        group.incident = self._incidents.report(
            Kind.UNPAID, self.settings.id, items=(item,), evidence=evidence, join=group.incident
        )
        tag = x.TagSeen(*key, Standing.UNPAID, "")
        self._alarms.append((tag, group.incident, at_s, rings))
        self._bell.ring()

    async def _confirm_alarm(self, tag: x.TagSeen, incident: int, at_s: float, *, rings: bool) -> None:
        try:
            async with asyncio.timeout(5):
                await self.door.relays.confirmed()
            took_ms = round((self._clock.monotonic_s() - at_s) * 1000)
        except TimeoutError:
            took_ms, rings = -1, False
        self._scribe.write(x.GateAlarmed(self.settings.id, (tag,), incident, rings, took_ms))

    def _evidence(self, event: Event, key: Key, judged: Judged) -> x.Evidence:
        """All that the rule looked at, so that anybody can judge it again."""
        tag = x.TagProof(*key, event.epc.hex(), judged.standing, judged.sale)
        reads = tuple(
            x.ReadProof(seen.at_ms, 0, Zone.OUTER if seen.outer else Zone.INNER, seen.best, seen.n, seen.power)
            for seen in event.slices
        )
        settings = own_settings(self.passages.rule)
        return x.Evidence((tag,), reads, self._clock.now_ms(), None, RULE, event.move, event.eye_ms, settings)

    # ------------------------------------------------------------ standing before the gate

    def _look(self) -> None:
        """Judge what stands here together, and act on it: offer, open, thank."""
        found = self.pieces.judge([near.key for near in self.near.values()])
        for near, judged in zip(self.near.values(), found, strict=True):
            near.judged = judged
        now_s = self._clock.monotonic_s()
        unpaid = self.unpaid()
        if unpaid and self._offered_s is None and self.door.mode not in QUIET:
            self._offered_s = now_s
            tags = tuple(x.TagSeen(*near.key, near.judged.standing, "") for near in unpaid)
            self._scribe.write(x.GateOffered(self.settings.id, tags))
            self.door.relays.want(Output.AMBER, True)
        elif not unpaid and self._offered_s is not None:
            self._repaired()
        if self.near and not self.door.has(Cause.GOODS):
            waiting_s = now_s - (now_s if self._offered_s is None else self._offered_s)
            hold_s = withheld_s(
                self.settings.withhold_s, unpaid=bool(unpaid), waiting_s=waiting_s, hindrance=self.door.hindrance
            )
            if hold_s == 0:
                self.door.release(Cause.GOODS, self.settings.pulse_s)
        if any(near.judged.standing in CLEAR for near in self.near.values()) and not unpaid:
            self.door.relays.want(Output.GREEN, True, THANKS_S)
        self.changed()

    def _repaired(self) -> None:
        how = "paid" if self.near else "put_back" if self.put_back else "gone"
        if "out" in self._groups and not self.near:
            how = "passed"
        self._scribe.write(x.GateRepaired(self.settings.id, how))
        self._offered_s, self.put_back = None, False
        self.door.relays.want(Output.AMBER, False)

    def unpaid(self) -> list[Near]:
        return [near for near in self.near.values() if near.judged.standing is Standing.UNPAID]

    def waiting(self) -> list[Near]:
        """Whose charge is still in flight, or so old that a person should look."""
        return [near for near in self.near.values() if near.judged.standing in (Standing.HELD, Standing.STALE)]

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def thanks(self) -> bool:
        return self._clock.monotonic_s() - self._thanks_s < THANKS_S

    def alarming(self) -> bool:
        return self._clock.monotonic_s() - self._alarm_s < ALARM_SHOWN_S

    def silence(self) -> None:
        """Staff heard it."""
        self.door.relays.want(Output.SIREN, False)
        self.door.relays.want(Output.RED, False)
        self._alarm_s = -1e9
        self.changed()

    def _on_rights(self) -> None:
        """A sale was paid, or a charge came to nothing: look again at what waits for it, inside and outside."""
        for key, held in list(self._held.items()):
            (judged,) = self.pieces.judge([key])
            if judged.standing is Standing.HELD:
                continue
            del self._held[key]
            group = self._group("out")
            group.tags.append(x.TagSeen(*key, judged.standing, judged.sale))
            if judged.standing is Standing.UNPAID:
                self._alarm(group, key, held.product, held.evidence, self._clock.monotonic_s())
            else:
                self.pieces.leave(key, judged)
        if self.near:
            self._look()
        self._bell.ring()

    # ------------------------------------------------------------ time

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.door.run(), name=f"door {self.settings.id}")
            while True:
                alarms, self._alarms = self._alarms, []
                for tag, incident, at_s, rings in alarms:
                    tasks.create_task(self._confirm_alarm(tag, incident, at_s, rings=rings))
                await self._bell.wait(TICK_S if self._busy() else None)
                self._on_time()

    def _busy(self) -> bool:
        return bool(self._groups or self.near or self.passages.busy or self.thanks() or self.alarming())

    def _on_time(self) -> None:
        now_s = self._clock.monotonic_s()
        events = self.passages.tick(now_s)
        if events:
            self._take(events)
        elif self._offered_s is not None and self.settings.withhold_s:
            self._look()  # what is held back ends by time
        for direction, group in list(self._groups.items()):
            if now_s - group.last_s >= GROUP_S:
                del self._groups[direction]
                if group.tags:
                    self._scribe.write(x.PassageSeen(self.settings.id, direction, tuple(group.tags), self.foreign))
                self.foreign = 0
        self.changed()


def item_of(product: Product) -> x.ItemSeen:
    return x.ItemSeen(
        product.sku, product.name_zh, product.name_en or product.name_zh, product.picture, product.price, 1
    )

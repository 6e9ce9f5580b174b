"""All exits of a shop and what belongs to them: gates, doors, passes, incidents, calls for help, the hourly self-test.

Turns what the rest of the floor journals (help calls, alarms, dead devices) into incidents, and makes sure that nobody
who calls stays alone: unanswered, the box speaks and opens.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain import facts as f
from paybooth.domain.door import Cause, Mode
from paybooth.domain.exit_pass import Refusal
from paybooth.domain.facts import Fact
from paybooth.domain.incident import Incident, Kind, State, Verdict
from paybooth.ports import Chance, Clock, Device, Entry, Health, HealthState, Ledger, Scan, Secret

from .bell import Bell
from .catalogue import Catalogue
from .devices import as_board, as_reader
from .doors import Door
from .feed import Feed
from .gate import Gate
from .gate_views import GateSnapshot, IncidentList
from .incident_board import Drawn, IncidentBoard
from .incidents import Incidents
from .panel import Panel
from .passes import Passes
from .pieces import Pieces
from .scribe import Scribe
from .settings import ShopSettings
from .shifts import Shifts
from .way_in import WayIn

log = structlog.get_logger()

SILENT_S = 12.0
STILL_S = 10.0
"""What staff resolved although the device is still dead is named again after this."""

HELP_OPEN_S = 60.0
PASS_OPEN_S = 10.0
STAFF_OPEN_S = 30.0
SEEN_S = 5.0
"""A console that has not drawn the self-test by then has not seen it."""

SICK = frozenset({"other_board", "exceptions", "antennas_missing"})
"""Reasons of a device that answers, but cannot be relied on."""


class Exits:
    """The exits of one shop. Works with none: then it is the shop's incidents alone."""

    def __init__(
        self,
        settings: ShopSettings,
        *,
        ledger: Ledger,
        catalogue: Catalogue,
        devices: Mapping[str, Device],
        clock: Clock,
        key: Secret,
        chance: Chance,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._ledger = ledger
        self.scribe = Scribe(ledger, clock)
        self.incidents = Incidents(ledger, clock, self.scribe)
        self.shifts = Shifts(ledger, clock, self.incidents)
        self.pieces = Pieces(ledger, catalogue, clock, settings.leave_s)
        self.passes = Passes(settings.code, key, ledger, clock, self.scribe)
        self.gates: dict[str, Gate] = {}
        self.panels: dict[str, Panel] = {}
        self.ways_in: dict[str, WayIn] = {}
        for each in settings.gates:
            board = as_board(devices[each.board]) if each.board else None
            door = Door(each, board, ledger=ledger, clock=clock, scribe=self.scribe, incidents=self.incidents)
            gate = Gate(each, door, self.pieces, clock=clock, scribe=self.scribe, incidents=self.incidents)
            for name in each.readers:
                as_reader(devices[name]).on_reads = gate.on_reads
            door.on_help = _caller(self, each.id)
            self.gates[each.id] = gate
            panel = Panel(settings, gate, self.incidents, clock, Feed(clock, chance, GateSnapshot))
            panel.call_help = door.on_help
            self.panels[each.id] = panel
            self.ways_in[each.id] = WayIn(settings, door, self.passes, self.incidents, clock, self.scribe)
        self.board = IncidentBoard(self.incidents, self.gates, clock, Feed(clock, chance, _incident_list))
        self._help: dict[int, float] = {}
        self._help_bell = Bell()
        self._sick: dict[str, str] = {}
        """Device → what ails it, in one word."""
        self._look_again: dict[str, float] = {}
        """Device → Clock.monotonic_s; staff resolved its incident and it is sick all the same."""
        self._sick_bell = Bell()
        self.on_help_claimed: Callable[[str], None] = lambda _: None
        self.incidents.listen(self._on_incident)
        self.unheard: Callable[[], list[str]] = list
        """Devices that never said anything; the watch says."""
        self.excused: Callable[[str], bool] = lambda _: False
        """Devices out of service: they are not named."""

    async def run(self) -> None:
        self._ledger.listen(self._on_entries)
        if self.gates:
            self.pieces.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.scribe.run(), name="scribe")
            tasks.create_task(self._keep_company(), name="help")
            tasks.create_task(self._name_the_silent(), name="silence")
            tasks.create_task(self.board.run(), name="incident board")
            for gate in self.gates.values():
                tasks.create_task(gate.run(), name=f"gate {gate.settings.id}")
                tasks.create_task(self.panels[gate.settings.id].run(), name=f"panel {gate.settings.id}")
                tasks.create_task(self.ways_in[gate.settings.id].keep_hours(), name=f"hours {gate.settings.id}")
                tasks.create_task(self._self_test(gate), name=f"self-test {gate.settings.id}")

    def work_by(self, settings: ShopSettings) -> None:
        """Settings changed: calls from now on, and the hours of every gate."""
        self._settings = settings
        for gate in settings.gates:
            self.ways_in[gate.id].work_by(gate)

    # ------------------------------------------------------------ what becomes an incident

    def _on_entries(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            match entry.fact:
                case f.HelpCalled(booth=booth):
                    self.incidents.report(Kind.HELP, f"booth:{booth}")
                case f.HelpEnded(booth=booth, by=by):
                    verdict = Verdict.HELPED if by == "staff" else Verdict.MISTAKE
                    self.incidents.heal(Kind.HELP, f"booth:{booth}", verdict)
                case f.StaffAlarmed(why=why, booth=booth, subject=subject):
                    self.incidents.report(Kind.MONEY, f"booth:{booth}" if booth else "shop", f"{why} {subject}".strip())

    def on_health(self, device: str, health: Health) -> None:
        """A device changed: the dead and the sick are named, and the door of a dead board follows it."""
        sick = [
            reason for reason in health.reasons if reason in SICK or reason.startswith(("blind_", "stuck_", "antenna_"))
        ]
        if health.state is HealthState.OFFLINE or sick:
            self._name(device, (sick or [*health.reasons, "offline"])[0])
        elif health.state is not HealthState.UNKNOWN:
            self._sick.pop(device, None)
            self.incidents.heal(Kind.DEVICE, device)
        for gate in self.gates.values():
            if gate.settings.board == device:
                gate.door.on_board(health.state)
            if device in gate.settings.readers or gate.settings.board == device:
                gate.changed()

    def _name(self, device: str, ailment: str) -> None:
        if self.excused(device):
            return
        self._sick[device] = ailment
        self._look_again.pop(device, None)
        self.incidents.report(Kind.DEVICE, device, ailment)

    async def _name_the_silent(self) -> None:
        """A device that has not said a word since the start is not green: it is named. A verdict does not heal one."""
        await self._clock.sleep(SILENT_S)
        for device in self.unheard():
            self._name(device, "silent")
        while True:
            now_s = self._clock.monotonic_s()
            for device in [device for device, at_s in self._look_again.items() if at_s <= now_s]:
                del self._look_again[device]
                if device in self._sick:
                    self._name(device, self._sick[device])
            next_s = min(self._look_again.values(), default=None)
            await self._sick_bell.wait(None if next_s is None else next_s - now_s)

    def call_help(self, gate: str) -> None:
        """The help button at the door, or on the gate's screen."""
        self.incidents.report(Kind.HELP, gate)

    def _on_incident(self, found: Incident, happened: Fact) -> None:
        if found.kind is Kind.DEVICE and isinstance(happened, x.IncidentResolved) and found.place in self._sick:
            self._look_again[found.place] = self._clock.monotonic_s() + STILL_S
            self._sick_bell.ring()
        if found.kind is not Kind.HELP:
            return
        match happened:
            case x.IncidentOpened() | x.IncidentRepeated() if found.state is State.OPEN:
                self._await_answer(found.id)
            case x.IncidentClaimed() | x.IncidentResolved():
                self._help.pop(found.id, None)
                if found.state is State.CLAIMED and found.place.startswith("booth:"):
                    self.on_help_claimed(found.place.removeprefix("booth:"))

    def _await_answer(self, call: int) -> None:
        """Somebody calls, perhaps again: the box answers in time where nobody does."""
        self._help.setdefault(call, self._clock.monotonic_s() + self._settings.help_s)
        self._help_bell.ring()

    async def _keep_company(self) -> None:
        """Nobody answered in time: every exit opens, and the screen says so. Calls of before a restart count too."""
        for found in self.incidents.live.values():
            if found.kind is Kind.HELP and found.state is State.OPEN:
                self._await_answer(found.id)
        while True:
            ends_s = min(self._help.values(), default=None)
            if ends_s is None or ends_s > self._clock.monotonic_s():
                wait_s = None if ends_s is None else ends_s - self._clock.monotonic_s()
                await self._help_bell.wait(wait_s)
                continue
            for number in [n for n, until_s in self._help.items() if until_s <= self._clock.monotonic_s()]:
                del self._help[number]
                self.incidents.told(number, "exit", 1, "")
            for gate in self.gates.values():
                gate.door.release(Cause.HELP, HELP_OPEN_S)

    async def _self_test(self, gate: Gate) -> None:
        """Hourly proof that what a sensor says reaches staff: an incident that resolves itself."""
        while True:
            await self._clock.sleep(gate.settings.self_test_s)
            began_s = self._clock.monotonic_s()
            self.incidents.report(Kind.SELF_TEST, gate.settings.id)
            watchers = await self.board.seen(SEEN_S)
            took_ms = round((self._clock.monotonic_s() - began_s) * 1000)
            self.scribe.write(x.GateTested(gate.settings.id, took_ms, watchers))
            self.incidents.heal(Kind.SELF_TEST, gate.settings.id, Verdict.TEST)

    # ------------------------------------------------------------ by staff and shoppers

    def on_scan(self, gate: str, scan: Scan) -> Refusal | None:
        """A code shown at the door: an exit pass opens it."""
        refusal = self.passes.take(scan.text, gate)
        if refusal is None:
            self.gates[gate].door.release(Cause.PASS, PASS_OPEN_S)
        self.panels[gate].feed.cue("drip" if refusal is None else "low")
        return refusal

    async def open(self, gate: str, by: str, reason: str) -> None:
        """Staff open a door: first the door, then the book. Raises LedgerFault (the door is open all the same)."""
        self.gates[gate].door.release(Cause.STAFF, STAFF_OPEN_S)
        await self.scribe.written(x.DoorCommanded(gate, "open", by, reason))

    async def silence(self, gate: str, by: str, reason: str) -> None:
        self.gates[gate].silence()
        await self.scribe.written(x.DoorCommanded(gate, "silence", by, reason))

    async def reset_fire(self, gate: str, by: str, reason: str) -> bool:
        """False while the fire loop is still open."""
        if not self.gates[gate].door.reset_fire():
            return False
        await self.scribe.written(x.DoorCommanded(gate, "fire_reset", by, reason))
        return True

    async def set_mode(self, gate: str, mode: Mode, by: str, reason: str) -> None:
        """On disk first: a mode outlives a restart."""
        await self.scribe.written(x.DoorCommanded(gate, f"mode {mode}", by, reason))
        self.gates[gate].door.set_mode(mode)

    async def set_people(self, gate: str, inside: int, by: str, reason: str) -> None:
        """Somebody counted."""
        await self.scribe.written(x.DoorCommanded(gate, f"people {inside}", by, reason))
        self.gates[gate].door.people.inside = inside
        self.gates[gate].door.counted()

    async def member_pass(self, gate: str, number: str, days: int, by: str, reason: str) -> tuple[str, int]:
        """A code that lets a member in for so many days: (text, Unix milliseconds of its end)."""
        until_ms = self._clock.now_ms() + days * 86_400_000
        await self.scribe.written(x.DoorCommanded(gate, f"member pass •{number[-4:]}, {days} days", by, reason))
        return self.passes.member(number, until_ms), until_ms

    async def move(self, tags: Sequence[tuple[str, str]], minutes: float, by: str, reason: str) -> None:
        """Staff carry goods out for so many minutes."""
        until_ms = self._clock.now_ms() + math.ceil(minutes * 60_000)
        await self.scribe.written(x.GoodsMoved(tuple(tags), until_ms, by, reason))

    async def take_back(self, tags: Sequence[tuple[str, str]], by: str, reason: str) -> None:
        await self.scribe.written(x.GoodsReturned(tuple(tags), by, reason))


def _incident_list(epoch: str, rev: int, now_ms: int, drawn: Drawn) -> IncidentList:
    return IncidentList(epoch, rev, now_ms, *drawn)


def _caller(exits: Exits, gate: str) -> Callable[[], None]:
    return lambda: exits.call_help(gate)

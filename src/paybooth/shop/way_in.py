"""The way in at one gate: codes shown outside, opening hours, the sweep at closing. Leaving asks nothing of it."""

from __future__ import annotations

from collections import deque
from datetime import datetime

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain.door import Cause, Mode
from paybooth.domain.entry import Guest, Refusal, admit, parse_hours
from paybooth.domain.incident import THE_BOX, Kind
from paybooth.ports import Clock, Scan

from .bell import Bell
from .doors import Door
from .incidents import Incidents
from .passes import Passes
from .scribe import Scribe
from .settings import GateSettings, ShopSettings

log = structlog.get_logger()

OPEN_S = 6.0
TRIES_MOST, TRIES_S = 5, 60.0
"""So many wrong codes in a minute, and the entry listens no more until the minute is over."""

LOOK_S = 15.0
"""The clock is looked at this often: it may be set while we sleep."""


class WayIn:
    """The street side of one door."""

    def __init__(
        self, settings: ShopSettings, door: Door, passes: Passes, incidents: Incidents, clock: Clock, scribe: Scribe
    ) -> None:
        self._zone = settings.zone
        self._door = door
        self._passes = passes
        self._incidents = incidents
        self._clock = clock
        self._scribe = scribe
        self._hours = parse_hours(door.settings.hours)
        self._night = Mode(door.settings.night)
        self._bell = Bell()
        """Rung when hours are others."""
        self._wrong: deque[float] = deque(maxlen=TRIES_MOST)

    # ------------------------------------------------------------ codes

    def on_scan(self, scan: Scan) -> Refusal | None:
        """A code shown outside; None = the door is open."""
        now_s = self._clock.monotonic_s()
        if len(self._wrong) == TRIES_MOST and now_s - self._wrong[0] < TRIES_S:
            return self._refuse(Refusal.TOO_MANY_TRIES)
        guest, name = self._passes.guest(scan.text)
        refusal = admit(self._door.mode, guest, self._door.people.inside, self._door.settings.limit)
        if refusal is not None:
            if guest is Guest.STRANGER:
                self._wrong.append(now_s)
            return self._refuse(refusal)
        self._wrong.clear()
        self._door.people.admit(now_s)
        self._door.release(Cause.STAFF if guest is Guest.STAFF else Cause.MEMBER, OPEN_S)
        if guest is Guest.STAFF:
            self._scribe.write(x.DoorCommanded(self._door.settings.id, "enter", name, "showed a token or PIN"))
        return None

    def _refuse(self, why: Refusal) -> Refusal:
        self._scribe.write(x.PassRefused(self._door.settings.id, f"entry {why}"))
        return why

    # ------------------------------------------------------------ hours

    def work_by(self, gate: GateSettings) -> None:
        """Other hours, or another mode for the night; a night that lasts gets its new mode."""
        before, self._hours = self._night, parse_hours(gate.hours)
        self._night = Mode(gate.night)
        if before is not self._night and self._door.mode is before and not self._open():
            self._change(self._night)
        self._bell.ring()

    async def keep_hours(self) -> None:
        """Change the mode when opening hours begin and end; what staff set holds until the next change."""
        was_open = self._open()
        if self._hours is not None and was_open is not (self._door.mode not in (Mode.STAFF, Mode.CLOSED, Mode.CLOSING)):
            self._change(self._day() if was_open else self._night)
        while True:
            await self._bell.wait(LOOK_S)
            is_open = self._open()
            if is_open and not was_open:
                self._change(self._day())
            elif was_open and not is_open:
                self._change(Mode.CLOSING)
                await self._sweep()
            was_open = is_open

    async def _sweep(self) -> None:
        """Whoever is still inside is asked to leave; nobody is locked in, and staff look after who stays."""
        ends_s = self._clock.monotonic_s() + self._door.settings.sweep_s
        while self._clock.monotonic_s() < ends_s and self._door.people.inside and not self._open():
            await self._clock.sleep(LOOK_S)
        if self._door.mode is Mode.CLOSING and not self._open():
            self._change(self._night)
        if self._door.people.inside:
            self._incidents.report(Kind.INSIDE_AT_CLOSING, self._door.settings.id, str(self._door.people.inside))

    def _open(self) -> bool:
        """Without hours always."""
        return self._hours is None or self._hours.open_at(
            datetime.fromtimestamp(self._clock.now_ms() / 1000, self._zone).time()
        )

    def _day(self) -> Mode:
        return Mode(self._door.settings.mode)

    def _change(self, mode: Mode) -> None:
        log.info("mode", gate=self._door.settings.id, mode=mode)
        self._scribe.write(x.DoorCommanded(self._door.settings.id, f"mode {mode}", THE_BOX, "opening hours"))
        self._door.set_mode(mode)

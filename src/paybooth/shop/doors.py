"""One exit door as the floor sees it: inputs in, reasons to be open, relays out. Reacts first, writes down after.

Nothing here can lock anybody in: the lock is fail-safe and the button, the fire loop and the watchdog cut its power in
the wiring. What software adds is more reasons to be open, and a name for everything that is not as it should be.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain.door import FREE, TRANSITIONS, Cause, Event, Input, Mode, Output, State, step
from paybooth.domain.incident import Kind
from paybooth.domain.people import People
from paybooth.ports import Board, Clock, HealthState, Ledger

from .bell import Bell
from .incidents import Incidents
from .relays import Relays
from .scribe import Scribe
from .settings import GateSettings

log = structlog.get_logger()

HELD_BUTTON_S = 3.0
"""A button kept pressed this long ends any withholding."""

STUCK_BUTTON_S = 20.0
BOARD_SILENT_S = 1.0
UNCONFIRMED_S = 5.0
"""A press whose relay the board has not confirmed by then is journalled as such; the wiring has opened long before."""


class Door:
    """The door of one gate."""

    def __init__(
        self,
        settings: GateSettings,
        board: Board | None,
        *,
        ledger: Ledger,
        clock: Clock,
        scribe: Scribe,
        incidents: Incidents,
    ) -> None:
        self.settings = settings
        self.relays = Relays(board, clock)
        self.state = State.UNKNOWN
        self.inputs: dict[Input, bool] = {}
        self._board = board
        self._clock = clock
        self._scribe = scribe
        self._incidents = incidents
        kept = ledger.gate(settings.id)
        self.mode = Mode(kept.mode or settings.mode)
        self.fire = kept.fire
        self._causes: dict[Cause, float] = {}
        self._pressed_s: float | None = None
        self._presses: list[float] = []
        """Presses whose relay the board has yet to confirm; also from before the floor runs."""
        self._stuck = False
        self._open_s: float | None = None
        self._online = False
        self.people = People()
        self._bell = Bell()
        self.on_change: Callable[[], None] = lambda: None
        self.on_help: Callable[[], None] = lambda: None
        self.on_eye: Callable[[], None] = lambda: None
        if self.fire:
            self._causes[Cause.FIRE] = math.inf
        if board is not None:
            board.on_input = self.on_input

    # ------------------------------------------------------------ what happens at the door

    def on_input(self, which: Input, on: bool) -> None:
        """An edge. Everything that opens is done before this returns; the rest follows."""
        before = self.inputs.get(which)
        self.inputs[which] = on
        if before is on:
            return
        match which:
            case Input.BUTTON:
                self._button(on)
            case Input.FIRE if on:
                self._on_fire()
            case Input.DOOR:
                self._leaf(on)
            case Input.MAINS:
                self._mains(on)
            case Input.EYE if on:
                self.on_eye()
                self._beam(street=False)
            case Input.STREET if on:
                self._beam(street=True)
            case Input.HELP if on:
                self.on_help()
            case Input.EAS if on:
                self._pedestal()
            case Input.TAMPER if on:
                self._incidents.report(Kind.TAMPER, self.settings.id)
        self._settle()

    def _button(self, on: bool) -> None:
        if not on:
            self._pressed_s, self._stuck = None, False
            return
        now_s = self._clock.monotonic_s()
        self._pressed_s = now_s
        self.release(Cause.BUTTON, self.settings.button_s)
        self._presses.append(now_s)
        self._bell.ring()

    async def _confirm_press(self, pressed_s: float) -> None:
        try:
            async with asyncio.timeout(UNCONFIRMED_S):
                await self.relays.confirmed()
            took_ms = round((self._clock.monotonic_s() - pressed_s) * 1000)
        except TimeoutError:
            took_ms = -1
        self._scribe.write(x.ButtonPressed(self.settings.id, took_ms))

    def _on_fire(self) -> None:
        self.fire = True
        self._move(Event.FIRE)
        self.release(Cause.FIRE, math.inf)
        self._incidents.report(Kind.FIRE, self.settings.id)

    def _mains(self, lost: bool) -> None:
        if lost:
            self._move(Event.FAULT)
            self.release(Cause.MAINS, math.inf)
            self._incidents.report(Kind.MAINS, self.settings.id)
        else:
            self._causes.pop(Cause.MAINS, None)
            self._incidents.heal(Kind.MAINS, self.settings.id)

    def _leaf(self, opened: bool) -> None:
        if opened:
            self._open_s = self._clock.monotonic_s()
            self._move(Event.LEAF_OPENED)
            if self.state is State.FORCED:
                self._incidents.report(Kind.DOOR_FORCED, self.settings.id)
        else:
            self._open_s = None
            self._incidents.heal(Kind.DOOR_HELD, self.settings.id)
            self._move(Event.LEAF_CLOSED)

    def _beam(self, *, street: bool) -> None:
        if self.people.beam(self._clock.monotonic_s(), street=street) is not None:
            self.counted()

    def counted(self) -> None:
        """The number of people inside is another."""
        limit = self.settings.limit
        if limit and self.people.inside > limit:
            self._incidents.report(Kind.CROWD, self.settings.id, str(self.people.inside))
        else:
            self._incidents.heal(Kind.CROWD, self.settings.id)
        if self.people.inside == 0:
            self._incidents.heal(Kind.INSIDE_AT_CLOSING, self.settings.id)
        self.on_change()

    def _pedestal(self) -> None:
        """A one-bit pedestal rang: it cannot name the goods, so it never blames; light, and a person looks."""
        self.relays.want(Output.AMBER, True, self.settings.pulse_s)
        self._incidents.report(Kind.EAS, self.settings.id)

    def on_board(self, state: HealthState) -> None:
        """The board's line came or went."""
        online = state in (HealthState.ONLINE, HealthState.DEGRADED)
        if online is self._online and state is not HealthState.OFFLINE:
            return
        self._online = online
        self.relays.lost()
        if online:
            self._causes.pop(Cause.FAULT, None)
        elif state is HealthState.OFFLINE:
            # its watchdog drops the lock; nobody is here to relock before it answers again
            self._causes[Cause.FAULT] = math.inf
            self._move(Event.FAULT)
        self._settle()

    # ------------------------------------------------------------ opening

    def release(self, cause: Cause, for_s: float) -> None:
        """Open for this reason; a longer one already there stays."""
        new = cause not in self._causes
        until_s = self._clock.monotonic_s() + for_s
        self._causes[cause] = max(until_s, self._causes.get(cause, -math.inf))
        self._move(Event.RELEASE)
        self._settle()
        if new:
            self._scribe.write(x.DoorOpened(self.settings.id, cause))

    def has(self, cause: Cause) -> bool:
        return cause in self._causes

    def set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self._settle()

    def reset_fire(self) -> bool:
        """Staff looked; refused while the loop is still open."""
        if self.inputs.get(Input.FIRE):
            return False
        self.fire = False
        self._causes.pop(Cause.FIRE, None)
        self._settle()
        return True

    @property
    def known(self) -> bool:
        """Whether the board has answered; without a board there is nothing to know."""
        return self._online or self._board is None

    @property
    def sounding(self) -> bool:
        return self.relays.wanted[Output.SIREN]

    @property
    def hindrance(self) -> bool:
        """Something because of which nothing may be held back."""
        held = self._pressed_s is not None and self._clock.monotonic_s() - self._pressed_s >= HELD_BUTTON_S
        fault = any(cause in self._causes for cause in (Cause.FIRE, Cause.MAINS, Cause.FAULT))
        return held or fault or self.fire or not self._online

    def released_by(self) -> Cause | None:
        """The strongest reason for which it is open to everybody; None while it is not."""
        for cause in (Cause.FIRE, Cause.MAINS, Cause.FAULT, Cause.STAFF, Cause.HELP):
            if cause in self._causes:
                return cause
        return Cause.MODE if self.mode in FREE else None

    # ------------------------------------------------------------ machine and relays

    def _move(self, event: Event) -> None:
        before, self.state = self.state, step(self.state, event)
        if before is not self.state:
            self._scribe.write(x.DoorChanged(self.settings.id, self.state))
            self.on_change()

    def _settle(self) -> None:
        """Relays after reasons: the lock has power only while nothing speaks for an open door."""
        if self.state in (State.RELEASED_FIRE, State.RELEASED_FAULT) and not self._faulty():
            self._move(Event.CLEARED)
        locked = self._online and not self._causes and self.mode not in FREE and not self.fire
        if locked and not self.inputs.get(Input.DOOR) and (self.state, Event.LOCK) in TRANSITIONS:
            self._move(Event.LOCK)
        self.relays.want(Output.LOCK, locked)
        self._bell.ring()
        self.on_change()

    def _faulty(self) -> bool:
        return self.fire or Cause.MAINS in self._causes or Cause.FAULT in self._causes

    # ------------------------------------------------------------ time

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.relays.run(), name=f"relays {self.settings.id}")
            tasks.create_task(self.relays.feed(), name=f"watchdog {self.settings.id}")
            while True:
                self._on_time()
                presses, self._presses = self._presses, []
                for pressed_s in presses:
                    tasks.create_task(self._confirm_press(pressed_s), name=f"button {self.settings.id}")
                await self._bell.wait(self._next_s())

    def _next_s(self) -> float | None:
        now_s = self._clock.monotonic_s()
        ends = [until for until in self._causes.values() if until < math.inf]
        if self._pressed_s is not None:
            ends += [t for t in (self._pressed_s + HELD_BUTTON_S, self._pressed_s + STUCK_BUTTON_S) if t > now_s]
        if self._open_s is not None and self._watches_leaf():
            ends.append(self._open_s + self.settings.held_s)
        return max(0.01, min(ends) - now_s) if ends else None

    def _on_time(self) -> None:
        now_s = self._clock.monotonic_s()
        over = [cause for cause, until_s in self._causes.items() if until_s <= now_s]
        for cause in over:
            del self._causes[cause]
        if over:
            self._settle()
        if self._pressed_s is not None and not self._stuck and now_s - self._pressed_s >= STUCK_BUTTON_S:
            self._incidents.report(Kind.BUTTON_HELD, self.settings.id)
            self._stuck = True
        if self._watches_leaf() and now_s - (self._open_s or now_s) >= self.settings.held_s:
            self._move(Event.TOO_LONG)
            self._incidents.report(Kind.DOOR_HELD, self.settings.id)

    def _watches_leaf(self) -> bool:
        return self._open_s is not None and self.state in (State.OPEN, State.FORCED) and self.mode not in FREE

"""The truth of one exit: lock wiring, relay board, mains, fire loop, button, leaf, light beam. No clock of its own.

The lock is fail-safe and its supply runs through four things in a row: mains, the board's watchdog relay, the board's
lock relay, and the contacts of exit button and fire loop. Any one of them opens the door; no software stands in it.

    mains ── fire loop ── button (30 s timer relay) ── watchdog relay ── lock relay ── magnet
"""

from __future__ import annotations

from dataclasses import dataclass, field

from paybooth.domain.door import Input, Output

SPRING_S = 3.0
"""An open leaf that nobody holds closes by itself."""


@dataclass(slots=True)
class DoorSite:
    """One door and its board. All calls give the time in seconds, which never runs backwards."""

    watchdog_s: float = 3.0
    timer_s: float = 30.0
    """The button's timer relay keeps the lock without power this long."""
    coils: dict[Output, bool] = field(default_factory=lambda: dict.fromkeys(Output, False))
    mains: bool = True
    board_on: bool = True
    fire: bool = False
    tamper: bool = False
    pressed: bool = False
    help_pressed: bool = False
    pedestal: bool = False
    held_open: bool = False
    presses: int = 0
    openings: int = 0
    refusals: int = 0
    """Pushes that met a locked leaf."""
    siren_since_s: float | None = None
    sirens: int = 0
    _fed_s: float = -1e9
    _button_until_s: float = -1e9
    _open_since_s: float | None = None
    _eye_until_s: float = -1e9
    _street_until_s: float = -1e9

    # ------------------------------------------------------------ wiring

    def watchdog(self, now_s: float) -> bool:
        """Whether the watchdog relay holds; it drops all outputs when it does not."""
        return self.board_on and now_s - self._fed_s <= self.watchdog_s

    def locked(self, now_s: float) -> bool:
        """Whether the magnet has power."""
        return self.why(now_s) == "locked"

    def why(self, now_s: float) -> str:
        """What speaks for an open door first, or `locked`."""
        if not self.mains:
            return "mains"
        if self.fire:
            return "fire"
        if self.pressed or now_s < self._button_until_s:
            return "button"
        if not self.watchdog(now_s):
            return "watchdog"
        return "locked" if self.coils[Output.LOCK] else "relay"

    def output(self, output: Output, now_s: float) -> bool:
        """What really is on."""
        return self.watchdog(now_s) and self.coils[output]

    # ------------------------------------------------------------ the box's side of the board

    def write(self, outputs: dict[Output, bool], now_s: float) -> None:
        """Coils as written by whoever speaks to the board."""
        before = self.output(Output.SIREN, now_s)
        self.coils.update(outputs)
        if self.output(Output.SIREN, now_s) and not before:
            self.siren_since_s, self.sirens = now_s, self.sirens + 1

    def feed(self, now_s: float) -> None:
        if not self.watchdog(now_s):
            self.coils = dict.fromkeys(Output, False)  # what was on before it dropped does not come back by itself
        self._fed_s = now_s

    def inputs(self, now_s: float) -> dict[Input, bool]:
        """What the board senses, True = the thing to react to."""
        return {
            Input.BUTTON: self.pressed,
            Input.FIRE: self.fire,
            Input.DOOR: self.is_open(now_s),
            Input.EYE: now_s < self._eye_until_s,
            Input.EAS: self.pedestal,
            Input.TAMPER: self.tamper,
            Input.MAINS: not self.mains,
            Input.HELP: self.help_pressed,
            Input.STREET: now_s < self._street_until_s,
        }

    # ------------------------------------------------------------ people

    def press(self, now_s: float) -> None:
        """Press the exit button: its first pole cuts the lock's power, whatever else is broken."""
        self.pressed = True
        self.presses += 1
        self._button_until_s = now_s + self.timer_s

    def let_go(self) -> None:
        self.pressed = False

    def push(self, now_s: float) -> bool:
        """Push the leaf; whether it opened."""
        if self.is_open(now_s):
            return True
        if self.locked(now_s):
            self.refusals += 1
            return False
        self._open_since_s = now_s
        self.openings += 1
        return True

    def is_open(self, now_s: float) -> bool:
        if self._open_since_s is not None and not self.held_open and now_s - self._open_since_s > SPRING_S:
            self._open_since_s = None
        return self._open_since_s is not None

    def pass_through(self, now_s: float, seconds: float = 0.5) -> None:
        """Somebody breaks the light beam."""
        self._eye_until_s = max(self._eye_until_s, now_s + seconds)

    def at_the_street(self, now_s: float, seconds: float = 0.5) -> None:
        """Somebody breaks the beam on the street side."""
        self._street_until_s = max(self._street_until_s, now_s + seconds)

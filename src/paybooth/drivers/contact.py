"""The contacts of a door, however they are wired: bounce, stuck buttons, normally closed loops, what goes where.

Shared by the boards (modbus.py, gpio.py), so that a button behaves the same on each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from paybooth.domain.door import Input

NORMALLY_CLOSED = frozenset({Input.FIRE, Input.DOOR, Input.TAMPER, Input.MAINS})

BOUNCES_MOST, BOUNCE_S = 20, 5.0
PRESS_S = 0.2
"""A bouncing button presses at most this often."""

QUIET_S = 0.03
"""A button counts as let go when its contact was open this long; a press counts at once."""

STUCK_S = 60.0
STICKY = frozenset({Input.BUTTON, Input.EAS, Input.HELP})
"""Inputs that nobody keeps on for a minute."""


class Contact:
    """One input: what the board says, and what we said of it."""

    def __init__(self, which: Input) -> None:
        self.which = which
        self.said: bool | None = None
        self.raw = False
        self.since_s = 0.0
        self.told_s = -1e9
        self.edges: deque[float] = deque(maxlen=BOUNCES_MOST + 1)

    def see(self, on: bool, now_s: float) -> bool | None:
        """A poll; the new value where there is something to tell."""
        if on is not self.raw or self.said is None:
            self.raw, self.since_s = on, now_s
            self.edges.append(now_s)
        if on is self.said:
            return None
        presses = self.which in STICKY
        if presses and not on and now_s - self.since_s < QUIET_S and self.said is not None:
            return None
        if presses and on and self.bounces(now_s) and now_s - self.told_s < PRESS_S:
            return None
        self.said, self.told_s = on, now_s
        return on

    def bounces(self, now_s: float) -> bool:
        return len(self.edges) > BOUNCES_MOST and now_s - self.edges[0] < BOUNCE_S

    def stuck(self, now_s: float) -> bool:
        return self.which in STICKY and self.said is True and now_s - self.since_s > STUCK_S


def ailments(contacts: Iterable[Contact], now_s: float) -> list[str]:
    """What is wrong with contacts, as reasons of a health state."""
    known = list(contacts)
    reasons = [f"bouncing_{each.which}" for each in known if each.bounces(now_s)]
    return reasons + [f"stuck_{each.which}" for each in known if each.stuck(now_s)]


def closed_at_rest(options: dict[str, str]) -> frozenset[Input]:
    """Takes `nc` out of a driver URL's options: the contacts that are closed while nothing happens."""
    given = options.pop("nc", None)
    return NORMALLY_CLOSED if given is None else frozenset(Input(each) for each in given.split(",") if each)


def wired_to(options: dict[str, str], name: str, default: int | None) -> int | None:
    """An address from the URL; `-` leaves the output or input out."""
    given = options.pop(name, None)
    return default if given is None else None if given == "-" else int(given)

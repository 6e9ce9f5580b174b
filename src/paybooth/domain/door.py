"""One exit door: its machine, why it is open, and the one thing that software may ever hold back.

The lock is fail-safe: power locks, everything else opens. The exit button, the fire loop and the watchdog relay cut its
power in the wiring; this machine only follows what the inputs tell and adds reasons to release. There is no command to
lock an exit.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    UNKNOWN = "unknown"  # the board has not answered yet
    LOCKED = "locked"
    UNLOCKED_PULSE = "unlocked_pulse"
    OPEN = "open"
    HELD_OPEN = "held_open"
    FORCED = "forced"
    RELEASED_FIRE = "released_fire"
    RELEASED_FAULT = "released_fault"


class Event(StrEnum):
    LOCK = "lock"  # no reason to be released is left, and the leaf is closed
    RELEASE = "release"
    LEAF_OPENED = "leaf_opened"
    LEAF_CLOSED = "leaf_closed"
    TOO_LONG = "too_long"  # it stands open longer than allowed
    FIRE = "fire"
    FAULT = "fault"  # mains or board lost, watchdog dropped
    CLEARED = "cleared"  # fire was reset, the fault is over


S, E = State, Event
TRANSITIONS: dict[tuple[State, Event], State] = {
    (S.UNKNOWN, E.LOCK): S.LOCKED,
    (S.UNKNOWN, E.RELEASE): S.UNLOCKED_PULSE,
    (S.UNKNOWN, E.LEAF_OPENED): S.OPEN,
    (S.UNKNOWN, E.LEAF_CLOSED): S.UNKNOWN,
    (S.LOCKED, E.LOCK): S.LOCKED,
    (S.LOCKED, E.RELEASE): S.UNLOCKED_PULSE,
    (S.LOCKED, E.LEAF_OPENED): S.FORCED,
    (S.LOCKED, E.LEAF_CLOSED): S.LOCKED,
    (S.UNLOCKED_PULSE, E.LOCK): S.LOCKED,
    (S.UNLOCKED_PULSE, E.RELEASE): S.UNLOCKED_PULSE,
    (S.UNLOCKED_PULSE, E.LEAF_OPENED): S.OPEN,
    (S.UNLOCKED_PULSE, E.LEAF_CLOSED): S.UNLOCKED_PULSE,
    (S.OPEN, E.RELEASE): S.OPEN,
    (S.OPEN, E.LEAF_OPENED): S.OPEN,
    (S.OPEN, E.LEAF_CLOSED): S.UNLOCKED_PULSE,
    (S.OPEN, E.TOO_LONG): S.HELD_OPEN,
    (S.HELD_OPEN, E.RELEASE): S.HELD_OPEN,
    (S.HELD_OPEN, E.LEAF_OPENED): S.HELD_OPEN,
    (S.HELD_OPEN, E.LEAF_CLOSED): S.UNLOCKED_PULSE,
    (S.FORCED, E.RELEASE): S.OPEN,
    (S.FORCED, E.LEAF_OPENED): S.FORCED,
    (S.FORCED, E.LEAF_CLOSED): S.UNLOCKED_PULSE,
    (S.FORCED, E.TOO_LONG): S.HELD_OPEN,
    (S.RELEASED_FIRE, E.CLEARED): S.UNLOCKED_PULSE,
    (S.RELEASED_FAULT, E.CLEARED): S.UNLOCKED_PULSE,
    (S.RELEASED_FAULT, E.FIRE): S.RELEASED_FIRE,
}
"""Without the rows below: fire and fault lead from everywhere to their state, and nothing but CLEARED leads out."""
for _state in State:
    TRANSITIONS[_state, E.FIRE] = S.RELEASED_FIRE
    if _state is not S.RELEASED_FIRE:
        TRANSITIONS[_state, E.FAULT] = S.RELEASED_FAULT
for _event in (E.RELEASE, E.LEAF_OPENED, E.LEAF_CLOSED):
    TRANSITIONS[S.RELEASED_FIRE, _event] = S.RELEASED_FIRE
    TRANSITIONS[S.RELEASED_FAULT, _event] = S.RELEASED_FAULT
TRANSITIONS[S.RELEASED_FIRE, E.FAULT] = S.RELEASED_FIRE


def step(state: State, event: Event) -> State:
    """The next state; an illegal pair is a programming error."""
    assert (state, event) in TRANSITIONS, f"door: {event} is illegal in {state}"
    return TRANSITIONS[state, event]


class Mode(StrEnum):
    """How people may come in. Whoever is inside gets out in each of them."""

    OPEN = "open"  # everybody: the lock has no power
    MEMBERS = "members"  # with an exit pass or a member's code
    STAFF = "staff"  # with a staff PIN
    DELIVERY = "delivery"  # held open for goods to come in; no siren
    CLEANING = "cleaning"  # staff only; no siren
    CLOSING = "closing"  # nobody in; everybody still inside is asked to leave
    CLOSED = "closed"


FREE = frozenset({Mode.OPEN, Mode.DELIVERY})
"""Modes in which the lock has no power at all."""

QUIET = frozenset({Mode.DELIVERY, Mode.CLEANING})
"""Modes in which staff carry goods: no siren, only a line in the journal."""


class Cause(StrEnum):
    """Why the lock is released; any one is enough."""

    BUTTON = "button"
    GOODS = "goods"  # goods stand before the gate: the convenience opening
    PASS = "pass"  # noqa: S105 no password
    MEMBER = "member"
    STAFF = "staff"
    HELP = "help"  # nobody answered a call for help in time
    FIRE = "fire"
    MAINS = "mains"
    FAULT = "fault"
    MODE = "mode"


class Output(StrEnum):
    """What a relay board switches. Off is always the safe side: an idle lock relay is an open door."""

    LOCK = "lock"  # on = the fail-safe lock has power, as far as wiring lets it
    SIREN = "siren"
    RED = "red"  # alarm lamp
    AMBER = "amber"  # please look at the screen
    GREEN = "green"  # go on
    CALL = "call"  # staff, please


class Input(StrEnum):
    """What a relay board senses, told so that True is always the thing one must react to."""

    BUTTON = "button"  # the exit button's second pole; the first cuts the lock's power without us
    FIRE = "fire"  # the fire loop is open
    DOOR = "door"  # the leaf is open
    EYE = "eye"  # somebody stands in the light beam of the passage
    EAS = "eas"  # a one-bit pedestal saw a live label
    TAMPER = "tamper"  # the cabinet is open
    MAINS = "mains"  # mains power is lost, the board lives on its battery
    HELP = "help"  # the help button at the door
    STREET = "street"  # a second light beam, on the street side: with it, people are counted both ways


WITHHELD_MOST_S = 15.0
"""The ceiling of delayed egress (NFPA 101, 7.2.1.6.1; devices facts 5.3). Not a setting."""


def withheld_s(wanted_s: float, *, unpaid: bool, waiting_s: float, hindrance: bool) -> float:
    """Seconds for which the convenience opening is still held back from somebody with unpaid goods; 0 = open now.

    It never concerns the exit button. `hindrance`: fire, power fault, a fault of box, board or reader, or the button
    kept pressed: then nothing is held back.
    """
    if not unpaid or hindrance:
        return 0.0
    return max(0.0, min(wanted_s, WITHHELD_MOST_S) - max(0.0, waiting_s))

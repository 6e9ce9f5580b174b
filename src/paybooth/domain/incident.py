"""Something staff must look at: one model for theft, fire, help, doors, dead devices, money in doubt.

open → claimed → resolved, with a verdict that fits its kind. The same thing again joins the open incident. Nobody
looked in time: the ladder tells further people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from . import exit_facts as x
from .facts import Fact


class Kind(StrEnum):
    UNPAID = "unpaid"
    EAS = "eas"
    FIRE = "fire"
    HELP = "help"
    BUTTON_HELD = "button_held"
    DOOR_FORCED = "door_forced"
    DOOR_HELD = "door_held"
    DEVICE = "device"
    MONEY = "money"
    TAMPER = "tamper"
    MAINS = "mains"
    CROWD = "crowd"
    INSIDE_AT_CLOSING = "inside_at_closing"
    SELF_TEST = "self_test"


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class State(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class Verdict(StrEnum):
    PAID = "paid"
    PUT_BACK = "put_back"
    THEFT = "theft"
    MISTAKE = "mistake"
    FALSE_ALARM = "false_alarm"
    HELPED = "helped"
    REPAIRED = "repaired"
    TEST = "test"
    OTHER = "other"


class Event(StrEnum):
    REPEAT = "repeat"
    CLAIM = "claim"
    NOTE = "note"
    TELL = "tell"
    RESOLVE = "resolve"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.REPEAT): State.OPEN,
    (State.OPEN, Event.CLAIM): State.CLAIMED,
    (State.OPEN, Event.NOTE): State.OPEN,
    (State.OPEN, Event.TELL): State.OPEN,
    (State.OPEN, Event.RESOLVE): State.RESOLVED,
    (State.CLAIMED, Event.REPEAT): State.CLAIMED,
    (State.CLAIMED, Event.CLAIM): State.CLAIMED,
    (State.CLAIMED, Event.NOTE): State.CLAIMED,
    (State.CLAIMED, Event.TELL): State.CLAIMED,
    (State.CLAIMED, Event.RESOLVE): State.RESOLVED,
    (State.RESOLVED, Event.NOTE): State.RESOLVED,
    (State.RESOLVED, Event.TELL): State.RESOLVED,
}


def step(state: State, event: Event) -> State:
    """The next state; an illegal pair is a programming error."""
    assert (state, event) in TRANSITIONS, f"incident: {event} is illegal in {state}"
    return TRANSITIONS[state, event]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind is treated: severity, the one next thing to do, the verdicts that fit."""

    severity: Severity
    next: str
    verdicts: tuple[Verdict, ...]
    steps: tuple[str, ...]
    """The runbook: what to look at and do, in order, before the verdict (`step-<key>` in incidents.ftl)."""
    heals: bool = False
    """Resolved by the box itself when the trouble is over."""


_V = Verdict
MANNERS: dict[Kind, Manner] = {
    Kind.UNPAID: Manner(
        Severity.CRITICAL,
        "look",
        (_V.PAID, _V.PUT_BACK, _V.FALSE_ALARM, _V.THEFT, _V.MISTAKE, _V.TEST, _V.OTHER),
        ("reads", "silence", "booth", "shelf"),
    ),
    Kind.EAS: Manner(
        Severity.WARNING,
        "look",
        (_V.PAID, _V.PUT_BACK, _V.FALSE_ALARM, _V.THEFT, _V.MISTAKE, _V.TEST, _V.OTHER),
        ("silence", "booth", "shelf"),
    ),
    Kind.FIRE: Manner(
        Severity.CRITICAL, "call_fire", (_V.FALSE_ALARM, _V.TEST, _V.OTHER), ("call_fire", "ask_inside", "fire_reset")
    ),
    Kind.HELP: Manner(
        Severity.CRITICAL, "speak", (_V.HELPED, _V.MISTAKE, _V.TEST, _V.OTHER), ("booth", "open", "send")
    ),
    Kind.BUTTON_HELD: Manner(
        Severity.WARNING,
        "speak",
        (_V.HELPED, _V.REPAIRED, _V.MISTAKE, _V.TEST, _V.OTHER),
        ("ask_inside", "open", "send"),
    ),
    Kind.DOOR_FORCED: Manner(
        Severity.CRITICAL, "look", (_V.REPAIRED, _V.MISTAKE, _V.FALSE_ALARM, _V.TEST, _V.OTHER), ("door", "send")
    ),
    Kind.DOOR_HELD: Manner(
        Severity.WARNING, "look", (_V.REPAIRED, _V.MISTAKE, _V.TEST, _V.OTHER), ("door", "send"), heals=True
    ),
    Kind.DEVICE: Manner(
        Severity.WARNING, "visit", (_V.REPAIRED, _V.FALSE_ALARM, _V.TEST, _V.OTHER), ("device", "send"), heals=True
    ),
    Kind.MONEY: Manner(Severity.WARNING, "settle", (_V.REPAIRED, _V.MISTAKE, _V.OTHER), ("sale", "bill", "shopper")),
    Kind.TAMPER: Manner(Severity.CRITICAL, "look", (_V.REPAIRED, _V.MISTAKE, _V.TEST, _V.OTHER), ("door", "send")),
    Kind.MAINS: Manner(
        Severity.CRITICAL, "visit", (_V.REPAIRED, _V.TEST, _V.OTHER), ("ask_inside", "send"), heals=True
    ),
    Kind.CROWD: Manner(
        Severity.WARNING, "look", (_V.HELPED, _V.FALSE_ALARM, _V.OTHER), ("door", "ask_inside"), heals=True
    ),
    Kind.INSIDE_AT_CLOSING: Manner(
        Severity.WARNING, "speak", (_V.HELPED, _V.FALSE_ALARM, _V.OTHER), ("ask_inside", "open", "send"), heals=True
    ),
    Kind.SELF_TEST: Manner(Severity.INFO, "nothing", (_V.TEST,), (), heals=True),
}

THE_BOX = "the box"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands. Times are Unix milliseconds."""

    id: int
    kind: Kind
    severity: Severity
    place: str
    detail: str
    items: tuple[x.ItemSeen, ...]
    opened_ms: int
    last_ms: int
    state: State = State.OPEN
    times: int = 1
    claimed_by: str = ""
    claimed_ms: int | None = None
    escalated: int = 0
    verdict: str = ""
    note: str = ""
    resolved_by: str = ""
    resolved_ms: int | None = None
    evidence: x.Evidence | None = field(default=None, repr=False)


def begin(opened: x.IncidentOpened, at_ms: int) -> Incident:
    """The incident that a fact opened."""
    return Incident(
        opened.incident, Kind(opened.what), Severity(opened.severity), opened.place, opened.detail, opened.items,
        at_ms, at_ms, evidence=opened.evidence,
    )  # fmt: skip


def apply(incident: Incident, happened: Fact, at_ms: int) -> Incident:
    """The incident after a fact about it."""
    match happened:
        case x.IncidentRepeated():
            return replace(
                incident,
                state=step(incident.state, Event.REPEAT),
                times=incident.times + 1,
                last_ms=at_ms,
                detail=happened.detail or incident.detail,
                items=together((*incident.items, *happened.items)),
                evidence=incident.evidence or happened.evidence,
            )
        case x.IncidentClaimed():
            state = step(incident.state, Event.CLAIM)
            return replace(incident, state=state, claimed_by=happened.by, claimed_ms=at_ms)
        case x.IncidentNoted():
            return replace(incident, state=step(incident.state, Event.NOTE))
        case x.IncidentTold():
            state = step(incident.state, Event.TELL)
            if state is State.RESOLVED:
                return incident  # a late word about something that is over
            return replace(incident, state=state, escalated=max(incident.escalated, happened.step))
        case x.IncidentResolved():
            return replace(
                incident,
                state=step(incident.state, Event.RESOLVE),
                verdict=happened.verdict,
                note=happened.note,
                resolved_by=happened.by,
                resolved_ms=at_ms,
            )
    raise AssertionError(f"not about an incident: {happened.kind}")


def together(items: Sequence[x.ItemSeen]) -> tuple[x.ItemSeen, ...]:
    """Equal goods as one item."""
    found: dict[str, x.ItemSeen] = {}
    for item in items:
        known = found.get(item.sku)
        found[item.sku] = replace(known, count=known.count + item.count) if known else item
    return tuple(found.values())


class Refusal(StrEnum):
    """Why staff may not do that to an incident now."""

    RESOLVED = "resolved"
    CLAIMED = "claimed"  # somebody else has it
    NOT_CLAIMED = "not_claimed"
    WRONG_VERDICT = "wrong_verdict"
    NO_NOTE = "no_note"  # `other` wants words


NOTE_MOST = 500


def claim(incident: Incident, by: str, *, take_over: bool = False) -> x.IncidentClaimed | Refusal:
    """Two people never own one incident; taking it over from somebody is said so."""
    if incident.state is State.RESOLVED:
        return Refusal.RESOLVED
    if incident.state is State.CLAIMED and not take_over:
        return Refusal.CLAIMED
    return x.IncidentClaimed(incident.id, by)


def resolve(incident: Incident, by: str, verdict: str, note: str) -> x.IncidentResolved | Refusal:
    """Who resolves owns it, or claims it by resolving an open one; somebody else's is left alone."""
    if incident.state is State.RESOLVED:
        return Refusal.RESOLVED
    if incident.state is State.CLAIMED and incident.claimed_by != by:
        return Refusal.CLAIMED
    if verdict not in MANNERS[incident.kind].verdicts:
        return Refusal.WRONG_VERDICT
    if verdict == Verdict.OTHER and not note.strip():
        return Refusal.NO_NOTE
    return x.IncidentResolved(incident.id, by, verdict, note[:NOTE_MOST])


def next_action(incident: Incident) -> str:
    """The one thing to do next."""
    match incident.state:
        case State.OPEN:
            return "claim" if incident.severity is not Severity.INFO else MANNERS[incident.kind].next
        case State.CLAIMED:
            return MANNERS[incident.kind].next
        case State.RESOLVED:
            return "nothing"


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody away from any console is told of an incident. Goods are named, people never are."""

    shop: str
    """Its code."""
    incident: int
    kind: str
    severity: str
    place: str
    detail: str
    goods: tuple[str, ...]
    opened_ms: int
    title: str
    text: str
    """A few lines in the target's language."""
    url: str
    """Where to look; empty where the shop has no public address."""

"""Facts of the exit: passages, doors, passes and incidents. The same rules as facts.py, which has those of money."""

from __future__ import annotations

from dataclasses import dataclass

from .facts import Fact, Privacy, fact
from .money import Fen

# ---------------------------------------------------------------- goods and the gate


@dataclass(frozen=True, slots=True)
class TagSeen:
    """One tag of ours in a passage."""

    sku: str
    serial: str
    standing: str
    """A leave.Standing."""
    sale: str
    """The sale that paid it; empty where none did."""


@fact("passage.seen", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class PassageSeen(Fact):
    """Goods went through the gate; tags that are not this shop's are counted, never listed."""

    gate: str
    direction: str
    """out or in."""
    tags: tuple[TagSeen, ...]
    foreign: int


@fact("gate.alarmed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class GateAlarmed(Fact):
    """Light and siren were on before this was written. `took_ms`: from the deciding report to the confirmed relay."""

    gate: str
    tags: tuple[TagSeen, ...]
    incident: int
    siren: bool
    """False where the same goods rang within the last minutes, or the board did not answer."""
    took_ms: int


@fact("gate.offered", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class GateOffered(Fact):
    """Unpaid goods stood before the gate, and its screen offered to pay or put back."""

    gate: str
    tags: tuple[TagSeen, ...]


@fact("gate.repaired", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class GateRepaired(Fact):
    """How the offer ended: paid, put_back (said so), gone (left the field without passing) or passed."""

    gate: str
    how: str


@fact("goods.moved", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class GoodsMoved(Fact):
    """Staff carry goods out: these tags may pass until then."""

    tags: tuple[tuple[str, str], ...]
    """Pairs of sku and serial."""
    until_ms: int
    by: str
    reason: str


@fact("goods.returned", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class GoodsReturned(Fact):
    """Sold goods are back on the shelf: nobody has paid for them any more."""

    tags: tuple[tuple[str, str], ...]
    by: str
    reason: str


@fact("pass.used", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class PassUsed(Fact):
    """An exit pass opened the door; its like never does again."""

    sale: str
    gate: str


@fact("pass.refused", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class PassRefused(Fact):
    gate: str
    why: str


# ---------------------------------------------------------------- doors


@fact("button.pressed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class ButtonPressed(Fact):
    """`took_ms`: from the edge to the relay confirmed; -1 where the board did not confirm (the wiring opened all the
    same).
    """

    gate: str
    took_ms: int


@fact("door.opened", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class DoorOpened(Fact):
    """The lock was released: button, goods, pass, member, staff, help, fire, fault, mode, member."""

    gate: str
    cause: str


@fact("door.changed", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class DoorChanged(Fact):
    gate: str
    state: str


@fact("door.commanded", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class DoorCommanded(Fact):
    """What staff did to a gate: open, silence, fire_reset, or mode with its name."""

    gate: str
    act: str
    by: str
    reason: str


# ---------------------------------------------------------------- incidents


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """Goods an incident is about, as they were called then."""

    sku: str
    name_zh: str
    name_en: str
    picture: str
    price: Fen | None
    count: int


@dataclass(frozen=True, slots=True)
class TagProof:
    """What the gate knew of one tag when it decided."""

    sku: str
    serial: str
    epc: str
    """Hex."""
    standing: str
    sale: str


@dataclass(frozen=True, slots=True)
class ReadProof:
    """What one side saw of a tag in a tenth of a second: milliseconds before the decision (negative), which tag, which
    zone, best dBm.
    """

    at_ms: int
    tag: int
    zone: str
    rssi: int
    n: int = 0
    """Reads; 0 in rows older than this field."""
    power: int = 0
    """Sum of received power, 10⁻¹³ mW."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Enough to judge again: the reads, the rule that judged them, and where to look in the recordings."""

    tags: tuple[TagProof, ...]
    reads: tuple[ReadProof, ...]
    bookmark_ms: int
    took_ms: int | None
    rule: str
    move: str = ""
    """What the rule said: a passage.Move."""
    eye_ms: int | None = None
    """When the light beam was last broken, against the decision."""
    settings: tuple[tuple[str, float], ...] = ()
    """Of the rule, where they are not its own."""


@fact("incident.opened", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class IncidentOpened(Fact):
    incident: int
    what: str
    """An incident.Kind."""
    severity: str
    place: str
    detail: str
    items: tuple[ItemSeen, ...]
    evidence: Evidence | None


@fact("incident.repeated", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class IncidentRepeated(Fact):
    """The same again; it joins the open incident. More goods of one passage come this way too."""

    incident: int
    detail: str
    items: tuple[ItemSeen, ...]
    evidence: Evidence | None


@fact("incident.claimed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class IncidentClaimed(Fact):
    incident: int
    by: str


@fact("incident.noted", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class IncidentNoted(Fact):
    incident: int
    by: str
    text: str


@fact("incident.told", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class IncidentTold(Fact):
    """A step of the ladder: `target` was told, or why not: at the first try that failed and when the box gave up."""

    incident: int
    target: str
    step: int
    why: str


@fact("incident.resolved", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class IncidentResolved(Fact):
    incident: int
    by: str
    """`the box` where the trouble went away by itself."""
    verdict: str
    note: str


@fact("gate.tested", Privacy.NONE)
@dataclass(frozen=True, slots=True)
class GateTested(Fact):
    """The hourly test of the path sensor → staff: how long it took until a console could see it."""

    gate: str
    took_ms: int
    watchers: int
    """Consoles that were there to see it."""

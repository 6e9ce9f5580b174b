"""What the gate's screen and the incident pages show: whole, numbered snapshots, like a booth's (views.py).

Texts are keys of `locales/*/gate.ftl` and `locales/*/incidents.ftl`. Times are Unix milliseconds, amounts fen.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .views import HelpView, IntentResult, Language, Words

GatePhase = Literal[
    "ready",  # nobody here, or somebody with nothing: the door opens by the button, no phone needed
    "thanks",  # paid goods are leaving: the door is open
    "hold",  # the charge for these goods is still being checked; no siren, stay a moment or go to staff
    "repair",  # these goods are not paid yet: pay here, or put them back
    "paying",  # they are on the gate's own booth now; its kiosk is shown
    "alarm",  # unpaid goods went past: light and voice; staff know; the door is not locked
    "released",  # fire, power or a fault: the door is open for everybody, just go
    "starting",  # the box has not heard from reader or board yet; the exit button works without it
]

DoorState = Literal[
    "unknown", "locked", "unlocked_pulse", "open", "held_open", "forced", "released_fire", "released_fault"
]
Mode = Literal["open", "members", "staff", "delivery", "cleaning", "closing", "closed"]
"""How people may come in; whoever is inside gets out in each of them."""


class GateItem(msgspec.Struct, frozen=True):
    """Goods on the gate's screen or in an incident; equal ones are one item."""

    sku: str
    """Empty where the tag is ours but the catalogue does not know it."""
    name: Words
    picture: str
    price_fen: int | None
    count: int


class GateView(msgspec.Struct, frozen=True):
    gate: str
    phase: GatePhase
    cause: Literal["", "fire", "mains", "fault", "staff", "delivery", "cleaning", "closing"]
    """Why `released`; in `ready`, what goes on beside it (cleaning, closing); empty otherwise."""
    language: Language
    shop: Words
    items: tuple[GateItem, ...]
    """Not paid yet (repair, alarm), or waiting for their charge (hold); empty otherwise."""
    due_fen: int
    paid_count: int
    """Paid pieces read in this passage."""
    pay_booth: str
    """The booth that takes the money for `items`; empty where none can now."""
    pay_here: bool
    """Whether that booth's kiosk is this screen."""
    put_back: bool
    """The shopper said they will put it back: the shelf for returned goods is to the right."""
    door: DoorState
    voice: str
    """Key of the sentence to speak now (`voice-<key>`), empty for none; a new one only with a new `voice_id`."""
    voice_id: int
    help: HelpView | None
    last_intent: IntentResult | None


class GateSnapshot(msgspec.Struct, frozen=True):
    epoch: str
    rev: int
    server_time_ms: int
    view: GateView
    type: Literal["snapshot"] = "snapshot"


# ---------------------------------------------------------------- incidents

IncidentKind = Literal[
    "unpaid",  # unpaid goods went past the gate
    "eas",  # a one-bit pedestal rang, nothing names the goods
    "fire",
    "help",
    "button_held",  # the exit button is kept pressed
    "door_forced",  # the leaf opened without a release
    "door_held",  # it stands open too long
    "device",  # a device died; `place` names it
    "money",  # a charge in doubt, or books that differ
    "tamper",
    "mains",
    "crowd",  # more people inside than the limit
    "inside_at_closing",
    "self_test",  # the hourly test of the path sensor → staff; resolves itself
]
Severity = Literal["critical", "warning", "info"]
IncidentState = Literal["open", "claimed", "resolved"]
Verdict = Literal["paid", "put_back", "theft", "mistake", "false_alarm", "helped", "repaired", "test", "other"]


class TagEvidence(msgspec.Struct, frozen=True):
    """What the gate knew of one tag."""

    item: GateItem
    epc_tail: str
    judged: Literal["paid", "unpaid", "held", "sold_before", "brought_in", "staff", "foreign"]
    sale: str
    """The sale that paid it; empty where none did."""
    reads: int
    first_ms: int
    last_ms: int
    best_inner: int | None
    """dBm"""
    best_outer: int | None


class ReadPoint(msgspec.Struct, frozen=True):
    """One read, for the plot: `tag` counts into EvidenceView.tags."""

    at_ms: int
    tag: int
    zone: Literal["inner", "outer"]
    rssi: int


class EvidenceView(msgspec.Struct, frozen=True):
    tags: tuple[TagEvidence, ...]
    reads: tuple[ReadPoint, ...]
    bookmark_ms: int
    """The moment to look at in the cameras' recordings."""
    alarm_ms: int | None
    """From the report that decided to the siren relay confirmed, in milliseconds."""
    rule: str
    """Version of the rule that decided, so that the reads can be judged again."""


class StoryStep(msgspec.Struct, frozen=True):
    """One line of what happened: opened, again, told (a target), not_told, claimed, handed, noted, resolved."""

    at_ms: int
    what: str
    who: str
    detail: str


class IncidentView(msgspec.Struct, frozen=True):
    id: int
    kind: IncidentKind
    severity: Severity
    state: IncidentState
    place: str
    """Gate, booth or device, such as `exit` or `printer:1`."""
    detail: str
    """Machine word, such as the reason of a dead device; empty for none."""
    items: tuple[GateItem, ...]
    opened_ms: int
    last_ms: int
    times: int
    """How often the same thing was reported; repeats join one incident."""
    claimed_by: str
    claimed_ms: int | None
    escalated: int
    """Steps of the ladder taken: 0 console only."""
    verdict: Verdict | Literal[""]
    note: str
    resolved_by: str
    resolved_ms: int | None
    next_action: str
    """Key of the one thing to do next (`next-<key>` in incidents.ftl): claim, look, speak, open_door, visit, call …"""
    verdicts: tuple[Verdict, ...]
    """Those that fit this kind, in the order of the number keys."""
    steps: tuple[str, ...]
    """The runbook of this kind (`step-<key>` in incidents.ftl)."""


class IncidentPage(msgspec.Struct, frozen=True):
    """One incident whole: GET /api/incidents/{id}."""

    incident: IncidentView
    story: tuple[StoryStep, ...]
    evidence: EvidenceView | None


class DoorView(msgspec.Struct, frozen=True):
    """One gate as staff see it."""

    gate: str
    door: DoorState
    mode: Mode
    inside: int
    """People counted in less people counted out; an estimate."""
    limit: int
    """0 = none."""
    siren: bool
    fire: bool
    """Latched until staff reset it."""
    reader: Literal["unknown", "online", "degraded", "offline", "none"]
    board: Literal["unknown", "online", "degraded", "offline"]


class IncidentList(msgspec.Struct, frozen=True):
    """Frame of `/ws/incidents`: everything that is not resolved, worst and oldest first, and the doors."""

    epoch: str
    rev: int
    server_time_ms: int
    incidents: tuple[IncidentView, ...]
    doors: tuple[DoorView, ...]
    sentence: str
    """Key of the one line that says whether the shop is well (`well-<key>`): well, unpaid, fire, device …"""
    type: Literal["incidents"] = "incidents"


# ---------------------------------------------------------------- what a gate's screen may ask for


class PayHere(msgspec.Struct, tag_field="name", tag="pay_here", frozen=True, forbid_unknown_fields=True):
    """Put what is not paid on the gate's booth."""


class PutBack(msgspec.Struct, tag_field="name", tag="put_back", frozen=True, forbid_unknown_fields=True):
    """I will put it back."""


class GateHelp(msgspec.Struct, tag_field="name", tag="help", frozen=True, forbid_unknown_fields=True):
    on: bool


class GateLanguage(msgspec.Struct, tag_field="name", tag="language", frozen=True, forbid_unknown_fields=True):
    language: Language


GateAction = PayHere | PutBack | GateHelp | GateLanguage


class GateIntent(msgspec.Struct, tag_field="type", tag="intent", frozen=True, forbid_unknown_fields=True):
    id: str
    seen_rev: int
    action: GateAction

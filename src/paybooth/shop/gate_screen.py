"""From a gate's state to what its screen and staff see: pure presentation, no decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paybooth.domain import exit_facts as x
from paybooth.domain import incident as i
from paybooth.domain.door import Cause, Mode
from paybooth.domain.incident import MANNERS, Incident, next_action, together
from paybooth.domain.leave import CLEAR
from paybooth.ports import StepRow

from . import gate_views as v
from .gate import Gate, Near, item_of
from .views import HelpView, IntentResult, Language, Words

_CAUSES: dict[Cause, str] = {
    Cause.FIRE: "fire",
    Cause.MAINS: "mains",
    Cause.FAULT: "fault",
    Cause.STAFF: "staff",
    Cause.HELP: "staff",
}


@dataclass(frozen=True, slots=True)
class Around:
    """What the screen shows besides goods and door."""

    shop: Words
    language: Language
    paying: bool
    """The gate's booth is at work on these goods."""
    booth_free: bool
    help: HelpView | None
    last_intent: IntentResult | None
    voice_id: int


def phase_of(gate: Gate, around: Around) -> tuple[v.GatePhase, str]:
    """Which page, and why it is released, or what else it has to say."""
    cause = gate.door.released_by()
    if cause in (Cause.FIRE, Cause.MAINS, Cause.FAULT):
        return "released", _CAUSES[cause]
    if around.paying:
        return "paying", ""
    if gate.alarming():
        return "alarm", ""
    if gate.unpaid():
        return "repair", ""
    if gate.waiting() or gate.holding:
        return "hold", ""
    if gate.thanks() or gate.near or gate.door.has(Cause.PASS):
        return "thanks", ""
    if cause in _CAUSES:
        return "released", _CAUSES[cause]
    if cause is Cause.MODE and gate.door.mode is Mode.DELIVERY:
        return "released", "delivery"
    if not gate.door.known:
        return "starting", ""
    return "ready", gate.door.mode.value if gate.door.mode in (Mode.CLEANING, Mode.CLOSING) else ""


def build(gate: Gate, around: Around) -> v.GateView:
    phase, cause = phase_of(gate, around)
    unpaid = gate.unpaid()
    items = items_of(unpaid) if unpaid else tuple(gate.alarmed) if phase == "alarm" else items_of(gate.waiting())
    priced = [item for item in items if item.price is not None]
    due = sum((item.price or 0) * item.count for item in priced) if phase in ("repair", "alarm") else 0
    payable = bool(unpaid) and len(priced) == len(items) and around.booth_free
    return v.GateView(
        gate=gate.settings.id,
        phase=phase,
        cause=cause,  # type: ignore[arg-type]  # the words above
        language=around.language,
        shop=around.shop,
        items=tuple(_item(item) for item in items),
        due_fen=due,
        paid_count=sum(near.judged.standing in CLEAR for near in gate.near.values()),
        pay_booth=gate.settings.booth if payable or phase == "paying" else "",
        pay_here=gate.settings.booth_here,
        put_back=gate.put_back,
        door=gate.door.state.value,
        voice=_voice(phase, cause, gate, len(items)) or ("help" if around.help is not None else ""),
        voice_id=around.voice_id,
        help=around.help,
        last_intent=around.last_intent,
    )


def _voice(phase: v.GatePhase, cause: str, gate: Gate, items: int) -> str:
    match phase:
        case "thanks" | "hold" | "alarm":
            return phase
        case "repair":
            return "put-back" if gate.put_back else "repair-one" if items == 1 else "repair-many"
        case "ready":
            return "closing" if cause == "closing" else ""
        case "released":
            return "released-fire" if cause == "fire" else "released"
        case _:
            return ""


def items_of(near: Iterable[Near]) -> tuple[x.ItemSeen, ...]:
    return together([item_of(each.product) for each in near])


def _item(item: x.ItemSeen) -> v.GateItem:
    return v.GateItem(item.sku, Words(item.name_zh, item.name_en), item.picture, item.price, item.count)


# ---------------------------------------------------------------- staff


def incident_view(found: Incident) -> v.IncidentView:
    return v.IncidentView(
        id=found.id,
        kind=found.kind.value,
        severity=found.severity.value,
        state=found.state.value,
        place=found.place,
        detail=found.detail,
        items=tuple(_item(item) for item in found.items),
        opened_ms=found.opened_ms,
        last_ms=found.last_ms,
        times=found.times,
        claimed_by=found.claimed_by,
        claimed_ms=found.claimed_ms,
        escalated=found.escalated,
        verdict=found.verdict,  # type: ignore[arg-type]  # values of domain.incident.Verdict
        note=found.note,
        resolved_by=found.resolved_by,
        resolved_ms=found.resolved_ms,
        next_action=next_action(found),
        verdicts=tuple(verdict.value for verdict in MANNERS[found.kind].verdicts),
        steps=MANNERS[found.kind].steps,
    )


def incident_page(found: Incident, steps: Iterable[StepRow]) -> v.IncidentPage:
    story = tuple(told for step in steps if (told := _step(step)) is not None)
    took = next((s.fact.took_ms for s in steps if isinstance(s.fact, x.GateAlarmed)), None)
    return v.IncidentPage(incident_view(found), story, _evidence(found, took))


def _step(step: StepRow) -> v.StoryStep | None:
    match step.fact:
        case x.IncidentOpened(detail=detail):
            return v.StoryStep(step.at_ms, "opened", i.THE_BOX, detail)
        case x.IncidentRepeated(detail=detail):
            return v.StoryStep(step.at_ms, "again", i.THE_BOX, detail)
        case x.IncidentTold(target=target, why=why):
            return v.StoryStep(step.at_ms, "not_told" if why else "told", target, why)
        case x.IncidentClaimed(by=by):
            return v.StoryStep(step.at_ms, "claimed", by, "")
        case x.IncidentNoted(by=by, text=text):
            return v.StoryStep(step.at_ms, "noted", by, text)
        case x.IncidentResolved(by=by, verdict=verdict):
            return v.StoryStep(step.at_ms, "resolved", by, verdict)
    return None


def _evidence(found: Incident, took_ms: int | None) -> v.EvidenceView | None:
    proof = found.evidence
    if proof is None:
        return None
    items = {item.sku: item for item in found.items}
    tags = []
    for n, tag in enumerate(proof.tags):
        reads = [read for read in proof.reads if read.tag == n]
        times = [proof.bookmark_ms + read.at_ms for read in reads] or [proof.bookmark_ms]
        item = items.get(tag.sku, x.ItemSeen(tag.sku, tag.sku, tag.sku, "", None, 1))
        tags.append(
            v.TagEvidence(
                item=_item(item),
                epc_tail=tag.epc[-8:],
                judged=tag.standing,  # type: ignore[arg-type]  # values of leave.Standing
                sale=tag.sale,
                reads=sum(max(1, read.n) for read in reads),
                first_ms=min(times),
                last_ms=max(times),
                best_inner=max((r.rssi for r in reads if r.zone == "inner"), default=None),
                best_outer=max((r.rssi for r in reads if r.zone == "outer"), default=None),
            )
        )
    points = tuple(
        v.ReadPoint(proof.bookmark_ms + read.at_ms, read.tag, read.zone, read.rssi)  # type: ignore[arg-type]  # Zone
        for read in proof.reads
    )
    return v.EvidenceView(tuple(tags), points, proof.bookmark_ms, took_ms, proof.rule)


def door_view(gate: Gate, reader: str, board: str) -> v.DoorView:
    return v.DoorView(
        gate=gate.settings.id,
        door=gate.door.state.value,
        mode=gate.door.mode.value,
        inside=gate.door.people.inside,
        limit=gate.settings.limit,
        siren=gate.door.sounding,
        fire=gate.door.fire,
        reader=reader,  # type: ignore[arg-type]  # HealthState, or none
        board=board,  # type: ignore[arg-type]  # HealthState
    )


def sentence(worst: list[Incident]) -> str:
    """Key of the one line that says whether the shop is well."""
    return worst[0].kind.value if worst else "well"

"""REST for staff: incidents and gates. Looking needs a token, acting a role, a name and a reason; doors open first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from paybooth.domain.door import Mode
from paybooth.domain.incident import Incident, Refusal, Verdict
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.booth import qr_svg
from paybooth.shop.gate import Gate
from paybooth.shop.gate_screen import incident_page, incident_view, sentence
from paybooth.shop.gate_views import DoorView, GateView, IncidentPage, IncidentView
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import answer, example, listed
from .staff import who

Looker = Annotated[Staff, Depends(who(Act.SEE_INCIDENTS))]
Handler = Annotated[Staff, Depends(who(Act.HANDLE_INCIDENTS))]
Opener = Annotated[Staff, Depends(who(Act.OPEN_DOOR))]
IncidentId = Annotated[int, Path(ge=1, le=2**53)]
GateId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,8}$", examples=["exit"])]

WRITE_S = 5.0
"""A full disk may hold a claim this long; then it is refused with words. A door has opened long before."""

WHY = {
    Refusal.RESOLVED: "this incident is over already",
    Refusal.CLAIMED: "somebody else has this incident; take it over if they cannot go on",
    Refusal.NOT_CLAIMED: "claim it first",
    Refusal.WRONG_VERDICT: "this verdict does not fit this kind of incident",
    Refusal.NO_NOTE: "the verdict “other” needs a note",
}
NO: dict[int | str, dict[str, Any]] = {
    401: {"description": "No staff token, or one that is not known"},
    403: {"description": "This role may not do that"},
    404: {"description": "No such incident or gate in this shop"},
    409: {"description": "Refused; `detail` says why and nothing was changed"},
    503: {"description": "The ledger cannot be written; nothing was recorded (a door that was to open is open)"},
}

_OPEN = {
    "id": 7,
    "kind": "door_held",
    "severity": "warning",
    "state": "open",
    "place": "exit",
    "detail": "",
    "items": [],
    "opened_ms": 1795312800000,
    "last_ms": 1795312800000,
    "times": 1,
    "claimed_by": "",
    "claimed_ms": None,
    "escalated": 0,
    "verdict": "",
    "note": "",
    "resolved_by": "",
    "resolved_ms": None,
    "next_action": "claim",
    "verdicts": ["repaired", "mistake", "test", "other"],
    "steps": ["door", "send"],
}
_MINE = {**_OPEN, "state": "claimed", "claimed_by": "Amy", "claimed_ms": 1795312803000, "next_action": "look"}
_OVER = {
    **_MINE,
    "state": "resolved",
    "verdict": "repaired",
    "resolved_by": "Amy",
    "resolved_ms": 1795312860000,
    "next_action": "nothing",
}
_STORY = [{"at_ms": 1795312800000, "what": "opened", "who": "the box", "detail": ""}]
_DOOR = {
    "gate": "exit",
    "door": "unlocked_pulse",
    "mode": "members",
    "inside": 2,
    "limit": 0,
    "siren": False,
    "fire": False,
    "reader": "online",
    "board": "online",
}
_GATE = {
    "gate": "exit",
    "phase": "ready",
    "cause": "",
    "language": "zh-CN",
    "shop": {"zh": "巷口小店", "en": "Corner Lane"},
    "items": [],
    "due_fen": 0,
    "paid_count": 0,
    "pay_booth": "1",
    "pay_here": False,
    "put_back": False,
    "door": "locked",
    "voice": "",
    "voice_id": 0,
    "help": None,
    "last_intent": None,
}
_QR = '<svg viewBox="0 0 29 29" xmlns="http://www.w3.org/2000/svg"></svg>'
DOOR = answer(_DOOR, DoorView)


class ClaimIn(Model):
    take_over: bool = Field(default=False, description="Take it from somebody who has it")


class NoteIn(Model):
    text: str = Field(min_length=1, max_length=500)


class ResolveIn(Model):
    verdict: Verdict
    note: str = Field(default="", max_length=500)


class WhyIn(Model):
    reason: str = Field(min_length=1, max_length=200)


class ModeIn(WhyIn):
    mode: Mode


class PeopleIn(WhyIn):
    inside: int = Field(ge=0, le=100_000)


class MemberIn(WhyIn):
    number: str = Field(pattern=r"^[A-Za-z0-9]{4,32}$")
    days: int = Field(default=31, ge=1, le=366)


class MemberPassOut(Model):
    model_config = ConfigDict(
        json_schema_extra=example(text="PBM1.exit.1797904800.J7EAVY25HELA", qr_svg=_QR, until_ms=1797904800000)
    )
    text: str
    qr_svg: str
    until_ms: int


class Piece(Model):
    sku: str = Field(min_length=1, max_length=48)
    serial: str = Field(min_length=1, max_length=20)


class PiecesIn(WhyIn):
    pieces: list[Piece] = Field(min_length=1, max_length=500)


class MoveIn(PiecesIn):
    minutes: float = Field(gt=0, le=24 * 60)


Done = TypeVar("Done")


async def _written(work: Awaitable[Done]) -> Done:
    try:
        async with asyncio.timeout(WRITE_S):
            return await work
    except (LedgerFault, TimeoutError) as fault:
        raise HTTPException(503, "the disk does not take it now; nothing was recorded") from fault


def _json(found: object) -> Response:
    return Response(msgspec.json.encode(found), media_type="application/json")


def _incident(found: Incident | Refusal | None) -> Response:
    if found is None:
        raise HTTPException(404, "no such incident")
    if isinstance(found, Refusal):
        raise HTTPException(409, WHY[found])
    return _json(incident_view(found))


def routes(shop: Shop) -> APIRouter:
    """Incidents and gates of one shop."""
    router = APIRouter(prefix="/api", responses=NO)
    _incidents(router, shop)
    _gates(router, shop)
    _entry(router, shop)
    _goods(router, shop)
    return router


def _incidents(router: APIRouter, shop: Shop) -> None:
    exits = shop.exits

    @router.get(
        "/incidents",
        tags=["incidents"],
        responses=listed({"incidents": [_OPEN], "sentence": "door_held"}, "incidents", IncidentView),
    )
    async def live(_: Looker) -> Response:
        """Everything that is not resolved, worst and oldest first, and the one line that says how the shop is."""
        worst = exits.incidents.worst_first()
        return _json({"incidents": [incident_view(found) for found in worst], "sentence": sentence(worst)})

    @router.get(
        "/incidents/resolved", tags=["incidents"], responses=listed({"incidents": [_OVER]}, "incidents", IncidentView)
    )
    async def resolved(
        _: Looker,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """What is over, newest first; `before` is the last number of the page before."""
        return _json({"incidents": [incident_view(i) for i in shop.ledger.resolved_incidents(before, limit)]})

    @router.get(
        "/incidents/{incident}",
        tags=["incidents"],
        responses=answer({"incident": _OPEN, "story": _STORY, "evidence": None}, IncidentPage),
    )
    async def one(incident: IncidentId, _: Looker) -> Response:
        """One incident whole: its story and its evidence."""
        found = exits.incidents.live.get(incident) or shop.ledger.incident(incident)
        if found is None:
            raise HTTPException(404, "no such incident")
        return _json(incident_page(found, shop.ledger.incident_steps(incident)))

    @router.post("/incidents/{incident}/claim", tags=["incidents"], responses=answer(_MINE, IncidentView))
    async def claim(incident: IncidentId, wish: ClaimIn, staff: Handler) -> Response:
        """Own it. Two people never do."""
        return _incident(await _written(exits.incidents.claim(incident, staff.name, take_over=wish.take_over)))

    @router.post("/incidents/{incident}/note", tags=["incidents"], responses=answer(_MINE, IncidentView))
    async def note(incident: IncidentId, said: NoteIn, staff: Handler) -> Response:
        """A word for the next shift, also about one that is over."""
        return _incident(await _written(exits.incidents.note(incident, staff.name, said.text)))

    @router.post("/incidents/{incident}/resolve", tags=["incidents"], responses=answer(_OVER, IncidentView))
    async def resolve(incident: IncidentId, said: ResolveIn, staff: Handler) -> Response:
        """Say what it was."""
        return _incident(await _written(exits.incidents.resolve(incident, staff.name, said.verdict, said.note)))


def _gates(router: APIRouter, shop: Shop) -> None:
    exits = shop.exits

    def find(gate: str) -> Gate:
        found = exits.gates.get(gate)
        return found if found is not None else _no_gate()

    def state(gate: Gate) -> Response:
        return _json(exits.board.door(gate))

    @router.get("/gates", tags=["gates"], responses=answer(["exit"]))
    async def gates(_: Looker) -> list[str]:
        """The shop's gates."""
        return list(exits.gates)

    @router.get("/gates/{gate}", tags=["gates"], responses=DOOR)
    async def door(gate: GateId, _: Looker) -> Response:
        """A gate as staff see it."""
        return state(find(gate))

    @router.get(
        "/gates/{gate}/view",
        tags=["gates"],
        responses=answer(_GATE, GateView),
        dependencies=[Depends(who(Act.SEE_INCIDENTS))],
    )
    async def view(gate: GateId) -> Response:
        """What the gate's screen shows; it holds nothing about anybody."""
        return _json(exits.panels[find(gate).settings.id].view())

    @router.post("/gates/{gate}/open", tags=["gates"], responses=DOOR)
    async def open_(gate: GateId, why: WhyIn, staff: Opener) -> Response:
        """Open the door for half a minute: at once, and into the journal after."""
        found = find(gate)
        await _written(exits.open(gate, staff.name, why.reason))
        return state(found)

    @router.post("/gates/{gate}/silence", tags=["gates"], responses=DOOR)
    async def silence(gate: GateId, why: WhyIn, staff: Handler) -> Response:
        """Siren and red lamp off."""
        found = find(gate)
        await _written(exits.silence(gate, staff.name, why.reason))
        return state(found)

    @router.post("/gates/{gate}/fire-reset", tags=["gates"], responses=DOOR)
    async def fire_reset(gate: GateId, why: WhyIn, staff: Opener) -> Response:
        """End the release by fire; refused while the fire loop is open."""
        found = find(gate)
        if not await _written(exits.reset_fire(gate, staff.name, why.reason)):
            raise HTTPException(409, "the fire loop is still open; the door stays open")
        return state(found)

    @router.post("/gates/{gate}/mode", tags=["gates"], responses=DOOR)
    async def mode(gate: GateId, wish: ModeIn, staff: Opener) -> Response:
        """How people may come in. Whoever is inside gets out in each mode."""
        found = find(gate)
        await _written(exits.set_mode(gate, wish.mode, staff.name, wish.reason))
        return state(found)


def _entry(router: APIRouter, shop: Shop) -> None:
    def known(gate: str) -> str:
        return gate if gate in shop.exits.gates else _no_gate()

    @router.post("/gates/{gate}/people", tags=["gates"], status_code=204)
    async def people(gate: GateId, wish: PeopleIn, staff: Handler) -> None:
        """Correct the count of people inside: somebody looked."""
        await _written(shop.exits.set_people(known(gate), wish.inside, staff.name, wish.reason))

    @router.post("/gates/{gate}/member-pass", tags=["gates"])
    async def member_pass(gate: GateId, wish: MemberIn, staff: Opener) -> MemberPassOut:
        """A code that lets a member in; show its QR once, it is kept nowhere."""
        made = shop.exits.member_pass(known(gate), wish.number, wish.days, staff.name, wish.reason)
        text, until_ms = await _written(made)
        return MemberPassOut(text=text, qr_svg=qr_svg(text), until_ms=until_ms)


def _goods(router: APIRouter, shop: Shop) -> None:
    @router.post("/pieces/move", tags=["gates"], status_code=204)
    async def move(wish: MoveIn, staff: Handler) -> None:
        """Staff carry these out: they may pass for so many minutes."""
        keys = [(piece.sku, piece.serial) for piece in wish.pieces]
        await _written(shop.exits.move(keys, wish.minutes, staff.name, wish.reason))

    @router.post("/pieces/return", tags=["gates"], status_code=204)
    async def take_back(wish: PiecesIn, staff: Handler) -> None:
        """Sold goods are back on the shelf and have to be paid again."""
        keys = [(piece.sku, piece.serial) for piece in wish.pieces]
        await _written(shop.exits.take_back(keys, staff.name, wish.reason))


def _no_gate() -> NoReturn:
    raise HTTPException(404, "no such gate")

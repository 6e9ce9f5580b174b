"""REST: handing a shift over, and taking it. What stands there now is on every console's first page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path
from pydantic import ConfigDict, Field

from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.shifts import TakenError
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import who

Handler = Annotated[Staff, Depends(who(Act.HANDLE_INCIDENTS))]
NO: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody took it already, or there is a newer one; nothing was changed"},
    503: {"description": "The ledger cannot be written; nothing was recorded"},
}
_SHIFT = {
    "id": 3,
    "at_ms": 1795312800000,
    "by": "An",
    "text": "The gate's reader is slow today; a technician comes at nine.",
    "incidents": [7],
    "taken_by": "",
    "taken_ms": None,
}


class WordIn(Model):
    text: str = Field(min_length=1, max_length=2000, description="For whoever comes")


class HandoverOut(Model):
    """The newest hand-over; `taken_by` is empty while nobody took it."""

    id: int
    at_ms: int
    by: str
    text: str
    incidents: list[int] = Field(description="What who went had")
    taken_by: str
    taken_ms: int | None


class ShiftOut(Model):
    model_config = ConfigDict(json_schema_extra=example(handover=_SHIFT))
    handover: HandoverOut | None


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/shift", tags=["incidents"], responses=NO)
    shifts = shop.exits.shifts

    def out() -> ShiftOut:
        last = shifts.last
        if last is None:
            return ShiftOut(handover=None)
        return ShiftOut(
            handover=HandoverOut(
                id=last.id,
                at_ms=last.at_ms,
                by=last.by,
                text=last.text,
                incidents=list(last.incidents),
                taken_by=last.taken_by,
                taken_ms=last.taken_ms,
            )
        )

    @api.get("", dependencies=[Depends(who(Act.SEE_INCIDENTS))])
    async def get_shift() -> ShiftOut:
        """What was handed over last."""
        return out()

    @api.post("/hand-over")
    async def hand_over(said: WordIn, staff: Handler) -> ShiftOut:
        """Leave word for whoever comes, with the incidents one has."""
        try:
            await shifts.hand_over(staff.name, said.text.strip() or said.text)
        except LedgerFault as fault:
            raise HTTPException(503, "the ledger cannot be written now; nothing was recorded") from fault
        return out()

    @api.post("/{handover}/take")
    async def take(handover: Annotated[int, Path(ge=1, le=2**53)], staff: Handler) -> ShiftOut:
        """Go on from there; what the other still had is one's own from now on."""
        try:
            await shifts.take(handover, staff.name)
        except TakenError as error:
            raise HTTPException(409, "somebody took this shift already, or there is a newer word") from error
        except LedgerFault as fault:
            raise HTTPException(503, "the ledger cannot be written now; nothing was recorded") from fault
        return out()

    return api

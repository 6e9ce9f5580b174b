"""What staff post into a booth's mailbox besides help: acts on a sale that stands there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from paybooth.domain import sale as s
from paybooth.ports import LedgerFault

from .rooms import Rooms
from .visit import Visit


class VoidRefusal(StrEnum):
    """Why a sale is not voided."""

    PAID = "paid"  # give the money back by a refund
    CHARGING = "charging"  # a charge is in flight: nobody knows yet whether money moved
    ENDED = "ended"
    NOTE_MISSING = "note_missing"
    BUSY = "busy"  # the booth has too much to do, or is no more


@dataclass(frozen=True, slots=True)
class StaffVoid:
    """End this sale. `answer` gets None when it is on disk, else why not; or the LedgerFault."""

    sale: str
    by: str
    reason: str
    note: str
    answer: asyncio.Future[VoidRefusal | None]


_WHY = {
    s.Phase.PAYING: VoidRefusal.CHARGING,
    s.Phase.HELD: VoidRefusal.CHARGING,
    s.Phase.PAID: VoidRefusal.PAID,
    s.Phase.ABANDONED: VoidRefusal.ENDED,
}


async def void(act: StaffVoid, visit: Visit, rooms: Rooms) -> None:
    """Carried out by the booth of the sale, so that it cannot meet a scan or a charge half way."""
    sale = rooms.ledger.sale(act.sale)
    assert sale is not None, "asked for by somebody who saw it"
    decision = s.void(sale, act.by, act.reason, act.note)
    answer = _WHY[sale.phase] if isinstance(decision, s.Refusal) else None
    try:
        if not isinstance(decision, s.Refusal):
            await rooms.ledger.commit(*decision, at_ms=rooms.clock.now_ms())
    except LedgerFault as fault:
        if not act.answer.done():
            act.answer.set_exception(fault)
        raise
    if answer is None and visit.session.sale is not None and visit.session.sale.id == sale.id:
        visit.leave()
        visit.notice("voided", low=False)
    if not act.answer.done():  # whoever asked may have gone
        act.answer.set_result(answer)

"""REST: staff help at a booth from afar. Each act wants a reason, is on disk when it is answered, and is told to the
shopper.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import ConfigDict, Field

from paybooth.domain import sale as s
from paybooth.domain.incident import Kind
from paybooth.domain.money import Fen
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop import assist as a
from paybooth.shop import spoken
from paybooth.shop.shop import Shop

from .api import BoothId, Model
from .openapi import BINARY, example
from .staff import RefusedError, who

Helper = Annotated[Staff, Depends(who(Act.ASSIST))]
ANSWER_S = 10.0
"""A booth answers within a commit; longer means it hangs."""

WHY: dict[a.Refused, str] = {
    a.AssistRefusal.TAKEN: "somebody else is helping at this booth; take over first",
    a.AssistRefusal.NO_SALE: "there is no basket at this booth",
    a.AssistRefusal.NO_PRODUCT: "the catalogue has no such product",
    a.AssistRefusal.HAS_PRICE: "this product has its price in the catalogue",
    a.AssistRefusal.NO_CHARGE: "no charge is under way at this booth",
    a.AssistRefusal.NO_PRINTER: "this booth has no printer; the receipt is on the phone",
    a.AssistRefusal.NOT_PAID: "the sale at this booth is not paid, so there is no receipt yet",
    a.AssistRefusal.BUSY: "the booth has too much to do; nothing was changed, try again",
    s.Refusal.WRONG_PHASE: "not while this sale is being paid or is over; nothing was changed",
    s.Refusal.AGE_RESTRICTED: "this product wants an age check: say that you made it",
    s.Refusal.PRICE_MISSING: "this product has no price yet: give one",
    s.Refusal.NO_SUCH_LINE: "this line is not in the basket any more",
    s.Refusal.QUANTITY_LIMIT: "so many are not sold at once, or this line's number cannot be changed",
    s.Refusal.BASKET_FULL: "the basket is full",
    s.Refusal.NOT_SOLD_HERE: "this product is not sold here",
}
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such booth"},
    409: {"description": "Refused; `why` is the reason's key, nothing was changed"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
Reason = Annotated[str, Field(min_length=1, max_length=200, examples=["the shopper asked for help"])]


class WhyIn(Model):
    reason: Reason


class BeginIn(WhyIn):
    take_over: bool = False


class AddIn(WhyIn):
    """One more of a product of the catalogue."""

    sku: str = Field(min_length=1, max_length=48)
    price_fen: int | None = Field(default=None, ge=1, le=10_000_000, description="Only where the catalogue has none")
    of_age: bool = Field(default=False, description="Staff looked at who buys it")


class UnlistedIn(WhyIn):
    """Something that is not in the catalogue."""

    name: str = Field(min_length=1, max_length=60)
    price_fen: int = Field(ge=1, le=10_000_000)


class LineIn(WhyIn):
    line: int = Field(ge=1, le=10_000)


class CountIn(LineIn):
    quantity: int = Field(ge=1, le=999)


class SayIn(WhyIn):
    text: str = Field(min_length=1, max_length=a.TEXT_MOST)


class SpeakIn(Model):
    """Beside the sound, which is the body."""

    reason: Reason
    text: str = Field(default="", max_length=a.TEXT_MOST, description="The same in writing, for who cannot hear it")


class Done(Model):
    """On disk; the booth's next view shows it."""

    model_config = ConfigDict(json_schema_extra=example(done=True))
    done: bool = True


UNHEARD: dict[int | str, dict[str, Any]] = {422: {"description": "No WAV of one 16 bit channel at 16 kHz, 0.2 to 30 s"}}


def refused(refusal: a.Refused) -> RefusedError:
    words = WHY.get(refusal, f"refused: {refusal.value.replace('_', ' ')}")
    return RefusedError(409, words, refusal.value)


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/booths/{booth}/assist", tags=["assist"], responses=NO)

    async def do(booth: str, staff: Staff, wish: a.Wish, reason: str) -> Done:
        found = shop.booths.get(booth)
        if found is None:
            raise HTTPException(404, f"there is no booth {booth}")
        answer: asyncio.Future[a.Refused | None] = asyncio.get_running_loop().create_future()
        if not found.post_input(a.StaffAssist(wish, staff.name, reason, answer)):
            raise refused(a.AssistRefusal.BUSY)
        try:
            async with asyncio.timeout(ANSWER_S):
                refusal = await answer
        except TimeoutError as error:
            raise refused(a.AssistRefusal.BUSY) from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        if refusal is not None:
            raise refused(refusal)
        return Done()

    @api.post("/begin")
    async def begin(booth: BoothId, staff: Helper, why: BeginIn) -> Done:
        """Help here: the shopper sees who; nobody else does at the same time."""
        done = await do(booth, staff, a.Begin(why.take_over), why.reason)
        incidents = shop.exits.incidents
        for call in [found for found in incidents.live.values() if found.place == f"booth:{booth}"]:
            if call.kind is Kind.HELP:
                await incidents.claim(call.id, staff.name, take_over=True)
        return done

    @api.post("/end")
    async def end(booth: BoothId, staff: Helper, why: WhyIn) -> Done:
        """The shopper has been helped; their call is over."""
        return await do(booth, staff, a.End(), why.reason)

    @api.post("/add")
    async def add(booth: BoothId, staff: Helper, wish: AddIn) -> Done:
        """One more of a product; with a price where it has none, with an age check where it wants one."""
        price = None if wish.price_fen is None else Fen(wish.price_fen)
        return await do(booth, staff, a.AddGoods(wish.sku, price, wish.of_age), wish.reason)

    @api.post("/unlisted")
    async def unlisted(booth: BoothId, staff: Helper, wish: UnlistedIn) -> Done:
        """Something the catalogue does not know, by name and price."""
        return await do(booth, staff, a.AddUnlisted(wish.name.strip(), Fen(wish.price_fen)), wish.reason)

    @api.post("/remove")
    async def remove(booth: BoothId, staff: Helper, wish: LineIn) -> Done:
        """Take a line off."""
        return await do(booth, staff, a.TakeOff(wish.line), wish.reason)

    @api.post("/count")
    async def count(booth: BoothId, staff: Helper, wish: CountIn) -> Done:
        """Another number of pieces in a line."""
        return await do(booth, staff, a.Count(wish.line, wish.quantity), wish.reason)

    @api.post("/say")
    async def say(booth: BoothId, staff: Helper, wish: SayIn) -> Done:
        """A line of text on the booth's screen, read out where it has a voice."""
        return await do(booth, staff, a.Say(wish.text.strip()), wish.reason)

    @api.post("/speak", openapi_extra=BINARY, responses=UNHEARD)
    async def speak(booth: BoothId, staff: Helper, request: Request, wish: Annotated[SpeakIn, Query()]) -> Done:
        """A spoken message over the booth's loudspeaker. It is kept in memory until the shopper has been helped."""
        try:
            message = spoken.spoken(await request.body())
        except spoken.SpokenError as error:
            raise RefusedError(422, f"{error}; nothing was said", "spoken") from error
        return await do(booth, staff, a.Speak(message, wish.text.strip()), wish.reason)

    @api.post("/ask-wallet")
    async def ask_wallet(booth: BoothId, staff: Helper, why: WhyIn) -> Done:
        """Ask the wallet now about the charge under way. Never starts another charge."""
        return await do(booth, staff, a.AskWallet(), why.reason)

    @api.post("/reprint")
    async def reprint(booth: BoothId, staff: Helper, why: WhyIn) -> Done:
        """The receipt on the screen once more, marked as a copy."""
        return await do(booth, staff, a.Reprint(), why.reason)

    return api

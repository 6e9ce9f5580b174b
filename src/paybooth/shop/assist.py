"""Staff help at a booth from afar: what they may do to a basket, and what the shopper is told about it.

Carried out by the booth's own actor, so it cannot meet a scan or a charge half way. Every act is in the journal with
its name and reason, in one commit with what it changed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum

from paybooth.domain import facts as f
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.staff_facts import Assisted
from paybooth.ports import LedgerFault

from .rooms import Rooms
from .spoken import Spoken
from .views import Deed, StaffNote, Words
from .visit import Visit

TEXT_MOST = 120
UNLISTED = "unlisted"
"""Begins the number of goods that are not in the catalogue."""


class AssistRefusal(StrEnum):
    """Why an act was not carried out; besides, each of `sale.Refusal`."""

    TAKEN = "taken"  # somebody else is helping here
    NO_SALE = "no_sale"
    NO_PRODUCT = "no_product"
    HAS_PRICE = "has_price"  # staff price only what has none
    NO_CHARGE = "no_charge"  # nothing to ask the wallet about
    NO_PRINTER = "no_printer"
    NOT_PAID = "not_paid"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Begin:
    """Help here; `take_over` from whoever does."""

    take_over: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The shopper has been helped."""


@dataclass(frozen=True, slots=True)
class AddGoods:
    """One more of a product; `price` where the catalogue has none, `of_age` where staff looked."""

    sku: str
    price: Fen | None = None
    of_age: bool = False


@dataclass(frozen=True, slots=True)
class AddUnlisted:
    """Something that is not in the catalogue."""

    name: str
    price: Fen


@dataclass(frozen=True, slots=True)
class TakeOff:
    line: int


@dataclass(frozen=True, slots=True)
class Count:
    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Speak:
    """A spoken message; `text` is for who cannot hear it."""

    message: Spoken
    text: str = ""


@dataclass(frozen=True, slots=True)
class AskWallet:
    """Ask the wallet once more about the charge in flight."""


@dataclass(frozen=True, slots=True)
class Reprint:
    """The receipt of the sale on the screen once more."""


Wish = Begin | End | AddGoods | AddUnlisted | TakeOff | Count | Say | Speak | AskWallet | Reprint
Refused = AssistRefusal | s.Refusal


@dataclass(frozen=True, slots=True)
class StaffAssist:
    """An act for a booth's mailbox. `answer` gets None once it is on disk, else why not; or the LedgerFault."""

    wish: Wish
    by: str
    reason: str
    answer: asyncio.Future[Refused | None]


async def assist(act: StaffAssist, visit: Visit, rooms: Rooms) -> None:
    """Carry an act out and answer."""
    try:
        refused = await _Desk(act, visit, rooms).carry_out()
    except LedgerFault as fault:
        if not act.answer.done():
            act.answer.set_exception(fault)
        raise
    if not act.answer.done():  # whoever asked may have gone
        act.answer.set_result(refused)


class _Desk:
    """One act."""

    def __init__(self, act: StaffAssist, visit: Visit, rooms: Rooms) -> None:
        self._act = act
        self._visit = visit
        self._rooms = rooms

    async def carry_out(self) -> Refused | None:
        helper = self._visit.session.helper
        wish = self._act.wish
        if helper not in ("", self._act.by) and not (isinstance(wish, Begin) and wish.take_over):
            return AssistRefusal.TAKEN
        match wish:
            case Begin():
                await self._write("begin")
                self._visit.session.helper = self._act.by
                self._tell("here")
                await self._visit.help.seen(self._act.by)
            case End():
                await self._write("end")
                await self._visit.help.end("staff")
                session = self._visit.session
                session.helper, session.staff, session.spoken = "", None, None
            case Say(text=text):
                await self._write("say", detail=text)
                self._tell("say", text=text)
            case Speak(message=message, text=text):
                await self._write("speak", detail=f"{message.seconds:.1f} s {text}".rstrip())
                self._visit.session.spoken = message
                self._tell("speak", text=text, voice=message.name)
            case AskWallet():
                return await self._ask_wallet()
            case Reprint():
                return await self._reprint()
            case _:
                return await self._edit(wish)
        return None

    async def _ask_wallet(self) -> Refused | None:
        payment = self._visit.session.payment
        if payment is None:
            return AssistRefusal.NO_CHARGE
        await self._write("ask_wallet", detail=payment.attempt)
        self._rooms.till.notified(payment.attempt)
        self._tell("ask_wallet")
        return None

    async def _reprint(self) -> Refused | None:
        sale = self._visit.session.sale
        if sale is None or sale.receipt is None:
            return AssistRefusal.NOT_PAID
        if not self._rooms.receipts.has_printer(sale.booth):
            return AssistRefusal.NO_PRINTER
        await self._write("reprint", detail=sale.receipt)
        self._rooms.receipts.print_copy(sale)
        self._tell("reprint")
        return None

    # ------------------------------------------------------------ the basket

    async def _edit(self, wish: AddGoods | AddUnlisted | TakeOff | Count) -> Refused | None:
        sale, begun = self._basket(opens=isinstance(wish, AddGoods | AddUnlisted))
        if sale is None:
            return AssistRefusal.NO_SALE
        made = self._command(wish, sale)
        if isinstance(made, AssistRefusal):
            return made
        command, product, what = made
        decision = s.decide(sale, command, self._visit.terms())
        if isinstance(decision, s.Refusal):
            return decision
        for happened in decision:
            sale = s.apply(sale, happened)
        detail = product.sku if product is not None else str(getattr(wish, "line", ""))
        await self._write(what, *begun, *decision, sale=sale.id, detail=detail)
        session = self._visit.session
        name = self._name(wish, product)
        session.sale, session.notice, session.touched = sale, None, True
        added = [x for x in decision if isinstance(x, f.LineAdded)]
        if added:
            session.open_line = added[-1].line.id
        self._visit.active()
        self._tell(what, name=name)
        return None

    def _basket(self, *, opens: bool) -> tuple[s.Sale | None, list[f.Fact]]:
        """The sale to change, and the facts that make it changeable."""
        sale = self._visit.session.sale
        if sale is None and opens:
            opened = self._visit.open_sale()
            return s.begin(opened), [opened]
        if sale is not None and sale.phase is s.Phase.CHOOSING:
            reopened = f.SaleReopened(sale.id)
            return s.apply(sale, reopened), [reopened]
        return sale, []

    def _command(
        self, wish: AddGoods | AddUnlisted | TakeOff | Count, sale: s.Sale
    ) -> tuple[s.Command, Product | None, Deed] | AssistRefusal:
        """The command, the goods it adds, and the word for it."""
        match wish:
            case TakeOff(line=line):
                return s.RemoveLine(line), None, "remove"
            case Count(line=line, quantity=quantity):
                return s.SetQuantity(line, quantity), None, "count"
            case AddUnlisted(name=name, price=price):
                product = Product(f"{UNLISTED}-{sale.last_line + 1}", (), name, name, price)
                return s.AddPiece(product, GoodsCode(())), product, "price"
            case AddGoods(sku=sku, price=price, of_age=of_age):
                found = self._rooms.catalogue.product(sku)
                if found is None:
                    return AssistRefusal.NO_PRODUCT
                if price is not None and found.price is not None:
                    return AssistRefusal.HAS_PRICE
                product = replace(found, price=price) if price is not None else found
                what: Deed = "price" if price is not None else "approve_age" if found.min_age and of_age else "add"
                return s.AddPiece(product, GoodsCode(product.codes, price_fen=None), of_age=of_age), product, what

    def _name(self, wish: AddGoods | AddUnlisted | TakeOff | Count, product: Product | None) -> Words | None:
        """What the shopper is told it is about: as it stood before the act."""
        if product is not None:
            return Words(product.name_zh, product.name_en or product.name_zh)
        sale = self._visit.session.sale
        line = sale.line(wish.line) if sale is not None and isinstance(wish, TakeOff | Count) else None
        return Words(line.name_zh, line.name_en or line.name_zh) if line is not None else None

    # ------------------------------------------------------------ journal and shopper

    async def _write(self, what: str, *also: f.Fact, sale: str = "", detail: str = "") -> None:
        on = self._visit.session.sale
        done = Assisted(
            self._visit.settings.id, sale or (on.id if on else ""), self._act.by, what, self._act.reason, detail
        )
        # a sale's opening comes first: whatever is about it follows
        first, rest = (also[:1], also[1:]) if also and isinstance(also[0], f.SaleOpened) else ((), also)
        await self._rooms.ledger.commit(*first, done, *rest, at_ms=self._rooms.clock.now_ms())

    def _tell(self, what: Deed, *, name: Words | None = None, text: str = "", voice: str = "") -> None:
        now_ms = self._rooms.clock.now_ms()
        self._visit.session.staff = StaffNote(what, self._act.by, name, text, now_ms, voice)
        self._visit.say("ask")

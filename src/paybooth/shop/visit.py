"""One visit at a booth: what scans, taps and news of money do. Decide, put on disk, then apply.

Nothing is shown that is not on disk; a payment code is charged only where the booth asked for one; one attempt at a
time. Called by the booth's actor (booth.py), one message after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import structlog

from paybooth.domain import facts as f
from paybooth.domain import routing
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode, WrongCheckDigit
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Decline, Event, Mode, State, step
from paybooth.ports import Scan, Secret

from . import intents as i
from . import views
from .basket import Basket
from .receipts import ReceiptNews
from .session import Payment, Session
from .till import News

log = structlog.get_logger()

INTENTS_KEPT = 256


class Visit(Basket):
    """The session of a booth and everything that changes it."""

    def restore(self) -> None:
        """Take the sale of this booth up again after a restart; more than one cannot be, but none is lost."""
        now_s = self._clock.monotonic_s()
        live = [
            x for x in self._rooms.ledger.live_sales(self.settings.id) if x.phase not in (s.Phase.PARKED, s.Phase.HELD)
        ]
        for extra in live[:-1]:
            log.warning("more than one live sale", booth=self.settings.id, sale=extra.id)
        if not live:
            return
        sale = live[-1]
        self.session = Session(
            language="en" if sale.language == "en" else "zh-CN", sale=sale, active_s=now_s, stage_since_s=now_s
        )
        attempt = self._rooms.ledger.attempt(sale.attempt) if sale.attempt else None
        if attempt is not None:
            self.session.chosen = attempt.channel
            presented = attempt.mode is Mode.PRESENTED
            # whether the request of an open attempt left the box is no longer known
            state = State.UNKNOWN if attempt.state is State.OPEN else attempt.state
            self.session.payment = Payment(
                attempt.number, attempt.channel, presented, attempt.opened_ms, attempt.code_last4, state
            )
            self.session.payment.present_s = self._rooms.shop.waits.present_s
        else:
            self.notice("resumed")

    async def on_intent(self, intent: i.Intent) -> None:
        """Once per id; a repeat gets the first answer. Guards against what the shopper did not see are per action."""
        session = self.session
        known = session.seen_intents.get(intent.id)
        if known is not None:
            session.last_intent = known
            return
        if not isinstance(intent.action, i.Heard):
            self.active()
        code = await self._act(intent.action)
        result = views.IntentResult(intent.id, code == "", code)
        self.session.last_intent = result
        seen = self.session.seen_intents
        seen[intent.id] = result
        if len(seen) > INTENTS_KEPT:
            del seen[next(iter(seen))]

    async def _act(self, action: i.Action) -> str:
        """Carry an action out; empty when done, else why not."""
        session = self.session
        match action:
            case i.Scanned():
                await self.on_scan(Scan(action.text, action.symbology))
            case i.Touch():
                await self._touched()
            case i.SetQuantity():
                return await self.edit(s.SetQuantity(action.line, action.quantity), action.line)
            case i.Remove():
                return await self.edit(s.RemoveLine(action.line), None)
            case i.OpenLine():
                session.open_line = action.line
            case i.Member():
                return await self._join(action.number)
            case i.Pay():
                return await self._confirm(action.total_fen)
            case i.Choose():
                return self._choose(Channel(action.channel))
            case i.Present():
                return await self._open_attempt(Channel(action.channel), None)
            case i.Back():
                return await self._back()
            case i.Dismiss():
                if session.notice is not None and session.notice.id == action.notice:
                    session.notice = None
            case i.Help():
                await (
                    self.help.call(session.sale.id if session.sale else "") if action.on else self.help.end("shopper")
                )
            case i.Heard():
                if session.staff is not None and session.staff.voice == action.voice != "":
                    session.staff = msgspec.structs.replace(session.staff, heard=True)
            case i.SetLanguage():
                session.language = action.language
            case i.SetComfort():
                session.comfort = views.Comfort(
                    action.large_text, action.high_contrast, action.reduced_motion, action.quiet
                )
            case i.Finish():
                return self._finish()
            case i.Abandon():
                return await self.abandon("shopper")
        return ""

    async def _touched(self) -> None:
        if self.session.sale is None and not self.session.touched and not self.closed():
            self.session.touched = True
            self.enter()
            await self._resume_parked()

    # ------------------------------------------------------------ goods

    async def on_scan(self, scan: Scan) -> None:
        self.active()
        session = self.session
        if self.closed() and session.sale is None:
            self.say("low")
            return
        if session.phase is s.Phase.PAID or session.staff_since_s is not None:
            self.leave()  # the next shopper is already scanning
            session = self.session
        came_back = session.phase is None and await self._resume_parked()
        asked_to_pay = session.phase in (s.Phase.CHOOSING, s.Phase.PAYING)
        where = routing.Screen.PAYMENT if asked_to_pay else routing.Screen.GOODS
        meaning = routing.route(scan.text, scan.symbology, where, self._rooms.shop.label_layouts, self._now().date())
        match meaning:
            case routing.PaymentScan(shape=shape):
                await self._on_payment_code(scan.text, shape)
            case GoodsCode():
                await self._on_goods(meaning, scan.text)
                if came_back and session.notice is None:
                    self.notice("resumed", low=False)  # these goods may be somebody else's: say so until answered
            case WrongCheckDigit(code=code):
                await self._refuse("check_digit", code)
            case routing.Odd(kind=routing.Oddity.LINK):
                await self._refuse("collection_code" if asked_to_pay else "not_sold_here", "")
            case routing.Odd():
                await self._refuse("unreadable", "")

    async def on_tags(self, codes: Sequence[GoodsCode], *, alone: bool = False) -> None:
        """Goods known by their tags: all lines at once. A piece that is here already is not said again.

        `alone`: they come from elsewhere, and must not get into the basket of whoever began here a moment ago.
        """
        if alone and self.session.phase not in (None, s.Phase.PAID):
            return
        self.active()
        if self.session.phase is s.Phase.PAID or self.session.staff_since_s is not None:
            self.leave()
        if self.session.phase is s.Phase.PAYING:
            await self._refuse("goods_while_paying", "")
            return
        if self.session.phase is None and not alone:
            await self._resume_parked()
        pieces = [(found, code) for code in codes if (found := self._rooms.catalogue.find(code.keys)) is not None]
        for product, code, refusal in await self._add(pieces, laid=True):
            if refusal is not s.Refusal.ALREADY_SCANNED:
                await self._refuse_piece(product, code, refusal, "")

    # ------------------------------------------------------------ paying

    async def _confirm(self, total_fen: int) -> str:
        sale = self.session.sale
        if sale is None:
            return "refused"
        decision = s.decide(sale, s.Confirm(Fen(total_fen)), self.terms())
        if isinstance(decision, s.Refusal):
            if decision is s.Refusal.TOTAL_CHANGED:
                self.notice("total_changed")
            return "stale" if decision is s.Refusal.TOTAL_CHANGED else decision.value
        await self.apply(*decision)
        self.session.declined = ""
        self.session.align_tries = 0
        self.session.notice = None
        self.enter("choose")
        return ""

    def _choose(self, channel: Channel) -> str:
        if self.session.phase is not s.Phase.CHOOSING or not self.usable(channel):
            return "refused"
        self.session.chosen = channel
        self.session.align_tries += 1
        self.enter("align")
        return ""

    async def _on_payment_code(self, text: str, shape: routing.PayShape) -> None:
        session = self.session
        if session.phase in (None, s.Phase.SHOPPING):
            await self._refuse("payment_code_early", "")
            return
        if session.phase is s.Phase.PAYING:
            await self._refuse("code_seen", "")
            return
        channel = shape.channel
        if channel is None:
            await self._refuse("ecny" if shape is routing.PayShape.ECNY else "union_pay", "")
            return
        code = Secret(text.replace(" ", "").strip())
        if not self.usable(channel):
            await self._refuse("wallet_unavailable", "")
            return
        if self._rooms.ledger.code_used(self._keyed("code", code.reveal())):
            await self._refuse("code_seen", "")
            return
        switched = session.chosen is not None and session.chosen is not channel
        if await self._open_attempt(channel, code) == "" and switched:
            self.notice("wallet_switched", low=False)

    async def _open_attempt(self, channel: Channel, code: Secret | None) -> str:
        """Write the attempt, then let the till send it. With no code the booth shows one."""
        sale = self.session.sale
        if sale is None or not self.usable(channel):
            return "refused"
        day = self._now().strftime("%y%m%d")
        tries = f"{sale.attempts + 1:02d}"
        number = f"{self._rooms.shop.code}{day}{sale.id.rpartition('-')[2]}{tries}{self._rooms.chance.token(3).upper()}"
        mode = Mode.PRESENTED if code is None else Mode.CODE
        command = s.OpenAttempt(
            attempt=number,
            channel=channel,
            mode=mode,
            code_hash=self._keyed("code", code.reveal()) if code else "",
            code_last4=code.last4 if code else "",
            at_ms=self._clock.now_ms(),
        )
        decision = s.decide(sale, command, self.terms())
        if isinstance(decision, s.Refusal):
            return decision.value
        await self.apply(*decision)
        (opened,) = (x for x in decision if isinstance(x, f.AttemptOpened))
        session = self.session
        session.chosen, session.notice, session.declined = channel, None, ""
        session.payment = Payment(number, channel, code is None, opened.opened_at_ms, opened.code_last4)
        session.payment.present_s = self._rooms.shop.waits.present_s
        if code is None:
            self._rooms.till.present(opened)
        else:
            self.say("drip")
            self._rooms.till.charge(opened, code)
        return ""

    async def _back(self) -> str:
        session = self.session
        if session.phase is s.Phase.PAYING:
            assert session.sale is not None and session.sale.attempt is not None
            return "" if self._rooms.till.cancel(session.sale.attempt) else "refused"
        if session.phase is not s.Phase.CHOOSING:
            return "refused"
        if session.stage in ("align", "declined"):
            session.chosen = None
            self.enter("choose")
            return ""
        return await self.edit(s.Reopen(), session.open_line)

    async def on_money(self, news: News) -> None:
        session = self.session
        if session.sale is None or session.sale.id != news.sale:
            return
        for happened in news.facts:
            session.sale = s.apply(session.sale, happened)
        payment = session.payment
        if payment is not None and payment.attempt == news.attempt:
            payment.asked = news.asked
            payment.qr_url = news.qr_url or payment.qr_url
        for happened in news.facts:
            match happened:
                case f.AttemptMoved() if payment is not None:
                    payment.state = step(payment.state, Event(happened.event))
                case f.AttemptSettled() if happened.event != Event.PAID:
                    self._on_no(happened)
                case f.SaleHeld():
                    session.staff_since_s = self._clock.monotonic_s()
                    self.say("ask")
                case f.SalePaid():
                    self._on_paid()

    def on_paper(self, news: ReceiptNews) -> None:
        """The printer's last word on the receipt on the screen."""
        if self.session.sale is not None and news.sale == self.session.sale.id:
            self.session.paper = (news.state, news.reason)

    def _on_no(self, settled: f.AttemptSettled) -> None:
        """A final no: nothing was charged; choose again."""
        self.session.payment = None
        self.session.declined = settled.reason
        self.enter("declined")
        self.say("low" if settled.reason != Decline.REVERSED else "ask")

    def _on_paid(self) -> None:
        session = self.session
        assert session.sale is not None
        session.paid_at_ms = self._clock.now_ms()
        session.paper = (
            ("printing", "") if self._rooms.receipts.has_printer(self.settings.id) else ("digital_only", "off")
        )
        session.notice = None
        self.enter()
        self.say("paid")
        self._rooms.receipts.start(replace(session.sale, language=session.language))

    # ------------------------------------------------------------ leaving, time

    def _finish(self) -> str:
        if self.session.phase is not s.Phase.PAID and self.session.staff_since_s is None:
            return "refused"
        self.leave()
        return ""

    def leave(self) -> None:
        """The visit is over; nothing of it stays in memory but the last answered taps."""
        seen, last = self.session.seen_intents, self.session.last_intent
        self.session = Session(
            language=self._rooms.shop.language, waits=self._rooms.shop.waits, seen_intents=seen, last_intent=last
        )
        self.help.leave()
        self.active()

    async def abandon(self, reason: str) -> str:
        sale = self.session.sale
        if sale is None:
            self.leave()
            return ""
        decision = s.decide(sale, s.Abandon(reason), self.terms())
        if isinstance(decision, s.Refusal):
            return decision.value
        await self.apply(*decision)
        self.leave()
        return ""

    async def _resume_parked(self) -> bool:
        """A basket left here a moment ago comes back, with a slip that offers to start afresh; whether one did."""
        newest_ms = self._clock.now_ms() - int(self._rooms.shop.waits.park_s * 1000)
        for parked in self._rooms.ledger.live_sales(self.settings.id):
            sale = parked
            if sale.phase is not s.Phase.PARKED:
                continue
            if self._rooms.ledger.changed_ms(sale.id) < newest_ms:
                await self._commit(f.SaleAbandoned(sale.id, "expired"))
                continue
            decision = s.decide(sale, s.Resume(self.settings.id), self.terms())
            assert not isinstance(decision, s.Refusal)
            await self._commit(*decision)
            for happened in decision:
                sale = s.apply(sale, happened)
            self.session.sale = sale
            self.notice("resumed", low=False)
            return True
        return False

    # ------------------------------------------------------------ what holds now

    def cancellable_in_s(self) -> float | None:
        """Seconds until a tap on cancel would act, 0 when it would now; None while time alone does not bring it."""
        sale = self.session.sale
        if sale is None or sale.phase is not s.Phase.PAYING or sale.attempt is None:
            return None
        return self._rooms.till.cancellable_in_s(sale.attempt)

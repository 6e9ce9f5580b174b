"""The goods of a visit, and what the whole of it stands on: the session, the disk first, refusals with words.

What is charged and who leaves is in visit.py, which goes on from here.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from paybooth.domain import facts as f
from paybooth.domain import routing
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.goods import Product
from paybooth.domain.payment import Channel
from paybooth.ports import HealthState

from . import views
from .help import HelpCall
from .notices import REFUSALS, STICKY, UNSENT
from .rooms import Rooms
from .session import Session, Stage
from .settings import BoothSettings


class Basket:
    """The session of a booth, and the goods in it."""

    def __init__(self, settings: BoothSettings, rooms: Rooms, cue: Callable[[views.Sound], None]) -> None:
        self.settings = settings
        self._rooms = rooms
        self._clock = rooms.clock
        self.say = cue
        self._notices = 0
        self.help = HelpCall(settings.id, rooms.clock, self._commit)
        self.session = Session(language=rooms.shop.language, waits=rooms.shop.waits)

    def active(self) -> None:
        self.session.active_s = self._clock.monotonic_s()
        self.session.idle_since_s = None

    def enter(self, stage: Stage | None = None) -> None:
        """A page begins: its wait starts anew."""
        if stage is not None:
            self.session.stage = stage
        self.session.stage_since_s = self._clock.monotonic_s()

    # ------------------------------------------------------------ goods

    async def _on_goods(self, code: GoodsCode, text: str) -> None:
        if self.session.phase is s.Phase.PAYING:
            await self._refuse("goods_while_paying", text)
            return
        product = self._rooms.catalogue.find(code.keys)
        if product is None:
            is_case = len(text) == 14 and text[0] != "0" and text.isdigit()
            await self._refuse("case_code" if is_case else "unknown_barcode", text)
            return
        for refused in await self._add([(product, code)]):
            await self._refuse_piece(*refused, text)

    async def _refuse_piece(self, product: Product, code: GoodsCode, refusal: s.Refusal, text: str) -> None:
        name = views.Words(product.name_zh, product.name_en or product.name_zh)
        expired = code.expires.isoformat() if code.expires else None
        await self._refuse(REFUSALS[refusal], text, name=name, date=expired)

    async def _add(
        self, pieces: Sequence[tuple[Product, GoodsCode]], *, laid: bool = False
    ) -> list[tuple[Product, GoodsCode, s.Refusal]]:
        """Put pieces into the basket, all in one commit; the others come back, each with its reason.

        `laid`: on a pad, where a piece that was scanned before lies again.
        """
        session, refused = self.session, []
        happened: list[f.Fact] = []
        sale = session.sale
        if sale is None:
            opened = self.open_sale()
            happened, sale = [opened], s.begin(opened)
        elif sale.phase is s.Phase.CHOOSING:
            happened = [f.SaleReopened(sale.id)]  # one more thing before paying: just add it
            sale = s.apply(sale, happened[0])
        changed: int | None = None
        for product, code in pieces:
            decision = s.decide(sale, s.AddPiece(product, code, laid), self.terms())
            if isinstance(decision, s.Refusal):
                refused.append((product, code, decision))
                continue
            for fact in decision:
                sale = s.apply(sale, fact)
            happened += decision
            # the newest: a piece that got a name leaves the line it was counted in
            line = [x for x in decision if isinstance(x, f.LineAdded | f.LineChanged)][-1]
            changed = line.line.id if isinstance(line, f.LineAdded) else line.line
        if changed is not None:
            await self._commit(*happened)
            session.sale, session.open_line = sale, changed
            session.notice, session.touched = None, True
            self.say("drip")
        return refused

    def open_sale(self) -> f.SaleOpened:
        sale_id = self._rooms.numbers.next(self._now().strftime("%Y%m%d"))
        number = sale_id.rpartition("-")[2].lstrip("0").zfill(4)
        self.session.rules = self._rooms.catalogue.rules
        return s.open_sale(sale_id, number, self.settings.id, self.session.language)

    async def edit(self, command: s.Command, open_line: int | None) -> str:
        sale = self.session.sale
        if sale is None:
            return "refused"
        decision = s.decide(sale, command, self.terms())
        if isinstance(decision, s.Refusal):
            if decision is s.Refusal.QUANTITY_LIMIT:
                self.notice("quantity_limit")
            return decision.value
        await self.apply(*decision)
        self.session.open_line = open_line
        return ""

    async def _join(self, number: str) -> str:
        digits = "".join(c for c in number if c.isalnum())
        if not 4 <= len(digits) <= 32:
            return "malformed"
        return await self.edit(s.JoinMember(self._keyed("member", digits), digits[-4:]), self.session.open_line)

    async def _refuse(
        self, kind: views.NoticeKind, code: str, *, name: views.Words | None = None, date: str | None = None
    ) -> None:
        """Not added: the low tone, the reason, and a journal row (without anything that may be a payment code)."""
        shown = "" if kind in UNSENT or routing.pay_shape(code) is not None else code[:48]
        self.notice(kind, code=shown, name=name, date=date)
        sale = self.session.sale.id if self.session.sale else ""
        await self._commit(f.ScanRefused(self.settings.id, sale, kind, shown))

    # ------------------------------------------------------------ what holds now

    def closed(self) -> str:
        """Why the booth takes nobody now, or empty."""
        watch, scanners = self._rooms.watch, self.settings.scanners
        if scanners and not self.settings.wedge and all(watch.state(x) is HealthState.OFFLINE for x in scanners):
            return "scanner"
        return ""

    def usable(self, channel: Channel) -> bool:
        """Whether this wallet can be tried now."""
        return (
            channel in self._rooms.till.channels
            and self._rooms.watch.state(f"pay:{channel}") is not HealthState.OFFLINE
        )

    def notice(
        self,
        kind: views.NoticeKind,
        *,
        code: str = "",
        name: views.Words | None = None,
        date: str | None = None,
        low: bool = True,
    ) -> None:
        """Lay a slip over the paper; `low` also sounds the low tone."""
        self._notices += 1
        now_ms = self._clock.now_ms()
        until_ms = now_ms + int(self.session.waits.notice_s * 1000)
        self.session.notice = views.NoticeView(self._notices, kind, code, name, date, now_ms, until_ms, kind in STICKY)
        if low:
            self.say("low")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, self._rooms.shop.zone)

    def terms(self) -> s.Terms:
        rules = self.session.rules
        return s.Terms(self._rooms.catalogue.rules if rules is None else rules, self._now())

    def _keyed(self, purpose: str, value: str) -> str:
        text = f"{purpose} {value}".encode()
        return hmac.digest(self._rooms.key.reveal().encode(), text, "sha256").hex()[:32]

    async def _commit(self, *facts: f.Fact) -> None:
        await self._rooms.ledger.commit(*facts, at_ms=self._clock.now_ms())

    async def apply(self, *facts: f.Fact) -> None:
        """On disk first, in memory after."""
        await self._commit(*facts)
        for happened in facts:
            assert self.session.sale is not None
            self.session.sale = s.apply(self.session.sale, happened)

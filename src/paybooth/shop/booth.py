"""The actor of one checkout place: a bounded mailbox, one message at a time, the clock, and the view after each.

The mailbox refuses shoppers' input when full (answer: the low tone), never news of money. What a message does is in
visit.py; a restart finds the sale in the ledger and goes on where it stood.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Literal

import structlog
import zxingcpp

from paybooth.domain import facts as f
from paybooth.domain import sale as s
from paybooth.domain.payment import Channel
from paybooth.ports import HealthState, LedgerFault, Scan

from . import intents as i
from . import screen, views
from .assist import StaffAssist, assist
from .bell import Bell
from .feed import Feed
from .help import StaffHelp
from .pad import Tagged
from .receipts import ReceiptNews
from .rooms import Rooms
from .settings import BoothSettings
from .staff_acts import StaffVoid, void
from .till import News
from .visit import Visit
from .watch import Status

log = structlog.get_logger()

MAILBOX_MOST = 64
"""Scans and taps that may wait; a scanner gone wild fills it and is refused."""


_WALLETS = tuple(f"pay:{channel}" for channel in Channel)


class Poke:
    """Something outside changed (health, catalogue): show again."""


Input = Scan | Tagged | i.Intent | StaffHelp | StaffVoid | StaffAssist
Message = Input | News | ReceiptNews | Poke


class Booth:
    """One checkout place."""

    def __init__(self, settings: BoothSettings, rooms: Rooms, feed: Feed[views.BoothView]) -> None:
        self.settings = settings
        self.feed = feed
        self._rooms = rooms
        self._clock = rooms.clock
        self._input: deque[Input] = deque()
        self._news: deque[News | ReceiptNews | Poke] = deque()
        self._mail = Bell()
        self.visit = Visit(settings, rooms, feed.cue)
        self._listeners: list[Callable[[], None]] = []
        self._card = screen.card(rooms.shop, settings)
        self._drawn: tuple[list[Status | None], tuple[views.ChannelView, ...]] = ([], ())

    # ------------------------------------------------------------ mailbox

    def post_input(self, message: Input) -> bool:
        """A scan, a tap, or an act of staff; False (and the low tone) when the mailbox is full."""
        if len(self._input) >= MAILBOX_MOST:
            self.feed.cue("low")
            return False
        self._input.append(message)
        self._mail.ring()
        return True

    def post_news(self, message: News | ReceiptNews | Poke) -> None:
        """News of money and devices: never refused; bounded by attempts in flight."""
        self._news.append(message)
        self._mail.ring()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call after each message, when the view may be another."""
        self._listeners.append(listener)

    def renew(self) -> None:
        """Settings changed: the first page at once, a shopper who is here keeps what was promised."""
        self._card = screen.card(self._rooms.shop, self.settings)
        session = self.visit.session
        if session.sale is None and not session.touched:
            session.waits = self._rooms.shop.waits
        self.post_news(Poke())

    @property
    def free(self) -> bool:
        """Whether somebody may begin here: no basket, and it can see."""
        return self.visit.session.sale is None and not self.visit.closed() and not self._input

    def refuse(self, intent: str) -> None:
        """Tell the page that its intent was not understood."""
        self.visit.session.last_intent = views.IntentResult(intent, ok=False, code="malformed")
        self.show()

    async def run(self) -> None:
        """Restore, then serve until cancelled."""
        self.visit.restore()
        self.show()
        while True:
            if not await self._mail.wait(self._next_wait_s()):
                await self._guarded(self._on_time())
            while self._news or self._input:
                message: Message = self._news.popleft() if self._news else self._input.popleft()
                await self._guarded(self._handle(message))

    async def _guarded(self, work: Awaitable[None]) -> None:
        """A full or read-only disk refuses the one act; the shopper hears it and nothing is half done."""
        try:
            await work
        except LedgerFault as fault:
            if fault.reason == "closed":
                raise
            log.error("refused: cannot write", booth=self.settings.id, reason=fault.reason)
            self.visit.notice("ledger_full")
        with contextlib.suppress(LedgerFault):  # the next message tries again
            await self.visit.help.tidy()
        self.show()

    async def _handle(self, message: Message) -> None:
        match message:
            case Scan():
                await self.visit.on_scan(message)
            case Tagged():
                await self.visit.on_tags(message.codes, alone=message.alone)
            case i.Intent():
                await self.visit.on_intent(message)
            case StaffHelp():
                await self.visit.help.on_staff(message)
            case StaffVoid():
                await void(message, self.visit, self._rooms)
            case StaffAssist():
                await assist(message, self.visit, self._rooms)
            case News():
                await self.visit.on_money(message)
            case ReceiptNews():
                self.visit.on_paper(message)
            case Poke():
                pass

    # ------------------------------------------------------------ the view

    def show(self) -> None:
        """Publish the view as it is now."""
        session = self.visit.session
        sale, payment = session.sale, session.payment
        receipts = self._rooms.receipts
        receipt = sale.receipt if sale is not None and sale.phase is s.Phase.PAID else None
        url = receipts.url(receipt) if receipt else ""
        around = screen.Surroundings(
            shop=self._card,
            now_ms=self._clock.now_ms(),
            now_s=self._clock.monotonic_s(),
            closed=self.visit.closed(),
            channels=self._channels(),
            paper=self._paper(),
            cancellable=self.visit.cancellable_in_s() == 0,
            help=self.visit.help.view,
            receipt_url=url,
            receipt_code=receipts.code(receipt) if receipt else "",
            receipt_qr=qr_svg(receipts.scannable(receipt)) if receipt else "",
            present_qr=qr_svg(payment.qr_url) if payment is not None and payment.qr_url else "",
        )
        self.feed.publish(screen.build(self.settings, session, around))
        for listener in self._listeners:
            listener()

    def _channels(self) -> tuple[views.ChannelView, ...]:
        """Every wallet, drawn anew only when the health of one changed."""
        health = [self._rooms.watch.table.get(name) for name in _WALLETS]
        if health != self._drawn[0]:
            self._drawn = health, tuple(self._channel(channel) for channel in Channel)
        return self._drawn[1]

    def _channel(self, channel: Channel) -> views.ChannelView:
        if channel not in self._rooms.till.channels:
            return views.ChannelView(channel.value, available=False, reason="not_configured", can_present=False)
        usable = self.visit.usable(channel)
        why: Literal["", "offline", "out_of_service"] = ""
        if not usable:
            denied = "denied" in self._rooms.watch.reasons(f"pay:{channel}")
            why = "out_of_service" if denied else "offline"
        return views.ChannelView(channel.value, available=usable, reason=why, can_present=usable)

    def _paper(self) -> str:
        """The printer in one word; only what it said counts, silence is unknown."""
        printer = self.settings.printer
        if not printer:
            return "none"
        match self._rooms.watch.state(printer):
            case HealthState.UNKNOWN:
                return "unknown"
            case HealthState.OFFLINE:
                return "none"
            case HealthState.DEGRADED if "paper_near_end" in self._rooms.watch.reasons(printer):
                return "near_end"
            case _:
                return "ok"

    # ------------------------------------------------------------ time

    def _next_wait_s(self) -> float | None:
        """Seconds until time alone changes something; None when only a message can."""
        now_s = self._clock.monotonic_s()
        ends = [x for x in (self._page_ends_s(), self._idle_ends_s(), self._notice_ends_s()) if x is not None]
        cancel_in_s = self.visit.cancellable_in_s()
        if cancel_in_s:
            ends.append(now_s + cancel_in_s)  # the cancel button appears by time
        return max(0.05, min(ends) - now_s) if ends else None

    def _page_ends_s(self) -> float | None:
        phase = screen.phase_of(self.visit.session, self.visit.closed())
        wait_s = screen.wait_of(phase, self.visit.session, self.visit.session.waits)
        if phase in ("attract", "closed") and self._has_wishes():
            return self._not_while_helped(self.visit.session.active_s + self.visit.session.waits.empty_s)
        if self.visit.session.staff_since_s is not None:
            return self._not_while_helped(self.visit.session.staff_since_s + self.visit.session.waits.staff_s)
        return None if wait_s is None else self._not_while_helped(self.visit.session.stage_since_s + wait_s)

    def _not_while_helped(self, ends_s: float) -> float:
        """A call for help holds the page, but a caller who left must not hold the booth."""
        if self.visit.help.view is None:
            return ends_s
        return max(ends_s, self.visit.session.active_s + self.visit.session.waits.help_s)

    def _has_wishes(self) -> bool:
        """Whether somebody changed how the first page looks or speaks; the next shopper asked for none of it."""
        session = self.visit.session
        return session.comfort != views.Comfort() or session.language != self._rooms.shop.language

    def _idle_ends_s(self) -> float | None:
        session = self.visit.session
        if session.phase is not s.Phase.SHOPPING:
            return None
        if session.idle_since_s is not None:
            return session.idle_since_s + self.visit.session.waits.idle_ring_s
        return (
            self._not_while_helped(session.active_s + self.visit.session.waits.idle_s)
            if session.sale and session.sale.lines
            else None
        )

    def _notice_ends_s(self) -> float | None:
        notice = self.visit.session.notice
        if notice is None or notice.sticky:
            return None
        return self._clock.monotonic_s() + max(0.0, (notice.until_ms - self._clock.now_ms()) / 1000)

    async def _on_time(self) -> None:
        now_s = self._clock.monotonic_s()
        notice_ends, page_ends, idle_ends = self._notice_ends_s(), self._page_ends_s(), self._idle_ends_s()
        if notice_ends is not None and notice_ends <= now_s:
            self.visit.session.notice = None
        if idle_ends is not None and idle_ends <= now_s:
            await self._idle_over(now_s)
        elif page_ends is not None and page_ends <= now_s:
            await self._page_over()

    async def _idle_over(self, now_s: float) -> None:
        if self.visit.session.idle_since_s is None:
            self.visit.session.idle_since_s = now_s
            self.feed.cue("ask")
            return
        await self.visit.apply(f.SaleParked(self.visit.session.sale.id))  # type: ignore[union-attr]  # idle only with a sale
        self.visit.leave()

    async def _page_over(self) -> None:
        """A page stood too long. A payment in flight never comes here."""
        session = self.visit.session
        phase = screen.phase_of(session, self.visit.closed())
        if phase in ("done", "staff", "attract", "closed"):
            self.visit.leave()
        elif phase == "shopping":
            await self.visit.abandon("idle")
        elif phase == "align" and session.align_tries < self.visit.session.waits.align_tries:
            session.align_tries += 1
            self.visit.enter("align")
        elif phase in ("align", "declined"):
            session.chosen = None
            self.visit.enter("choose")
        else:
            await self.visit.edit(s.Reopen(), session.open_line)


@lru_cache(maxsize=64)
def qr_svg(data: str) -> str:
    """Inline SVG of a QR code: black on white, level M, quiet zone of 4 modules, scaled by the page."""
    drawn = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    found = _DRAWING.search(drawn)
    assert found is not None, "the library's SVG is one path in a square"
    side, path = found.groups()
    return (
        f'<svg viewBox="0 0 {side} {side}" xmlns="http://www.w3.org/2000/svg" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


_DRAWING = re.compile(r'<svg width="(\d+)".*<path d="([^"]+)"', re.DOTALL)

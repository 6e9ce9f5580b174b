"""A box we play ourselves: what a kiosk page hears is what the test says."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec.structs import replace
from playwright.sync_api import Page, WebSocketRoute

from paybooth.shop import views as v

NOW = 1_790_000_000_000

LINE = v.LineView(
    id=1,
    sku="A1",
    name=v.Words("原味酸奶", "Plain yogurt"),
    picture="yogurt",
    unit=v.Words("瓶", "bottle"),
    quantity=2,
    weight_g=None,
    unit_price_fen=650,
    list_price_fen=None,
    member_price=False,
    amount_fen=1300,
    discounts=(),
    expires=None,
    fixed=False,
)
SALE = v.SaleView("0417", (LINE,), 1, 2, 1300, 0, None)
BASE = v.BoothView(
    booth="1",
    phase="attract",
    closed_reason="",
    language="zh-CN",
    comfort=v.Comfort(),
    shop=v.ShopCard(
        v.Words("小店", "Shop"),
        v.Words("", ""),
        "below",
        "below_left",
        "right",
        wedge=True,
        utc_offset_minutes=480,
    ),
    sale=None,
    notice=None,
    channels=(v.ChannelView("wechat", available=True, reason="", can_present=True),),
    payment=None,
    receipt=None,
    deadline=None,
    idle=None,
    help=None,
    helper="",
    staff=None,
    paper="ok",
    last_intent=None,
)
SHOPPING = replace(BASE, phase="shopping", sale=SALE)


class Box:
    """Our end of the line: hands out numbered views, keeps every intent in order of arrival."""

    def __init__(self, page: Page, origin: str, *, mute: bool = False, own_clock: bool = True) -> None:
        self.page = page
        self.intents: list[dict[str, Any]] = []
        self.applied: list[int] = []
        self.sockets: list[WebSocketRoute] = []
        self.mute = mute
        self.cues = 0
        self.build = "b1"
        self.epoch, self.rev, self.view = "e1", 0, BASE
        page.route_web_socket("**/ws/kiosk/**", self._open)
        if own_clock:
            page.clock.install(time=NOW / 1000)
        page.goto(f"{origin}/ui/kiosk/index.html")

    def _open(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(self._hear)
        if not self.mute:
            self._send(v.Hello(self.epoch, self.build, NOW))
            self._send(v.Snapshot(self.epoch, self.rev, NOW, self.view))

    def _send(self, frame: object) -> None:
        self.sockets[-1].send(msgspec.json.encode(frame).decode())

    def _hear(self, message: str | bytes) -> None:
        frame = json.loads(message)
        if frame["type"] == "intent":
            self.intents.append(frame)
        elif frame["type"] == "applied":
            self.applied.append(frame["rev"])
        elif not self.mute:
            self._send(v.Pong(frame["t"], NOW))

    def show(self, view: v.BoothView, *, rev: int | None = None, epoch: str | None = None) -> None:
        """Send a view; without a number it is the next one."""
        self.rev = self.rev + 1 if rev is None else rev
        self.epoch = epoch or self.epoch
        self.view = view
        self._send(v.Snapshot(self.epoch, self.rev, NOW, view))

    def cue(self, sound: v.Sound) -> None:
        self.cues += 1
        self._send(v.Cue(self.cues, sound))

    def answer(self, view: v.BoothView, intent: dict[str, Any]) -> None:
        self.show(replace(view, last_intent=v.IntentResult(intent["id"], ok=True, code="")))

    @property
    def asked(self) -> list[str]:
        """Names of the actions asked for so far."""
        return [each["action"]["name"] for each in self.intents]

    def settle(self) -> None:
        """Until everything the page has done so far has reached us: a round trip through the page."""
        self.page.evaluate(
            "() => new Promise((r) => { const c = new MessageChannel(); c.port1.onmessage = r; c.port2.postMessage(0); })"
        )

    def scan(self, text: str, end: str = "Enter") -> None:
        """Type as a wedge scanner does: no pause between the keys."""
        for char in text:
            self.page.keyboard.press(char)
        if end:
            self.page.keyboard.press(end)
        self.settle()

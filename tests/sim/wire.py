"""The second level: the real drivers, signatures and all, and the lab's real gateways, in virtual time.

`Wire` is the network between a driver and its gateway: an httpx2 transport that loses, delays, cuts and forges. The
gateways are the lab's ASGI apps, asked without a socket; they have power of their own, so that what has reached them
happens while the box is dark. Judges look at what leaves the box, not at what the product believes it sent.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paybooth.config import Config
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, Order
from paybooth.drivers.alipay import open_alipay
from paybooth.drivers.wechat import open_wechat
from paybooth.lab.alipay_gateway import AlipayGateway
from paybooth.lab.faults import Faults
from paybooth.lab.keys import FILES, Merchant, foreign_key, load_or_make, serial_hex
from paybooth.lab.models import BookOrder
from paybooth.lab.serve import DROP
from paybooth.lab.wechat_gateway import WechatGateway
from paybooth.ports import Chance, Clock, PayChannel, Secret

from .judges import Judges
from .world import START_MS, World

Gateway = WechatGateway | AlipayGateway

NOTIFY_AGAIN_S = (0.0, 1.0, 3.0, 10.0)
"""A wallet tells again until the shop says it understood."""

DRIP_S = 1.0

_REPLY = {
    "error_5xx": "error_5xx",
    "error_5xx_but_paid": "error_5xx_but_paid",
    "rate_limit": "rate_limit",
    "unknown_code": "undocumented_code",
    "wrong_amount": "wrong_amount",
    "wrong_number": "wrong_number",
    "garbage": "garbage",
    "cut_json": "cut_json",
    "huge_json": "huge_json",
    "unsigned": "unsigned",
    "bad_signature": "bad_signature",
    "unsigned_error": "unsigned_error",
    "reset_before": "request_lost",
    "reset_after": "reply_lost",
    "maintenance": "maintenance",
}
_OWN = {
    "charge": {"needs_password": "needs_password", "pay_error": "pay_error", "code_expired": "code_expired"},
    "query": {"not_found": "query_not_found", "query_5xx": "query_5xx"},
    "undo": {"reverse_refused": "reverse_refused", "reverse_5xx": "reverse_5xx", "close_race": "close_race"},
}
"""A fault of the world → its name on the gateways' own menu, by what is asked for."""

MENU = {at: {**_REPLY, **_OWN.get(at, {})} for at in ("charge", "present", "query", "undo", "refund", "refund_query")}
LOST = {"undo": "reverse_lost", "refund": "refund_lost"}
"""Replies that get lost more often than others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request on the wire asks for; `at` as in lab.faults.AT, or `probe`, or empty."""

    at: str
    number: str = ""
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Wallets:
    """Both gateways, the networks before them, and what they tell the shop. Outlives every power cut."""

    def __init__(self, world: World, judges: Judges, merchant: Merchant) -> None:
        self.world, self.judges = world, judges
        self.faults = Faults()

        def token(bytes_: int) -> str:
            return world.chance("gateways").randbytes(bytes_).hex()

        given = (self.faults, merchant, world.now_ms, token)
        self.gateways: dict[Channel, Gateway] = {
            Channel.WECHAT: WechatGateway(world.banks[Channel.WECHAT], *given),
            Channel.ALIPAY: AlipayGateway(world.banks[Channel.ALIPAY], *given),
        }
        self.modes: dict[str, Mode] = {}
        world.paid = self.notify_soon

    def channels(self, config: Config, clock: Clock, chance: Chance) -> dict[Channel, PayChannel]:
        """The product's own drivers, as app.open_channels makes them, on a simulated network."""
        assert config.wechat is not None and config.alipay is not None
        api_key = Secret(config.wechat.api_key.read_text("utf-8"))
        wires = {channel: Wire(channel, self) for channel in Channel}
        return {
            Channel.WECHAT: open_wechat(
                config.wechat, api_key, clock=clock, chance=chance, transport=wires[Channel.WECHAT]
            ),
            Channel.ALIPAY: open_alipay(config.alipay, clock=clock, transport=wires[Channel.ALIPAY]),
        }

    # ------------------------------------------------------------ at the gateway

    def ask(self, channel: Channel, asked: Asked, request: httpx2.Request) -> Answer | None:
        """A request arrives: the gateway acts and answers in one go. None where it drops the connection."""
        world, before = self.world, self.faults.hits.copy()
        menu = MENU.get(asked.at, {})
        for fault, name in menu.items():
            if world.draws(fault):
                self.faults.arm(channel, name, at=(asked.at,))
        answer = call(self.gateways[channel].app, request)
        self.faults.clear()
        for fault, name in menu.items():
            world.hits[fault] += self.faults.hits[name] - before[name]
        if asked.at == "charge":
            self.judges.charged(self.order(channel, asked), "")
            if channel is Channel.ALIPAY:
                self.notify_soon(channel, asked.number)
        if asked.at == "undo":
            world.tell(f"{channel} was asked to take {asked.number} back")
        return answer

    def order(self, channel: Channel, asked: Asked) -> Order:
        """What judges need of an order."""
        mode = self.modes.get(asked.number, Mode.CODE)
        return Order(asked.number, channel, mode, Fen(asked.amount), "", "", "", 0)

    def forge(self, channel: Channel, number: str) -> Answer:
        """What somebody without the wallet's key says: it is paid."""
        gateway, now_ms = self.gateways[channel], self.world.now_ms()
        known = gateway.bank.orders.get(number)
        amount = known.amount if known is not None else Fen(1)
        lie = BookOrder(number, amount, "", now_ms, state="paid", transaction=f"4{number}", paid_ms=now_ms)
        if isinstance(gateway, WechatGateway):
            body = json.dumps(gateway._state(lie)).encode()
            headers = gateway._signature(body, by_public_key=True, key=foreign_key())
            return Answer(200, tuple((k.encode(), v.encode()) for k, v in headers.items()), body)
        told = {"code": "10000", "msg": "Success", **gateway._trade(lie), "trade_status": "TRADE_SUCCESS"}
        content = json.dumps({**told, "send_pay_date": gateway._time(now_ms)}, separators=(",", ":"))
        sign = base64.b64encode(foreign_key().sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        return Answer(200, (), f'{{"alipay_trade_query_response":{content},"sign":"{sign}"}}'.encode())

    # ------------------------------------------------------------ notifications

    def notify_soon(self, channel: Channel, number: str) -> None:
        """Alipay tells of a payment by itself, and both tell of presented orders; sometimes late, twice or never."""
        world = self.world
        micropay = channel is Channel.WECHAT and self.modes.get(number) is not Mode.PRESENTED
        if micropay or world.strikes("no_notification"):
            return
        chance = world.chance(f"net {channel}")
        seconds = chance.uniform(0.2, 3) + (100 if world.strikes("late_notification") else 0)
        too_soon = world.strikes("false_notification")  # of an order that is not paid
        for n in range(2 if world.strikes("duplicate_notification") else 1):
            world.later(seconds + n, partial(self._tell_shop, channel, number, even_unpaid=too_soon))
        if world.strikes("forged_notification"):
            world.later(seconds / 2, partial(self._tell_shop, channel, number, forged=True))

    def _tell_shop(
        self, channel: Channel, number: str, again: int = 1, *, even_unpaid: bool = False, forged: bool = False
    ) -> None:
        book = self.world.banks[channel].orders.get(number)
        if book is None or not (even_unpaid or forged or book.state == "paid"):
            return
        headers, body = self.gateways[channel].notification(book, foreign_key() if forged else None)
        believed = self.world.notify(channel, {name.lower(): value for name, value in headers.items()}, body)
        if forged:
            self.judges.forged(number, believed=believed)
        elif not believed and again < len(NOTIFY_AGAIN_S):
            more = partial(self._tell_shop, channel, number, again + 1, even_unpaid=even_unpaid)
            self.world.later(NOTIFY_AGAIN_S[again], more)


def call(app: Any, request: httpx2.Request) -> Answer | None:
    """Ask an ASGI app that never waits, in one step. None where it aborts the connection."""
    sent: list[dict[str, Any]] = []
    dropped: list[bool] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port or 443),
        "client": ("127.0.0.1", 1),
        "extensions": {DROP: {"abort": lambda: dropped.append(True)}},
    }
    asking = app(scope, receive, send)
    with suppress(StopIteration):
        asking.send(None)
        asking.close()
        raise AssertionError("a gateway that waits would wait in the box's time")
    if dropped:
        return None
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], tuple((bytes(k), bytes(v)) for k, v in sent[0]["headers"]), body)


# ---------------------------------------------------------------- what a request asks for

_WECHAT = {"codepay": "charge", "native": "present", "reverse": "undo", "close": "undo"}
_ALIPAY = {
    "alipay.trade.pay": "charge",
    "alipay.trade.precreate": "present",
    "alipay.trade.query": "query",
    "alipay.trade.cancel": "undo",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "refund_query",
}


def read_wechat(request: httpx2.Request) -> Asked:
    """By path, as the documents have it; the number in the path or in the body."""
    path = request.url.path.split("/")
    if "refunds" in path:
        return Asked("refund" if request.method == "POST" else "refund_query", path[-1])
    if path[-1] in ("codepay", "native"):
        body = json.loads(request.content)
        return Asked(_WECHAT[path[-1]], body["out_trade_no"], body["amount"]["total"])
    if "out-trade-no" not in path:
        return Asked("")  # certificates and bills
    number = path[path.index("out-trade-no") + 1]
    return Asked("probe" if number == "PROBE0" else _WECHAT.get(path[-1], "query"), number)


def read_alipay(request: httpx2.Request) -> Asked:
    fields = dict(parse_qsl(request.content.decode()))
    if fields.get("method") not in _ALIPAY:
        return Asked("")  # bills
    content: dict[str, str] = json.loads(fields["biz_content"])
    number = content["out_trade_no"]
    amount = round(float(content.get("total_amount", "0")) * 100)
    return Asked("probe" if number == "PROBE0" else _ALIPAY[fields["method"]], number, amount)


READ: dict[Channel, Callable[[httpx2.Request], Asked]] = {Channel.WECHAT: read_wechat, Channel.ALIPAY: read_alipay}


# ---------------------------------------------------------------- the network


class Wire(httpx2.AsyncBaseTransport):
    """One driver's way to its gateway, as long as the box has power."""

    def __init__(self, channel: Channel, wallets: Wallets) -> None:
        self._channel = channel
        self._wallets = wallets
        self._world, self._judges = wallets.world, wallets.judges
        self._chance = wallets.world.chance(f"net {channel}")

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        asked = READ[self._channel](request)
        self._leaves(asked)
        try:
            answer = await self._exchange(request, asked)
        except httpx2.TransportError:
            self._ended(asked)
            raise
        body = _whole(answer.body)
        if asked.at in MENU and self._world.strikes("truncated"):
            body = _cut(answer.body)
        elif asked.at in MENU and self._world.strikes("reply_drips"):
            body = _drips()
        stream = _Stream(body, partial(self._ended, asked))
        return httpx2.Response(answer.status, headers=list(answer.headers), stream=stream, request=request)

    def _ended(self, asked: Asked) -> None:
        """The box has its answer, or has given up on it: a reply that drips is over when nobody listens any more."""
        if asked.at == "query":
            self._judges.asked(self._wallets.order(self._channel, asked))

    def _leaves(self, asked: Asked) -> None:
        """Judges look at what leaves the box. A presented order may be asked for twice: its number opens it once."""
        order = self._wallets.order(self._channel, asked)
        match asked.at:
            case "charge":
                self._judges.charging(order)
            case "present" if asked.number not in self._wallets.modes:
                self._wallets.modes[asked.number] = Mode.PRESENTED
                self._judges.charging(order)
            case "undo":
                self._judges.undoing(order)
                if self._world.strikes("down_at_reverse"):
                    self._world.down_until_s[self._channel] = self._world.now_s + 300
        if asked.at in ("charge", "undo"):
            self._world.may_cut()

    async def _exchange(self, request: httpx2.Request, asked: Asked) -> Answer:
        read_s: float = request.extensions["timeout"]["read"]
        ended = await self._there(request, asked, read_s)
        if ended is not None:
            return ended
        seconds = self._chance.uniform(0.02, 0.3)
        if asked.at == "charge" and self._world.strikes("request_late"):
            seconds = self._chance.uniform(1, 90)
        reply: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._world.later(seconds, partial(self._arrives, request, asked, reply))
        try:
            async with asyncio.timeout(read_s):
                answer = await reply
        except TimeoutError:
            raise httpx2.ReadTimeout("nobody answers", request=request) from None
        if answer is None:
            raise httpx2.ReadError("connection reset", request=request)
        return answer

    async def _there(self, request: httpx2.Request, asked: Asked, read_s: float) -> Answer | None:
        """Where the way to the gateway ends before it: refused, swallowed, or answered by somebody in between."""
        world, chance = self._world, self._chance
        if asked.at not in ("probe", "") and world.strikes("provider_down"):
            down_s = chance.choice((20, 60, 60, 120, 200, 400, 600, 7200))
            world.down_until_s[self._channel] = world.now_s + down_s
            world.tell(f"{self._channel} is down")
        way = "refused" if world.is_down(self._channel) and asked.at == "probe" else ""
        if not way and world.is_down(self._channel):
            way = chance.choice(("refused", "silence", "gateway"))
        elif asked.at in MENU:
            ways = (("connection_refused", "refused"), ("request_lost", "silence"), ("bad_gateway", "gateway"))
            way = next((how for fault, how in ways if world.strikes(fault)), "")
        match way:
            case "refused":
                await asyncio.sleep(0.05)
                raise httpx2.ConnectError("connection refused", request=request)
            case "silence":
                await asyncio.sleep(read_s)
                raise httpx2.ReadTimeout("nobody answers", request=request)
            case "gateway":
                await asyncio.sleep(0.1)
                return Answer(chance.choice((502, 503)), (), b"<html>bad gateway</html>")
        return None

    def _arrives(self, request: httpx2.Request, asked: Asked, reply: asyncio.Future[Answer | None]) -> None:
        """At the gateway, whether or not the box still has power; then the way back."""
        world = self._world
        answer = self._wallets.ask(self._channel, asked, request)
        if asked.at in MENU and (world.strikes("reply_lost") or (asked.at in LOST and world.strikes(LOST[asked.at]))):
            return
        if asked.at == "query" and world.strikes("forged_reply"):
            answer = self._wallets.forge(self._channel, asked.number)
        seconds = self._chance.uniform(0.02, 0.3)
        if asked.at in MENU and world.strikes("reply_late"):
            seconds += self._chance.uniform(1, 20)

        def comes_back() -> None:
            if not reply.done() and reply.get_loop() is asyncio.get_running_loop():
                reply.set_result(answer)

        world.later(seconds, comes_back)


class _Stream(httpx2.AsyncByteStream):
    """A body on its way; `ended` is told when the driver lets go of it."""

    def __init__(self, chunks: AsyncIterator[bytes], ended: Callable[[], None]) -> None:
        self._chunks, self._ended = chunks, ended

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        self._ended()


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    """The connection goes before everything came."""
    yield body[: len(body) // 2]
    raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")


async def _drips() -> AsyncIterator[bytes]:
    """Never ends: one byte at a time, so that no read time-out trips."""
    while True:
        yield b" "
        await asyncio.sleep(DRIP_S)


# ---------------------------------------------------------------- configuration


def make_keys(folder: Path) -> Merchant:
    """The merchant's key files; certificates count from the simulated day on."""
    return load_or_make(folder, datetime.fromtimestamp(START_MS / 1000, UTC))


def toml(merchant: Merchant, keys: Path, *, certificates: bool) -> str:
    """The shop's [pay] tables; with `certificates` WeChat's keys are learnt from the wire."""
    pinned = "" if certificates else _lines(public_key=keys / FILES[3], public_key_id=merchant.public_key_id)
    wechat: Mapping[str, object] = {
        "url": "https://wechat.test",
        "fallback_url": "https://wechat2.test",
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "serial": serial_hex(merchant.certificate),
        "private_key": keys / FILES[0],
        "api_key": keys / FILES[5],
        "notify_url": "https://shop.test/notify/wechat",
    }
    alipay: Mapping[str, object] = {
        "url": "https://alipay.test/gateway.do",
        "app_id": merchant.app_id,
        "private_key": keys / FILES[0],
        "public_key": keys / FILES[3],
        "notify_url": "https://shop.test/notify/alipay",
    }
    return f"[pay.wechat]\n{_lines(**wechat)}{pinned}[pay.alipay]\n{_lines(**alipay)}"


def _lines(**fields: object) -> str:
    return "".join(f'{name} = "{value}"\n' for name, value in fields.items())

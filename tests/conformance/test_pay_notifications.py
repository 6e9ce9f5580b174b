"""Notifications over the wire: the gateway's own posts reach a real listener, and the driver judges them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paybooth.domain.payment import Mode
from paybooth.lab.serve import serve
from paybooth.ports import Notice, Presented

from .pay_bench import PayBench

pytestmark = pytest.mark.anyio


@dataclass
class Listener:
    """The shop's notification address: keeps what came and what the driver made of it."""

    bench: PayBench
    url: str = ""
    notices: asyncio.Queue[Notice | None] = field(default_factory=lambda: asyncio.Queue(16))
    last: tuple[dict[str, str], bytes] = ({}, b"")

    async def receive(self, request: Request) -> Response:
        self.last = ({name.lower(): value for name, value in request.headers.items()}, await request.body())
        notice = self.bench.driver.read_notification(*self.last)
        self.notices.put_nowait(notice)
        return Response(notice.answer, 200, media_type=notice.content_type) if notice else Response("no", 400)


@pytest.fixture
async def listener(bench: PayBench) -> AsyncIterator[Listener]:
    made = Listener(bench)
    async with serve(Starlette(routes=[Route("/notify", made.receive, methods=["POST"])])) as port:
        made.url = f"http://127.0.0.1:{port}/notify"
        yield made
        await bench.gateway.aclose()


async def _pay_and_notify(bench: PayBench, listener: Listener) -> str:
    order = bench.order(mode=Mode.PRESENTED)
    shown = await bench.driver.present(order)
    assert isinstance(shown, Presented)
    bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)
    known = bench.bank.orders[order.number]
    known.notify_url = listener.url
    bench.gateway.notify(known)
    return order.number


async def _next(listener: Listener) -> Notice | None:
    async with asyncio.timeout(5):
        return await listener.notices.get()


async def test_a_true_notification_names_its_order(bench: PayBench, listener: Listener) -> None:
    number = await _pay_and_notify(bench, listener)
    notice = await _next(listener)
    assert notice is not None
    assert notice.number == number


async def test_a_forged_notification_is_turned_away(bench: PayBench, listener: Listener) -> None:
    bench.arm("forged_notification")
    number = await _pay_and_notify(bench, listener)
    came = [await _next(listener), await _next(listener)]
    assert [notice.number for notice in came if notice] == [number]


async def test_a_notification_may_come_twice(bench: PayBench, listener: Listener) -> None:
    bench.arm("duplicate_notification")
    number = await _pay_and_notify(bench, listener)
    came = [await _next(listener), await _next(listener)]
    assert [notice and notice.number for notice in came] == [number, number]


@pytest.mark.parametrize("spoil", ["cut", "changed", "empty", "binary"])
async def test_a_spoiled_notification_is_turned_away(bench: PayBench, listener: Listener, spoil: str) -> None:
    await _pay_and_notify(bench, listener)
    await _next(listener)
    headers, body = listener.last
    changed = {
        "cut": body[:-9],
        "changed": body.replace(b"SUCCESS", b"SUCCESZ"),
        "empty": b"",
        "binary": b"\xff\x00" + body,
    }
    assert bench.driver.read_notification(headers, changed[spoil]) is None


async def test_an_unsigned_notification_is_turned_away(bench: PayBench, listener: Listener) -> None:
    await _pay_and_notify(bench, listener)
    await _next(listener)
    headers, body = listener.last
    bare = {name: value for name, value in headers.items() if not name.startswith("wechatpay-")}
    cut = body.partition(b"&sign=")[0]
    assert bench.driver.read_notification(bare, cut) is None

"""Rate limits: the bucket by hand, the classes of routes, and what a greedy client meets at the window."""

from __future__ import annotations

import asyncio
import json

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st

from paybooth.web.limits import ADDRESSES_MOST, RATES, Limiter, Rate, Route, neighbourhood, route_of

from .test_api import GENEROUS, box, heard, page_of

HOUR = Rate(1 / 3600, 3)
"""Three at once, then one an hour: no machine is so slow that a test sees the fourth."""


class Hand:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_the_rate_holds():
    hand = Hand()
    limiter = Limiter({Route.READ: Rate(2, 3)}, hand)
    assert [limiter.wait_s("a", Route.READ) for _ in range(4)] == [0, 0, 0, 0.5]
    hand.now += 0.5
    assert [limiter.wait_s("a", Route.READ) for _ in range(2)] == [0, 0.5]
    hand.now += 3600
    assert [limiter.wait_s("a", Route.READ) for _ in range(4)] == [0, 0, 0, 0.5]


def test_addresses_and_classes_do_not_pay_for_each_other():
    limiter = Limiter({Route.READ: HOUR, Route.WRITE: HOUR}, Hand())
    for _ in range(3):
        limiter.wait_s("192.0.2.1", Route.READ)
    assert limiter.wait_s("192.0.2.1", Route.READ) > 0
    assert limiter.wait_s("192.0.2.2", Route.READ) == 0
    assert limiter.wait_s("192.0.2.1", Route.WRITE) == 0


@given(st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=60))
def test_never_more_than_the_burst_and_the_rate(steps):
    """Whatever the pattern: in any time from the start, at most burst + rate x time pass."""
    hand = Hand()
    limiter = Limiter({Route.READ: Rate(3, 5)}, hand)
    passed = 0
    for pause, asks in steps:
        hand.now += pause
        passed += asks and limiter.wait_s("a", Route.READ) == 0
        assert passed <= 5 + 3 * (hand.now - 100.0) + 1e-6


def test_buckets_are_bounded_and_the_quietest_goes():
    limiter = Limiter({Route.READ: HOUR}, Hand())
    for n in range(ADDRESSES_MOST + 10):
        limiter.wait_s(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", Route.READ)
    assert len(limiter._buckets) == ADDRESSES_MOST
    assert ("10.0.0.0", Route.READ) not in limiter._buckets


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_who_counts_as_one(address, whom):
    assert neighbourhood(address) == whom


@pytest.mark.parametrize(
    ("kind", "method", "path", "route"),
    [
        ("http", "GET", "/healthz", None),
        ("http", "GET", "/metrics", Route.READ),
        ("http", "GET", "/api/sales", Route.READ),
        ("http", "HEAD", "/api/sales", Route.READ),
        ("http", "POST", "/api/booths/1/scan", Route.WRITE),
        ("http", "DELETE", "/anything", Route.WRITE),
        ("http", "POST", "/notify/wechat", Route.NOTIFY),
        ("http", "GET", "/r/abc.pdf", Route.RECEIPT),
        ("http", "GET", "/kiosk/", Route.PAGE),
        ("http", "GET", "/ui/assets/kiosk.js", Route.PAGE),
        ("websocket", "GET", "/ws/kiosk/1", Route.SOCKET),
    ],
)
def test_every_request_has_its_class(kind, method, path, route):
    assert route_of(kind, method, path) is route


def test_notifications_are_the_most_welcome():
    assert RATES.keys() == set(Route)
    assert all(RATES[Route.NOTIFY].burst >= rate.burst for rate in RATES.values())


def tight(*routes):
    return {**GENEROUS, **dict.fromkeys(routes, HOUR)}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("route", "method", "path"),
    [
        (Route.READ, "GET", "/api/shop"),
        (Route.WRITE, "POST", "/api/booths/1/scan"),
        (Route.RECEIPT, "GET", "/r/none"),
        (Route.NOTIFY, "POST", "/notify/wechat"),
        (Route.PAGE, "GET", "/favicon.ico"),
    ],
)
async def test_the_fourth_at_once_is_turned_away_politely(tmp_path, route, method, path):
    async with box(tmp_path, tight(route)) as (_, client, _port):
        answers = [await client.request(method, path, json={"text": "1"}) for _ in range(4)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]
        last = answers[-1]
        assert last.headers["content-type"] == "application/problem+json"
        assert (last.json()["status"], last.json()["title"]) == (429, "Too many requests")
        assert 3500 < int(last.headers["retry-after"]) <= 3600
        assert "default-src 'none'" in last.headers["content-security-policy"]


@pytest.mark.anyio
async def test_who_is_turned_away_is_counted(tmp_path):
    async with box(tmp_path, tight(Route.WRITE)) as (_, client, _port):
        for _ in range(5):
            await client.post("/api/booths/1/scan", json={"text": "1"})
        assert 'paybooth_limited_total{route="write"}' in (await client.get("/metrics")).text


@pytest.mark.anyio
async def test_health_is_always_answered(tmp_path):
    async with box(tmp_path, dict.fromkeys(Route, HOUR)) as (_, client, _port):
        assert {(await client.get("/healthz")).status_code for _ in range(20)} == {200}


@pytest.mark.anyio
async def test_sockets_are_counted_when_they_open(tmp_path):
    async with box(tmp_path, tight(Route.SOCKET)) as (_, _client, port):
        for _ in range(3):
            await (await websockets.connect(f"ws://127.0.0.1:{port}/ws/journal", proxy=None)).close()
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://127.0.0.1:{port}/ws/journal", proxy=None)
        response = refused.value.response
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 3500
        assert json.loads(response.body)["title"] == "Too many requests"


@pytest.mark.anyio
async def test_a_shopper_scans_as_fast_as_hands_allow(tmp_path):
    """On the kiosk's open socket only the booth's own mailbox bounds."""
    codes = ("6901234567892", "06901028075763")
    async with box(tmp_path, dict.fromkeys(Route, HOUR)) as (desk, client, port), page_of(client, port) as ws:
        await heard(ws, "snapshot")
        for n in range(30):
            action = {"name": "scan", "text": codes[n % 2], "symbology": "]E0"}
            await ws.send(json.dumps({"type": "intent", "id": f"s{n}", "seen_rev": 0, "action": action}))
        async with asyncio.timeout(5):
            await desk.until(lambda v: v.sale is not None and v.sale.count == 30)

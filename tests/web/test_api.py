"""The web windows: documented, guarded, never a stack trace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from contextlib import asynccontextmanager

import httpx2
import pytest
import websockets

from paybooth.app import StartError, listen, open_ledger
from paybooth.lab.serve import serve
from paybooth.shop import intents as i
from paybooth.web import server
from paybooth.web.limits import Rate, Route
from paybooth.web.staff import box_token

from ..shop.floor import floor

pytestmark = pytest.mark.anyio


GENEROUS = {route: Rate(1e6, 1_000_000) for route in Route}


@asynccontextmanager
async def box(path, rates=GENEROUS):
    async with floor(path) as desk, serve(server.build(desk.shop, rates=rates)) as port:
        owner = {"Authorization": f"Bearer {box_token(desk.shop.key)}"}
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, headers=owner) as client:
            yield desk, client, port


async def sell(desk):
    await desk.fill_and_confirm()
    await desk.scan("134567890123456789")
    await desk.until(lambda v: v.phase == "done" and v.receipt.paper == "printed")


async def test_health_shop_devices_metrics(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        assert (await client.get("/healthz")).json()["ok"] is True
        await sell(desk)
        shop = (await client.get("/api/shop")).json()
        assert (shop["takings"]["paid_fen"], shop["open_attempts"]) == (1490, 0)
        states = {d["device"]: d["state"] for d in (await client.get("/api/devices")).json()}
        assert states == {"printer:1": "online", "pay:wechat": "online", "pay:alipay": "online"}
        metrics = (await client.get("/metrics")).text
        assert "paybooth_paid_fen 1490.0" in metrics
        assert 'paybooth_device_up{device="printer:1"} 1.0' in metrics


async def test_a_sale_can_be_read_back_whole(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        await sell(desk)
        (row,) = (await client.get("/api/sales")).json()["sales"]
        detail = (await client.get(f"/api/sales/{row['id']}")).json()
        assert detail["sale"]["total_fen"] == 1490
        assert detail["attempts"][0]["state"] == "paid"
        assert detail["facts"][0]["kind"] == "sale.opened"
        text = json.dumps(detail)
        assert "134567890123456789" not in text
        page = (await client.get("/api/journal?after=2&limit=3")).json()["entries"]
        assert [e["seq"] for e in page] == [3, 4, 5]


async def test_scans_and_intents_over_rest(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        answer = await client.post("/api/booths/1/scan", json={"text": "6901234567892"})
        assert answer.status_code == 202
        await desk.until(lambda v: v.sale is not None)
        body = {"id": "x", "seen_rev": 0, "action": {"name": "pay", "total_fen": 1490}}
        assert (await client.post("/api/booths/1/intents", json=body)).status_code == 202
        await desk.until(lambda v: v.phase == "choose")
        view = (await client.get("/api/booths/1")).json()["view"]
        assert view["phase"] == "choose"


async def test_staff_see_a_call_and_end_it(tmp_path):
    why = {"reason": "the shopper calls"}
    async with box(tmp_path) as (desk, client, _):
        await desk.tap(i.Help(on=True))
        assert (await client.post("/api/booths/1/assist/begin", json=why)).status_code == 200
        await desk.until(lambda v: v.help.state == "seen")
        assert (await client.post("/api/booths/1/assist/end", json=why)).status_code == 200
        await desk.until(lambda v: v.help is None)
        assert [k for k in desk.kinds() if k.startswith("help")] == ["help.called", "help.seen", "help.ended"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/sales/20261122-99999", None, 404),
        ("GET", "/api/sales/../../etc", None, 404),
        ("GET", "/api/sales?limit=0", None, 422),
        ("GET", "/api/booths/9", None, 404),
        ("POST", "/api/booths/9/assist/end", {"reason": "x"}, 404),
        ("POST", "/api/booths/1/scan", {"text": ""}, 422),
        ("POST", "/api/booths/1/scan", {"text": "x" * 5000}, 422),
        ("POST", "/api/booths/1/scan", {"text": "1", "more": 1}, 422),
        ("POST", "/api/booths/1/intents", {"id": "1", "seen_rev": 0, "action": {"name": "fly"}}, 422),
        ("POST", "/api/shop", {}, 405),
        ("POST", "/notify/paypal", {}, 404),
        ("GET", "/r/20261122-00001.AAAAAAAAAAAA.pdf", None, 404),
    ],
)
async def test_bad_requests_get_problem_details(tmp_path, method, path, body, status):
    async with box(tmp_path) as (_, client, _port):
        answer = await client.request(method, path, json=body)
        assert answer.status_code == status
        if not path.startswith("/api/sales/../"):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status
            assert "Traceback" not in answer.text


async def test_huge_bodies_are_refused(tmp_path):
    async with box(tmp_path) as (_, client, _port):
        assert (await client.post("/api/booths/1/scan", content=b"x" * 100_000)).status_code == 413

        async def endless():
            for _ in range(100):
                yield b"x" * 4096

        assert (await client.post("/api/booths/1/scan", content=endless())).status_code == 413


async def test_pages_from_elsewhere_may_not_act(tmp_path):
    async with box(tmp_path) as (desk, client, port):
        bad = await client.post(
            "/api/booths/1/scan", json={"text": "6901234567892"}, headers={"Origin": "https://evil.example"}
        )
        assert bad.status_code == 403
        good = {"Origin": f"http://127.0.0.1:{port}"}
        assert (await client.post("/api/booths/1/scan", json={"text": "1"}, headers=good)).status_code == 202
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"ws://127.0.0.1:{port}/ws/journal", origin="https://evil.example", proxy=None)
        assert desk.shop.ready.is_set()


async def test_security_headers_everywhere(tmp_path):
    async with box(tmp_path) as (_, client, _port):
        for path in ("/healthz", "/kiosk/", "/api/nothing"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"


async def test_receipts_on_the_phone(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        await sell(desk)
        url = desk.view.receipt.url
        page = await client.get(url)
        assert page.status_code == 200
        assert "14.90" in page.text and "鲜牛奶" in page.text
        assert (await client.get(f"{url}.pdf")).content.startswith(b"%PDF")
        assert (await client.get(f"{url}.png")).content.startswith(b"\x89PNG")
        forged = url[:-1] + ("A" if url[-1] != "A" else "B")
        missing = await client.get(forged)
        assert missing.status_code == 404
        assert "没有这张小票" in missing.text


async def test_notifications_are_answered_by_their_signature(tmp_path):
    async with box(tmp_path) as (_, client, _port):
        good = await client.post("/notify/alipay", content=b"N1", headers={"x-good": "1"})
        assert (good.status_code, good.text) == (200, "success")
        assert (await client.post("/notify/alipay", content=b"N1")).status_code == 401


@asynccontextmanager
async def page_of(client, port):
    """What a kiosk does: load the page for its device cookie, then the socket."""
    await client.get("/kiosk/")
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    async with websockets.connect(
        f"ws://127.0.0.1:{port}/ws/kiosk/1", additional_headers={"Cookie": cookie}, proxy=None
    ) as socket_:
        yield socket_


async def heard(ws, kind):
    async with asyncio.timeout(5):
        while True:
            frame = json.loads(await ws.recv())
            if frame["type"] == kind:
                return frame


async def test_the_kiosks_socket(tmp_path):
    async with box(tmp_path) as (desk, client, port), page_of(client, port) as ws:
        hello = await heard(ws, "hello")
        first = await heard(ws, "snapshot")
        assert (first["epoch"], first["view"]["phase"]) == (hello["epoch"], "attract")
        await ws.send(json.dumps({"type": "ping", "t": 1.5}))
        assert (await heard(ws, "pong"))["t"] == 1.5
        action = {"name": "scan", "text": "6901234567892", "symbology": "]E0"}
        await ws.send(json.dumps({"type": "intent", "id": "a", "seen_rev": first["rev"], "action": action}))
        assert (await heard(ws, "cue"))["sound"] == "drip"
        second = await heard(ws, "snapshot")
        assert second["rev"] > first["rev"]
        assert second["view"]["last_intent"] == {"id": "a", "ok": True, "code": ""}
        assert desk.view.sale.count == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"type":"intent","id":"b","action":{"name":"fly"}}', "\x00", '{"type":"x"}', "9" * 5000]
)
async def test_nonsense_on_the_socket_is_answered_not_fatal(tmp_path, text):
    async with box(tmp_path) as (_, client, port), page_of(client, port) as ws:
        await heard(ws, "snapshot")
        await ws.send(text)
        await ws.send(json.dumps({"type": "ping", "t": 2}))
        assert (await heard(ws, "pong"))["t"] == 2


async def test_a_page_without_the_device_cookie_gets_no_socket(tmp_path):
    async with box(tmp_path) as (_, _client, port):
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"ws://127.0.0.1:{port}/ws/kiosk/1", proxy=None)


async def test_the_journal_ticks(tmp_path):
    async with box(tmp_path) as (desk, _client, port):
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws/journal", proxy=None) as ws:
            await ws.send(json.dumps({"type": "staff", "token": box_token(desk.shop.key)}))
            await desk.scan("6901234567892")
            kinds = []
            async with asyncio.timeout(5):
                while "line.added" not in kinds:
                    kinds.append(json.loads(await ws.recv())["kind"])


def test_a_taken_port_is_said(tmp_path):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StartError, match="choose another"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(StartError, match="data folder"):
        open_ledger(blocked / "data")

"""What consoles watch and look up: topics of the one socket, the shop at a glance, sales, acts of staff, devices."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx2
import pytest
import websockets

from paybooth.domain.staff_facts import DeviceServiced
from paybooth.ports import Health, HealthState, PrintOutcome, PrintState
from paybooth.shop import intents as i
from paybooth.web import server

from ..shop.floor import floor
from .test_api import GENEROUS, sell, serve
from .test_refunds import WISH, bearer, hire

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def shop(path, **more):
    async with floor(path, **more) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        hire(desk)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield desk, client, port


@asynccontextmanager
async def watching(port, *topics, who="Cy"):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws/console", proxy=None) as ws:
        await ws.send(json.dumps({"type": "staff", "token": f"{who}-token", "topics": topics}))

        async def until(kind, wanted=lambda _: True):
            async with asyncio.timeout(5):
                while True:
                    frame = json.loads(await ws.recv())
                    if frame["type"] == kind and wanted(frame):
                        return frame

        yield ws, until


# ---------------------------------------------------------------- topics


async def test_now_shows_booths_devices_and_takings_as_they_change(tmp_path):
    async with shop(tmp_path) as (desk, _, port), watching(port, "now") as (_, until):
        first = (await until("now"))["now"]
        assert [booth["phase"] for booth in first["booths"]] == ["attract", "attract"]
        assert {each["device"]: each["state"] for each in first["devices"]} == {
            "printer:1": "online",
            "pay:wechat": "online",
            "pay:alipay": "online",
        }
        await sell(desk)
        paid = (await until("now", lambda f: f["now"]["takings"]["count"] == 1))["now"]
        assert (paid["takings"]["fen"], sum(paid["takings"]["hours"])) == (1490, 1490)
        assert paid["takings"]["channels"] == [{"channel": "wechat", "count": 1, "fen": 1490}]
        desk.shop.watch.report("printer:1", Health(HealthState.OFFLINE, ("paper_out",)))
        broken = (await until("now", lambda f: f["now"]["devices"][0]["state"] == "offline"))["now"]
        assert broken["devices"][0]["reasons"] == ["paper_out"]


async def test_takings_go_on_where_the_ledger_stands(tmp_path):
    async with shop(tmp_path) as (desk, client, port):
        await sell(desk)
        (row,) = (await client.get("/api/sales", headers=bearer("An"))).json()["sales"]
        await client.post(f"/api/sales/{row['id']}/refunds", json=WISH, headers=bearer("An"))
        async with watching(port, "now") as (_, until):
            shown = (await until("now", lambda f: f["now"]["takings"]["refunded_fen"] == 1490))["now"]["takings"]
            assert (shown["count"], shown["fen"]) == (1, 1490)


async def test_a_mirror_is_the_very_snapshot_of_the_kiosk_without_its_sounds(tmp_path):
    async with shop(tmp_path) as (desk, _, port), watching(port, "booth:1") as (ws, until):
        first = await until("snapshot")
        assert first["view"]["phase"] == "attract"
        await desk.scan("6901234567892")
        mirrored = await until("snapshot", lambda f: f["view"]["sale"] is not None)
        assert (mirrored["epoch"], mirrored["rev"]) == (desk.booth.feed.epoch, desk.booth.feed.rev)
        await ws.send(json.dumps({"type": "watch", "topics": ["now"]}))
        await until("now")
        await desk.scan("6901028075763")
        kinds = set()
        await ws.send(json.dumps({"type": "ping", "t": 1}))
        while "pong" not in kinds:
            kinds.add(json.loads(await asyncio.wait_for(ws.recv(), 5))["type"])
        assert kinds <= {"now", "pong"}


async def test_a_mirror_never_takes_the_kiosks_place(tmp_path):
    async with shop(tmp_path) as (desk, _, port):
        feed = desk.booth.feed
        crowd = [feed.subscribe() for _ in range(48)]
        async with watching(port, "booth:1", "now") as (_, until):
            await until("now")
            assert feed.watchers == 48
        assert feed.room
        for subscriber in crowd:
            feed.unsubscribe(subscriber)


async def test_what_nobody_watches_is_not_drawn(tmp_path):
    async with shop(tmp_path) as (desk, *_):
        await sell(desk)
        assert desk.shop.now.feed.rev == 0


@pytest.mark.parametrize("topics", [["everything"], ["booth:../1"], ["now"] * 17, "now"])
async def test_topics_that_are_none_are_refused(tmp_path, topics):
    async with shop(tmp_path) as (_, __, port):
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws/console", proxy=None) as ws:
            await ws.send(json.dumps({"type": "staff", "token": "Cy-token", "topics": topics}))
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(ws.recv(), 5)
            assert ws.close_code == 4401


async def test_the_journal_is_not_for_everybody(tmp_path):
    async with shop(tmp_path) as (_, __, port):
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws/journal", proxy=None) as ws:
            await ws.send(json.dumps({"type": "staff", "token": "Di-token"}))
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(ws.recv(), 5)


# ---------------------------------------------------------------- sales


async def test_sales_are_found_by_what_one_knows_of_them(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        await sell(desk)
        await desk.tap(i.Finish())
        await desk.scan("6901028075763")
        await desk.tap(i.Abandon())
        await desk.scan("6901028075763")

        async def found(**wanted):
            answer = await client.get("/api/sales", params=wanted, headers=bearer("Cy"))
            assert answer.status_code == 200, answer.text
            return [sale["number"] for sale in answer.json()["sales"]]

        (paid,) = [s for s in (await client.get("/api/sales", headers=bearer("Cy"))).json()["sales"] if s["receipt"]]
        attempt = desk.ledger.attempts_of(paid["id"])[0]
        assert await found() == ["0003", "0002", "0001"]
        assert await found(outcome="paid") == await found(text="milk") == await found(text="鲜牛奶") == ["0001"]
        assert await found(text=attempt.number) == await found(text="1") == await found(text="6789") == ["0001"]
        assert await found(outcome="abandoned") == ["0002"]
        assert await found(outcome="live") == ["0003"]
        assert await found(channel="wechat") == ["0001"]
        assert await found(channel="alipay") == await found(booth="2") == await found(text="nothing like it") == []
        assert await found(least_fen=1000) == ["0001"]
        day = f"{paid['id'][:4]}-{paid['id'][4:6]}-{paid['id'][6:8]}"
        assert await found(first=day, last=day) == ["0003", "0002", "0001"]
        assert await found(last="2020-01-01") == await found(first="2099-01-01") == []
        assert (paid["channel"], paid["paper"], paid["count"]) == ("wechat", "printed", 1)
        assert paid["goods"] == [{"name_zh": "鲜牛奶", "name_en": "Milk", "quantity": 1}]
        await client.post(f"/api/sales/{paid['id']}/refunds", json=WISH, headers=bearer("An"))
        assert await found(outcome="refunded") == ["0001"]


async def test_sales_are_paged_by_key_without_a_hole_or_a_double(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        for _ in range(7):
            await desk.scan("6901028075763")
            await desk.tap(i.Abandon())
        seen, before = [], None
        while True:
            params = {"limit": 3, **({"before": before} if before else {})}
            page = (await client.get("/api/sales", params=params, headers=bearer("Cy"))).json()
            seen += [sale["number"] for sale in page["sales"]]
            if (before := page["searched_to"]) is None:
                break
        assert seen == [f"{n:04d}" for n in range(7, 0, -1)]


async def test_a_sale_tells_what_is_left_to_give_back_and_where_its_receipt_is(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        await sell(desk)
        sale = desk.booth.visit.session.sale.id
        whole = (await client.get(f"/api/sales/{sale}", headers=bearer("Cy"))).json()
        assert whole["refundable_fen"] == 1490
        assert (await client.get(f"{whole['receipt_url']}.png")).content.startswith(b"\x89PNG")
        await client.post(f"/api/sales/{sale}/refunds", json=WISH, headers=bearer("An"))
        whole = (await client.get(f"/api/sales/{sale}", headers=bearer("Cy"))).json()
        assert whole["refundable_fen"] == 0


# ---------------------------------------------------------------- what staff did


async def test_every_act_of_staff_has_a_name_and_a_reason(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        await client.post("/api/booths/1/assist/begin", json={"reason": "seen to be stuck"}, headers=bearer("An"))
        page = (await client.get("/api/audit", headers=bearer("Cy"))).json()
        newest = page["acts"][0]
        assert (newest["kind"], newest["by"], newest["reason"]) == ("staff.assisted", "An", "seen to be stuck")
        assert "token_hash" not in json.dumps(page)
        assert page["searched_to"] is None

        async def found(**wanted):
            answer = await client.get("/api/audit", params=wanted, headers=bearer("Cy"))
            return [(act["kind"], act["by"]) for act in answer.json()["acts"]]

        assert await found(text="stuck") == [("staff.assisted", "An")]
        assert await found(by="An") == [("staff.assisted", "An"), ("staff.added", "test")]  # by them, and about them
        assert await found(by="Nobody") == []
        assert await found(limit=2) == [("staff.assisted", "An"), ("staff.added", "test")]


# ---------------------------------------------------------------- devices


async def test_a_printer_is_tried_on_paper(tmp_path):
    why = {"reason": "new roll"}
    async with shop(tmp_path) as (desk, client, _):
        tried = await client.post("/api/devices/printer:1/test", json=why, headers=bearer("Ed"))
        assert tried.json()["result"] == "ok"
        assert any("printer:1" in getattr(part, "text", "") for part in desk.printer.printed[0])
        desk.printer.outcome = PrintOutcome(PrintState.NOT_SENT, ("paper_out",))
        tried = await client.post("/api/devices/printer:1/test", json=why, headers=bearer("Ed"))
        assert tried.json() == {"result": "failed", "detail": "paper_out"}
        asked = await client.post("/api/devices/pay:wechat/test", json=why, headers=bearer("Ed"))
        assert asked.json()["result"] == "ok"
        assert (await client.post("/api/devices/printer:9/test", json=why, headers=bearer("Ed"))).status_code == 404
        done = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, DeviceServiced)]
        assert [(fact.device, fact.act, fact.by) for fact in done] == [
            ("printer:1", "test", "Ed"),
            ("printer:1", "test", "Ed"),
            ("pay:wechat", "test", "Ed"),
        ]


async def test_what_is_in_maintenance_alarms_nobody_and_what_comes_back_dead_does(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        wish = {"reason": "cleaning the head", "minutes": 30}
        answer = await client.post("/api/devices/printer:1/maintenance", json=wish, headers=bearer("Ed"))
        assert answer.status_code == 200
        live = desk.shop.exits.incidents.live
        desk.shop.watch.report("printer:1", Health(HealthState.OFFLINE, ("cover_open",)))
        assert not live
        await client.post("/api/devices/printer:1/in-service", json={"reason": "done"}, headers=bearer("Ed"))
        assert [(found.kind, found.place, found.detail) for found in live.values()] == [
            ("device", "printer:1", "cover_open")
        ]


async def test_maintenance_is_over_by_itself(tmp_path):
    async with shop(tmp_path) as (desk, _, __):
        await desk.shop.service.maintain("printer:1", "Ed", "a moment", 0)
        desk.shop.watch.report("printer:1", Health(HealthState.OFFLINE, ("timeout",)))
        async with asyncio.timeout(3):
            while not desk.shop.exits.incidents.live:
                await asyncio.sleep(0)
        assert desk.shop.watch.maintenance == {}

"""Incidents and gates over REST: nobody without a token, nobody beyond the role, and each act in the journal."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx2
import pytest
import websockets

from paybooth.domain.document import Qr
from paybooth.domain.exit_pass import Refusal
from paybooth.domain.incident import Kind
from paybooth.lab.serve import serve
from paybooth.ports import Scan
from paybooth.shop.booth import qr_svg
from paybooth.shop.settings import GateSettings
from paybooth.web import server

from ..shop.floor import DeskBoard, floor
from .test_api import GENEROUS, box, heard, sell
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio
WHY = {"reason": "asked for"}
ROUTES = [
    ("GET", "/api/incidents", None, {"Cy", "Di", "Ed", "An"}),
    ("GET", "/api/incidents/resolved", None, {"Cy", "Di", "Ed", "An"}),
    ("GET", "/api/incidents/1", None, {"Cy", "Di", "Ed", "An"}),
    ("GET", "/api/gates", None, {"Cy", "Di", "Ed", "An"}),
    ("POST", "/api/incidents/1/claim", {}, {"Ed", "An"}),
    ("POST", "/api/incidents/1/note", {"text": "x"}, {"Ed", "An"}),
    ("POST", "/api/incidents/1/resolve", {"verdict": "test"}, {"Ed", "An"}),
    ("POST", "/api/gates/exit/open", WHY, {"An"}),
    ("POST", "/api/gates/exit/silence", WHY, {"Ed", "An"}),
    ("POST", "/api/gates/exit/fire-reset", WHY, {"An"}),
    ("POST", "/api/gates/exit/mode", {**WHY, "mode": "open"}, {"An"}),
    ("POST", "/api/gates/exit/people", {**WHY, "inside": 3}, {"Ed", "An"}),
    ("POST", "/api/gates/exit/member-pass", {**WHY, "number": "13800138000"}, {"An"}),
    ("POST", "/api/pieces/move", {**WHY, "minutes": 5, "pieces": [{"sku": "A", "serial": "1"}]}, {"Ed", "An"}),
    ("POST", "/api/pieces/return", {**WHY, "pieces": [{"sku": "A", "serial": "1"}]}, {"Ed", "An"}),
]


@pytest.mark.parametrize(("method", "path", "body", "may"), ROUTES, ids=[route[1] for route in ROUTES])
async def test_nobody_acts_without_a_token_or_beyond_the_role(tmp_path, method, path, body, may):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        unknown = {
            who: (await client.request(method, path, json=body, headers=bearer(who))).status_code for who in ("Nobody",)
        }
        assert unknown == {"Nobody": 401}
        assert (await client.request(method, path, json=body, headers={"Authorization": ""})).status_code == 401
        codes = {
            who: (await client.request(method, path, json=body, headers=bearer(who))).status_code
            for who in ("An", "Cy", "Di", "Ed")
        }
        assert {who for who, code in codes.items() if code not in (401, 403)} == may


async def test_an_incident_from_queue_to_verdict(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        number = desk.shop.exits.incidents.report(Kind.HELP, "exit")
        queue = (await client.get("/api/incidents", headers=bearer("An"))).json()
        assert (queue["sentence"], [i["next_action"] for i in queue["incidents"]]) == ("help", ["claim"])
        base = f"/api/incidents/{number}"
        claimed = await client.post(f"{base}/claim", json={}, headers=bearer("An"))
        assert (claimed.status_code, claimed.json()["claimed_by"]) == (200, "An")
        assert (await client.post(f"{base}/claim", json={}, headers=bearer("Bo"))).status_code == 409
        wrong = await client.post(f"{base}/resolve", json={"verdict": "theft"}, headers=bearer("An"))
        assert (wrong.status_code, "does not fit" in wrong.json()["detail"]) == (409, True)
        await client.post(f"{base}/note", json={"text": "an old man, very kind"}, headers=bearer("Bo"))
        done = await client.post(f"{base}/resolve", json={"verdict": "helped"}, headers=bearer("An"))
        assert done.json()["state"] == "resolved"
        page = (await client.get(base, headers=bearer("Cy"))).json()
        assert [(s["what"], s["who"]) for s in page["story"]] == [
            ("opened", "the box"), ("claimed", "An"), ("noted", "Bo"), ("resolved", "An"),
        ]  # fmt: skip
        listed = (await client.get("/api/incidents/resolved", headers=bearer("An"))).json()["incidents"]
        assert [i["id"] for i in listed] == [number]
        assert (await client.get("/api/incidents", headers=bearer("An"))).json()["sentence"] == "well"


async def test_two_people_never_own_one_incident_and_one_verdict_stands(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        number = desk.shop.exits.incidents.report(Kind.UNPAID, "exit")
        base = f"/api/incidents/{number}"

        async def both(what: str, **body) -> list[int]:
            asks = (client.post(f"{base}/{what}", json=body, headers=bearer(who)) for who in ("An", "Bo"))
            return sorted(answer.status_code for answer in await asyncio.gather(*asks))

        assert await both("claim") == [200, 409]
        assert await both("claim", take_over=True) == [200, 200]  # one after the other, each on the record
        assert await both("resolve", verdict="paid") == [200, 409]
        kinds = desk.kinds()
        assert (kinds.count("incident.claimed"), kinds.count("incident.resolved")) == (3, 1)


async def test_what_is_not_there_is_said_so(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        for path in ("/api/incidents/99", "/api/gates/none", "/api/gates/none/view"):
            assert (await client.get(path, headers=bearer("An"))).status_code == 404
        assert (await client.post("/api/gates/none/open", json=WHY, headers=bearer("An"))).status_code == 404
        assert (await client.post("/api/incidents/99/claim", json={}, headers=bearer("An"))).status_code == 404


async def test_goods_carried_by_staff_are_in_the_journal_with_name_and_reason(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        wish = {"minutes": 5, "pieces": [{"sku": "A", "serial": "1"}], "reason": "sample"}
        assert (await client.post("/api/pieces/move", json=wish, headers=bearer("Ed"))).status_code == 204
        (moved,) = [entry.fact for entry in desk.ledger.journal() if entry.kind == "goods.moved"]
        assert (moved.by, moved.reason, moved.tags) == ("Ed", "sample", (("A", "1"),))


# ---------------------------------------------------------------- sockets


@asynccontextmanager
async def gated(path):
    board = DeskBoard()
    gates = {GateSettings("exit", board=board.name, self_test_s=0.3): board}
    async with floor(path, gates=gates) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        hire(desk)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield desk, client, port


def at(port, path, **headers):
    return websockets.connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers, proxy=None)


async def test_the_gates_page_gets_views_and_asks(tmp_path):
    async with gated(tmp_path) as (desk, client, port):
        with pytest.raises(websockets.InvalidStatus):
            await at(port, "/ws/gate/exit")
        cookie = (await client.get("/gate/")).headers["set-cookie"].partition(";")[0]
        with pytest.raises(websockets.InvalidStatus):
            await at(port, "/ws/gate/nowhere", Cookie=cookie)
        async with at(port, "/ws/gate/exit", Cookie=cookie) as ws:
            assert (await heard(ws, "snapshot"))["view"]["gate"] == "exit"
            await ws.send('{"type": "intent", "id": "a-1", "seen_rev": 1, "action": {"name": "fly"}}')
            assert (await heard(ws, "snapshot"))["view"]["last_intent"]["code"] == "malformed"
            action = {"name": "language", "language": "en"}
            await ws.send(json.dumps({"type": "intent", "id": "a-2", "seen_rev": 1, "action": action}))
            assert (await heard(ws, "snapshot"))["view"]["language"] == "en"
            await ws.send(json.dumps({"type": "ping", "t": 7}))
            assert (await heard(ws, "pong"))["t"] == 7
        assert (await client.get("/api/gates/exit/view", headers=bearer("Di"))).json()["language"] == "en"


@pytest.mark.parametrize("greeting", ['{"type": "staff", "token": "wrong"}', '{"type": "ping", "t": 1}', "x"])
async def test_a_console_that_is_nobody_is_hung_up_on(tmp_path, greeting):
    async with gated(tmp_path) as (_, __, port), at(port, "/ws/console") as ws:
        await ws.send(greeting)
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        assert ws.close_code == 4401


async def test_a_console_sees_incidents_and_doors_and_the_self_test_says_that_it_did(tmp_path):
    async with gated(tmp_path) as (desk, _, port), at(port, "/ws/console") as ws:
        await ws.send(json.dumps({"type": "staff", "token": "Cy-token"}))
        await heard(ws, "hello")
        first = await heard(ws, "incidents")
        assert (first["sentence"], [door["gate"] for door in first["doors"]]) == ("well", ["exit"])
        desk.shop.exits.call_help("exit")
        while (frame := await heard(ws, "incidents"))["sentence"] != "help":
            pass
        assert [i["kind"] for i in frame["incidents"]] == ["help"]
        while not (seen := [e.fact for e in desk.ledger.journal() if e.kind == "gate.tested" and e.fact.watchers]):
            frame = await heard(ws, "incidents")
            await ws.send(json.dumps({"type": "applied", "rev": frame["rev"], "paint_ms": 3.0}))
        assert (seen[0].watchers, seen[0].took_ms < 5000) == (1, True)


# ---------------------------------------------------------------- the exit pass on the receipt


async def test_the_receipt_is_the_exit_pass_until_it_was_used(tmp_path):
    async with gated(tmp_path) as (desk, client, _):
        await sell(desk)
        receipt = desk.booth.visit.session.sale.receipt
        text = desk.shop.receipts.scannable(receipt)
        assert desk.view.receipt.qr_svg == qr_svg(text)
        assert [part.data for part in desk.printer.printed[0] if isinstance(part, Qr)] == [text]
        address, _, exit_pass = text.partition("#")
        path = address[address.index("/r/") :]
        page = (await client.get(path)).text
        assert qr_svg(exit_pass) in page
        assert "出门码" in page
        assert desk.shop.exits.on_scan("exit", Scan(text)) is None
        assert desk.shop.exits.panels["exit"].view().phase == "thanks"
        while "pass.used" not in desk.kinds():
            await asyncio.sleep(0)
        assert "出门码" not in (await client.get(path)).text
        assert desk.shop.exits.on_scan("exit", Scan(text)) == Refusal.USED


async def test_a_shop_without_a_gate_gives_no_passes(tmp_path):
    async with box(tmp_path) as (desk, _, __):
        await sell(desk)
        receipt = desk.booth.visit.session.sale.receipt
        assert desk.shop.receipts.scannable(receipt) == desk.shop.receipts.url(receipt)


async def test_a_members_code_made_by_staff_opens_the_way_in_and_is_kept_nowhere(tmp_path):
    async with gated(tmp_path) as (desk, client, _):
        wish = {**WHY, "number": "13800138000", "days": 7}
        made = (await client.post("/api/gates/exit/member-pass", json=wish, headers=bearer("An"))).json()
        assert "<svg" in made["qr_svg"]
        assert desk.shop.exits.ways_in["exit"].on_scan(Scan(made["text"])) is None
        (fact,) = [e.fact for e in desk.ledger.journal() if e.kind == "door.commanded"]
        assert (fact.by, fact.act) == ("An", "member pass •8000, 7 days")

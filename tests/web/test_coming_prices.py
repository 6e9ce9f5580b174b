"""Prices from a date on: planned, carried out once when due (also when the box was off meanwhile), withdrawn, on record."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import apsw
import httpx2
import pytest

from paybooth.domain.staff_facts import PriceSettled, ProductChanged
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.shop.booth import Booth

from ..shop.floor import Clock
from .staffed import staffed
from .test_goods import stock
from .test_refunds import bearer

pytestmark = pytest.mark.anyio


class Later(Clock):
    """The shop's clock, some time ahead."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def now_ms(self) -> int:
        return super().now_ms() + int(self.ahead.total_seconds() * 1000)


@asynccontextmanager
async def shop(path, clock=None):
    if not (path / "ledger.db").exists():
        stock(path)
    async with staffed(path, clock=clock) as (desk, client):

        async def plan(sku="B", in_s=3600.0, price=1590, who="Bo", **more) -> httpx2.Response:
            now = datetime.fromtimestamp(desk.shop.clock.now_ms() / 1000, desk.shop.settings.zone)
            at = (now + timedelta(seconds=in_s)).replace(tzinfo=None).isoformat()
            body = {"at": at, "price_fen": price, "reason": "new list", **more}
            return await client.post(f"/api/products/{sku}/coming", json=body, headers=bearer(who))

        yield desk, client, plan


async def until(wanted) -> None:
    async with asyncio.timeout(5):
        while not wanted():
            await asyncio.sleep(0.01)


async def test_a_price_comes_by_itself_and_the_next_scan_has_it(tmp_path):
    async with shop(tmp_path) as (desk, client, plan):
        made = await plan(in_s=0.5, member_price_fen=1490)
        assert (made.status_code, made.json()["number"], made.json()["by"]) == (201, 1, "Bo")
        assert [each["sku"] for each in (await client.get("/api/prices/coming?sku=B")).json()["coming"]] == ["B"]
        assert (await client.get("/api/prices/coming?sku=A")).json() == {"coming": []}
        await desk.scan("6901234567892")
        assert (await desk.until(lambda v: v.sale is not None)).sale.total_fen == 1490
        await until(lambda: desk.shop.catalogue.product("B").price == 1590)
        assert (await client.get("/api/products/B")).json()["member_price_fen"] == 1490
        assert (await client.get("/api/prices/coming")).json() == {"coming": []}
        told = [entry.fact for entry in desk.ledger.journal()]
        (changed,) = [fact for fact in told if isinstance(fact, ProductChanged)]
        assert (changed.by, changed.reason, changed.before.price, changed.after.price) == ("Bo", "new list", 1490, 1590)
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_what_came_due_while_the_box_was_off_holds_before_the_first_scan(tmp_path):
    async with shop(tmp_path) as (_, __, plan):
        await plan(in_s=3600, price=1590)
        await plan(in_s=7200, price=1690)
        await plan(in_s=10**6, price=1790)
    async with shop(tmp_path, Later(timedelta(hours=3))) as (desk, client, _):
        assert desk.shop.catalogue.product("B").price == 1690
        assert [each["price_fen"] for each in (await client.get("/api/prices/coming")).json()["coming"]] == [1790]
        settled = [e.fact for e in desk.ledger.journal() if isinstance(e.fact, PriceSettled)]
        assert [(each.number, each.outcome) for each in settled] == [(1, "taken"), (2, "taken")]
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_slow_disk_opens_no_booth_at_the_old_price(tmp_path, monkeypatch):
    async with shop(tmp_path) as (_, __, plan):
        await plan(in_s=3600, price=1590)
    commit, run = Ledger.commit, Booth.run
    seen = []

    async def slowly(self, *facts, **more):
        await asyncio.sleep(0.02)
        return await commit(self, *facts, **more)

    async def opened(self):
        seen.append(self.visit._rooms.catalogue.product("B").price)
        await run(self)

    monkeypatch.setattr(Ledger, "commit", slowly)
    monkeypatch.setattr(Booth, "run", opened)
    async with shop(tmp_path, Later(timedelta(hours=2))):
        assert seen == [1590, 1590]


async def test_a_withdrawn_price_never_comes_and_an_earlier_one_wakes_the_box(tmp_path):
    async with shop(tmp_path) as (desk, client, plan):
        late = (await plan(in_s=3600)).json()["number"]
        soon = (await plan(in_s=0.4, price=1550)).json()["number"]
        gone = await client.post(f"/api/prices/coming/{late}/withdraw", json={"reason": "no"})
        assert gone.status_code == 204
        await until(lambda: desk.shop.catalogue.product("B").price == 1550)
        again = await client.post(f"/api/prices/coming/{soon}/withdraw", json={"reason": "no"})
        assert (again.status_code, "in the catalogue already" in again.json()["detail"]) == (404, True)
        assert (await plan(in_s=60)).json()["number"] == 3  # numbers are never used again


async def test_a_price_that_cannot_be_any_more_is_told_and_changes_nothing(tmp_path):
    async with shop(tmp_path) as (desk, client, plan):
        await plan("A", in_s=1.0)
        goods = (await client.get("/api/catalogue.csv")).text
        fewer = "".join(line for line in goods.splitlines(keepends=True) if not line.startswith("A,"))
        look = (await client.post("/api/catalogue/preview", content=fewer)).json()
        taken = await client.post(
            "/api/catalogue/import?reason=no%20crisps&remove=true", content=fewer, headers={"If-Match": look["version"]}
        )
        assert taken.status_code == 200
        await until(lambda: not desk.shop.coming_prices.planned())
        (settled,) = [e.fact for e in desk.ledger.journal() if isinstance(e.fact, PriceSettled)]
        assert (settled.outcome, settled.by) == ("unfit", "paybooth")
        assert "no such product" in settled.reason
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_what_cannot_be_planned_is_refused(tmp_path):
    async with shop(tmp_path) as (desk, client, plan):
        assert (await plan("Z")).status_code == 404
        past = await plan(in_s=-5)
        assert (past.status_code, past.json()["why"]) == (422, "price_unfit")
        assert "that time is over" in past.json()["detail"]
        assert (await plan(member_price_fen=99_999)).status_code == 422
        assert (await plan(price=0)).status_code == 422
        assert (await plan(reason="")).status_code == 422
        same = "2099-12-01T00:00"
        assert [(await plan(at=same)).status_code for _ in range(2)] == [201, 422]
        assert (await plan(at="9999-12-31T23:59:59")).status_code in (201, 422)
        assert (await plan(who="Cy")).status_code == 403
        assert (await client.post("/api/prices/coming/99/withdraw", json={"reason": "x"})).status_code == 404


@pytest.mark.parametrize("sql", ["UPDATE coming_prices SET price = 1", "DELETE FROM coming_prices"])
async def test_fsck_finds_a_plan_altered_behind_the_journal(tmp_path, sql):
    async with shop(tmp_path) as (_, __, plan):
        await plan()
    db = apsw.Connection(str(tmp_path / "ledger.db"))
    db.execute(sql)
    db.close()
    assert fsck(tmp_path / "ledger.db").faults == ["planned price 1: table and journal differ"]

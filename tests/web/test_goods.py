"""Products changed by staff: on disk first, for the next scan, and never over somebody quicker."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import replace

import apsw
import httpx2
import pytest

from paybooth.domain.goods import difference
from paybooth.domain.money import Fen
from paybooth.domain.staff_facts import ProductChanged
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger

from ..shop.floor import CRISPS, LATER, MILK
from .staffed import staffed
from .test_refunds import bearer

pytestmark = pytest.mark.anyio
PRODUCTS = [CRISPS, MILK, LATER]
WISH = {
    "name_zh": "鲜牛奶",
    "name_en": "Milk",
    "price_fen": 1590,
    "member_price_fen": None,
    "unit_zh": "件",
    "unit_en": "pc",
    "min_age": 0,
    "most_per_sale": 99,
    "active": True,
    "reason": "new price list",
}


def stock(path) -> None:
    """The catalogue on disk, as an import leaves it."""
    with Ledger(path / "ledger.db", threaded=False) as ledger:
        done = difference([], PRODUCTS)
        ledger.run_now(
            lambda cursor: shelves.replace_all(cursor, PRODUCTS, done, by="test", reason="first goods"), at_ms=1
        )


def alter(path, sql: str) -> None:
    """Behind the journal's back."""
    with contextlib.closing(apsw.Connection(str(path / "ledger.db"))) as db:
        db.execute(sql)


@asynccontextmanager
async def shop(path):
    stock(path)
    async with staffed(path, "") as (desk, client):

        async def put(who="Di", sku="B", seen=None, **wish) -> httpx2.Response:
            if seen is None:
                seen = (await client.get(f"/api/products/{sku}", headers=bearer(who))).headers["etag"]
            headers = {**bearer(who), **({"If-Match": seen} if seen else {})}
            return await client.put(f"/api/products/{sku}", json={**WISH, **wish}, headers=headers)

        yield desk, client, put


async def test_the_next_scan_has_the_new_price_and_the_basket_keeps_its_own(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        await desk.scan("6901234567892")
        changed = await put()
        assert (changed.status_code, changed.json()["price_fen"]) == (200, 1590)
        assert desk.view.sale.total_fen == 1490
        await desk.scan("6901234567892")
        assert [line.unit_price_fen for line in desk.view.sale.lines] == [1590, 1490]
        listed = (await client.get("/api/products?text=milk", headers=bearer("Di"))).json()["products"]
        assert [(each["sku"], each["price_fen"]) for each in listed] == [("B", 1590)]
        (told,) = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, ProductChanged)]
        assert (told.by, told.reason) == ("Di", "new price list")
        assert (told.before, told.after) == (MILK, replace(MILK, price=Fen(1590)))
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_two_people_never_overwrite_each_other(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        seen = (await client.get("/api/products/B", headers=bearer("Di"))).headers["etag"]
        first, second = await asyncio.gather(put("Di", seen=seen, price_fen=1600), put("Bo", seen=seen, price_fen=1700))
        assert sorted((first.status_code, second.status_code)) == [200, 412]
        winner, loser = (first, second) if first.status_code == 200 else (second, first)
        assert loser.headers["content-type"] == "application/problem+json"
        assert loser.json()["now"]["price_fen"] == winner.json()["price_fen"]
        assert loser.headers["etag"] == winner.headers["etag"]
        assert desk.kinds().count("product.changed") == 1


async def test_what_was_not_seen_is_not_changed(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        assert (await put(seen="")).status_code == 428
        assert (await put(seen='"0000000000000000"')).status_code == 412
        assert (await put(sku="B", price_fen=0)).status_code == 422
        refused = await put(member_price_fen=2000)
        assert (refused.status_code, "member_price" in refused.json()["detail"]) == (422, True)
        assert (await put(sku="Z", seen='"x"')).status_code == 404
        assert (await put("Ed")).status_code == 403
        assert "product.changed" not in desk.kinds()


async def test_the_same_again_is_no_change(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        assert (await put(price_fen=1490)).status_code == 200
        assert "product.changed" not in desk.kinds()


@pytest.mark.parametrize("column", ["price = 1", "name_zh = '别的'", "active = 0"])
async def test_fsck_finds_a_product_that_was_altered_behind_the_journal(tmp_path, column):
    async with shop(tmp_path) as (desk, _, put):
        await put()
        await put(price_fen=1690)
    alter(tmp_path, f"UPDATE products SET {column} WHERE sku = 'B'")
    assert fsck(tmp_path / "ledger.db").faults == ["product B: table and journal differ"]


async def test_fsck_still_holds_the_others_to_the_import(tmp_path):
    async with shop(tmp_path) as (_, __, put):
        await put()
    alter(tmp_path, "UPDATE products SET price = 1 WHERE sku = 'A'")
    assert fsck(tmp_path / "ledger.db").faults == ["catalogue: tables differ from the last import"]


async def test_a_last_day_of_sale_is_kept_told_and_left_alone_by_who_does_not_name_it(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        assert (await put(best_before="2001-02-30")).status_code == 422
        over = await put(best_before="2001-02-03")
        assert (over.status_code, over.json()["best_before"]) == (200, "2001-02-03")
        await desk.scan("6901234567892")
        assert desk.view.notice.kind == "expired"
        assert (await put(price_fen=1600)).json()["best_before"] == "2001-02-03"
        sheet = (await client.get("/api/catalogue.csv", headers=bearer("Di"))).text
        assert next(line for line in sheet.splitlines() if line.startswith("B,")).endswith(",2001-02-03")
        assert (await put(best_before=None)).json()["best_before"] is None
        await desk.scan("6901234567892")
        assert desk.view.sale.total_fen == 1590
    assert fsck(tmp_path / "ledger.db").faults == []

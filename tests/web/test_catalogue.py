"""The whole catalogue as a file beside a running shop: looked at, then taken, all of it or nothing."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import asynccontextmanager

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.barcode import gtin14
from paybooth.domain.epc import sgtin96
from paybooth.domain.facts import CatalogueImported
from paybooth.domain.goods import Product, difference
from paybooth.domain.money import Fen
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ports import LedgerFault
from paybooth.shop.catalogue import HEADER, read_csv, write_csv
from paybooth.shop.stock_list import BYTES_MOST

from .staffed import staffed
from .test_goods import stock
from .test_refunds import bearer

pytestmark = pytest.mark.anyio
HEAD = "sku,barcodes,name_zh,name_en,price\n"
MILK = "B,6901234567892,鲜牛奶,Milk,{price}\n"
TEA = "T,6907777777774,绿茶,Tea,4.50\n"


@asynccontextmanager
async def shop(path):
    stock(path)
    async with staffed(path, "Di") as (desk, client):

        async def send(what: str, text: str | bytes, seen: str = "", **params) -> httpx2.Response:
            headers = {"Content-Type": "text/csv", **({"If-Match": f'"{seen}"'} if seen else {})}
            content = text.encode() if isinstance(text, str) else text
            return await client.post(f"/api/catalogue/{what}", content=content, headers=headers, params=params)

        yield desk, client, send


async def export(client) -> str:
    return (await client.get("/api/catalogue.csv")).text


def with_price(text: str, sku: str, price: str) -> str:
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    out = io.StringIO(newline="")
    pen = csv.DictWriter(out, rows[0].keys())
    pen.writeheader()
    pen.writerows({**row, "price": price if row["sku"] == sku else row["price"]} for row in rows)
    return out.getvalue()


async def test_a_new_price_list_is_looked_at_then_taken_beside_a_running_basket(tmp_path):
    async with shop(tmp_path) as (desk, client, send):
        await desk.scan("6901234567892")
        text = with_price(await export(client), "B", "15.90") + TEA.replace(",4.50", ",4.50" + "," * (len(HEADER) - 5))
        look = (await send("preview", text)).json()
        assert (look["added_count"], look["changed_count"], look["removed_count"]) == (1, 1, 0)
        assert look["changed"][0]["fields"] == [{"name": "price", "was": "14.90", "now": "15.90"}]
        assert desk.kinds().count("catalogue.imported") == 1  # the first goods
        done = await send("import", text, look["version"], reason="autumn prices")
        assert done.status_code == 200, done.text
        assert desk.view.sale.total_fen == 1490
        await desk.scan("6901234567892")
        assert [line.unit_price_fen for line in desk.view.sale.lines] == [1590, 1490]
        await desk.scan("6907777777774")
        assert desk.view.sale.lines[0].sku == "T"
        told = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, CatalogueImported)][-1]
        assert (told.by, told.reason, told.added, told.changed, told.removed) == ("Di", "autumn prices", 1, 1, 0)
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_the_gate_knows_new_goods_from_then_on(tmp_path):
    async with shop(tmp_path) as (desk, client, send):
        tag = sgtin96(gtin14(TEA.split(",")[1]), 7, 7)
        known = desk.shop.exits.pieces.known
        assert known(tag) is None
        text = await export(client) + TEA.replace(",4.50", ",4.50" + "," * (len(HEADER) - 5))
        seen = (await send("preview", text)).json()["version"]
        assert (await send("import", text, seen, reason="tea")).status_code == 200
        assert known(tag)[1].sku == "T"


async def test_what_was_not_looked_at_is_not_taken(tmp_path):
    async with shop(tmp_path) as (desk, client, send):
        text = with_price(await export(client), "B", "15.90")
        seen = (await send("preview", text)).json()["version"]
        assert (await send("import", text, reason="x")).status_code == 428
        first, second = await asyncio.gather(*(send("import", text, seen, reason="x") for _ in range(2)))
        assert sorted((first.status_code, second.status_code)) == [200, 412]
        assert desk.kinds().count("catalogue.imported") == 2
        assert (await send("import", text, seen)).status_code == 422  # no reason


async def test_half_a_file_does_not_empty_the_shelves(tmp_path):
    async with shop(tmp_path) as (desk, client, send):
        text = HEAD + MILK.format(price="14.90")
        look = (await send("preview", text)).json()
        assert look["removed_count"] == 3
        refused = await send("import", text, look["version"], reason="x")
        assert (refused.status_code, refused.json()["why"]) == (409, "many_removed")
        assert desk.shop.catalogue.product("A") is not None
        assert (await send("import", text, look["version"], reason="x", remove=True)).status_code == 200
        assert desk.shop.catalogue.product("A") is None
    assert fsck(tmp_path / "ledger.db").faults == []


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (HEAD + MILK.format(price="cheap"), 422, "line 2"),
        (HEAD + "B,6901234567893,鲜牛奶,Milk,1\n", 422, "check digit"),
        ("sku;name\nB;x\n", 422, "missing column"),
        (HEAD, 422, "no products"),
        (b"sku,barcodes,name_zh,price\nB,6901234567892,\xff\xfe,1\n", 422, "UTF-8"),
        (b"x" * (BYTES_MOST + 1), 413, "bytes"),
    ],
)
async def test_a_bad_file_changes_nothing_and_says_where(tmp_path, text, status, told):
    async with shop(tmp_path) as (desk, client, send):
        seen = (await send("preview", await export(client))).json()["version"]
        refused = await send("import", text, seen, reason="x")
        assert (refused.status_code, told in refused.json()["detail"]) == (status, True), refused.text
        assert desk.kinds().count("catalogue.imported") == 1


async def test_who_may_not(tmp_path):
    async with shop(tmp_path) as (_, client, send):
        text = await export(client)
        client.headers.update(bearer("Ed"))
        assert (await send("preview", text)).status_code == 403
        assert (await send("import", text, "x", reason="x")).status_code == 403
        client.headers.pop("Authorization")
        assert (await client.get("/api/catalogue.csv")).status_code == 401


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(NAMES, st.sampled_from(["", "'", "''", "=", "'=", "''=", "+1", "'@x", "-", "＝", "'＋"]))
def test_no_name_is_a_formula_and_each_comes_back_as_it_was(name, first):
    text = first + name
    product = Product("S", ("06901234567892",), text, text, Fen(100))
    lines = list(write_csv([product]))
    (row,) = csv.reader(io.StringIO(lines[-1].splitlines()[-1]))
    assert not row[2].startswith(tuple("=+-@＝＋－＠"))
    assert list(read_csv("".join(lines))) == [product]


async def test_a_disk_that_refuses_leaves_every_price_as_it_was(tmp_path, monkeypatch):
    async with shop(tmp_path) as (desk, client, send):
        text = with_price(await export(client), "B", "15.90")
        seen = (await send("preview", text)).json()["version"]

        async def full(*_, **__):
            raise LedgerFault("full", "no space")

        monkeypatch.setattr(Ledger, "replace_catalogue", full)
        assert (await send("import", text, seen, reason="x")).status_code == 503
        assert desk.shop.catalogue.product("B").price == 1490


async def test_a_threaded_ledger_takes_it_between_two_commits(tmp_path):
    stock(tmp_path)
    with Ledger(tmp_path / "ledger.db") as ledger:
        before = list(shelves.load(ledger.reader))
        after = [*before, Product("T", ("06907777777774",), "绿茶", "Tea", Fen(450))]
        await ledger.replace_catalogue(after, difference(before, after), by="Di", reason="tea", at_ms=5)
        assert [product.sku for product in shelves.load(ledger.reader)] == sorted(p.sku for p in after)
    assert fsck(tmp_path / "ledger.db").faults == []

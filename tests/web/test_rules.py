"""Price rules over REST: every version kept, nobody overwritten, tried on a basket by the code that prices real ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import apsw
import httpx2
import pytest

from paybooth.ledger.fsck import fsck
from paybooth.shop import intents as i

from .staffed import staffed
from .test_refunds import bearer

pytestmark = pytest.mark.anyio
TENTH = {"id": "tenth", "kind": "percent", "label_zh": "九折", "label_en": "10% off", "skus": ["B"], "percent": 90}
CRISPS, MILK = "6901028075763", "6901234567892"


@asynccontextmanager
async def shop(path):
    async with staffed(path) as (desk, client):

        async def put(rules, who="Bo", seen='"0"', reason="autumn") -> httpx2.Response:
            headers = {**bearer(who), **({"If-Match": seen} if seen else {})}
            return await client.put("/api/rules", json={"rules": rules, "reason": reason}, headers=headers)

        yield desk, client, put


async def test_until_somebody_writes_some_the_files_hold(tmp_path):
    async with shop(tmp_path) as (_, client, __):
        answer = await client.get("/api/rules", headers=bearer("Di"))
        found = answer.json()
        assert (answer.headers["etag"], found["number"], found["source"], found["file_count"]) == ('"0"', 0, "file", 1)
        assert [rule["id"] for rule in found["rules"]] == ["half"]
        assert (await client.get("/api/rules/versions")).json() == {"versions": [], "more": False}


async def test_versions_are_kept_survive_a_restart_and_the_files_come_back(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        first = await put([TENTH])
        assert (first.status_code, first.headers["etag"], first.json()["source"]) == (200, '"1"', "console")
        assert (await put([TENTH], seen='"1"')).json()["number"] == 1  # the same again is no version
        await desk.scan(MILK)
        view = await desk.until(lambda v: v.sale is not None)
        assert (view.sale.total_fen, [d.amount_fen for d in view.sale.lines[0].discounts]) == (1341, [-149])
    async with shop(tmp_path) as (desk, client, put):
        assert [rule.id for rule in desk.shop.catalogue.rules] == ["tenth"]
        back = (await put(None, seen='"1"', reason="over")).json()
        assert (back["number"], back["source"], [rule["id"] for rule in back["rules"]]) == (2, "file", ["half"])
        told = (await client.get("/api/rules/versions")).json()["versions"]
        assert [(v["number"], v["by"], v["reason"], v["count"]) for v in told] == [
            (2, "Bo", "over", None),
            (1, "Bo", "autumn", 1),
        ]
        old = (await client.get("/api/rules/versions/1")).json()
        assert (old["by"], [rule["id"] for rule in old["rules"]]) == ("Bo", ["tenth"])
        assert (await client.get("/api/rules/versions/3")).status_code == 404
        page = (await client.get("/api/rules/versions?limit=1")).json()
        assert ([v["number"] for v in page["versions"]], page["more"]) == ([2], True)
        assert desk.kinds().count("rules.changed") == 2
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_basket_keeps_the_rules_it_began_with(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        await desk.scan(CRISPS)
        await desk.until(lambda v: v.sale is not None)
        assert (await put([])).status_code == 200
        await desk.scan(CRISPS)
        view = await desk.until(lambda v: v.sale.count == 2)
        assert view.sale.total_fen == 975  # the second at half price, as the shelf said when it began
        await desk.tap(i.Abandon())
        await desk.until(lambda v: v.sale is None)
        await desk.scan(CRISPS)
        await desk.scan(CRISPS)
        view = await desk.until(lambda v: v.sale is not None and v.sale.count == 2)
        assert view.sale.total_fen == 1300


async def test_two_people_never_overwrite_each_other(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        both = await asyncio.gather(put([TENTH]), put([], "Di"))
        winner, loser = sorted(both, key=lambda answer: answer.status_code)
        assert (winner.status_code, loser.status_code) == (200, 412)
        assert (loser.json()["now"], loser.headers["etag"]) == (winner.json(), '"1"')
        assert desk.kinds().count("rules.changed") == 1


async def test_what_was_not_seen_or_cannot_be_is_not_saved(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        assert (await put([TENTH], seen="")).status_code == 428
        assert (await put([TENTH], seen='"x"')).status_code == 412
        unfit = await put([{**TENTH, "skus": ["Z"]}])
        assert (unfit.status_code, unfit.json()["why"]) == (422, "rules_unfit")
        assert unfit.json()["detail"] == "rule tenth: there is no product Z; nothing was changed"
        assert (await put([{**TENTH, "percent": 100}])).status_code == 422
        assert (await put([{**TENTH, "id": f"r{n}"} for n in range(201)])).status_code == 422
        assert (await put([TENTH], reason="")).status_code == 422
        for who in ("Cy", "Ed"):
            assert (await put([TENTH], who)).status_code == 403
        assert "rules.changed" not in desk.kinds()
        assert [rule.id for rule in desk.shop.catalogue.rules] == ["half"]


async def test_a_basket_is_tried_as_a_booth_would_price_it(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        wish = {"lines": [{"sku": "A", "quantity": 3}, {"sku": "B"}, {"sku": "C"}, {"sku": "D"}, {"sku": "Z"}]}
        found = (await client.post("/api/rules/try", json=wish)).json()
        assert [(x["sku"], x["quantity"], x["amount_fen"], x["rule"], x["off_fen"]) for x in found["lines"]] == [
            ("A", 3, 1950, "half", -325),
            ("B", 1, 1490, "", 0),
            ("C", 1, 990, "", 0),
        ]
        assert (found["listed_fen"], found["off_fen"], found["total_fen"]) == (4430, -325, 4105)
        assert [(x["sku"], x["why"]) for x in found["refused"]] == [("D", "price_missing"), ("Z", "unknown_barcode")]
        for code in (CRISPS, CRISPS, CRISPS, MILK):
            await desk.scan(code)
        view = await desk.until(lambda v: v.sale is not None and v.sale.count == 4)
        assert view.sale.total_fen == found["total_fen"] - 990


async def test_a_draft_is_tried_at_another_time_and_for_a_member(tmp_path):
    async with shop(tmp_path) as (desk, client, _):
        evening = {**TENTH, "skus": [], "window": {"from_minute": 1200, "to_minute": 360}}
        members = {**TENTH, "id": "members", "skus": ["A"], "percent": 50, "members_only": True}
        wish = {"rules": [evening, members], "lines": [{"sku": "A"}], "at": "2026-11-22T12:00"}

        async def tried(**more):
            found = (await client.post("/api/rules/try", json={**wish, **more})).json()
            return found["total_fen"], {each["rule"]: each["outcome"] for each in found["outcomes"]}

        assert await tried() == (650, {"tenth": "time", "members": "members"})
        assert await tried(at="2026-11-22T23:30") == (585, {"tenth": "took", "members": "members"})
        # a member's price is 5.90, half of it 2.95
        assert await tried(at="2026-11-22T23:30", member=True) == (295, {"tenth": "beaten", "members": "took"})
        bad = await client.post("/api/rules/try", json={**wish, "rules": [{**TENTH, "id": ""}]})
        assert (bad.status_code, bad.json()["why"]) == (422, "rules_unfit")
        assert [rule.id for rule in desk.shop.catalogue.rules] == ["half"]
        assert desk.shop.ledger.sales(limit=5) == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        (
            "UPDATE price_rules SET body = CAST(replace(body, '90', '10') AS BLOB)",
            "price rules 1: table and journal differ",
        ),
        ("DELETE FROM price_rules", "price rules 1: table and journal differ"),
    ],
)
async def test_fsck_finds_rules_altered_behind_the_journal(tmp_path, sql, fault):
    async with shop(tmp_path) as (_, __, put):
        await put([TENTH])
    db = apsw.Connection(str(tmp_path / "ledger.db"))
    db.execute(sql)
    db.close()
    assert fsck(tmp_path / "ledger.db").faults == [fault]

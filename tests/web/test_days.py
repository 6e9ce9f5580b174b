"""Days over REST: who may see them, in which forms, and what cannot be matched."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from paybooth.domain.payment import Channel
from paybooth.ports import BillFile, NoBill
from paybooth.shop.days import BEIJING

from .test_api import box, sell
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio
TODAY = datetime.now(BEIJING).date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize("path", ["", f"/{TODAY}", f"/{TODAY}.csv", f"/{TODAY}.pdf", f"/{TODAY}.txt"])
async def test_only_who_may_see_money_reads_a_day(tmp_path, path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        codes = [
            (await client.get(f"/api/days{path}", headers=bearer(who))).status_code for who in ("Nobody", "Di", "Cy")
        ]
        assert codes == [401, 403, 200]


async def test_matching_needs_more_than_looking(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        answers = [await client.post(f"/api/days/{YESTERDAY}/match", headers=bearer(who)) for who in ("Cy", "An")]
        assert [a.status_code for a in answers] == [403, 200]


async def test_a_matched_day_in_all_its_forms_and_in_the_metrics(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        done = (await client.post(f"/api/days/{YESTERDAY}/match", headers=bearer("An"))).json()
        assert (done["clean"], done["over"], [m["result"] for m in done["matches"]]) == (True, True, ["matched"] * 2)
        (first, second) = (await client.get("/api/days", headers=bearer("Cy"))).json()["matches"]
        assert (first["day"], {first["channel"], second["channel"]}) == (str(YESTERDAY), {"wechat", "alipay"})
        text = (await client.get(f"/api/days/{YESTERDAY}.txt?language=en", headers=bearer("Cy"))).text
        assert "Every fen is accounted for" in text
        table = await client.get(f"/api/days/{YESTERDAY}.csv", headers=bearer("Cy"))
        assert table.text.startswith("\ufeffsection,channel")
        assert f"LANE01-{YESTERDAY}.csv" in table.headers["content-disposition"]
        page = await client.get(f"/api/days/{YESTERDAY}.pdf", headers=bearer("Cy"))
        assert (page.headers["content-type"], page.content[:4]) == ("application/pdf", b"%PDF")
        metrics = (await client.get("/metrics")).text
        assert 'paybooth_match_differences{channel="wechat"} 0.0' in metrics
        begins = datetime.combine(YESTERDAY, datetime.min.time(), BEIJING).timestamp()
        (told,) = [x for x in metrics.splitlines() if x.startswith('paybooth_match_day_seconds{channel="alipay"}')]
        assert float(told.split()[1]) == begins


async def test_today_is_provisional_and_never_recorded(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        done = (await client.post(f"/api/days/{TODAY}/match", headers=bearer("An"))).json()
        assert (done["over"], done["sales"], done["paid_fen"], done["adds_up"]) == (False, 1, 1490, True)
        assert "day.matched" not in desk.kinds()


@pytest.mark.parametrize(
    ("day", "status"), [("tomorrow", 422), ("2026-13-01", 422), (str(TODAY + timedelta(days=1)), 409)]
)
async def test_days_that_cannot_be_matched(tmp_path, day, status):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        answer = await client.post(f"/api/days/{day}/match", headers=bearer("An"))
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_bill_that_is_not_there_yet_is_said(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        desk.wechat.bills = [NoBill.NOT_YET]
        done = (await client.post(f"/api/days/{YESTERDAY}/match", headers=bearer("An"))).json()
        wechat = next(m for m in done["matches"] if m["channel"] == "wechat")
        assert (done["clean"], wechat["result"]) == (False, "not_yet")
        assert "ask after 10:00" in wechat["detail"]


async def test_a_kept_bill_stays_as_it_came(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        desk.wechat.bills = [BillFile("wechat-day.csv", b"as it came")]
        done = (await client.post(f"/api/days/{YESTERDAY}/match", headers=bearer("An"))).json()
        digest = next(m["bill_sha256"] for m in done["matches"] if m["channel"] == Channel.WECHAT)
        (kept,) = (tmp_path / "bills").iterdir()
        assert (kept.name, kept.read_bytes()) == (f"wechat-day.{digest[:16]}.csv", b"as it came")

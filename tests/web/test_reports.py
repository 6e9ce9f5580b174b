"""Reports over a shop that sold: they say what the end-of-day report says, and what it cost in people and goods."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from paybooth.domain import exit_facts as x
from paybooth.domain.incident import Kind
from paybooth.domain.money import Fen
from paybooth.domain.staff_facts import Assisted

from ..shop.floor import CRISPS, MILK
from .test_api import box, sell
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio
WIRE = x.ItemSeen("A", "=1+1", "Crisps", "crisps", Fen(650), 2)


def today(desk) -> str:
    zone = desk.shop.settings.zone
    return datetime.fromtimestamp(desk.shop.clock.now_ms() / 1000, UTC).astimezone(zone).date().isoformat()


async def report(desk, client, **dates) -> dict:
    day = today(desk)
    answer = await client.get("/api/reports", params={"first": day, "last": day, **dates})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def help_for(desk, seconds: float) -> None:
    """An is at booth 1 for that long."""
    for act in ("begin", "end"):
        done = Assisted("1", "", "An", act, "called")
        await desk.ledger.commit(done, at_ms=desk.shop.clock.now_ms() + (act == "end") * round(seconds * 1000))


async def test_takings_are_those_of_the_end_of_day_report(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        await sell(desk)
        found = await report(desk, client)
        day = (await client.get(f"/api/days/{today(desk)}")).json()
        sums = found["sums"]
        assert sums["sales"] == 1
        assert (sums["sales"], sums["fen"], sums["pieces"]) == (day["sales"], day["paid_fen"], day["pieces"])
        (row,) = found["days"]
        assert (row["day"], row["sales"], row["fen"]) == (day["day"], day["sales"], day["paid_fen"])
        weekday = datetime.fromisoformat(today(desk)).weekday()
        assert found["week"][weekday] == day["hours_fen"]
        assert [wallet["paid"] for wallet in found["wallets"]] == [1]
        assert [(each["sku"], each["quantity"]) for each in found["products"]] == [(MILK.sku, 1)]
        assert found["baskets"] == [{"pieces": 1, "sales": 1, "fen": sums["fen"]}]
        assert found["before"]["sales"] == 0


async def test_people_and_goods(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        incidents = desk.shop.exits.incidents
        number = incidents.report(Kind.UNPAID, "exit", items=(WIRE,))
        await incidents.claim(number, "An")
        await incidents.resolve(number, "An", "theft", "")
        await help_for(desk, 30)
        found = await report(desk, client)
        effort, lost = found["sums"]["effort"], found["sums"]["loss"]
        assert (effort["trips"], effort["assists"]) == (1, 1)
        assert effort["operator_ms"] >= 30_000
        assert effort["per_100_trips_s"] == pytest.approx(effort["operator_ms"] / 10, abs=0.1)
        assert (lost["known"], lost["known_fen"]) == (1, 1300)
        assert [(score["what"], score["right"]) for score in found["gates"] + found["alarmed"]] == [
            ("exit", 1), ("A", 1),
        ]  # fmt: skip


async def test_a_helper_of_yesterday_is_not_of_today(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        await help_for(desk, 30)
        tomorrow = (datetime.fromisoformat(today(desk)) + timedelta(1)).date().isoformat()
        found = await report(desk, client, first=tomorrow, last=tomorrow)
        assert (found["sums"]["effort"]["assists"], found["before"]["effort"]["assists"]) == (0, 1)
        assert found["sums"]["effort"]["per_100_trips_s"] is None


async def test_the_sheet_holds_no_formula_and_the_same_figures(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        desk.shop.catalogue.replace([replace(MILK, name_zh="=1+1"), CRISPS])
        await sell(desk)
        day = today(desk)
        answer = await client.get("/api/reports.csv", params={"first": day, "last": day})
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        (milk,) = [row for row in rows if row["section"] == "product"]
        assert milk["detail"] == "'=1+1"
        (takings, _) = [row for row in rows if row["section"] == "takings"]
        assert (takings["count"], takings["yuan"]) == ("1", milk["yuan"])


async def test_what_cannot_be_asked_for(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        for first, last in (("2026-11-22", "2026-11-21"), ("2026-01-01", "2026-11-21"), ("0001-01-01", "0001-01-02")):
            refused = await client.get("/api/reports", params={"first": first, "last": last})
            assert (refused.status_code, "days" in refused.json()["detail"]) == (409, True)
        assert (await client.get("/api/reports?first=x&last=y")).status_code == 422
        path = "/api/reports?first=2026-11-21&last=2026-11-21"
        assert (await client.get(path, headers=bearer("Di"))).status_code == 403
        assert (await client.get(path, headers={"Authorization": ""})).status_code == 401

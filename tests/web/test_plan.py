"""The floor plan over REST: never empty, every version kept, nobody overwritten, nothing impossible saved."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import httpx2
import pytest

from paybooth.domain.staff_facts import PlanChanged
from paybooth.ledger.fsck import fsck
from paybooth.shop.settings import GateSettings

from ..shop.floor import DeskBoard
from .staffed import staffed
from .test_refunds import bearer

pytestmark = pytest.mark.anyio
SHELF = {"at": [400, 200], "wide": 120, "deep": 40, "turn": 0, "height": 180, "name": "Drinks"}


@asynccontextmanager
async def shop(path):
    async with staffed(path, gates={GateSettings("exit", board="board:exit"): DeskBoard()}) as (desk, client):

        async def put(who="Bo", seen='"0"', reason="drawn", **parts) -> httpx2.Response:
            plan = (await client.get("/api/plan")).json()["plan"]
            headers = {**bearer(who), **({"If-Match": seen} if seen else {})}
            body = {"plan": {**plan, **parts}, "reason": reason}
            return await client.put("/api/plan", json=body, headers=headers)

        yield desk, client, put


async def test_a_floor_that_nobody_drew_follows_from_the_configuration(tmp_path):
    async with shop(tmp_path) as (_, client, __):
        answer = await client.get("/api/plan", headers=bearer("Di"))
        assert (answer.status_code, answer.headers["etag"], answer.json()["number"]) == (200, '"0"', 0)
        plan = answer.json()["plan"]
        assert [each["booth"] for each in plan["booths"]] == ["1", "2"]
        assert [each["gate"] for each in plan["doors"]] == ["exit"]
        assert (await client.get("/api/plan/versions")).json() == {"versions": [], "more": False}
        assert (await client.get("/api/plan/versions/1")).status_code == 404


async def test_every_version_is_kept_and_told(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        first = await put("Ed", shelves=[SHELF])
        assert (first.status_code, first.headers["etag"], first.json()["by"]) == (200, '"1"', "Ed")
        second = await put(seen='"1"', reason="moved", shelves=[{**SHELF, "at": [500, 200]}])
        assert second.json()["number"] == 2
        assert (await client.get("/api/plan")).json() == second.json()
        assert (await client.get("/api/plan/versions/1")).json() == first.json()
        told = (await client.get("/api/plan/versions")).json()["versions"]
        assert [(v["number"], v["by"], v["reason"], v["changes"]) for v in told] == [
            (2, "Bo", "moved", [{"what": "shelf", "change": "altered", "count": 1}]),
            (1, "Ed", "drawn", [{"what": "shelf", "change": "added", "count": 1}]),
        ]
        page = (await client.get("/api/plan/versions?limit=1")).json()
        assert ([v["changes"][0]["change"] for v in page["versions"]], page["more"]) == (["altered"], True)
        assert desk.kinds().count("plan.changed") == 2
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_restart_has_the_newest(tmp_path):
    async with shop(tmp_path) as (_, __, put):
        await put(shelves=[SHELF])
    async with shop(tmp_path) as (desk, client, _):
        assert (await client.get("/api/plan")).json()["plan"]["shelves"] == [SHELF]
        assert desk.shop.plans.now.number == 1


async def test_two_people_never_overwrite_each_other(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        both = await asyncio.gather(put("Bo", shelves=[SHELF]), put("Ed", shelves=[{**SHELF, "name": "Sweets"}]))
        winner, loser = sorted(both, key=lambda answer: answer.status_code)
        assert (winner.status_code, loser.status_code) == (200, 412)
        assert loser.headers["content-type"] == "application/problem+json"
        assert (loser.json()["now"], loser.headers["etag"]) == (winner.json(), '"1"')
        assert desk.kinds().count("plan.changed") == 1


async def test_what_was_not_seen_or_cannot_be_is_not_saved(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        assert (await put(seen="")).status_code == 428
        assert (await put(seen='"x"')).status_code == 412
        crossed = await put(outline=[[0, 0], [900, 600], [900, 0], [0, 600]])
        assert (crossed.status_code, crossed.json()["why"]) == (422, "plan_crossing")
        assert "nothing was changed" in crossed.json()["detail"]
        assert (await put(booths=[{"booth": "9", "at": [100, 60]}])).json()["why"] == "plan_unknown"
        assert (await put(shelves=[{**SHELF, "at": [1.5, 2]}])).status_code == 422
        assert (await put(shelves=[SHELF] * 900)).status_code == 413
        assert (await put(reason="")).status_code == 422
        for who in ("An", "Cy", "Di"):
            assert (await put(who, shelves=[SHELF])).status_code == 403
        assert (await client.get("/api/plan", headers={"Authorization": ""})).status_code == 401
        assert "plan.changed" not in desk.kinds()


async def test_the_same_again_is_no_version_and_consoles_hear_of_a_new_one(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        subscriber = desk.shop.now.feed.subscribe()
        assert (await put(shelves=[SHELF])).json()["number"] == 1
        async with asyncio.timeout(3):
            while desk.shop.now.feed.view is None or desk.shop.now.feed.view.plan != 1:
                await subscriber.next_frames()
        desk.shop.now.feed.unsubscribe(subscriber)
        assert (await put(seen='"1"')).json()["number"] == 1
        told = [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, PlanChanged)]
        assert [(fact.number, fact.plan.shelves[0].name) for fact in told] == [(1, "Drinks")]

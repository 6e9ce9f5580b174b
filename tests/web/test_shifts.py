"""Handing a shift over and taking it: once, with everything the other still had, and proven by the journal."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.domain.incident import MANNERS, Kind
from paybooth.ledger.fsck import fsck

from .test_api import box
from .test_goods import alter
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio
WORD = {"text": "阅读器慢，九点有人来 <b>"}


async def claimed(desk, by: str, place: str) -> int:
    incidents = desk.shop.exits.incidents
    number = incidents.report(Kind.DOOR_HELD, place)
    await incidents.claim(number, by)
    return number


async def test_whoever_takes_a_shift_has_what_the_other_still_had(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        live = desk.shop.exits.incidents.live
        first, second, third = [await claimed(desk, "An", place) for place in ("exit", "back", "side")]
        others = await claimed(desk, "Ed", "roof")
        given = (await client.post("/api/shift/hand-over", json=WORD, headers=bearer("An"))).json()["handover"]
        assert (given["by"], given["text"], given["incidents"]) == ("An", WORD["text"], [first, second, third])
        await desk.shop.exits.incidents.resolve(second, "An", "repaired", "")
        await desk.shop.exits.incidents.claim(third, "Bo", take_over=True)
        taken = await client.post(f"/api/shift/{given['id']}/take", headers=bearer("Ed"))
        assert (taken.status_code, taken.json()["handover"]["taken_by"]) == (200, "Ed")
        assert {number: live[number].claimed_by for number in live} == {first: "Ed", third: "Bo", others: "Ed"}
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_two_who_come_never_both_take_it(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        assert (await client.get("/api/shift")).json() == {"handover": None}
        assert (await client.post("/api/shift/1/take", headers=bearer("Ed"))).status_code == 409
        await client.post("/api/shift/hand-over", json=WORD, headers=bearer("An"))
        answers = await asyncio.gather(
            *(client.post("/api/shift/1/take", headers=bearer(who)) for who in ("Ed", "Bo", "An"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        assert desk.kinds().count("shift.taken") == 1


async def test_only_the_newest_word_counts_and_a_restart_keeps_it(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        for _ in range(2):
            await client.post("/api/shift/hand-over", json=WORD, headers=bearer("An"))
        assert (await client.post("/api/shift/1/take", headers=bearer("Ed"))).status_code == 409
    async with box(tmp_path) as (_, client, _):
        found = (await client.get("/api/shift")).json()["handover"]
        assert (found["id"], found["text"], found["taken_by"]) == (2, WORD["text"], "")


async def test_who_may_not_and_what_is_no_word(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        for who in ("Cy", "Di"):
            assert (await client.post("/api/shift/hand-over", json=WORD, headers=bearer(who))).status_code == 403
        for text in ("", "x" * 2001):
            answer = await client.post("/api/shift/hand-over", json={"text": text}, headers=bearer("An"))
            assert answer.status_code == 422
        assert "shift.handed_over" not in desk.kinds()


@pytest.mark.parametrize("change", ["text = 'all well'", "taken_by = 'An', taken_ms = 1", "id = 9"])
async def test_a_word_changed_behind_the_journal_is_found(tmp_path, change):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await client.post("/api/shift/hand-over", json=WORD, headers=bearer("An"))
    alter(tmp_path, f"UPDATE handovers SET {change}")
    assert any("hand-over" in fault for fault in fsck(tmp_path / "ledger.db").faults)


def test_each_kind_that_a_person_ends_has_a_runbook():
    assert {kind for kind, manner in MANNERS.items() if not manner.steps} == {Kind.SELF_TEST}
    assert all(len(set(manner.steps)) == len(manner.steps) for manner in MANNERS.values())

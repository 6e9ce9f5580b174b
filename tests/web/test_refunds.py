"""Refunds and voids over REST: nobody without a token, nobody beyond the role, every refusal says what to do."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.domain import facts as f
from paybooth.domain.staff import Role, token_hash

from .test_api import box, sell

pytestmark = pytest.mark.anyio
WISH = {"id": "wish-0001", "reason": "returned"}
ROUTES = [
    ("POST", "/api/sales/20261122-00001/refunds", WISH),
    ("GET", "/api/refunds", None),
    ("GET", "/api/refunds/LANE01261122R1", None),
    ("POST", "/api/refunds/LANE01261122R1/approve", None),
    ("POST", "/api/refunds/LANE01261122R1/withdraw", {"note": "no"}),
    ("POST", "/api/refunds/LANE01261122R1/print/1", None),
    ("POST", "/api/sales/20261122-00001/void", {"reason": "returned"}),
]
LOOKS = {"GET"}


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-token"}


def hire(desk) -> None:
    people = {"An": Role.OPERATOR, "Bo": Role.OWNER, "Cy": Role.AUDITOR, "Di": Role.STOCK, "Ed": Role.TECHNICIAN}
    facts = [f.StaffAdded(name, role, token_hash(f"{name}-token"), "test") for name, role in people.items()]
    desk.ledger.commit_now(*facts, at_ms=1)


async def settled(client, number: str) -> dict:
    async with asyncio.timeout(3):
        while (refund := (await client.get(f"/api/refunds/{number}", headers=bearer("An"))).json())["state"] == "open":
            pass
    return refund


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_nobody_acts_without_a_token_or_beyond_the_role(tmp_path, method, path, body):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        codes = {}
        for who in ("", "Nobody", "Di", "Ed", "Cy"):
            headers = bearer(who) if who else {"Authorization": ""}
            codes[who] = (await client.request(method, path, json=body, headers=headers)).status_code
        may_look = {200, 404} if method in LOOKS else {403}
        assert (codes[""], codes["Nobody"], codes["Di"], codes["Ed"]) == (401, 401, 403, 403)
        assert codes["Cy"] in may_look
        assert "refund.asked" not in desk.kinds()


async def test_a_partial_refund_from_wish_to_slip(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        sale = desk.booth.visit.session.sale.id
        url = f"/api/sales/{sale}/refunds"
        made = await client.post(url, json={**WISH, "amount_fen": 490}, headers=bearer("An"))
        assert made.status_code == 201
        refund = made.json()
        again = (await client.post(url, json={**WISH, "amount_fen": 490}, headers=bearer("An"))).json()
        assert again["number"] == refund["number"]
        done = await settled(client, refund["number"])
        assert (done["state"], done["by"], done["amount_fen"]) == ("done", "An", 490)
        slip = "/r/" + refund["slip"].rpartition("/")[2]
        assert "已退款" in (await client.get(slip)).text
        assert (await client.get(f"{slip}.pdf")).content.startswith(b"%PDF")
        printed = await client.post(f"/api/refunds/{refund['number']}/print/1", headers=bearer("An"))
        assert printed.json() == {"state": "printed", "reasons": []}
        assert (await client.post(f"/api/refunds/{refund['number']}/print/2", headers=bearer("An"))).status_code == 409
        listed = (await client.get("/api/refunds?state=done", headers=bearer("Cy"))).json()["refunds"]
        assert [x["number"] for x in listed] == [refund["number"]]


async def test_above_the_limit_it_waits_for_a_second_person(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await desk.fill_and_confirm(*["6901234567892"] * 4)
        await desk.scan("134567890123456789")
        await desk.until(lambda v: v.phase == "done")
        sale = desk.booth.visit.session.sale.id
        refund = (await client.post(f"/api/sales/{sale}/refunds", json=WISH, headers=bearer("An"))).json()
        assert refund["state"] == "asked"
        approve = f"/api/refunds/{refund['number']}/approve"
        own = await client.post(approve, headers=bearer("An"))
        assert (own.status_code, own.headers["content-type"]) == (409, "application/problem+json")
        assert "somebody else" in own.json()["detail"]
        assert (await client.post(approve, headers=bearer("Bo"))).status_code == 200
        done = await settled(client, refund["number"])
        assert (done["state"], done["approved_by"]) == ("done", "Bo")
        withdraw = f"/api/refunds/{refund['number']}/withdraw"
        assert (await client.post(withdraw, json={}, headers=bearer("An"))).status_code == 409


async def test_two_people_who_give_one_sale_back_at_once_give_it_back_once(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        sale = desk.booth.visit.session.sale.id
        path, wishes = f"/api/sales/{sale}/refunds", ({**WISH, "id": "from-an-01"}, {**WISH, "id": "from-bo-01"})
        answers = await asyncio.gather(
            *(client.post(path, json=wish, headers=bearer(who)) for wish, who in zip(wishes, ("An", "Bo"), strict=True))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        (won,) = [answer.json() for answer in answers if answer.status_code == 201]
        assert (await settled(client, won["number"]))["state"] == "done"
        assert desk.kinds().count("refund.opened") == 1


@pytest.mark.parametrize(
    ("sale", "wish", "status"),
    [
        ("20260101-00001", WISH, 404),  # unknown
        ("LANE99-1", WISH, 422),  # another shop's number
        ("paid", {"id": "wish-0001"}, 422),
        ("paid", {**WISH, "id": "short"}, 422),
        ("paid", {**WISH, "reason": "late_success"}, 422),  # by rule alone
        ("paid", {**WISH, "amount_fen": 0}, 422),
        ("paid", {**WISH, "amount_fen": -1}, 422),
        ("paid", {**WISH, "amount_fen": 1.5}, 422),
        ("paid", {**WISH, "amount_fen": 1491}, 409),
        ("paid", {**WISH, "goods": [{"line": 7, "quantity": 1}]}, 409),
        ("paid", {**WISH, "note": "x" * 201}, 422),
        ("paid", {**WISH, "more": 1}, 422),
        ("basket", WISH, 409),  # not settled
    ],
)
async def test_bad_refunds_change_nothing(tmp_path, sale, wish, status):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await sell(desk)
        sales = {"paid": desk.booth.visit.session.sale.id}
        await desk.scan("6901234567892")
        sales["basket"] = desk.booth.visit.session.sale.id
        before = desk.ledger.journal_head()
        answer = await client.post(f"/api/sales/{sales.get(sale, sale)}/refunds", json=wish, headers=bearer("An"))
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert desk.ledger.journal_head() == before


async def test_a_void_names_its_author(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        hire(desk)
        await desk.scan("6901234567892")
        url = f"/api/sales/{desk.booth.visit.session.sale.id}/void"
        assert (await client.post(url, json={"reason": "other"}, headers=bearer("An"))).status_code == 409
        done = await client.post(url, json={"reason": "other", "note": "child played"}, headers=bearer("An"))
        assert done.json()["voided"] is True
        (voided,) = [e.fact for e in desk.ledger.journal() if e.kind == "sale.voided"]
        assert (voided.by, voided.reason, voided.note) == ("An", "other", "child played")
        assert (await client.post(url, json={"reason": "returned"}, headers=bearer("An"))).status_code == 409
        missing = await client.post("/api/sales/20260101-00001/void", json={"reason": "returned"}, headers=bearer("An"))
        assert missing.status_code == 404

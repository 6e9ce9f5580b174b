"""Signing in over REST: nobody by guessing, nobody for ever, and every change by a name with a reason."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import asynccontextmanager

import httpx2
import pyotp
import pytest
import websockets

from paybooth.app import SystemChance
from paybooth.domain import account, facts, staff_facts
from paybooth.domain.incident import Kind
from paybooth.domain.staff import Role, token_hash
from paybooth.ledger.vault import Vault
from paybooth.shop.accounts import WAITING_MOST, Accounts, Visitor, Why, make_link
from paybooth.web import server

from ..shop.floor import Clock, floor
from .test_api import GENEROUS, heard, serve
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio
GOOD = "drip drip drip 7"
BETTER = "another fine one"


class Wall(Clock):
    """A clock on the wall that can be set forward."""

    ahead_ms = 0

    def now_ms(self):
        return super().now_ms() + self.ahead_ms


class Box:
    """A shop with accounts, and a browser before it."""

    def __init__(self, desk, accounts, clock, port):
        self.desk, self.accounts, self.clock = desk, accounts, clock
        self.base = f"http://127.0.0.1:{port}"

    def browser(self):
        return httpx2.AsyncClient(base_url=self.base, trust_env=False, headers={"Origin": self.base})

    async def employ(self, name="Amy", role=Role.OWNER, password=GOOD):
        hashed = token_hash(f"{name}-token")
        self.desk.ledger.commit_now(facts.StaffAdded(name, role, hashed, "test"), at_ms=1)
        make_link(self.accounts.vault, f"link-of-{name}-00000", name, self.clock.now_ms())
        async with self.browser() as page:
            wish = {"token": f"link-of-{name}-00000", "password": password}
            assert (await page.post("/api/link/use", json=wish)).status_code == 200

    def told(self, kind):
        return [entry.fact for entry in self.desk.ledger.journal() if entry.kind == kind]


@asynccontextmanager
async def box(path):
    async with floor(path) as desk:
        vault = Vault(path / "staff.db")
        clock = Wall()
        accounts = Accounts(desk.ledger, vault, clock, SystemChance(), desk.shop.key)
        async with serve(server.build(desk.shop, accounts, rates=GENEROUS)) as port:
            yield Box(desk, accounts, clock, port)
        vault.close()


def sign_in(page, name="Amy", password=GOOD, **more):
    return page.post("/api/session", json={"name": name, "password": password, **more})


# ---------------------------------------------------------------- the first owner


async def test_the_first_owner_comes_by_a_link_that_works_once(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as other:
        token = await found.accounts.first_link()
        assert (await page.post("/api/link", json={"token": token})).json() == {"name": ""}
        wish = {"token": token, "name": "Amy", "password": GOOD}
        made = await page.post("/api/link/use", json=wish)
        assert (made.status_code, made.json()["role"], "manage_people" in made.json()["may"]) == (200, "owner", True)
        cookie = made.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict"))
        assert (await page.get("/api/session")).json()["name"] == "Amy"
        again = await other.post("/api/link/use", json={**wish, "name": "Eve"})
        assert (again.status_code, again.json()["why"]) == (410, "link_over")
        assert await found.accounts.first_link() is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "short"}, "short"),
        ({"password": "1111111111"}, "plain"),
        ({"password": "AmyAmyAmyAmy"}, "plain"),
        ({"name": "=cmd()"}, "name_bad"),
        ({"token": "f" * 32}, "link_over"),
    ],
)
async def test_a_link_is_not_used_up_by_a_mistake(tmp_path, change, why):
    async with box(tmp_path) as found, found.browser() as page:
        wish = {"token": await found.accounts.first_link(), "name": "Amy", "password": GOOD}
        refused = await page.post("/api/link/use", json={**wish, **change})
        assert (refused.status_code, refused.json()["why"]) == (410 if why == "link_over" else 409, why)
        assert (await page.post("/api/link/use", json=wish)).status_code == 200


async def test_a_link_is_over_after_a_day(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        token = await found.accounts.first_link()
        found.clock.ahead_ms = account.LINK_MS + 1000
        assert (await page.post("/api/link", json={"token": token})).status_code == 410


# ---------------------------------------------------------------- passwords


async def test_a_wrong_password_and_a_wrong_name_are_answered_alike(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        answers = [await sign_in(page, password="not this one"), await sign_in(page, name="Nobody")]
        assert [a.status_code for a in answers] == [401, 401]
        assert answers[0].json() == answers[1].json()
        assert (await page.get("/api/session")).status_code == 401


async def test_guessing_gets_slower_and_the_owner_still_gets_in_from_elsewhere(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        codes = [(await sign_in(page, password=f"guess number {n}")).status_code for n in range(7)]
        assert codes == [401] * 5 + [429] * 2
        slow = await sign_in(page)
        assert (slow.status_code, int(slow.headers["retry-after"]) >= 1) == (429, True)
        (refused,) = found.told("staff.refused")
        assert (refused.name, refused.misses) == ("Amy", 5)
        elsewhere = await found.accounts.sign_in("Amy", GOOD, "", Visitor("10.0.0.9", "a test"))
        assert elsewhere.staff.name == "Amy"


async def test_many_guesses_at_once_do_not_pile_up(tmp_path):
    async with box(tmp_path) as found:
        guesses = (
            found.accounts.sign_in(f"Nobody{n}", "whatever it is", "", Visitor("10.0.0.9", "")) for n in range(30)
        )
        told = Counter(error.why for error in await asyncio.gather(*guesses, return_exceptions=True))
        assert told == {Why.WRONG: WAITING_MOST, Why.SLOW_DOWN: 30 - WAITING_MOST}


async def test_nothing_secret_is_in_the_journal_or_readable_by_others(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        await sign_in(page)
        rows = "".join(str(entry.fact) for entry in found.desk.ledger.journal())
        cookie = page.cookies["staff"]
        assert not [secret for secret in (GOOD, cookie, token_hash(cookie), "argon2") if secret in rows]
        assert (tmp_path / "staff.db").stat().st_mode & 0o077 == 0


# ---------------------------------------------------------------- codes


async def use_app(page):
    made = (await page.post("/api/me/code")).json()
    assert made["address"].startswith("otpauth://totp/")
    assert "<svg" in made["qr_svg"]
    return pyotp.TOTP(made["secret"])


async def test_a_code_is_asked_for_and_never_counts_twice(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as other:
        await found.employ()
        await sign_in(page)
        app = await use_app(page)
        now_s = found.clock.now_ms() // 1000
        assert (await page.put("/api/me/code", json={"secret": app.secret, "code": "000000"})).status_code == 422
        shown = {"secret": app.secret, "code": app.at(now_s)}
        assert (await page.put("/api/me/code", json=shown)).status_code == 204
        asked = await sign_in(other)
        assert (asked.status_code, asked.json()["next"]) == (401, "code")
        assert (await sign_in(other, code=app.at(now_s))).status_code == 401
        later = app.at(now_s + 30)
        assert (await sign_in(other, code=later)).json()["code"]
        async with found.browser() as third:
            assert (await sign_in(third, code=later)).status_code == 401
        assert (await page.request("DELETE", "/api/me/code")).status_code == 204
        assert (await sign_in(other)).status_code == 200


# ---------------------------------------------------------------- sessions


async def test_a_session_ends_when_idle_when_old_and_when_ended(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as other:
        await found.employ()
        await sign_in(page)
        await sign_in(other)
        listed = (await page.get("/api/sessions")).json()["sessions"]
        number = next(s["number"] for s in listed if not s["mine"] and s["how"] == "password")
        assert (await page.post(f"/api/sessions/{number}/end", json={"reason": "lost laptop"})).status_code == 204
        assert (await other.get("/api/session")).status_code == 401
        ended = found.told("staff.signed_out")[-1]
        assert (ended.session, ended.by, ended.reason) == (number, "Amy", "lost laptop")
        found.clock.ahead_ms = account.IDLE_MS + 1000
        assert (await page.get("/api/session")).status_code == 401


async def test_sessions_outlive_a_restart_of_the_box(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        token = (await sign_in(page)).cookies["staff"]
        again = Accounts(found.desk.ledger, found.accounts.vault, found.clock, SystemChance(), found.desk.shop.key)
        staff, session = again.who(token)
        assert (staff.name, session.how) == ("Amy", "password")


@asynccontextmanager
async def watching(found, page):
    """A console's line, by the cookie of somebody who just signed in."""
    await found.employ()
    cookie = {"Cookie": f"staff={(await sign_in(page)).cookies['staff']}"}
    address = found.base.replace("http", "ws") + "/ws/console"
    async with websockets.connect(address, additional_headers=cookie, proxy=None) as ws:
        await ws.send(json.dumps({"type": "staff", "token": ""}))
        await heard(ws, "incidents")
        yield ws


async def test_a_console_whose_session_ends_is_hung_up_on(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, watching(found, page) as ws:
        await ws.send(json.dumps({"type": "ping", "t": 1}))
        await heard(ws, "pong")
        await page.request("DELETE", "/api/session")
        await ws.send(json.dumps({"type": "ping", "t": 2}))
        with pytest.raises(websockets.ConnectionClosed):
            await heard(ws, "pong")
        assert ws.close_code == 4401


async def test_nothing_more_is_sent_to_a_console_that_only_listens(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, watching(found, page) as ws:
        await page.request("DELETE", "/api/session")
        found.desk.shop.exits.incidents.report(Kind.FIRE, "exit")
        found.desk.shop.exits.board.show()
        with pytest.raises(websockets.ConnectionClosed):
            await heard(ws, "incidents")
        assert ws.close_code == 4401


async def test_signing_out_ends_it_on_the_box(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        token = (await sign_in(page)).cookies["staff"]
        assert (await page.request("DELETE", "/api/session")).status_code == 204
        assert found.accounts.who(token) is None


async def test_a_new_password_ends_every_other_session(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as other:
        await found.employ()
        await sign_in(page)
        await sign_in(other)
        assert (await page.put("/api/me/password", json={"password": BETTER})).status_code == 204
        assert [(await who.get("/api/session")).status_code for who in (page, other)] == [200, 401]
        assert [(await sign_in(other, password=p)).status_code for p in (GOOD, BETTER)] == [401, 200]


# ---------------------------------------------------------------- sensitive acts


async def test_a_sensitive_act_asks_again_after_a_while(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        await sign_in(page)
        new = {"name": "Bo", "role": "stock", "reason": "hired"}
        found.clock.ahead_ms = account.FRESH_MS + 1000
        refused = await page.post("/api/users", json=new)
        assert (refused.status_code, refused.json()["confirm"]) == (403, True)
        assert (await page.post("/api/session/confirm", json={"password": "not this one"})).status_code == 401
        assert (await page.post("/api/session/confirm", json={"password": GOOD})).json()["fresh"]
        assert (await page.post("/api/users", json=new)).status_code == 201


async def test_a_cookie_writes_only_from_a_page_of_this_box(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        await sign_in(page)
        new = {"name": "Bo", "role": "stock", "reason": "hired"}
        for origin in ("http://evil.test", "null"):
            assert (await page.post("/api/users", json=new, headers={"Origin": origin})).status_code == 403
        del page.headers["origin"]
        assert (await page.post("/api/users", json=new)).status_code == 403
        assert [fact.name for fact in found.told("staff.added")] == ["Amy"]


# ---------------------------------------------------------------- people


async def test_somebody_new_chooses_a_password_and_may_what_the_role_may(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as theirs:
        await found.employ()
        await sign_in(page)
        made = await page.post("/api/users", json={"name": "Bo", "role": "auditor", "reason": "audit 2026"})
        path, pin = made.json()["path"], made.json()["pin"]
        assert (made.status_code, len(pin)) == (201, 8)
        token = path.partition("#link=")[2]
        assert (await theirs.post("/api/link", json={"token": token})).json() == {"name": "Bo"}
        await theirs.post("/api/link/use", json={"token": token, "password": BETTER})
        assert (await theirs.get("/api/users")).status_code == 200
        refused = await theirs.post("/api/users", json={"name": "Eve", "role": "owner", "reason": "why not"})
        assert refused.status_code == 403
        added = found.told("staff.added")[-1]
        assert (added.name, added.by, added.reason) == ("Bo", "Amy", "audit 2026")


async def test_who_leaves_is_out_at_once_and_forgotten(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as theirs:
        await found.employ()
        await found.employ("Bo", Role.OPERATOR, BETTER)
        await sign_in(page)
        await sign_in(theirs, "Bo", BETTER)
        assert (await page.post("/api/users/Bo/remove", json={"reason": "left"})).status_code == 204
        assert (await theirs.get("/api/session")).status_code == 401
        assert (await sign_in(theirs, "Bo", BETTER)).status_code == 401
        assert found.accounts.vault.proofs("Bo") == account.Proofs()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/users/Amy/remove", {"reason": "tired"}, 409),
        ("/api/users/Nobody/remove", {"reason": "tired"}, 404),
        ("/api/users/Nobody/link", {"reason": "lost"}, 404),
        ("/api/users", {"name": "amy", "role": "stock", "reason": "twice"}, 409),
        ("/api/users", {"name": "Bo", "role": "king", "reason": "x"}, 422),
        ("/api/users", {"name": "Bo", "role": "stock", "reason": ""}, 422),
        ("/api/sessions/999/end", {"reason": "x"}, 404),
    ],
)
async def test_what_cannot_be_is_refused_with_words(tmp_path, path, body, status):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        await sign_in(page)
        before = found.desk.ledger.journal_head()
        refused = await page.post(path, json=body)
        assert (refused.status_code, len(refused.json()["detail"]) > 10) == (status, True)
        assert found.desk.ledger.journal_head() == before


async def test_the_last_owner_stays_owner(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        await found.employ()
        await sign_in(page)
        role = {"role": "stock", "reason": "a rest"}
        assert (await page.put("/api/users/Amy/role", json=role)).status_code == 409
        await page.post("/api/users", json={"name": "Bo", "role": "owner", "reason": "partner"})
        assert (await page.put("/api/users/Amy/role", json=role)).status_code == 204
        assert (await page.get("/api/session")).json()["role"] == "stock"


async def test_a_lost_phone_is_reset_by_a_link_and_older_proofs_are_void(tmp_path):
    async with box(tmp_path) as found, found.browser() as page, found.browser() as theirs:
        await found.employ()
        await found.employ("Bo", Role.OPERATOR)
        await sign_in(theirs, "Bo")
        app = await use_app(theirs)
        shown = {"secret": app.secret, "code": app.at(found.clock.now_ms() // 1000)}
        await theirs.put("/api/me/code", json=shown)
        await sign_in(page)
        path = (await page.post("/api/users/Bo/link", json={"reason": "phone lost"})).json()["path"]
        token = path.partition("#link=")[2]
        async with found.browser() as new:
            assert (await new.post("/api/link/use", json={"token": token, "password": BETTER})).status_code == 200
        assert (await theirs.get("/api/session")).status_code == 401
        assert (await sign_in(theirs, "Bo", BETTER)).status_code == 200
        (made,) = found.told("staff.link_made")
        assert (made.name, made.by, made.reason) == ("Bo", "Amy", "phone lost")


async def test_a_token_has_no_session_and_needs_none(tmp_path):
    async with box(tmp_path) as found, found.browser() as page:
        hire(found.desk)
        assert (await page.get("/api/session", headers=bearer("Bo"))).json()["session"] == 0
        assert (await page.get("/api/roles", headers=bearer("Bo"))).json()["roles"][0]["role"] == "owner"
        assert (await page.put("/api/me/password", json={"password": BETTER}, headers=bearer("Bo"))).status_code == 409


def test_facts_of_staff_hold_no_proof():
    fields = {
        name for cls in vars(staff_facts).values() if isinstance(cls, type) for name in getattr(cls, "__slots__", ())
    }
    assert not fields & {"password", "secret", "token", "hash", "code"}

"""Passkeys over REST: in by one touch, never by an answer that is old, borrowed, copied or of another place."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx2
import pytest

from paybooth.domain.account import FRESH_MS, PASSKEYS_MOST
from paybooth.shop.passkeys import ASKED_MOST, ASKED_MS, Passkeys, Site

from .authenticator import Authenticator
from .test_accounts import box, sign_in

pytestmark = pytest.mark.anyio


class Page:
    """A browser at the box by its name, and the phone beside it."""

    def __init__(self, shop, client, site) -> None:
        self.shop, self.client, self.site = shop, client, site

    async def options(self, path: str) -> dict:
        answer = await self.client.post(f"/api/{path}/options")
        assert answer.status_code == 200, answer.text
        return answer.json()["options"]

    async def add(self, key: Authenticator, label: str = "phone") -> httpx2.Response:
        made = key.make(await self.options("me/passkeys"))
        return await self.client.post("/api/me/passkeys", json={"label": label, "credential": made})

    async def show(self, credential: dict, path: str = "session/passkey") -> httpx2.Response:
        return await self.client.post(f"/api/{path}", json={"credential": credential})

    async def enter(self, key: Authenticator) -> httpx2.Response:
        return await self.show(key.prove(await self.options("session/passkey")))


@asynccontextmanager
async def page(path, *names: str, host: str = "localhost"):
    async with box(path) as shop:
        for name in names or ("Amy",):
            await shop.employ(name)
        site = shop.base.replace("127.0.0.1", host)
        headers = {"Origin": site, "Host": site.removeprefix("http://")}
        async with httpx2.AsyncClient(base_url=shop.base, trust_env=False, headers=headers) as client:
            assert (await sign_in(client, (names or ("Amy",))[0])).status_code == 200
            yield Page(shop, client, site)


async def test_one_touch_signs_in_and_is_in_the_journal(tmp_path):
    async with page(tmp_path) as it:
        key = Authenticator(it.site)
        assert (await it.add(key)).status_code == 201
        (mine,) = (await it.client.get("/api/me/passkeys")).json()["passkeys"]
        assert (mine["label"], mine["site"]) == ("phone", "localhost")
        it.client.cookies.clear()
        who = await it.enter(key)
        assert (who.status_code, who.json()["name"], who.json()["passkeys"], who.json()["fresh"]) == (
            200,
            "Amy",
            1,
            True,
        )
        assert it.shop.told("staff.signed_in")[-1].how == "passkey"
        (told,) = [fact for fact in it.shop.told("staff.proof_changed") if fact.what == "passkey"]
        assert (told.name, told.change) == ("Amy", "set")


async def test_a_sensitive_act_is_free_again_after_a_touch(tmp_path):
    async with page(tmp_path) as it:
        key = Authenticator(it.site)
        await it.add(key)
        it.shop.clock.ahead_ms = FRESH_MS + 1000
        assert (await it.client.post("/api/me/passkeys/options")).json()["confirm"] is True
        proven = key.prove(await it.options("session/confirm/passkey"))
        assert (await it.show(proven, "session/confirm/passkey")).json()["fresh"] is True
        assert (await it.client.post("/api/me/passkeys/options")).status_code == 200


async def test_an_answer_counts_once_and_not_for_ever(tmp_path):
    async with page(tmp_path) as it:
        key = Authenticator(it.site)
        await it.add(key)
        shown = key.prove(await it.options("session/passkey"))
        assert (await it.show(shown)).status_code == 200
        assert (await it.show(shown)).status_code == 401
        late = key.prove(await it.options("session/passkey"))
        it.shop.clock.ahead_ms += ASKED_MS + 1
        assert (await it.show(late)).status_code == 401


async def test_nobody_without_a_finger_from_elsewhere_or_with_a_copy(tmp_path):
    async with page(tmp_path) as it:
        key = Authenticator(it.site)
        await it.add(key)
        key.verified = False
        assert (await it.enter(key)).status_code == 401
        key.verified = True
        key.origin = "http://localhost.evil.example"
        assert (await it.enter(key)).status_code == 401
        key.origin = it.site
        assert (await it.enter(key)).status_code == 200
        key.uses = 0  # a copy made before: its counter is behind
        assert (await it.enter(key)).status_code == 401
        assert (await it.enter(Authenticator(it.site))).status_code == 401
        other = Authenticator(it.site, id=key.id)
        assert (await it.enter(other)).status_code == 401


async def test_a_key_confirms_only_its_own_person_and_only_what_was_asked(tmp_path):
    async with page(tmp_path, "Amy", "Bo") as it:
        amys, bos = Authenticator(it.site), Authenticator(it.site)
        await it.add(amys)
        assert (await sign_in(it.client, "Bo")).status_code == 200
        await it.add(bos)
        asked = await it.options("session/confirm/passkey")
        assert (await it.show(amys.prove(asked), "session/confirm/passkey")).status_code == 401
        for wrong in ({}, {"id": "x"}, {"id": 3, "response": {"clientDataJSON": "!"}}, {"response": []}):
            assert (await it.show(wrong)).status_code == 401
        to_sign_in = bos.prove(await it.options("session/passkey"))
        assert (await it.show(to_sign_in, "session/confirm/passkey")).status_code == 401


async def test_whoever_chooses_a_new_password_by_a_link_has_no_old_passkey(tmp_path):
    async with page(tmp_path) as it:
        key = Authenticator(it.site)
        await it.add(key)
        token = await it.shop.accounts.reset("Amy", "Bo", "lost phone")
        wish = {"token": token, "password": "another fine one"}
        assert (await it.client.post("/api/link/use", json=wish)).status_code == 200
        it.client.cookies.clear()
        assert (await it.enter(key)).status_code == 401


async def test_keys_can_be_dropped_and_are_not_without_number(tmp_path):
    async with page(tmp_path) as it:
        made = [Authenticator(it.site) for _ in range(PASSKEYS_MOST)]
        ids = [(await it.add(key)).json()["id"] for key in made]
        assert (await it.client.post("/api/me/passkeys/options")).status_code == 409
        assert (await it.client.delete(f"/api/me/passkeys/{ids[0]}")).status_code == 204
        assert (await it.client.delete(f"/api/me/passkeys/{ids[0]}")).status_code == 404
        it.client.cookies.clear()
        assert [(await it.enter(key)).status_code for key in made[:2]] == [401, 200]


async def test_a_box_called_by_a_number_says_why_it_has_none(tmp_path):
    async with page(tmp_path, host="127.0.0.1") as it:
        for path in ("session/passkey", "me/passkeys", "session/confirm/passkey"):
            refused = await it.client.post(f"/api/{path}/options")
            assert (refused.status_code, refused.json()["why"]) == (409, "number")


async def test_who_asks_from_no_page_gets_no_question(tmp_path):
    async with page(tmp_path) as it:
        it.client.headers.pop("Origin")
        assert (await it.client.post("/api/session/passkey/options")).status_code == 409


async def test_questions_that_nobody_answers_are_forgotten(tmp_path):
    async with box(tmp_path) as shop:
        keys = Passkeys(shop.accounts)
        for _ in range(ASKED_MOST + 50):
            keys.ask(Site("http://localhost"))
        assert len(keys._asked) == ASKED_MOST

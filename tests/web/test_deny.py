"""Deny by default, over every route that is documented: what nobody named as open asks who one is."""

from __future__ import annotations

import re

import httpx2
import pytest

from paybooth.app import SystemChance
from paybooth.ledger.vault import Vault
from paybooth.shop.accounts import Accounts
from paybooth.web import server

from ..shop.floor import Clock, floor
from .test_api import GENEROUS, serve
from .test_refunds import bearer, hire

pytestmark = pytest.mark.anyio

OPEN = {
    # for machines of the shop
    "GET /healthz", "GET /metrics",
    # an age and one bit, for the supervisor of the booth's browser, which has no token
    "GET /api/booths/{booth}/painted",
    # the way in
    "POST /api/session", "POST /api/session/passkey", "POST /api/session/passkey/options", "POST /api/link",
    "POST /api/link/use",
}  # fmt: skip
SCREENS = {"GET /api/booths/{booth}/voice/{name}"}
"""For the screens of the shop, by their cookie: no token of staff opens these."""
FOR_ALL_STAFF = {
    # oneself
    "GET /api/session", "DELETE /api/session", "POST /api/session/confirm", "GET /api/sessions",
    "POST /api/sessions/{number}/end", "PUT /api/me/password", "POST /api/me/code", "PUT /api/me/code",
    "DELETE /api/me/code", "GET /api/me/passkeys", "POST /api/me/passkeys", "POST /api/me/passkeys/options",
    "DELETE /api/me/passkeys/{credential}", "POST /api/session/confirm/passkey",
    "POST /api/session/confirm/passkey/options",
    # what happened, and how booths, devices and doors are
    "GET /api/devices", "GET /api/booths/{booth}", "GET /api/gates/{gate}/view", "GET /api/products", "GET /api/products/{sku}", "GET /api/gates", "GET /api/gates/{gate}", "GET /api/incidents", "GET /api/incidents/resolved",
    "GET /api/incidents/{incident}", "GET /api/shift", "POST /api/barcodes/try", "GET /api/catalogue.csv",
    "POST /api/labels/pdf", "POST /api/labels/preview", "GET /api/rules", "GET /api/prices/coming", "GET /api/rules/versions", "GET /api/rules/versions/{version}", "POST /api/rules/try",
    "GET /api/plan", "GET /api/plan/versions", "GET /api/plan/versions/{version}",
}  # fmt: skip
SAMPLES = {
    "booth": "1", "gate": "exit", "sale": "20261122-00001", "number": "1", "name": "Amy", "day": "2026-11-22",
    "incident": "1", "handover": "1", "credential": "x", "channel": "wechat", "device": "printer:1", "sku": "A",
    "version": "1", "plan": "1", "target": "duty",
}  # fmt: skip


async def every_route(client):
    """(method, documented path, a path to try)."""
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        filled = re.sub(r"{(\w+)}", lambda name: SAMPLES[name[1]], path)
        if "/refunds/{number}" in path:
            filled = filled.replace("/refunds/1", "/refunds/LANE01261122R1")
        for method in methods:
            yield method.upper(), path, filled


async def test_no_route_is_open_by_accident(tmp_path):
    async with floor(tmp_path) as desk:
        vault = Vault(tmp_path / "staff.db")
        accounts = Accounts(desk.ledger, vault, Clock(), SystemChance(), desk.shop.key)
        hire(desk)
        async with (
            serve(server.build(desk.shop, accounts, rates=GENEROUS)) as port,
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            answers = {}
            async for method, path, filled in every_route(client):
                for who in ("", "Nobody", "Di"):
                    headers = bearer(who) if who else {}
                    body = None if method == "GET" else {}
                    answer = await client.request(method, filled, headers=headers, json=body)
                    answers[f"{method} {path}", who] = answer.status_code
        vault.close()
    asked = {route for route, _ in answers}
    assert len(asked) > 60
    unasked = {route for route in asked if answers[route, ""] != 401}
    assert unasked == OPEN & asked
    assert asked >= OPEN
    assert {answers[route, "Nobody"] for route in asked - OPEN} == {401}
    # one who fills shelves changes goods, and gets no further than what everybody sees
    seen = {route for route in asked - OPEN - SCREENS if answers[route, "Di"] != 403}
    assert {answers[route, "Di"] for route in SCREENS} == {401}
    assert seen == FOR_ALL_STAFF | {
        "PUT /api/products/{sku}", "POST /api/catalogue/preview", "POST /api/catalogue/import", "PUT /api/rules", "POST /api/pictures",
        "POST /api/products/{sku}/coming", "POST /api/prices/coming/{plan}/withdraw",
    }  # fmt: skip

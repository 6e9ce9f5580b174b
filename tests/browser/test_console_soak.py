"""Two thousand incidents come, are taken and end before one console: neither the page nor the box keeps any of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Page, expect

from paybooth.app import SystemChance
from paybooth.domain import exit_facts as x
from paybooth.domain.incident import Kind
from paybooth.domain.money import Fen
from paybooth.lab.serve import serve
from paybooth.ledger.vault import Vault
from paybooth.shop.accounts import Accounts
from paybooth.web import server
from paybooth.web.staff import box_token

from ..shop.floor import Floor, floor
from ..web.test_api import GENEROUS
from .test_heap import HEAP_SLACK, LISTENERS_SLACK, NODES_SLACK, weigh

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
WARM_UP, SOAK, AT_ONCE = 200, 2000, 25
RESOLVED_SHOWN = 20
OBJECTS_SLACK = 2000
"""Of the box, after as many incidents as in the soak: one object each would show."""


@asynccontextmanager
async def shop(path: Path):
    async with floor(path) as desk:
        vault = Vault(path / "staff.db")
        accounts = Accounts(desk.ledger, vault, desk.shop.clock, SystemChance(), desk.shop.key)
        async with serve(server.build(desk.shop, accounts, rates=GENEROUS)) as port:
            yield desk, port
        vault.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[BlockingPortal, Floor, str]]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(shop(tmp_path)) as (desk, port):
        yield portal, desk, f"http://127.0.0.1:{port}"


async def come(desk: Floor, first: int) -> None:
    """Goods nobody has seen before ring the gate."""
    for number in range(first, first + AT_ONCE):
        item = x.ItemSeen(f"S{number}", f"商品 {number}", f"Thing {number}", "crisps", Fen(650), 1)
        desk.shop.exits.incidents.report(Kind.UNPAID, "exit", items=(item,))


async def end(desk: Floor) -> None:
    incidents = desk.shop.exits.incidents
    for number in list(incidents.live):
        await incidents.claim(number, "An")
        await incidents.resolve(number, "An", "paid", "")


async def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_two_thousand_incidents_leave_nothing(page: Page, box: tuple[BlockingPortal, Floor, str]) -> None:
    portal, desk, base = box
    page.goto(f"{base}/console/incidents#as={box_token(desk.shop.key)}")
    queue = page.locator(".queue .row")

    def play(first: int, count: int) -> None:
        for number in range(first, first + count, AT_ONCE):
            portal.call(come, desk, number)
            expect(queue).to_have_count(AT_ONCE)
            portal.call(end, desk)
            expect(queue).to_have_count(0)
        expect(page.locator(".over li")).to_have_count(RESOLVED_SHOWN)
        expect(page.locator(".over li").first.locator("a")).to_have_attribute(
            "href", f"/console/incidents/{first + count}"
        )

    play(0, WARM_UP)
    cdp = page.context.new_cdp_session(page)
    before, kept = weigh(cdp), portal.call(objects)
    play(WARM_UP, SOAK)
    after, grown = weigh(cdp), portal.call(objects) - kept
    assert after.nodes - before.nodes <= NODES_SLACK, (before, after)
    assert after.listeners - before.listeners <= LISTENERS_SLACK, (before, after)
    assert after.heap - before.heap < HEAP_SLACK, (before, after)
    assert grown < OBJECTS_SLACK, grown
    assert desk.ledger.last_incident() == WARM_UP + SOAK

"""The way out as a visitor plays it on the bench: paid, unpaid, empty-handed, in a fire, and with the software dead."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo, listen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SLOW_MS = 40_000
LINE_GONE = re.compile(r"WebSocket connection to .* failed|Failed to load resource|net::ERR_")
"""What Chromium itself logs while the box has no power."""


@pytest.fixture
def bench(chromium: Browser, demo: Demo, said: list[str]) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    listen(page, said)
    page.goto(demo.base)
    expect(page.get_by_role("img", name="门锁着，按钮能开")).to_be_visible(timeout=SLOW_MS)
    yield page
    page.close()
    assert not said


def journal(page: Page, kind: str):
    return page.locator(".journal li", has=page.locator(".kind", has_text=kind))


def test_unpaid_goods_ring_and_are_named_and_the_page_offers_to_pay(bench: Page):
    bench.get_by_role("button", name="拿了不扫: 黑巧克力 100 g").click()
    expect(bench.get_by_role("group", name="袋子")).to_contain_text("1 件没扫")
    bench.get_by_role("button", name="带着袋子走出去").click()
    expect(bench.locator(".doorway.rings")).to_be_visible(timeout=SLOW_MS)
    expect(journal(bench, "incident.opened").first).to_contain_text("黑巧克力 100 g")
    gate = bench.frame_locator(".panel iframe")
    expect(gate.get_by_text("黑巧克力 100 g").first).to_be_visible()
    expect(bench.get_by_role("button", name="走回店里")).to_be_enabled(timeout=SLOW_MS)


def test_paid_goods_leave_in_silence(bench: Page, demo: Demo):
    before = demo.see()["site"]["opened"]
    bench.get_by_role("button", name="海盐薯片 70 g 6.50").click()
    kiosk = bench.frame_locator(".screen iframe")
    expect(kiosk.locator(".line")).to_have_count(1)
    kiosk.get_by_role("button", name="去付款").click()
    bench.locator(".caps .go.next:enabled").click()
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=SLOW_MS)
    kiosk.get_by_role("button", name="好了，结束").click()
    alarms, passages = journal(bench, "gate.alarmed").count(), journal(bench, "passage.seen").count()
    bench.get_by_role("button", name="带着袋子走出去").click()
    expect(journal(bench, "passage.seen")).to_have_count(passages + 1, timeout=SLOW_MS)
    assert journal(bench, "gate.alarmed").count() == alarms
    assert demo.see()["site"]["opened"] == before + 1


def test_with_nothing_the_button_opens(bench: Page, demo: Demo):
    bench.get_by_role("button", name="出门", exact=True).click()
    expect(bench.locator(".why")).to_have_text("按钮断了锁的电")
    expect(journal(bench, "button.pressed").first).to_contain_text("毫秒")
    opened = demo.see()["site"]["opened"]
    demo.act("walk", to="out")
    expect(bench.get_by_role("img", name="门开着")).to_be_visible(timeout=SLOW_MS)
    assert demo.see()["site"]["opened"] == opened + 1


def test_fire_and_dead_software_let_everybody_out(bench: Page, demo: Demo, said: list[str]):
    fire = bench.get_by_role("button", name=re.compile("^着火"))
    fire.click()
    expect(bench.locator(".why")).to_have_text("火警：所有出口都开")
    expect(bench.frame_locator(".panel iframe").get_by_text("请马上出去")).to_be_visible(timeout=SLOW_MS)
    bench.get_by_role("button", name=re.compile("^火灭了")).click()
    bench.get_by_role("button", name=re.compile("^断电")).click()
    expect(bench.locator(".why")).to_have_text("没人喂看门狗，门自己松开", timeout=SLOW_MS)
    opened = demo.see()["site"]["opened"]
    demo.act("walk", to="out")
    expect(bench.get_by_role("img", name="门开着")).to_be_visible(timeout=SLOW_MS)
    assert demo.see()["site"]["opened"] == opened + 1
    bench.get_by_role("button", name=re.compile("^通电")).click()
    expect(bench.get_by_role("button", name=re.compile("^断电"))).to_be_enabled(timeout=SLOW_MS)
    said[:] = [text for text in said if not LINE_GONE.search(text)]

"""The demo as a visitor meets it: the bench, the kiosk's real page, a pulled cable and a power cut."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator

import numpy
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo, listen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SLOW_MS = 30_000
LINE_GONE = re.compile(r"WebSocket connection to .* failed|Failed to load resource|net::ERR_")
"""What Chromium itself logs while the box has no power."""


@pytest.fixture
def kiosk(chromium: Browser, demo: Demo, said: list[str]) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1080, "height": 1920}, has_touch=True, locale="zh-CN")
    listen(page, said)
    page.goto(f"{demo.base}/kiosk/")
    expect(page.locator(".phase-attract")).to_be_visible(timeout=SLOW_MS)
    yield page
    demo.act("network", state="up")
    demo.act("phone", channel="alipay", ask_always=False)
    if page.locator(".phase-done").count():
        page.get_by_role("button", name="好了，结束").click()
        expect(page.locator(".phase-attract")).to_be_visible()
    page.close()
    assert not said


def pay(page: Page) -> None:
    """To the choice of wallets; after a cut cable both are back only when the box has asked them again."""
    page.get_by_role("button", name="去付款").click()
    expect(page.locator(".phase-choose")).to_be_visible()
    expect(page.locator(".phase-choose .tile:enabled")).to_have_count(2, timeout=SLOW_MS)


def test_a_visitor_plays_the_bench(chromium: Browser, demo: Demo, said: list[str]):
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    listen(page, said)
    page.goto(demo.base)
    page.get_by_role("button", name=re.compile("^海盐薯片 70 g")).click()
    kiosk = page.frame_locator(".screen iframe")
    expect(kiosk.locator(".line.open .name")).to_have_text("海盐薯片 70 g")
    page.get_by_role("button", name=re.compile("^鲜牛奶 950 ml")).click()
    expect(kiosk.locator(".line")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^芝士蛋糕一块")).click()
    expect(kiosk.locator(".line")).to_have_count(3)
    kiosk.get_by_role("button", name="去付款").click()
    page.locator(".caps .go.next:enabled").click()
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".st-print img")).to_be_visible(timeout=SLOW_MS)
    paid = page.locator(".journal li", has=page.locator(".kind", has_text="sale.paid"))
    expect(paid.first).to_contain_text("39.40")
    kiosk.get_by_role("button", name="好了，结束").click()
    expect(kiosk.locator(".phase-attract")).to_be_visible()
    page.close()
    assert not said


def test_scan_drips_and_the_password_flow_ends_paid(kiosk: Page, demo: Demo):
    demo.scan("P303")
    expect(kiosk.locator(".line.open .name")).to_have_text("鲜牛奶 950 ml")
    expect(kiosk.locator("html")).to_have_attribute("data-sound", "drip 1")
    demo.scan("P406")
    expect(kiosk.locator("html")).to_have_attribute("data-sound", "drip 2")
    demo.act("phone", channel="alipay", ask_always=True)
    pay(kiosk)
    demo.show_phone("alipay")
    expect(kiosk.get_by_role("heading", name="请在手机上确认")).to_be_visible(timeout=SLOW_MS)
    assert demo.act("prompt", channel="alipay", agree=True)["done"]
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=SLOW_MS)
    expect(kiosk.get_by_text("请取小票")).to_be_visible(timeout=SLOW_MS)


def test_language_changes_mid_basket_and_loses_nothing(kiosk: Page, demo: Demo):
    demo.scan("P406")
    expect(kiosk.locator(".line")).to_have_count(1)
    kiosk.get_by_role("button", name="English").click()
    expect(kiosk.locator(".line.open .name")).to_have_text("Tuna rice ball")
    kiosk.get_by_role("button", name="Remove Tuna rice ball").click()
    expect(kiosk.locator(".line")).to_have_count(0)
    kiosk.get_by_role("button", name="中文").click()
    expect(kiosk.locator(".phase-attract")).to_be_visible(timeout=60_000)


def heard(demo: Demo, orders: int) -> None:
    """The wallet has so many orders. Before it has, a cut cable means an order it never knew: that is reversed for long."""
    for _ in range(200):
        if demo.see()["books"]["wechat"]["orders"] == orders:
            return
        time.sleep(0.01)
    raise AssertionError("the wallet heard of no charge")


def test_the_network_dies_in_the_middle_of_a_charge(kiosk: Page, demo: Demo):
    before = demo.see()["books"]["wechat"]
    demo.scan("P205")
    expect(kiosk.locator(".line")).to_have_count(1)
    pay(kiosk)
    demo.act("fault", channel="wechat", name="reply_late", seconds=3)
    demo.show_phone("wechat")
    expect(kiosk.locator(".phase-paying")).to_be_visible()
    heard(demo, before["orders"] + 1)
    demo.act("network", state="cut")
    expect(kiosk.locator(".phase-checking")).to_be_visible(timeout=SLOW_MS)
    expect(kiosk.get_by_text("请先不要再付")).to_be_visible()
    demo.act("network", state="up")
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=60_000)
    after = demo.see()["books"]["wechat"]
    assert after["orders"] == before["orders"] + 1
    assert after["charged_fen"] == before["charged_fen"] + 500


def read(page: Page, css: str) -> tuple[str, str]:
    """(text, symbology) of the drawing, as a scanner's decoder sees it on the screen."""
    picture = Image.open(io.BytesIO(page.locator(css).screenshot())).convert("L")
    (found,) = zxingcpp.read_barcodes(numpy.array(picture))
    return found.text, found.symbology_identifier


def test_the_phone_on_a_page_of_its_own(kiosk: Page, chromium: Browser, demo: Demo, said: list[str]):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
    listen(page, said)
    page.goto(f"{demo.base}/lab/phone/")
    expect(page.locator(".digits")).to_have_text(re.compile(r"^13\d\d •••• \d{4}$"))
    bars, square = read(page, ".bars"), read(page, ".qr")
    assert (bars[0], bars[1], square[1]) == (square[0], "]C0", "]Q1")
    page.get_by_role("button", name="支付宝").click()
    expect(page.locator(".digits")).to_have_text(re.compile(r"^28\d\d •••• \d{4}$"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.locator("button, select, label").evaluate_all(
        "found => found.filter(e => e.getBoundingClientRect().height < 44).map(e => e.textContent)"
    )
    assert small == []

    page.get_by_label("每次都要密码").check()
    demo.scan("P303")
    expect(kiosk.locator(".line")).to_have_count(1)
    pay(kiosk)
    page.get_by_role("button", name="余额清零").tap()
    expect(page.get_by_text("余额不够，付不了")).to_be_visible()
    page.get_by_role("button", name="对准扫码口").tap()
    expect(page.get_by_role("status")).to_have_text("扫码口看到了")
    expect(kiosk.locator(".phase-declined")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="充值").tap()
    page.get_by_role("button", name="对准扫码口").tap()
    page.get_by_role("button", name="输入密码，付款").tap()
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=SLOW_MS)

    page.get_by_label("手机没信号").check()
    expect(page.get_by_text("收不到输密码的提示")).to_be_visible()
    page.get_by_label("手机没信号").uncheck()
    page.get_by_role("button", name="English").tap()
    expect(page.get_by_role("button", name="Hold to the port")).to_be_visible()
    page.close()


def test_a_power_cut_keeps_the_basket(kiosk: Page, demo: Demo, said: list[str]):
    demo.scan("P110")
    expect(kiosk.locator(".line.open .name")).to_have_text("坚果礼盒 500 g")
    demo.act("power")
    expect(kiosk.locator(".reconnecting, .lost").first).to_be_visible(timeout=SLOW_MS)
    demo.act("power", on=True)
    expect(kiosk.get_by_role("heading", name="刚才的商品还在")).to_be_visible(timeout=SLOW_MS)
    said[:] = [text for text in said if not LINE_GONE.search(text)]
    kiosk.get_by_role("button", name="接着买").click()
    expect(kiosk.locator(".line")).to_have_count(1)
    expect(kiosk.locator(".line.open .name")).to_have_text("坚果礼盒 500 g")
    pay(kiosk)
    demo.show_phone("wechat")
    expect(kiosk.locator(".stamp")).to_be_visible(timeout=SLOW_MS)

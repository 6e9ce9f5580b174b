"""The console's incident pages: every state in both languages, light and dark, desk and phone; and one whole incident live."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from .conftest import Demo, listen
from .test_kiosk_gallery import AXE, TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SLOW_MS = 30_000
SMALL = """(least) => [...document.querySelectorAll('button, input, select, textarea')]
  .map((e) => e.closest('label.check') ?? e)
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < least)
  .map((e) => `${e.textContent || e.placeholder} ${Math.round(e.getBoundingClientRect().height)}`)"""
YELLOW = "() => [...document.querySelectorAll('button.next')].filter((b) => b.checkVisibility()).length"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_state_fits_and_is_accessible(chromium: Browser, pages: str, size: str, language: str, theme: str):
    width, height = SIZES[size]
    page = chromium.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    said: list[str] = []
    listen(page, said)
    base = f"{pages}/ui/gallery/console.html"
    page.goto(base)
    kinds = {"list": "lists", "page": "pages", "staff": "staffs"}
    named = {kind: page.evaluate(f"document.documentElement.dataset.{of}").split() for kind, of in kinds.items()}
    states = [*(f"{kind}={name}" for kind, names in named.items() for name in names), "list=all&stale=1"]
    assert len(states) >= 24
    found: list[str] = []
    for state in states:
        page.goto(f"{base}?{state}&lang={language}&theme={theme}")
        page.evaluate("document.fonts.ready")
        page.evaluate(AXE.read_text("utf-8"))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{state}: wider than the screen")
        found += [f"{state}: text {x}" for x in page.evaluate(TEXTS)]
        found += [f"{state}: small {x}" for x in page.evaluate(SMALL, 44 if size == "phone" else 36)]
        found += [f"{state}: {n} yellow" for n in [page.evaluate(YELLOW)] if n > 1]
        rules = json.dumps(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
        dimmed = json.dumps([["main.stale"]]) if "stale" in state else "[]"  # what is old is greyed on purpose
        axe = page.evaluate(f"axe.run({{exclude: {dimmed}}}, {{runOnly: {rules}}})")
        found += [f"{state}: axe {v['id']}: {v['nodes'][0]['html'][:140]}" for v in axe["violations"]]
    page.close()
    assert not found, "\n".join(found)
    assert not [text for text in said if "/api/incidents/resolved" not in text and "404" not in text], said


def test_an_incident_from_the_gate_to_its_verdict(chromium: Browser, demo: Demo, said: list[str]):
    token = demo.see()["staff"]["Amy"]
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    listen(page, said)
    page.goto(f"{demo.base}/console/incidents#as={token}")
    expect(page.get_by_role("heading", name="店里一切正常。")).to_be_visible(timeout=SLOW_MS)
    assert token not in page.url
    demo.act("take", sku="P104")
    demo.act("walk", to="out")
    expect(page.get_by_role("heading", name=re.compile("有没付款的商品出了门"))).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".row.critical")).to_contain_text("黑巧克力 100 g")
    page.get_by_role("button", name="认领").click()
    expect(page.get_by_text("Amy 认领").first).to_be_visible()
    expect(page.locator(".trace.unpaid.inner circle").first).to_be_visible()
    page.keyboard.press("7")
    expect(page.get_by_role("button", name=re.compile("其他"))).to_have_attribute("aria-pressed", "true")
    # two keys faster than any screen
    page.evaluate("for (const key of ['2', 'Enter']) dispatchEvent(new KeyboardEvent('keydown', { key }))")
    expect(page.get_by_text("Amy 了结：放回了货架")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="店里一切正常。")).to_be_visible()
    expect(page.locator(".over li").first).to_contain_text("没付款的商品")
    page.get_by_role("button", name="开门 30 秒").click()
    expect(page.get_by_role("button", name="确定")).to_be_disabled()
    page.get_by_role("textbox", name="理由（写进账本）").fill("送水的来了")
    page.get_by_role("button", name="确定").click()
    expect(page.locator(".door .free")).to_be_visible()
    page.close()
    assert not said


def test_somebody_the_shop_does_not_know_sees_nothing(chromium: Browser, demo: Demo):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, locale="en")
    page.goto(f"{demo.base}/console/incidents/")
    page.get_by_role("textbox", name="Name").fill("Amy", timeout=SLOW_MS)
    page.get_by_role("textbox", name="Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Name, password or code is wrong")).to_be_visible()
    page.get_by_role("button", name="Use a token").click()
    page.get_by_role("textbox", name="Token").fill("wrong")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("The shop does not know this token")).to_be_visible()
    expect(page.locator(".row, .door")).to_have_count(0)
    page.close()

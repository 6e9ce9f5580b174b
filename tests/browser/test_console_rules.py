"""Price rules and coming prices in the console: tried before they are saved, then charged; nobody is overwritten."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, ask, booth, console, listen, shopper, tap

assert shopper, "its fixture is used here"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def open_rules(chromium: Browser, demo: Demo, said: list[str], **wish) -> Page:
    page = console(chromium, demo, said, **wish)
    page.goto(f"{demo.base}/console/goods/rules")
    expect(page.locator(".rules-list li").first).to_be_visible(timeout=SOON_MS)
    return page


def put(demo: Demo, alter, reason: str) -> int:
    """A version by somebody else; its number."""
    now = ask(demo, "rules")
    headers = {
        "Authorization": f"Bearer {demo.see()['staff']['Bo']}",
        "Content-Type": "application/json",
        "If-Match": f'"{now["number"]}"',
    }
    body = json.dumps({"rules": alter(now["rules"]), "reason": reason}).encode()
    request = urllib.request.Request(f"{demo.base}/api/rules", body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["number"]


def into_basket(page: Page, text: str, name: str) -> None:
    page.locator(".try").get_by_label("Find a product").fill(text)
    page.locator(".try .found button").filter(has_text=name).first.click(timeout=SOON_MS)


def three_teas(demo: Demo) -> int:
    """What the booth wants with them in the basket."""
    demo.scan("P203")
    view = booth(demo, lambda view: view["sale"] is not None and view["sale"]["lines"][0]["sku"] == "P203")
    line = view["sale"]["lines"][0]["id"]
    tap(demo, name="set_quantity", line=line, quantity=3)
    return booth(demo, lambda view: view["sale"]["lines"][0]["quantity"] == 3)["sale"]["total_fen"]


def test_a_rule_is_written_tried_saved_and_charged(chromium: Browser, shopper: Demo, said: list[str]):
    page = open_rules(chromium, shopper, said)
    into_basket(page, "P203", "Iced black tea")
    page.get_by_label("Iced black tea 500 ml: pieces").fill("3")
    expect(page.locator(".try-slip .total")).to_contain_text("¥12.00", timeout=SOON_MS)
    page.get_by_role("button", name="Add a rule").click()
    form = page.locator(".rule-form")
    form.get_by_text("Several for one price").click()
    expect(form.get_by_role("alert")).to_contain_text("Say what they cost together")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    form.get_by_label("How many together").fill("3")
    form.get_by_label("For together, yuan").fill("9.90")
    form.get_by_label("Find a product").fill("P203")
    form.locator(".found button").first.click(timeout=SOON_MS)
    # tried as it is written, before anybody saved it
    expect(page.locator(".try-slip .total")).to_contain_text("¥9.90", timeout=SOON_MS)
    expect(page.locator(".try-slip .off")).to_contain_text("3 for 9.90")
    assert ask(shopper, "rules")["number"] == 0
    form.get_by_role("button", name="Done").click()
    page.get_by_label("Reason (goes into the journal)").fill("tea week")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("p.done")).to_contain_text("Saved, on disk", timeout=SOON_MS)
    expect(page.locator(".rules-versions")).to_contain_text("tea week", timeout=SOON_MS)
    tap(shopper, name="abandon")
    booth(shopper, lambda view: view["sale"] is None)
    assert three_teas(shopper) == 990
    page.close()


def test_somebody_quicker_is_shown_and_not_overwritten(chromium: Browser, demo: Demo, said: list[str]):
    put(demo, lambda rules: rules[:4], "everything, first")
    page = open_rules(chromium, demo, said)
    page.locator(".rules-list li").first.get_by_role("button", name=re.compile(": remove$")).click()
    number = put(demo, lambda rules: rules[:2], "fewer")
    page.get_by_label("Reason (goes into the journal)").fill("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(f"Bo saved version {number} meanwhile", timeout=SOON_MS)
    assert ask(demo, "rules")["number"] == number
    page.get_by_role("button", name="Take theirs").click()
    expect(page.locator(".rules-list > li")).to_have_count(2)
    # an older version comes back as what is written here, and is saved or discarded like it
    older = page.locator(".rules-versions li").filter(has_text="everything, first")
    older.get_by_role("button", name="in above").click(timeout=SOON_MS)
    expect(page.locator(".rules-list > li")).to_have_count(4, timeout=SOON_MS)
    expect(page.locator(".rules-save")).to_contain_text("Not saved yet.")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".rules-list > li")).to_have_count(2)
    page.get_by_label("Reason (goes into the journal)").fill("as it was")
    page.get_by_role("button", name="Back to the file's 4 rules").click()
    expect(page.locator(".rules-list > li")).to_have_count(4, timeout=SOON_MS)
    assert ask(demo, "rules")["source"] == "file"
    page.close()
    said[:] = [text for text in said if "412" not in text]


def test_what_is_written_outlives_a_look_elsewhere_and_why_not_is_said(chromium: Browser, demo: Demo, said: list[str]):
    page = open_rules(chromium, demo, said, size="phone")
    page.get_by_role("button", name="Add a rule").tap()
    expect(page.locator(".rules-save")).to_contain_text("Not saved yet.")
    page.get_by_role("link", name="Back to goods").tap()
    page.get_by_role("link", name="Price rules").tap()
    expect(page.locator(".rules-save")).to_contain_text("Not saved yet.", timeout=SOON_MS)
    page.get_by_role("button", name="Discard").tap()
    into_basket(page, "P401", "")
    page.get_by_label("At (empty: now)").fill("2026-11-23T12:00")
    idle = page.locator(".try-idle")
    expect(idle).to_contain_text("20% off tonight does not hold at that time.", timeout=SOON_MS)
    page.get_by_label("At (empty: now)").fill("2026-11-23T22:00")
    expect(page.locator(".try-slip .off")).to_contain_text("20% off tonight", timeout=SOON_MS)
    expect(page.locator(".try-slip .refused")).to_have_count(0)
    page.close()


def test_who_may_not_change_goods_reads_and_tries(chromium: Browser, demo: Demo, said: list[str]):
    invited = ask(demo, "users", {"name": "Cy", "role": "auditor", "reason": "the books"})
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="en", reduced_motion="reduce")
    listen(page, said)
    page.goto(demo.base + invited["path"])
    for field in ("New password", "The same once more"):
        page.get_by_label(field).fill("a long word that nobody guesses")
    page.get_by_role("button", name="Keep it and sign in").click()
    expect(page.locator("header.bar")).to_be_visible(timeout=SOON_MS)
    page.goto(f"{demo.base}/console/goods/rules")
    expect(page.locator(".rules-list li").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("button", name="Add a rule")).to_have_count(0)
    expect(page.locator(".rules-tools")).to_have_count(0)
    into_basket(page, "P101", "")
    expect(page.locator(".try-slip .total")).to_contain_text("¥6.50", timeout=SOON_MS)
    page.close()


def test_a_price_is_planned_shown_and_withdrawn(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said)
    page.goto(f"{demo.base}/console/goods/P107")
    box = page.locator(".coming")
    box.get_by_role("button", name="Plan a price").click(timeout=SOON_MS)
    box.get_by_label("From (the shop's time)").fill("2001-01-01T00:00")
    box.get_by_label("Price in yuan", exact=True).fill("13.20")
    box.get_by_label("Reason (goes into the journal)").fill("dearer butter")
    box.get_by_role("button", name="Plan a price").click()
    expect(box.get_by_role("alert")).to_contain_text("that time is over", timeout=SOON_MS)
    box.get_by_label("From (the shop's time)").fill("2098-12-01T07:30")
    box.get_by_role("button", name="Plan a price").click()
    row = box.locator("li").filter(has_text="¥13.20")
    expect(row).to_contain_text("December 1, 2098, 07:30", timeout=SOON_MS)
    expect(page.locator(".goods-list li").filter(has_text="P107")).to_contain_text("¥13.20 from Dec 1")
    assert ask(demo, "products/P107")["price_fen"] == 1280
    row.get_by_role("button", name="Withdraw").click()
    row.get_by_label("Reason (goes into the journal)").fill("butter is cheap again")
    row.locator("form").get_by_role("button", name="Withdraw").click()
    expect(row).to_have_count(0, timeout=SOON_MS)
    assert ask(demo, "prices/coming")["coming"] == []
    page.close()
    said[:] = [text for text in said if "422" not in text]

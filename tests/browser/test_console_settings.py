"""Settings from the console: the gate's mode follows new hours, the next receipt carries the new note, and the file comes back."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, ask, console, pay, shopper

assert shopper, "its fixture is used here"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def open_settings(chromium: Browser, demo: Demo, said: list[str], **wish) -> Page:
    page = console(chromium, demo, said, **wish)
    page.goto(f"{demo.base}/console/settings")
    expect(page.locator("main h1")).to_contain_text("How the shop works", timeout=SOON_MS)
    return page


def save(page: Page, reason: str) -> None:
    page.get_by_label("Reason (goes into the journal)").fill(reason)
    page.get_by_role("button", name="Save", exact=False).click()
    expect(page.locator("p.done")).to_have_text("Saved and in effect.", timeout=SOON_MS)


def test_hours_set_here_close_and_open_the_gate(chromium: Browser, demo: Demo, said: list[str]):
    hour = (datetime.now(UTC) + timedelta(hours=8)).hour
    page = open_settings(chromium, demo, said)
    hours = page.get_by_label("Open, exit exit")
    hours.fill("7 to 9")
    expect(hours).to_have_attribute("aria-invalid", "true")
    hours.fill(f"{(hour + 2) % 24:02}:00-{(hour + 4) % 24:02}:00")
    save(page, "closed for stocktaking")
    page.goto(f"{demo.base}/console/incidents")
    expect(page.locator("body")).to_contain_text("Staff only", timeout=SOON_MS)
    page.goto(f"{demo.base}/console/settings")
    expect(page.locator(".set-row").first).to_contain_text("set here", timeout=SOON_MS)
    page.get_by_role("button", name="Open, exit exit: Back to the file's").click()
    save(page, "open again")
    expect(page.locator(".set-row").first).to_contain_text("from the file")
    page.close()


def test_the_next_receipt_carries_the_new_note(chromium: Browser, shopper: Demo, said: list[str]):
    page = open_settings(chromium, shopper, said)
    page.get_by_label("Last line of the receipt, Chinese").fill("下次见")
    save(page, "a friendlier line")
    number = pay(shopper)
    (sale,) = [each["id"] for each in ask(shopper, "sales?limit=20")["sales"] if each["number"] == number]
    with urllib.request.urlopen(shopper.base + ask(shopper, f"sales/{sale}")["receipt_url"], timeout=20) as answer:
        assert "下次见" in answer.read().decode()
    page.goto(f"{shopper.base}/console/audit")
    expect(page.locator(".audit")).to_contain_text("a friendlier line", timeout=SOON_MS)
    page.close()


def test_somebody_quicker_is_seen_and_what_they_set_stands(chromium: Browser, demo: Demo, said: list[str]):
    page = open_settings(chromium, demo, said)
    page.get_by_label("Thanks (s)").fill("21")
    with urllib.request.urlopen(request(demo, "GET"), timeout=20) as seen:
        version = seen.headers["ETag"]
    body = {"changes": {"waits.choose_s": "77"}, "reason": "slow readers"}
    with urllib.request.urlopen(request(demo, "PUT", body, version), timeout=20) as taken:
        assert taken.status == 200
    page.get_by_label("Reason (goes into the journal)").fill("mine")
    page.get_by_role("button", name="Save", exact=False).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody was quicker; yours was not saved", timeout=SOON_MS)
    # theirs is shown, mine is still typed, and it is saved by pressing again
    expect(page.get_by_role("textbox", name="Choosing a wallet (s)")).to_have_value("77")
    expect(page.get_by_role("textbox", name="Thanks (s)")).to_have_value("21")
    save(page, "mine, having seen theirs")
    now = {each["key"]: each["value"] for each in ask(demo, "settings")["settings"]}
    assert (now["waits.done_s"], now["waits.choose_s"]) == ("21", "77")
    page.close()
    said[:] = [text for text in said if "412" not in text]


def request(demo: Demo, method: str, body: dict | None = None, seen: str = "") -> urllib.request.Request:
    """Of the settings, by somebody else."""
    headers = {"Authorization": f"Bearer {demo.see()['staff']['Bo']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.Request(
        f"{demo.base}/api/settings", data, headers | ({"If-Match": seen} if seen else {}), method=method
    )


def test_who_may_not_set_looks_and_who_may_not_look_is_told(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said, who="Amy")
    page.goto(f"{demo.base}/console/settings")
    expect(page.locator("main h1")).to_have_count(1, timeout=SOON_MS)
    expect(page.locator(".set-row")).to_have_count(0)
    page.close()

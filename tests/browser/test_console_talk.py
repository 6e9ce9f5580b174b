"""Staff speak to a shopper: recorded in the console, played by the booth, told on both screens, kept nowhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, ask, console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

PEAK = """async (voice) => {
  const answer = await fetch(`/api/booths/1/voice/${voice}`);
  const heard = await new OfflineAudioContext(1, 1, 16000).decodeAudioData(await answer.arrayBuffer());
  return [heard.duration, heard.getChannelData(0).reduce((most, x) => Math.max(most, Math.abs(x)), 0)];
}"""


def helper(chromium: Browser, demo: Demo, said: list[str], **wish: str) -> Page:
    """Bo, helping at booth 1."""
    page = console(chromium, demo, said, **wish)
    page.goto(f"{demo.base}/console/booths/1")
    expect(page.locator(".desk")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Helped")).to_be_visible(timeout=SOON_MS)
    return page


def test_what_staff_say_is_heard_at_the_booth(chromium: Browser, demo: Demo, said: list[str]):
    kiosk = chromium.new_page(viewport={"width": 1080, "height": 1920}, locale="en")
    kiosk.goto(f"{demo.base}/kiosk/?booth=1")
    demo.scan("P104")
    page = helper(chromium, demo, said)
    page.context.grant_permissions(["microphone"], origin=demo.base)
    page.keyboard.press("t")
    send = page.locator(".talk .acts .strong")
    expect(send).to_be_disabled()
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("button", name="Stop, 2 s")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Stop, 2 s").click()
    expect(page.get_by_role("button", name="Listen to it")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("The same in writing").fill("Barcode down, please")
    send.click()
    expect(page.locator(".talk")).to_have_count(0, timeout=SOON_MS)
    expect(page.locator(".told")).to_contain_text("Bo speaks to you. Barcode down, please")
    band = kiosk.locator(".helper")
    expect(band).to_contain_text(re.compile("Barcode down, please"), timeout=SOON_MS)
    # the microphone of these tests beeps: it went through box and booth, and the console learns that it was played
    expect(page.locator(".told")).to_contain_text("It was played there.", timeout=SOON_MS)
    expect(band.get_by_role("button")).to_be_visible()
    note = ask(demo, "booths/1")["view"]["staff"]
    seconds, loudest = kiosk.evaluate(PEAK, note["voice"])
    assert 1.5 < seconds < 10
    assert loudest > 0.05
    page.get_by_role("button", name="Helped").click()
    expect(band).to_have_count(0, timeout=SOON_MS)
    assert kiosk.evaluate(f"fetch('/api/booths/1/voice/{note['voice']}').then(a => a.status)") == 404
    kiosk.close()
    page.close()


def test_without_a_microphone_it_says_so_and_writing_is_there(chromium: Browser, demo: Demo, said: list[str]):
    page = helper(chromium, demo, said, size="phone")
    page.get_by_role("button", name="Speak to the shopper").click()
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("alert")).to_contain_text("may not use the microphone", timeout=SOON_MS)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    page.locator(".talk").get_by_role("button", name="Never mind").click()
    page.get_by_role("button", name="Write to the screen").click()
    expect(page.get_by_label("What to tell the shopper")).to_be_focused()
    page.get_by_role("button", name="Helped").click()
    page.close()

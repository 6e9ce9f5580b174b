"""Every state of the exit's screen, both languages, large and small panels: fits, is touchable, is readable, is quiet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from .test_kiosk_gallery import AXE, FITS, OVERLAPS, TEXTS, TOUCH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SIZES = {
    "portrait": (1080, 1920, 80),
    "landscape": (1280, 800, 76),
    "small-wide": (800, 480, 80),
    "small-tall": (600, 1024, 80),
}
"""Width, height, and 20 drawn millimetres."""
LEAST_CONTRAST = 7.0

CONTRAST = """(least) => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (el) => {
    for (let each = el; each; each = each.parentElement) {
      const seen = rgb(getComputedStyle(each).backgroundColor);
      if (seen.length < 4 || seen[3] > 0) return seen;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
  const faint = [];
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || el.closest('svg')) continue;
    const [a, b] = [light(rgb(getComputedStyle(el).color)), light(ground(el))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) faint.push(`${el.textContent.slice(0, 20)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
LARGE_YELLOW = """() => [...document.querySelectorAll('.btn.next')].filter((b) => b.checkVisibility()).length"""


def _check(page: Page, state: str, least: int) -> list[str]:
    found = [f"fit {x}" for x in page.evaluate(FITS)]
    found += [f"touch {x}" for x in page.evaluate(TOUCH, least)]
    found += [f"overlap {x}" for x in page.evaluate(OVERLAPS)]
    found += [f"text {x}" for x in page.evaluate(TEXTS)]
    found += [f"faint {x}" for x in page.evaluate(CONTRAST, LEAST_CONTRAST)]
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    axe = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(rules)}}})")
    found += [f"axe {v['id']}: {v['nodes'][0]['html'][:120]}" for v in axe["violations"]]
    return [f"{state}: {x}" for x in found]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_state_fits_and_is_accessible(chromium: Browser, gallery_url: str, size: str, language: str) -> None:
    width, height, least = SIZES[size]
    page = chromium.new_page(viewport={"width": width, "height": height}, has_touch=True, reduced_motion="reduce")
    said: list[str] = []
    page.on("console", lambda m: said.append(f"console {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(f"error {e}"))
    page.goto(gallery_url)
    states = [*page.evaluate("document.documentElement.dataset.gates").split(), "lost"]
    assert len(states) > 30
    found: list[str] = []
    for state in states:
        page.goto(f"{gallery_url}?gate={state}&lang={language}")
        page.evaluate("document.fonts.ready")
        page.evaluate(AXE.read_text("utf-8"))
        found += _check(page, state, least)
        yellow = page.evaluate(LARGE_YELLOW)
        found += [f"{state}: {yellow} yellow buttons"] * (yellow > 1)
    page.close()
    assert not found, "\n".join(found)
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("repair-one", "冷泡乌龙茶 500 ml好像还没有付款。"),
        ("repair-many", "有14件商品好像还没有付款。"),
        ("alarm", "门没有锁"),
        ("released-fire", "请马上从这里出去"),
        ("ready", ""),
    ],
)
def test_what_is_spoken_is_in_the_page_too(page: Page, gallery_url: str, state: str, said: str) -> None:
    page.goto(f"{gallery_url}?gate={state}&lang=zh-CN")
    spoken = page.locator(".spoken").text_content() or ""
    assert said in spoken
    assert bool(spoken) == bool(said)


def test_no_state_of_the_gate_blames() -> None:
    locales = Path(__file__).parents[2] / "src" / "paybooth" / "locales"
    zh = (locales / "zh-CN" / "gate.ftl").read_text("utf-8").partition("\n")[2]
    en = (locales / "en" / "gate.ftl").read_text("utf-8").partition("\n")[2].lower()
    assert not [word for word in ("偷", "盗", "抓", "罚", "报警") if word in zh]
    assert not [word for word in ("thief", "theft", "steal", "stolen", "police") if word in en]

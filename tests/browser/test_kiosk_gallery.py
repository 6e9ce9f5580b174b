"""Every state of the kiosk, both languages, both shapes: fits, is touchable, is readable, says nothing on the console."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SIZES = {"portrait": (1080, 1920, 80), "landscape": (1280, 800, 76), "wide": (1920, 1080, 102)}
"""Width, height, and 20 drawn millimetres."""
ONLY = {"wide": ["shopping-large", "align", "checking", "done", "help-seen"]}
"""A third shape of the same two drawings: the pages that are fullest."""

FITS = """() => {
  const out = [];
  const seen = (el) => { const r = el.getBoundingClientRect(); return r.width > 0 && r.height > 0; };
  const lost = document.querySelector('.lost');
  for (const el of document.querySelectorAll('button, h1, p, strong, .money, .sum, .name, dt, dd, .qr, .ring')) {
    if (!seen(el) || el.closest('[aria-hidden="true"]')) continue;
    const r = el.getBoundingClientRect();
    const tag = el.tagName + '.' + el.className + ' "' + (el.textContent || '').slice(0, 24) + '"';
    if (r.left < -2 || r.right > innerWidth + 2 || r.top < -2 || r.bottom > innerHeight + 2) out.push('outside: ' + tag + JSON.stringify(r));
    if (el.tagName === 'BUTTON' && (el.scrollWidth > el.clientWidth + 2 || el.scrollHeight > el.clientHeight + 2)) out.push('clipped: ' + tag);
    const clip = el.closest('.roll, .page, .stub, .slip');
    if (clip && !lost) {
      const c = clip.getBoundingClientRect();
      if (r.bottom > c.bottom + 3 && getComputedStyle(el).position !== 'absolute') out.push('below its sheet: ' + tag);
      if (r.right > c.right + 12) out.push('beside its sheet: ' + tag);
    }
  }
  return out;
}"""
TOUCH = """(least) => [...document.querySelectorAll('button')]
  .filter((b) => b.getBoundingClientRect().width > 0 && !b.closest('[inert]'))
  .map((b) => ({ text: b.textContent || b.ariaLabel, ...b.getBoundingClientRect().toJSON() }))
  .filter((r) => r.width < least - 0.5 || r.height < least - 0.5)
  .map((r) => `${r.text}: ${Math.round(r.width)}x${Math.round(r.height)}`)"""
OVERLAPS = """() => {
  const found = [];
  const slack = 2;
  // the receipt lies askew: upright boxes around slanted lines say nothing
  for (const torn of document.querySelectorAll('.torn')) torn.style.transform = 'none';
  const under = (el) => el.closest('[inert], [aria-hidden="true"], svg') !== null;
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const pairs = (kind, boxes) => boxes.forEach((a, n) => boxes.slice(n + 1).forEach((b) => {
    if (!a.el.contains(b.el) && !b.el.contains(a.el) && meet(a.box, b.box)) found.push(`${kind}: "${a.says}" and "${b.says}"`);
  }));
  const says = (el) => (el.textContent || el.ariaLabel || '').trim().slice(0, 24);
  const targets = [...document.querySelectorAll('button, a[href]')].filter((el) => !under(el) && el.checkVisibility());
  pairs('targets meet', targets.map((el) => ({ el, box: el.getBoundingClientRect(), says: says(el) })));
  const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
  const texts = new Map();
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || under(el) || !el.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const ink = range.getBoundingClientRect();
    const old = texts.get(el);
    texts.set(el, old === undefined ? ink : new DOMRect(Math.min(old.x, ink.x), Math.min(old.y, ink.y),
      Math.max(old.right, ink.right) - Math.min(old.x, ink.x), Math.max(old.bottom, ink.bottom) - Math.min(old.y, ink.y)));
  }
  const inline = (el) => getComputedStyle(el).display === 'inline';
  // a word of a running text shares its line with the rest of it: the block around is the box
  const blocks = new Map();
  for (const [el, box] of texts) {
    let block = el;
    while (inline(block) && block.parentElement) block = block.parentElement;
    const tall = block.getBoundingClientRect();
    const clipped = new DOMRect(box.x, Math.max(box.y, tall.y), box.width, Math.min(box.bottom, tall.bottom) - Math.max(box.y, tall.y));
    blocks.set(block, [...(blocks.get(block) ?? []), clipped]);
  }
  const whole = [...blocks].map(([el, boxes]) => {
    const x = Math.min(...boxes.map((b) => b.x));
    const y = Math.min(...boxes.map((b) => b.y));
    const box = new DOMRect(x, y, Math.max(...boxes.map((b) => b.right)) - x, Math.max(...boxes.map((b) => b.bottom)) - y);
    return { el, box, says: says(el) };
  });
  pairs('texts meet', whole);
  return found;
}"""
TEXTS = """() => [...document.body.querySelectorAll('*')].map((e) => e.textContent).filter((t) => t.includes('⟨')).slice(0, 3)"""


def _check(page: Page, state: str, least: int) -> list[str]:
    found = [f"fit {x}" for x in page.evaluate(FITS)]
    found += [f"touch {x}" for x in page.evaluate(TOUCH, least)]
    found += [f"overlap {x}" for x in page.evaluate(OVERLAPS)]
    found += [f"text {x}" for x in page.evaluate(TEXTS)]
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
    states = [*page.evaluate("document.documentElement.dataset.states").split(), "lost"]
    assert len(states) > 50
    found: list[str] = []
    for state in ONLY.get(size, states):
        page.goto(f"{gallery_url}?state={state}&lang={language}")
        page.evaluate("document.fonts.ready")
        page.evaluate(AXE.read_text("utf-8"))
        found += _check(page, state, least)
    page.close()
    assert not found, "\n".join(found)
    assert not said, "\n".join(said)

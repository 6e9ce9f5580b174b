"""What a shopper asks of the page beside goods: larger, stronger, still, quiet; a sum that counts; a call that was seen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, Page, expect

from paybooth.shop import views as v

from .played_box import LINE, NOW, SALE, SHOPPING, Box

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

COUNT_TONES = """() => {
  window.tones = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
}"""
WATCH_SUM = """() => {
  window.sums = [];
  window.firstLines = null;
  const heard = document.querySelector('.due output');
  new MutationObserver(() => {
    const copy = heard.querySelector('.count');
    window.sums.push([heard.querySelector(':scope > .sum').textContent, copy ? copy.textContent : null]);
    window.firstLines ??= document.querySelectorAll('.line').length;
  }).observe(heard, { childList: true, subtree: true, characterData: true });
}"""
MOVING = """() => document.getAnimations().filter((each) => each.playState === 'running').length"""
MORE = replace(SALE, lines=(replace(LINE, id=2), LINE), open_line=2, count=4, total_fen=2600)


@pytest.fixture
def box(page: Page, pages: str) -> Box:
    page.add_init_script(f"({COUNT_TONES})()")
    box = Box(page, pages, own_clock=False)
    box.show(SHOPPING)
    expect(page.locator(".phase-shopping .line.open")).to_be_visible()
    return box


def _open(box: Box) -> None:
    box.page.get_by_role("button", name="显示").click()
    expect(box.page.get_by_role("dialog")).to_be_visible()


def _flip(box: Box, label: str) -> dict[str, Any]:
    """Press a switch and let the box do as asked; returns what was asked for."""
    switch = box.page.get_by_role("switch", name=label)
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    box.settle()
    asked = box.intents[-1]["action"]
    box.answer(replace(box.view, comfort=v.Comfort(**{k: x for k, x in asked.items() if k != "name"})), box.intents[-1])
    expect(switch).to_have_attribute("aria-checked", "true")
    return asked


OFF = {"name": "comfort", "large_text": False, "high_contrast": False, "reduced_motion": False, "quiet": False}


def _size(page: Page) -> float:
    return page.locator(".line .name").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")


def test_large_text_grows_the_words_and_nothing_else(box: Box) -> None:
    before = _size(box.page)
    _open(box)
    assert _flip(box, "大字") == {**OFF, "large_text": True}
    assert _size(box.page) > before * 1.1


def test_contrast_is_black_on_white_and_leaves_motion_alone(box: Box) -> None:
    _open(box)
    assert _flip(box, "高对比") == {**OFF, "high_contrast": True}
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert box.page.locator(".slip").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(box.page.locator("html")).not_to_have_class(re.compile(r"\bstill\b"))


def test_less_motion_stops_what_runs(box: Box) -> None:
    page = box.page
    align = replace(SHOPPING, phase="align", deadline=v.DeadlineView("align", NOW + 60_000, 60_000))
    box.show(align)
    expect(page.locator(".slide")).to_be_visible()
    assert page.evaluate(MOVING) > 0
    _open(box)
    assert _flip(box, "少动画") == {**OFF, "reduced_motion": True}
    assert page.evaluate(MOVING) == 0


def test_quiet_asks_for_no_tone_but_the_low_one(box: Box) -> None:
    page = box.page
    box.cue("drip")
    page.wait_for_function("window.tones > 0")
    _open(box)
    assert _flip(box, "安静") == {**OFF, "quiet": True}
    before = page.evaluate("window.tones")
    for sound in ("drip", "paid", "ask"):
        box.cue(sound)
        expect(page.locator("html")).to_have_attribute("data-sound", re.compile(sound))
    assert page.evaluate("window.tones") == before
    box.cue("low")
    page.wait_for_function("before => window.tones > before", arg=before)


def _focused(page: Page) -> Locator:
    return page.locator(":focus")


def test_the_sheet_works_by_keyboard_alone(box: Box) -> None:
    page = box.page
    opener = page.get_by_role("button", name="显示")
    opener.focus()
    page.keyboard.press("Enter")
    expect(_focused(page)).to_have_role("switch")
    for name in ("高对比", "少动画", "安静"):
        page.keyboard.press("Tab")
        expect(_focused(page)).to_have_accessible_name(re.compile(name))
    page.keyboard.press("Enter")
    box.settle()
    assert box.intents[-1]["action"] == {**OFF, "quiet": True}
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_scan_takes_the_sheet_away(box: Box) -> None:
    """What was scanned has to be seen."""
    _open(box)
    box.show(replace(SHOPPING, sale=MORE))
    expect(box.page.get_by_role("dialog")).to_have_count(0)
    expect(box.page.locator(".line")).to_have_count(2)


def test_a_machine_that_wants_less_motion_has_its_switch_on(page: Page, pages: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    box = Box(page, pages, own_clock=False)
    box.show(SHOPPING)
    _open(box)
    switch = page.get_by_role("switch", name="少动画")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_be_disabled()
    assert page.evaluate(MOVING) == 0


# ---------------------------------------------------------------- the total


def _fen(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_the_total_counts_up_over_the_true_one(box: Box) -> None:
    page = box.page
    page.evaluate(WATCH_SUM)
    box.show(replace(SHOPPING, sale=MORE))
    page.wait_for_function("() => window.sums.length > 1 && !document.querySelector('.due .count')")
    sums = page.evaluate("window.sums")
    assert {true for true, _ in sums} == {"¥26.00"}
    counted = [_fen(copy) for _, copy in sums if copy]
    assert counted == sorted(counted)
    assert counted[0] >= 1300
    assert counted[-1] < 2600
    assert page.evaluate("window.firstLines") == 2, "the new line is there with the first figure"
    expect(page.locator(".due output")).to_have_text("¥26.00")


def test_a_still_total_is_just_the_new_one(box: Box) -> None:
    page = box.page
    still = replace(SHOPPING, comfort=v.Comfort(reduced_motion=True))
    box.show(still)
    expect(page.locator("html")).to_have_class(re.compile(r"\bstill\b"))
    page.evaluate(WATCH_SUM)
    box.show(replace(still, sale=MORE))
    expect(page.locator(".due output")).to_have_text("¥26.00")
    box.settle()
    assert {(true, copy) for true, copy in page.evaluate("window.sums")} == {("¥26.00", None)}


# ---------------------------------------------------------------- help


@pytest.mark.parametrize(
    ("language", "calling", "seen"),
    [("zh-CN", "正在叫店员", "店员正过来"), ("en", "Calling staff", "Staff are coming")],
)
def test_a_call_is_said_and_then_that_somebody_comes(box: Box, language: v.Language, calling: str, seen: str) -> None:
    status = box.page.locator(".help-strip[role=status]")
    view = replace(SHOPPING, language=language)
    box.show(replace(view, help=v.HelpView("calling", NOW)))
    expect(status).to_contain_text(calling)
    box.show(replace(view, help=v.HelpView("seen", NOW)))
    expect(status).to_contain_text(seen)
    box.page.locator(".help").click()
    box.settle()
    assert box.intents[-1]["action"] == {"name": "help", "on": False}
    box.show(view)
    expect(status).to_have_count(0)

"""The kiosk page against a box we play ourselves: what it sends, what it drops, what it shows when the line is gone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from paybooth.shop import views as v

from .played_box import BASE, NOW, SHOPPING, Box

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def box(page: Page, pages: str) -> Box:
    box = Box(page, pages)
    expect(page.locator(".phase-attract")).to_be_visible()
    return box


def _shopping(box: Box) -> None:
    box.show(SHOPPING)
    expect(box.page.locator(".phase-shopping .line.open")).to_be_visible()


# ---------------------------------------------------------------- numbers


def test_a_view_with_a_lower_number_of_the_same_epoch_is_dropped(box: Box) -> None:
    box.show(SHOPPING, rev=5)
    expect(box.page.locator(".phase-shopping")).to_be_visible()
    box.show(BASE, rev=4)
    box.settle()
    expect(box.page.locator(".phase-shopping")).to_be_visible()


def test_a_view_of_another_epoch_is_taken_whatever_its_number(box: Box) -> None:
    box.show(SHOPPING, rev=5)
    expect(box.page.locator(".phase-shopping")).to_be_visible()
    box.show(BASE, rev=0, epoch="e2")
    expect(box.page.locator(".phase-attract")).to_be_visible()


# ---------------------------------------------------------------- the line is gone


def test_a_short_loss_shows_nothing_then_a_banner_then_the_whole_overlay(box: Box) -> None:
    page = box.page
    _shopping(box)
    box.mute = True
    box.sockets[-1].close(code=1011)
    box.settle()
    expect(page.locator(".reconnecting")).to_have_count(0)
    page.clock.run_for(1_600)
    expect(page.locator(".reconnecting")).to_be_visible()
    expect(page.locator(".lost")).to_have_count(0)
    page.clock.run_for(10_000)
    expect(page.locator(".lost")).to_be_visible()


def test_a_silent_line_counts_as_lost_although_nothing_closed_it(box: Box) -> None:
    _shopping(box)
    box.mute = True
    box.page.clock.run_for(9_000)
    expect(box.page.locator(".reconnecting")).to_be_visible()
    box.mute = False
    box.page.clock.run_for(9_000)
    expect(box.page.locator(".reconnecting")).to_have_count(0)


def test_the_page_comes_back_by_itself(box: Box) -> None:
    _shopping(box)
    box.view = BASE
    box.rev += 1
    box.sockets[-1].close(code=1011)
    box.page.clock.run_for(1_000)
    expect(box.page.locator(".phase-attract")).to_be_visible()
    assert len(box.sockets) == 2


def test_a_line_that_opens_but_never_speaks_is_tried_again(page: Page, pages: str) -> None:
    box = Box(page, pages, mute=True)
    page.wait_for_function("() => document.querySelector('#root').childElementCount > 0")
    page.clock.run_for(15_000)
    box.settle()
    assert len(box.sockets) >= 2


# ---------------------------------------------------------------- taps


def test_a_double_tap_asks_to_pay_once(box: Box) -> None:
    _shopping(box)
    box.page.locator(".btn.next").dblclick()
    box.settle()
    assert box.asked == ["pay"]
    assert box.intents[0]["action"]["total_fen"] == 1300
    assert box.intents[0]["seen_rev"] == box.rev


def test_an_answer_frees_the_buttons_even_when_a_later_one_overtook_it(box: Box) -> None:
    """The feed keeps only the newest view: the answer to the tap may never be seen, the one to a later scan is."""
    _shopping(box)
    box.page.locator(".btn.next").click()
    box.scan("6901028075015")
    assert box.asked == ["pay", "scan"]
    box.answer(SHOPPING, box.intents[1])
    box.settle()
    box.page.locator(".btn.next").click()
    box.settle()
    assert box.asked == ["pay", "scan", "pay"]


def test_a_late_answer_is_said_to_be_late_and_then_frees_the_buttons(box: Box) -> None:
    page = box.page
    _shopping(box)
    page.locator(".btn.next").click()
    expect(page.locator(".reconnecting")).to_have_count(0)
    page.clock.run_for(3_000)
    expect(page.locator(".reconnecting")).to_have_text("马上就好")
    page.locator(".btn.next").click()
    box.settle()
    assert box.asked == ["pay"]
    for _ in range(6):  # in steps, so that pongs arrive between: silence is another test's matter
        page.clock.run_for(1_000)
        box.settle()
    expect(page.locator(".reconnecting")).to_contain_text("店员")
    page.locator(".btn.next").click()
    box.settle()
    assert box.asked == ["pay", "pay"]


def test_the_call_for_help_waits_for_nothing(box: Box) -> None:
    _shopping(box)
    box.page.locator(".btn.next").click()
    box.page.locator(".help").click()
    box.settle()
    assert box.asked == ["pay", "help"]


def _press_slowly(box: Box, selector: str, during: v.BoothView) -> None:
    """A finger: down, the box answers whatever that caused, up."""
    page = box.page
    at = page.locator(selector).bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    box.settle()
    if "touch" in box.asked:
        box.show(during)
        expect(page.locator(f".phase-{during.phase}:not([inert])")).to_be_visible()
    page.mouse.up()
    box.settle()


def test_a_slow_finger_can_choose_the_language_on_the_first_screen(box: Box) -> None:
    _press_slowly(box, ".langs [lang=en]", replace(BASE, phase="shopping"))
    assert box.asked[-1:] == ["language"]


def test_a_slow_finger_can_give_up_when_asked_still_there(box: Box) -> None:
    box.show(replace(SHOPPING, idle=v.IdleView(NOW + 20_000, 30_000)))
    expect(box.page.locator(".veil .btn.tall")).to_be_visible()
    _press_slowly(box, ".veil .btn.tall", SHOPPING)
    assert box.asked == ["abandon"]


def test_a_touch_beside_the_buttons_wakes_the_booth(box: Box) -> None:
    box.page.locator("h1.big").click()
    box.settle()
    assert box.asked == ["touch"]


# ---------------------------------------------------------------- wedge scanner


def test_a_wedge_scan_is_one_scan_with_its_symbology(box: Box) -> None:
    box.scan("]E06901028075015")
    assert [each["action"] for each in box.intents] == [{"name": "scan", "text": "6901028075015", "symbology": "]E0"}]


def test_the_end_of_a_scan_never_presses_the_button_tapped_last(box: Box) -> None:
    """A tapped button keeps the focus, and Enter presses a focused button."""
    _shopping(box)
    box.page.locator(".step button").last.click()
    box.settle()
    box.answer(SHOPPING, box.intents[0])
    box.settle()
    box.scan("6901028075015")
    assert box.asked == ["set_quantity", "scan"]


def test_a_scan_while_the_line_is_down_is_heard_as_refused(box: Box) -> None:
    _shopping(box)
    box.mute = True
    box.sockets[-1].close(code=1011)
    box.settle()
    box.scan("6901028075015")
    assert box.page.evaluate("document.documentElement.dataset.sound") == "low 1"


# ---------------------------------------------------------------- a new page on the box


def test_a_new_build_reloads_the_page_once_nobody_is_there(box: Box) -> None:
    """The box was updated during a sale: the page waits for the sale to end, and then does reload."""
    _shopping(box)
    box.build = "b2"
    box.sockets[-1].close(code=1011)
    box.page.clock.run_for(1_000)
    expect(box.page.locator(".phase-shopping")).to_be_visible()
    assert len(box.sockets) == 2
    with box.page.expect_event("load"):
        box.show(BASE)

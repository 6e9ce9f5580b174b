"""The floor plan's editor: drawn, measured, taken back, saved as a version, never over somebody quicker, and brought back."""

from __future__ import annotations

import json
import urllib.request

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, ask, console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def open_plan(chromium: Browser, demo: Demo, said: list[str], **wish) -> Page:
    page = console(chromium, demo, said, **wish)
    page.goto(f"{demo.base}/console/plan")
    expect(page.locator(".p-board")).to_be_visible(timeout=SOON_MS)
    return page


def save(page: Page, reason: str, button: str = "Save version") -> None:
    page.get_by_label("Reason (goes into the journal)").fill(reason)
    page.get_by_role("button", name=button).click()


def put(demo: Demo, alter, reason: str) -> int:
    """A version by somebody else; its number."""
    now = ask(demo, "plan")
    body = json.dumps({"plan": alter(now["plan"]), "reason": reason}).encode()
    headers = {
        "Authorization": f"Bearer {demo.see()['staff']['Bo']}",
        "Content-Type": "application/json",
        "If-Match": f'"{now["number"]}"',
    }
    request = urllib.request.Request(f"{demo.base}/api/plan", body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["number"]


def on_screen(page: Page, x: int, y: int) -> tuple[float, float]:
    """Where a point of the plan, in centimetres, is on the screen."""
    return tuple(
        page.evaluate(
            """([x, y]) => {
          const svg = document.querySelector('.p-board');
          const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
          return [at.x, at.y];
        }""",
            [x, y],
        )
    )


def test_a_wall_is_drawn_measured_taken_back_and_saved(chromium: Browser, demo: Demo, said: list[str]):
    before = ask(demo, "plan")
    page = open_plan(chromium, demo, said)
    page.keyboard.press("w")
    page.mouse.click(*on_screen(page, 702, 1))
    page.mouse.move(*on_screen(page, 704, 150))
    expect(page.locator(".p-live")).to_contain_text("1.50 m")
    page.mouse.click(*on_screen(page, 704, 150))
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    expect(page.locator(".p-panel").get_by_label("Length (m)")).to_have_value("1.50")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".p-panel").get_by_label("x (m)", exact=True)).to_have_value("8.10")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".p-save")).to_contain_text("One change is not saved.")
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Control+z")
    save(page, "a wall by the bread")
    expect(page.locator("p.done")).to_contain_text(f"Version {before['number'] + 1} is saved", timeout=SOON_MS)
    expect(page.locator(".p-versions li").first).to_contain_text("a wall by the bread", timeout=SOON_MS)
    expect(page.locator(".p-versions li").first).to_contain_text("walls added: 1")
    now = ask(demo, "plan")
    assert now["plan"]["walls"] == [*before["plan"]["walls"], {"a": [700, 0], "b": [700, 150], "thick": 10}]
    page.close()


def test_the_keyboard_alone_moves_a_booth(chromium: Browser, demo: Demo, said: list[str]):
    (booth,) = ask(demo, "plan")["plan"]["booths"]
    page = open_plan(chromium, demo, said)
    page.get_by_role("button", name="Booth 1, at").click()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("r")
    expect(page.locator(".p-panel").get_by_label("Turned (°)")).to_have_value("90")
    page.locator(".p-panel").get_by_label("y (m)", exact=True).fill("0.75")
    page.keyboard.press("Tab")
    save(page, "nearer to the door")
    expect(page.locator("p.done")).to_be_visible(timeout=SOON_MS)
    (moved,) = ask(demo, "plan")["plan"]["booths"]
    assert moved == {"booth": "1", "at": [booth["at"][0] - 10, 75], "turn": (booth["turn"] + 90) % 360}
    page.close()


def test_several_things_move_and_go_together(chromium: Browser, demo: Demo, said: list[str]):
    before = ask(demo, "plan")["plan"]
    page = open_plan(chromium, demo, said)
    panel = page.locator(".p-panel")
    # a frame around the two shelves in the middle; one more by its name; one out again on the drawing
    page.keyboard.press("m")
    page.mouse.move(*on_screen(page, 300, 140))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 500, 300))
    page.mouse.move(*on_screen(page, 665, 400))
    page.mouse.up()
    expect(panel.locator("h2")).to_have_text("2 things")
    expect(panel).to_contain_text("Shelf 零食, Shelf 日用")
    page.get_by_role("button", name="Booth 1, at").click()
    expect(panel.locator("h2")).to_have_text("3 things")
    expect(page.locator(".p-frame")).to_have_count(3)
    snacks = before["shelves"][1]["at"]
    page.mouse.click(*on_screen(page, *snacks))
    expect(panel.locator("h2")).to_have_text("2 things")
    page.keyboard.press("v")
    page.keyboard.press("Shift+ArrowRight")
    # taken by one of them, all come along; the grid holds them
    x, y = before["shelves"][2]["at"]
    page.mouse.move(*on_screen(page, x + 100, y))
    page.mouse.down()
    page.mouse.move(*on_screen(page, x + 60, y + 8))
    page.mouse.move(*on_screen(page, x + 52, y + 3))
    page.mouse.up()
    save(page, "room for the bread")
    expect(page.locator("p.done")).to_be_visible(timeout=SOON_MS)
    now = ask(demo, "plan")["plan"]
    (booth,) = before["booths"]
    assert now["shelves"][1] == before["shelves"][1]
    assert now["shelves"][2]["at"] == [x + 50, y]
    assert now["booths"][0]["at"] == [booth["at"][0] + 50, booth["at"][1]]
    # all of it, gone and back
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.get_by_role("list", name="Things on the plan").get_by_role("button")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".p-save")).to_have_count(0)
    page.close()


def test_somebody_quicker_is_seen_and_nobody_is_overwritten(chromium: Browser, demo: Demo, said: list[str]):
    page = open_plan(chromium, demo, said)
    page.get_by_role("button", name="Shelf 零食").click()
    page.keyboard.press("ArrowDown")
    theirs = put(demo, lambda plan: {**plan, "height": 310}, "a new ceiling")
    save(page, "mine")
    expect(page.get_by_role("alert")).to_contain_text(f"Bo saved version {theirs} meanwhile", timeout=SOON_MS)
    assert ask(demo, "plan")["number"] == theirs
    page.get_by_role("button", name=f"Keep mine as version {theirs + 1}").click()
    expect(page.locator("p.done")).to_contain_text(f"Version {theirs + 1}", timeout=SOON_MS)
    # and back to theirs, which is a version of its own
    row = page.locator(".p-versions li").filter(has_text="a new ceiling")
    row.get_by_role("button", name="Look").click(timeout=SOON_MS)
    page.get_by_role("button", name="Go back to this one").click()
    expect(page.locator("p.done")).to_contain_text(f"Version {theirs + 2}", timeout=SOON_MS)
    assert ask(demo, "plan")["plan"]["height"] == 310
    page.close()
    said[:] = [text for text in said if "412" not in text]


def test_a_drawing_outlives_a_look_at_another_page(chromium: Browser, demo: Demo, said: list[str]):
    page = open_plan(chromium, demo, said)
    page.get_by_role("button", name="Booth 1, at").click()
    page.keyboard.press("ArrowDown")
    page.get_by_role("link", name="Goods", exact=True).click()
    expect(page.locator(".goods-list")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("link", name="Floor plan").click()
    expect(page.locator(".p-save")).to_contain_text("One change is not saved.", timeout=SOON_MS)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".p-save")).to_have_count(0)
    page.close()


def test_a_shelf_is_drawn_and_moved_by_touch(chromium: Browser, demo: Demo, said: list[str]):
    before = len(ask(demo, "plan")["plan"]["shelves"])
    page = open_plan(chromium, demo, said, size="phone")
    page.get_by_role("button", name="Shelf", exact=True).tap()
    page.touchscreen.tap(*on_screen(page, 850, 300))
    expect(page.locator(".p-panel").get_by_label("Width (m)")).to_have_value("1.20")
    expect(page.locator(".p-panel").get_by_label("x (m)", exact=True)).to_have_value("8.50")
    expect(page.locator(".p-frame")).to_have_count(1)
    page.locator(".p-panel").get_by_role("button", name="Duplicate").tap()
    expect(page.locator(".p-panel").get_by_label("x (m)", exact=True)).to_have_value("9.80")
    page.locator(".p-panel").get_by_role("button", name="Remove").tap()
    save(page, "a basket of umbrellas")
    expect(page.locator("p.done")).to_be_visible(timeout=SOON_MS)
    assert len(ask(demo, "plan")["plan"]["shelves"]) == before + 1
    page.close()


def test_what_cannot_be_says_why_and_saves_nothing(chromium: Browser, demo: Demo, said: list[str]):
    before = ask(demo, "plan")["number"]
    page = open_plan(chromium, demo, said)
    page.get_by_role("button", name="Booth 1, at").click()
    page.locator(".p-panel").get_by_label("x (m)", exact=True).fill("40")
    page.keyboard.press("Tab")
    save(page, "out of the window")
    expect(page.get_by_role("alert")).to_contain_text("stands outside the walls", timeout=SOON_MS)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".p-save")).to_have_count(0)
    assert ask(demo, "plan")["number"] == before
    page.close()
    said[:] = [text for text in said if "422" not in text]


def test_who_may_not_draw_looks_and_the_floor_on_now_follows(chromium: Browser, demo: Demo, said: list[str]):
    page = open_plan(chromium, demo, said, who="Amy")
    expect(page.locator("h1")).to_contain_text("drawing is for owners and technicians")
    expect(page.locator(".p-tools")).to_have_count(0)
    page.goto(f"{demo.base}/console/")
    expect(page.locator(".floor a.spot")).to_have_count(2, timeout=SOON_MS)
    shelves = page.locator(".floor .p-shelf").count()
    put(demo, lambda plan: {**plan, "shelves": plan["shelves"][:-1]}, "no room")
    expect(page.locator(".floor .p-shelf")).to_have_count(shelves - 1, timeout=SOON_MS)
    page.close()


def width_cm(page: Page) -> float:
    """How much of the room the drawing shows, from left to right."""
    return page.evaluate("document.querySelector('.p-board').viewBox.baseVal.width")


def test_the_wheel_zooms_where_the_pointer_is(chromium: Browser, demo: Demo, said: list[str]):
    page = open_plan(chromium, demo, said)
    before, at = width_cm(page), on_screen(page, 300, 200)
    page.mouse.move(*at)
    page.mouse.wheel(0, -240)
    page.wait_for_function("before => document.querySelector('.p-board').viewBox.baseVal.width < before", arg=before)
    assert on_screen(page, 300, 200) == pytest.approx(at, abs=1)
    # the frame stays around what is chosen
    (booth,) = ask(demo, "plan")["plan"]["booths"]
    page.get_by_role("button", name="Booth 1, at").click()
    frame = page.locator(".p-frame").bounding_box()
    x, y = on_screen(page, *booth["at"])
    assert frame is not None and frame["width"] > 10
    assert (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2) == pytest.approx((x, y), abs=2)
    page.get_by_role("button", name="All of it").click()
    assert width_cm(page) == pytest.approx(before, rel=0.01)
    page.close()


def test_two_fingers_zoom_and_push(chromium: Browser, demo: Demo, said: list[str]):
    page = open_plan(chromium, demo, said, size="phone")
    before = width_cm(page)
    x, y = on_screen(page, 500, 250)
    held = on_screen(page, 500, 250)
    hand = page.context.new_cdp_session(page)

    def fingers(kind: str, apart: float, right: float = 0) -> None:
        points = [{"x": x + right - apart, "y": y, "id": 1}, {"x": x + right + apart, "y": y, "id": 2}]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})

    fingers("touchStart", 30)
    for apart in (40, 50, 60):
        fingers("touchMove", apart, 20)
    page.wait_for_function("before => document.querySelector('.p-board').viewBox.baseVal.width < before", arg=before)
    expect(page.locator(".p-board")).to_be_visible()
    assert width_cm(page) == pytest.approx(before / 2, rel=0.05)
    now = on_screen(page, 500, 250)
    assert now == pytest.approx((held[0] + 20, held[1]), abs=2)
    fingers("touchEnd", 0)
    # nothing was drawn or moved by it
    expect(page.locator(".p-save")).to_have_count(0)
    page.close()

"""Pictures of products: what is no photo is refused, a photo stands on the kiosk a moment later, and a drawing takes its place."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, ask, booth, console, shopper, tap

assert shopper, "its fixture is used here"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def photo() -> bytes:
    picture = Image.new("RGB", (600, 400), "#eeeeee")
    ImageDraw.Draw(picture).ellipse((150, 50, 450, 350), fill="#cc3333")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def test_a_photo_stands_on_the_kiosk_and_a_drawing_takes_its_place(chromium: Browser, shopper: Demo, said: list[str]):
    page = console(chromium, shopper, said)
    page.goto(f"{shopper.base}/console/goods/P107")
    page.locator(".picture input[type=file]").set_input_files(
        {"name": "cookies.png", "mimeType": "image/png", "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
    )
    expect(page.locator(".picture [role=alert]")).to_contain_text("no PNG, JPEG or WebP", timeout=SOON_MS)
    page.locator(".picture input[type=file]").set_input_files(
        {"name": "cookies.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(page.locator(".picture-now img")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Reason (goes into the journal)").fill("a photo of the new box")
    page.get_by_role("button", name="Save", exact=False).click()
    expect(page.locator("p.done")).to_be_visible(timeout=SOON_MS)
    name = ask(shopper, "products/P107")["picture"]
    assert name.endswith(".webp")
    shopper.scan("P107")
    booth(shopper, lambda view: any(line["picture"] == name for line in view["sale"]["lines"]))
    kiosk = chromium.new_page()
    kiosk.goto(f"{shopper.base}/kiosk/?booth=1")
    shown = kiosk.locator(f'img[src="/pictures/{name}"]').first
    expect(shown).to_be_visible(timeout=SOON_MS)
    assert shown.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 320
    kiosk.close()
    page.get_by_role("button", name="Choose a drawing").click()
    page.get_by_role("searchbox", name="Find a drawing").fill("cookie")
    page.get_by_role("button", name="Cookies").click()
    page.get_by_label("Reason (goes into the journal)").fill("the drawing again")
    page.get_by_role("button", name="Save", exact=False).click()
    expect(page.locator(".picture-now svg")).to_be_visible()
    expect(page.locator("p.done")).to_be_visible(timeout=SOON_MS)
    assert ask(shopper, "products/P107")["picture"] == "cookies"
    tap(shopper, name="abandon")
    page.close()
    said[:] = [text for text in said if "422" not in text]

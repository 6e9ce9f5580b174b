"""Shelf labels in the console: chosen, seen, saved; and a label of the page as it is shown reads as its product."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_console_pages import SOON_MS, console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def picture(page: Page) -> Image.Image:
    """What is shown, once it is drawn."""
    page.wait_for_function("() => document.querySelector('.labels-page img')?.naturalWidth > 0")
    shown = page.evaluate(
        """() => {
          const img = document.querySelector('.labels-page img');
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
          canvas.getContext('2d').drawImage(img, 0, 0);
          return canvas.toDataURL('image/png').split(',')[1];
        }"""
    )
    return Image.open(io.BytesIO(base64.b64decode(shown)))


def test_labels_are_chosen_seen_and_saved(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said)
    page.goto(f"{demo.base}/console/goods/P104")
    page.locator(".product").get_by_role("link", name="Labels").click(timeout=SOON_MS)
    expect(page.locator(".columns.labels h2")).to_contain_text("One label", timeout=SOON_MS)
    page.get_by_label("Paper").select_option("roll-58")
    (found,) = zxingcpp.read_barcodes(np.asarray(picture(page).convert("L")))
    assert found.text == "6901888001049"
    page.get_by_label("Dark chocolate 100 g: copies").fill("3")
    page.get_by_label("Find a product").fill("P101")
    page.locator(".found button").first.click(timeout=SOON_MS)
    expect(page.locator(".columns.labels h2")).to_contain_text("4 labels")
    page.get_by_label("Paper").select_option("a4-24")
    expect(page.get_by_role("button", name="Save as PDF")).to_be_enabled()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as PDF").click()
    assert saved.value.path().read_bytes().startswith(b"%PDF")
    page.close()


def test_everything_sold_fills_pages_and_what_has_no_label_is_named(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said, size="phone")
    page.goto(f"{demo.base}/console/goods/labels")
    expect(page.locator(".labels-page")).to_contain_text("Pick goods", timeout=SOON_MS)
    page.get_by_role("button", name="Everything sold").tap()
    expect(page.locator(".picked li").nth(40)).to_be_attached(timeout=SOON_MS)
    assert picture(page).width == 900
    page.goto(f"{demo.base}/console/goods/labels?sku=NOPE")
    expect(page.get_by_role("alert")).to_contain_text("no product NOPE", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Save as PDF")).to_be_disabled()
    page.close()
    said[:] = [text for text in said if "422" not in text and "404" not in text]

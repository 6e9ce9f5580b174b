import pytest

from .test_console_pages import ask, console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_shot(chromium, demo, said, language, size):
    page = console(chromium, demo, said, language=language, size=size)
    if not ask(demo, "prices/coming")["coming"]:
        ask(
            demo,
            "products/P104/coming",
            {"at": "2026-12-24T07:00", "price_fen": 1750, "member_price_fen": 1590, "reason": "圣诞 Christmas"},
        )
    page.goto(f"{demo.base}/console/goods/P104")
    page.wait_for_timeout(1200)
    page.locator(".coming .acts button").last.click()
    page.screenshot(path=f"/tmp/x/c-{size}-{language}.png", full_page=True)
    page.close()

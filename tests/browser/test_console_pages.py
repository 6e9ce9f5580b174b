"""The console over a running shop: every page in both languages at three sizes, a stuck shopper helped to the end, a sale
found in three clicks, two people at one booth and at one price, and the line lost and found.
"""

from __future__ import annotations

import json
import re
import secrets
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from paybooth.lab.shelf import barcode

from .conftest import Demo, listen
from .test_console import SMALL, YELLOW
from .test_kiosk_gallery import AXE, TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGES = (
    "", "incidents", "booths", "booths/1", "sales", "sales?outcome=abandoned", "sales?text=nothing-like-it", "money",
    "devices", "devices/printer:1", "goods", "goods/P104", "goods/import", "goods/rules", "goods/labels?sku=P101", "plan", "reports", "settings", "people", "audit", "me", "nowhere",
)  # fmt: skip
SIZES = {"desk": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
RULES = json.dumps(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
SOON_MS = 15_000


def ask(demo: Demo, path: str, body: dict | None = None, who: str = "Bo") -> dict:
    """Of the shop, as a member of staff."""
    headers = {"Authorization": f"Bearer {demo.see()['staff'][who]}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{demo.base}/api/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def tap(demo: Demo, **action: object) -> None:
    """What a shopper would tap at booth 1."""
    ask(demo, "booths/1/intents", {"id": secrets.token_hex(4), "seen_rev": 0, "action": action})


def booth(demo: Demo, wanted) -> dict:
    """The booth's view, once it is as wanted."""
    for _ in range(200):
        view = ask(demo, "booths/1")["view"]
        if wanted(view):
            return view
        time.sleep(0.05)  # the box answers so many questions a second and no more
    raise AssertionError(view["phase"])


@pytest.fixture
def shopper(demo: Demo) -> Iterator[Demo]:
    """Booth 1 with one thing in its basket; nobody is left there."""
    tap(demo, name="abandon")
    tap(demo, name="help", on=False)
    booth(demo, lambda view: view["sale"] is None)
    demo.scan("P103")
    booth(demo, lambda view: view["sale"] is not None)
    yield demo
    tap(demo, name="help", on=False)
    tap(demo, name="abandon")


def pay(demo: Demo) -> str:
    """Pay what is in the basket; the sale's number."""
    view = booth(demo, lambda view: view["sale"] is not None)
    number = view["sale"]["number"]
    tap(demo, name="pay", total_fen=view["sale"]["total_fen"])
    tap(demo, name="choose", channel="wechat")
    booth(demo, lambda view: view["phase"] == "align")
    demo.show_phone("wechat")
    booth(demo, lambda view: view["phase"] == "done")
    tap(demo, name="finish")
    return number


def console(
    chromium: Browser, demo: Demo, said: list[str], *, who: str = "Bo", size: str = "desk", language="en"
) -> Page:
    width, height = SIZES[size]
    page = chromium.new_page(
        viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce", has_touch=size == "phone"
    )
    listen(page, said)
    page.goto(f"{demo.base}/console/#as={demo.see()['staff'][who]}")
    expect(page.locator("header.bar")).to_be_visible(timeout=SOON_MS)
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_fits_and_is_accessible(chromium: Browser, shopper: Demo, said: list[str], size: str, language: str):
    width = SIZES[size][0]
    page = console(chromium, shopper, said, size=size, language=language)
    found: list[str] = []
    for path in PAGES:
        page.goto(f"{shopper.base}/console/{path}")
        expect(page.locator("main h1").first).to_be_attached(timeout=SOON_MS)
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=SOON_MS)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.evaluate(AXE.read_text("utf-8"))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than the screen")
        found += [
            f"{path}: no text for {key}" for key in page.evaluate("document.body.innerText.match(/⟨[^⟩]*⟩/g) ?? []")
        ]
        found += [f"{path}: text {x}" for x in page.evaluate(TEXTS)]
        found += [f"{path}: small {x}" for x in page.evaluate(SMALL, 44 if size == "phone" else 32)]
        found += [f"{path}: {n} yellow" for n in [page.evaluate(YELLOW)] if n > 1]
        axe = page.evaluate(f"axe.run({{exclude: [['iframe']]}}, {{runOnly: {RULES}}})")
        found += [f"{path}: axe {v['id']}: {v['nodes'][0]['html'][:140]}" for v in axe["violations"]]
    page.close()
    assert not found, "\n".join(found)


def test_a_stuck_shopper_is_helped_to_the_end_without_leaving_the_page(
    chromium: Browser, shopper: Demo, said: list[str]
):
    tap(shopper, name="help", on=True)
    page = console(chromium, shopper, said)
    expect(page.locator("h1.critical")).to_contain_text("Booth 1 calls for help", timeout=SOON_MS)
    page.keyboard.press("a")  # the one next thing to do
    expect(page).to_have_url(f"{shopper.base}/console/booths/1")
    mirror = page.frame_locator(".mirror iframe")
    expect(mirror.get_by_text("原味虾片").first).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Helped")).to_be_visible(timeout=SOON_MS)
    expect(mirror.get_by_text("Bo 正在远程帮你")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("n")
    page.get_by_role("searchbox").fill("P104")
    page.get_by_role("button", name="Dark chocolate").click(timeout=SOON_MS)
    page.get_by_role("textbox").fill("the barcode is torn")
    page.keyboard.press("Enter")
    expect(page.locator(".basket")).to_contain_text("Dark chocolate", timeout=SOON_MS)
    expect(mirror.get_by_text("Bo 加了")).to_be_visible(timeout=SOON_MS)
    assert [line["sku"] for line in booth(shopper, lambda _: True)["sale"]["lines"]] == ["P104", "P103"]
    page.get_by_role("button", name="Take Prawn crackers").click()
    page.get_by_role("textbox").fill("laid back")
    page.keyboard.press("Enter")
    expect(page.locator(".basket li")).to_have_count(1, timeout=SOON_MS)
    page.keyboard.press("m")
    page.get_by_role("textbox").fill("现在可以付款了")
    page.keyboard.press("Enter")
    expect(mirror.get_by_text("现在可以付款了")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Helped").click()
    expect(page.get_by_role("button", name="Help them")).to_be_visible(timeout=SOON_MS)
    assert booth(shopper, lambda view: view["help"] is None)["helper"] == ""
    page.close()


def test_a_sale_is_found_in_three_clicks_and_told_as_it_went(chromium: Browser, shopper: Demo, said: list[str]):
    number = pay(shopper)
    page = console(chromium, shopper, said)
    page.get_by_role("link", name="Sales", exact=True).click()
    page.get_by_role("searchbox").fill("Prawn")
    expect(page).to_have_url(f"{shopper.base}/console/sales?text=Prawn", timeout=SOON_MS)
    page.get_by_role("link", name=number).click(timeout=SOON_MS)
    expect(page.locator("h1")).to_contain_text("Charged once, WeChat Pay.", timeout=SOON_MS)
    story = page.locator(".timeline")
    for step in ("Scanned Prawn crackers", "Asked WeChat Pay to charge", "Answer: paid", "Receipt printed and cut"):
        expect(story).to_contain_text(step)
    picture = page.locator(".receipt img")
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 300
    page.go_back()
    expect(page.locator("tbody tr")).not_to_have_count(0, timeout=SOON_MS)
    page.close()


def test_money_goes_back_from_the_sales_own_page(chromium: Browser, shopper: Demo, said: list[str]):
    number = pay(shopper)
    (sale,) = [each["id"] for each in ask(shopper, "sales?limit=20")["sales"] if each["number"] == number]
    page = console(chromium, shopper, said)
    page.goto(f"{shopper.base}/console/sales/{sale}")
    page.get_by_role("button", name="Faulty goods").click(timeout=SOON_MS)
    page.get_by_role("button", name="Refund ¥5.80").click()
    expect(page.locator(".refund .done")).to_contain_text("¥5.80", timeout=SOON_MS)
    expect(page.locator(".refund")).to_contain_text("Nothing is left to give back.", timeout=SOON_MS)
    expect(page.locator(".timeline")).to_contain_text("Bo asked for a refund")
    assert ask(shopper, f"sales/{sale}")["refundable_fen"] == 0
    page.close()


def test_two_people_changing_one_price_both_see_what_it_is(chromium: Browser, demo: Demo, said: list[str]):
    first, second = (console(chromium, demo, said) for _ in range(2))
    before = ask(demo, "products?text=P105&limit=1")["products"][0]["price_fen"]
    for page in (first, second):
        page.goto(f"{demo.base}/console/goods/P105?text=P105")
        expect(page.get_by_label("Price in yuan", exact=True)).to_have_value(f"{before / 100:.2f}", timeout=SOON_MS)
    first.get_by_label("Price in yuan", exact=True).fill("16.10")
    first.get_by_label("reason").fill("new list")
    first.get_by_role("button", name="Save").click()
    expect(first.locator(".product .done")).to_be_visible(timeout=SOON_MS)
    second.get_by_label("Price in yuan", exact=True).fill("16.20")
    second.get_by_label("reason").fill("another list")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("alert")).to_contain_text("Somebody was quicker", timeout=SOON_MS)
    expect(second.get_by_role("alert")).to_contain_text("now 16.10")
    assert ask(demo, "products?text=P105&limit=1")["products"][0]["price_fen"] == 1610
    first.close()
    second.close()
    said[:] = [text for text in said if "412" not in text]


def test_a_script_in_a_name_is_text_and_nothing_else(chromium: Browser, demo: Demo, said: list[str]):
    evil = "<img src=x onerror=document.title='owned'>"
    page = console(chromium, demo, said)
    page.goto(f"{demo.base}/console/goods/P110?text=P110")
    page.get_by_label("Name in English").fill(evil, timeout=SOON_MS)
    page.get_by_label("reason").fill("a test of names")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".product h2")).to_contain_text(evil, timeout=SOON_MS)
    page.goto(f"{demo.base}/console/audit")
    expect(page.locator(".audit")).to_contain_text("a test of names", timeout=SOON_MS)
    assert "owned" not in page.title()
    page.close()


def test_what_is_old_is_grey_and_says_its_age_and_comes_back(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said)
    expect(page.locator(".line")).to_have_text("Live", timeout=SOON_MS)
    page.context.set_offline(True)
    expect(page.locator("main.stale")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".line.bad")).to_contain_text("does not answer")
    page.context.set_offline(False)
    expect(page.locator(".line")).to_have_text("Live", timeout=SOON_MS)
    page.close()
    said.clear()  # a line that is lost complains of it


def test_a_runbook_does_what_it_says_and_a_shift_is_handed_over(chromium: Browser, shopper: Demo, said: list[str]):
    tap(shopper, name="help", on=True)
    page = console(chromium, shopper, said)
    page.goto(f"{shopper.base}/console/incidents")
    page.locator(".queue .row", has_text="Help").get_by_role("button", name="Claim").click(timeout=SOON_MS)
    page.get_by_role("button", name="Open the door").click(timeout=SOON_MS)
    expect(page.get_by_text("Done")).to_be_visible(timeout=SOON_MS)
    incident = page.url.rpartition("/")[2]
    assert f"Incident {incident}" in [act["reason"] for act in ask(shopper, "audit?limit=5")["acts"]]

    page.goto(f"{shopper.base}/console/incidents")
    page.get_by_role("button", name="Hand over").click(timeout=SOON_MS)
    page.get_by_role("textbox").last.fill("the fridge door <b>sticks</b>")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("blockquote")).to_have_text("the fridge door <b>sticks</b>", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Take over", exact=True)).to_have_count(0)

    other = console(chromium, shopper, said, who="Amy")
    other.get_by_role("button", name="Take over", exact=True).click(timeout=SOON_MS)
    expect(other.locator(".shift.fresh")).to_have_count(0, timeout=SOON_MS)
    taken = ask(shopper, f"incidents/{incident}")["incident"]
    assert taken["claimed_by"] == "Amy"
    ask(shopper, f"incidents/{incident}/resolve", {"verdict": "helped"}, who="Amy")
    page.close()
    other.close()
    assert not said


def test_a_browser_whose_clock_is_wrong_tells_the_shops_time(chromium: Browser, shopper: Demo, said: list[str]):
    tap(shopper, name="help", on=True)
    page = console(chromium, shopper, said)
    page.add_init_script("const real = Date.now; Date.now = () => real() + 5 * 3600_000")
    page.reload()
    expect(page.locator("h1.critical")).to_contain_text(
        re.compile(r"Booth 1 calls for help, 00:[0-5]\d"), timeout=SOON_MS
    )
    expect(page.locator(".line.bad")).to_have_count(0)
    page.close()
    assert not said


def test_a_barcode_is_tried_without_a_booth(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said)
    page.goto(f"{demo.base}/console/goods")
    field = page.get_by_role("textbox", name="Scan here, or type")
    field.fill(barcode("P303"))
    field.press("Enter")
    expect(page.locator(".tester .result")).to_contain_text("A booth adds it for ¥14.90", timeout=SOON_MS)
    field.fill("134567890123456789")
    field.press("Enter")
    expect(page.locator(".tester .result")).to_contain_text("A payment code", timeout=SOON_MS)
    expect(field).to_have_value("")
    assert "134567890123456789" not in page.content()
    page.close()
    assert not said


def test_a_price_list_is_looked_at_and_taken(chromium: Browser, demo: Demo, said: list[str]):
    page = console(chromium, demo, said)
    page.goto(f"{demo.base}/console/goods/import")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as CSV").click(timeout=SOON_MS)
    text = saved.value.path().read_text("utf-8-sig")

    def give(content: str) -> None:
        file = {"name": "prices.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("input[type=file]").set_input_files(file)

    give(text.replace("68.00", "cheap", 1))
    expect(page.get_by_text("1 lines have faults")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("button", name="Take it over")).to_have_count(0)
    give(text.replace("68.00", "69.40", 1))
    row = page.locator(".diff tbody tr")
    expect(row).to_have_count(1, timeout=SOON_MS)
    expect(row).to_contain_text("69.40")
    page.get_by_label("Reason").fill("autumn")
    page.get_by_role("button", name="Take it over").click()
    expect(page.locator(".done")).to_contain_text("from the next scan on", timeout=SOON_MS)
    changed = [each for each in ask(demo, "products?limit=200")["products"] if each["price_fen"] == 6940]
    assert len(changed) == 1
    page.close()
    said[:] = [line for line in said if "status of 422" not in line]
    assert not said

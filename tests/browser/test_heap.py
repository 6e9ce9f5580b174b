"""A kiosk page runs for months: hundreds of sales leave nothing behind in it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec.structs import replace
from playwright.sync_api import CDPSession, Page, expect

from paybooth.shop import views as v

from .played_box import BASE, LINE, NOW, SHOPPING, Box

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WARM_UP, SALES = 50, 300
NODES_SLACK, LISTENERS_SLACK, HEAP_SLACK = 40, 10, 500_000

PAYMENT = v.PaymentView("wechat", 1300, False, "", "4821", NOW, 1, True, False, "9a3f01bc", "", 1)
RECEIPT = v.ReceiptView("0417", "K7QM", "https://shop.example/r/1", "<svg/>", "printing", "", NOW)


COUNT_DRAWN = """() => {
  window.drawn = 0;
  new MutationObserver(() => { window.drawn += 1; }).observe(
    document.getElementById('root'), { childList: true, subtree: true, attributes: true, characterData: true });
}"""


@dataclass(frozen=True)
class Weight:
    nodes: int
    listeners: int
    heap: int


def weigh(cdp: CDPSession) -> Weight:
    """What is reachable in the page; a first collection only frees what finalisers then let go."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    counted = cdp.send("Memory.getDOMCounters")
    return Weight(counted["nodes"], counted["jsEventListeners"], cdp.send("Runtime.getHeapUsage")["usedSize"])


def basket(number: int, size: int) -> v.SaleView:
    """`size` lines nobody has seen before, newest first: nothing in the page may be kept by key."""
    lines = tuple(
        replace(LINE, id=number * 10 + at, sku=f"S{number}-{at}", name=v.Words(f"商品 {number}-{at}", f"Thing {at}"))
        for at in reversed(range(size))
    )
    return v.SaleView(f"{number:04}", lines, lines[0].id, 2 * size, 1300 * size, 0, None)


def sell(box: Box, number: int) -> int:
    """One whole sale; returns how many views it took. The page draws each as it comes, before it hears the next."""
    first = box.rev
    english: v.Language = "en" if number % 3 == 0 else "zh-CN"
    notice = v.NoticeView(number, "unknown_barcode", f"690{number:010}", None, None, NOW, NOW + 4000, sticky=False)
    ready = replace(SHOPPING, sale=basket(number, 3), language=english)
    paying = replace(ready, phase="paying", payment=PAYMENT)
    steps: list[tuple[v.Sound | None, v.BoothView]] = [
        (None, replace(SHOPPING, sale=None)),
        ("drip", replace(SHOPPING, sale=basket(number, 1))),
        ("drip", replace(SHOPPING, sale=basket(number, 2))),
        ("low", replace(SHOPPING, sale=basket(number, 2), notice=notice)),
        ("drip", ready),
        (None, replace(ready, idle=v.IdleView(NOW + 20_000, 30_000))),
        (None, replace(ready, phase="choose")),
        (None, replace(ready, phase="align", deadline=v.DeadlineView("align", NOW + 60_000, 60_000))),
        (None, paying),
        ("ask", replace(paying, payment=replace(PAYMENT, needs_user=True))),
        (None, replace(paying, phase="checking")),
        ("paid", replace(ready, phase="done", payment=None, receipt=RECEIPT)),
        (None, replace(ready, phase="done", payment=None, receipt=replace(RECEIPT, paper="printed"))),
        (None, BASE),
    ]
    for cue, view in steps:
        if cue:
            box.cue(cue)
        box.show(view)
    box.settle()
    return box.rev - first


def test_three_hundred_sales_leave_nothing_in_the_page(page: Page, pages: str) -> None:
    box = Box(page, pages, own_clock=False)
    expect(page.locator(".phase-attract")).to_be_visible()
    page.evaluate(COUNT_DRAWN)
    cdp = page.context.new_cdp_session(page)
    shown = sum(sell(box, number) for number in range(WARM_UP))
    before = weigh(cdp)
    shown += sum(sell(box, number) for number in range(WARM_UP, WARM_UP + SALES))
    expect(page.locator(".phase-attract")).to_be_visible()
    after = weigh(cdp)
    assert page.evaluate("window.drawn") >= shown, "the page skipped views"
    assert after.nodes - before.nodes <= NODES_SLACK, (before, after)
    assert after.listeners - before.listeners <= LISTENERS_SLACK, (before, after)
    assert after.heap - before.heap < HEAP_SLACK, (before, after)

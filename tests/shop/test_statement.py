"""A day on paper: one page whatever the day was, a CSV no spreadsheet runs, the same words in both languages."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from paybooth import sheet
from paybooth.domain import facts as f
from paybooth.domain import refund as r
from paybooth.domain.day import DayReport, Tables, by_rate
from paybooth.domain.match import Kind
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.domain.sale import Phase, Sale
from paybooth.shop import statement as paper
from paybooth.shop.settings import ShopSettings
from paybooth.shop.words import LANGUAGES, Words

DAY = date(2026, 11, 21)
SHOP = ShopSettings("LANE01", "巷口小店", "Corner Lane")


def line(id_: int, quantity: int, unit: int, shelf: int, rate: int, grams: int | None = None) -> f.Line:
    amount = Fen(unit * quantity if grams is None else unit * grams // 1000)
    return f.Line(
        id_, f"S{id_}", "奶", "Milk", "", "", "", quantity, Fen(unit), Fen(shelf), None, amount, rate, grams
    )  # fmt: skip


def sale(number: int, *lines: f.Line, off: tuple[tuple[int, str, int], ...] = ()) -> Sale:
    name = f"{DAY:%Y%m%d}-{number:05d}"
    entries = tuple(f.DiscountEntry(at, rule, rule, rule, Fen(amount)) for at, rule, amount in off)
    return Sale(name, "1", "1", Phase.PAID, lines=lines, discounts=entries, receipt=name)


def refund(of: Sale, amount: int, reason: str = "returned", lines: tuple[f.RefundLine, ...] = ()) -> r.Refund:
    return r.Refund("N1R1", "N1", of.id, Fen(amount), reason, r.State.DONE, 0, 1, by="An", lines=lines)


def report(*sales: Sale) -> DayReport:
    made = DayReport(DAY)
    for each in sales:
        made.add_sale(each, Channel.WECHAT, 9)
    made.tables = Tables(made.sales, made.paid, Fen(0))
    return made


def match(channel: Channel, *differences: f.Difference, more: int = 0) -> f.DayMatched:
    zero = Fen(0)
    return f.DayMatched(str(DAY), channel, "ab" * 32, 9, 9, zero, zero, 0, differences, more)


def statement(made: DayReport, *matches: f.DayMatched, **more) -> paper.Statement:
    by = {Channel(m.channel): m for m in matches}
    return paper.Statement(SHOP, made, tuple(Channel), by, more.pop("why", {}), **more)


BOTH = (match(Channel.WECHAT), match(Channel.ALIPAY))


def test_the_report_is_made_of_its_parts():
    basket = sale(1, line(1, 2, 500, 600, 130), line(2, 1, 300, 300, 90), off=((1, "half", -250),))
    made = report(basket, sale(2, line(1, 1, 990, 1090, 130, grams=500)))
    assert (made.listed, made.member_off, made.discounts) == (1200 + 300 + 545, -200 - 50, {"half": -250})
    assert (made.paid, made.taxed, made.sales, made.pieces) == (1050 + 495, {130: 750 + 495, 90: 300}, 2, 4)
    assert made.adds_up
    assert sum(by_rate(basket).values()) == basket.total


def test_a_refund_takes_its_tax_back_by_goods_or_in_proportion():
    basket = sale(1, line(1, 2, 500, 500, 130), line(2, 1, 500, 500, 90))
    made = report(basket)
    made.add_refund(refund(basket, 500, lines=(f.RefundLine(1, 1, Fen(500)),)), basket, Channel.WECHAT)
    assert made.taxed == {130: 500, 90: 500}
    made.add_refund(refund(basket, 300), basket, Channel.WECHAT)
    assert made.taxed == {130: 300, 90: 400}
    made.add_refund(refund(basket, 1500, reason=r.LATE), basket, Channel.WECHAT)
    wallet = made.channels[Channel.WECHAT]
    assert (wallet.refunded, wallet.late_returned, sum(made.taxed.values())) == (800, 1500, 700)


def test_a_report_that_differs_from_the_tables_is_never_clean():
    made = report(sale(1, line(1, 1, 500, 500, 130)))
    assert statement(made, *BOTH).is_clean
    made.tables = Tables(1, Fen(499), Fen(0))
    broken = statement(made, *BOTH)
    assert not broken.is_clean
    assert "do not add up" in paper.lines(broken)[1]


def test_a_day_without_a_bill_is_not_clean_and_says_why():
    made = statement(report(), BOTH[0], why={Channel.ALIPAY: ("not_yet", "ask after 10:00")})
    assert not made.is_clean
    assert paper.lines(made)[1:3] == ["Not matched yet", "ask after 10:00"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_day_fits_on_one_page(language, monkeypatch):
    made = report(*(sale(n, line(1, 3, 500, 900, n * 10), off=((1, f"规则{n}", -100),)) for n in range(1, 40)))
    found = f.Difference(Kind.MISSING_HERE, "N" * 32, "N" * 32 + "R1", "s", Fen(10**9), Fen(10**9), "长" * 80)
    fullest = statement(made, match(Channel.WECHAT, *[found] * 400, more=9), match(Channel.ALIPAY, *[found] * 99))
    pages = []
    real = sheet.draw
    monkeypatch.setattr(sheet, "draw", lambda *given: pages.append(real(*given)) or pages[-1])
    assert paper.as_pdf(fullest, language).startswith(b"%PDF")
    assert pages[0].size == (sheet.WIDTH, sheet.HEIGHT)
    running = statement(report(), over=False)
    assert paper.as_pdf(running, language).startswith(b"%PDF")


def test_the_csv_is_read_back_and_holds_no_formula():
    odd = f.Difference(Kind.AMOUNT, "=1+1", "", "@x", Fen(-5), None, "+cmd|' /C calc'!A0")
    made = statement(report(sale(1, line(1, 1, 500, 500, 130), off=((1, "-rule", -1),))), match(Channel.WECHAT, odd))
    rows = list(csv.reader(io.StringIO(paper.as_csv(made))))
    assert {len(row) for row in rows} == {9}
    cells = [cell for row in rows[1:] for cell in row if cell and not cell.lstrip("-").replace(".", "").isdigit()]
    assert not [cell for cell in cells if cell[0] in "=+-@"]
    assert ["difference", "wechat", "amount", "'=1+1", "", "'@x", "-0.05", "", "'+cmd|' /C calc'!A0"] in rows


def test_each_kind_of_difference_and_each_reason_has_its_words():
    words = Words("money")
    assert words.keys("zh-CN") == words.keys("en")
    needed = {f"differ-{kind.replace('_', '-')}" for kind in Kind}
    needed |= {f"refund-reason-{reason.replace('_', '-')}" for reason in (*r.Reason, r.LATE)}
    needed |= {f"refund-state-{state}" for state in r.State} | {f"day-{channel}" for channel in Channel}
    assert needed <= words.keys("en")

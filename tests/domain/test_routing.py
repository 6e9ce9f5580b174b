from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.barcode import GoodsCode, LabelLayout, WrongCheckDigit
from paybooth.domain.routing import Odd, Oddity, PaymentScan, PayShape, Screen, pay_shape, route

TODAY = date(2026, 11, 22)
LAYOUTS = (LabelLayout("22WWWWWEEEEEC"), LabelLayout("20WWWWWEEEEENNNNNC"))


def at(screen, text, symbology=None):
    return route(text, symbology, screen, LAYOUTS, TODAY)


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("134567890123456789", PayShape.WECHAT),
        ("101234567890123456", PayShape.WECHAT),
        ("281234567890123456", PayShape.ALIPAY),
        ("301234567890123456", PayShape.ALIPAY),
        ("2512345678901234", PayShape.ALIPAY),
        ("281234567890123456789012", PayShape.ALIPAY),
        ("6212345678901234567", PayShape.UNION_PAY),
        ("0112345678901234567", PayShape.ECNY),
    ],
)
def test_payment_codes_by_shape_on_both_screens(code, shape):
    assert at(Screen.PAYMENT, code) == PaymentScan(shape)
    assert at(Screen.GOODS, code) == PaymentScan(shape)
    assert at(Screen.PAYMENT, f" {code}\r\n") == PaymentScan(shape)


@pytest.mark.parametrize(
    "code", ["164567890123456789", "13456789012345678", "1345678901234567890", "311234567890123456"]
)
def test_near_misses_are_no_payment_codes(code):
    assert pay_shape(code) is None


def test_goods_are_goods_on_both_screens():
    assert at(Screen.GOODS, "6901028075763") == GoodsCode(("06901028075763",))
    assert at(Screen.PAYMENT, "6901028075763") == GoodsCode(("06901028075763",))


def test_gs1_symbology_wins_over_a_payment_shape():
    assert isinstance(at(Screen.GOODS, "0106901028075763", "]C1"), GoodsCode)


def test_labels_win_over_plain_gtin():
    found = at(Screen.GOODS, "2200011012805")
    assert isinstance(found, GoodsCode | WrongCheckDigit)


def test_links_are_told_apart():
    assert at(Screen.PAYMENT, "https://qr.example.com/p/abc") == Odd(Oddity.LINK)
    assert at(Screen.PAYMENT, "wxp://f2f0abc") == Odd(Oddity.LINK)
    assert isinstance(at(Screen.GOODS, "https://id.example.com/01/06901028075763"), GoodsCode)


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "abc\x07def", "x" * 4096, "\ufffd\ufffd", "\x1b[31m"])
def test_noise_is_unreadable(text):
    assert at(Screen.GOODS, text) == Odd(Oddity.UNREADABLE)


@given(st.text(max_size=600), st.sampled_from(list(Screen)), st.sampled_from([None, "]C1", "]Q1", "]E0", "]C0"]))
def test_every_scan_has_a_meaning(text, screen, symbology):
    at(screen, text, symbology)


@given(st.from_regex(r"\A[0-9]{1,30}\Z"))
def test_on_the_goods_screen_a_payment_shape_is_never_a_product(text):
    if pay_shape(text) is not None:
        found = at(Screen.GOODS, text)
        assert isinstance(found, PaymentScan) or (isinstance(found, GoodsCode) and len(text) == 18)

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.barcode import (
    GoodsCode,
    LabelLayout,
    WrongCheckDigit,
    check_digit,
    expand_upc_e,
    expiry,
    has_valid_check_digit,
    layout_fault,
    parse_gs1,
    parse_label,
    parse_plain,
)

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("690102807576", 3),
        ("9638507", 4),
        ("01234567890", 5),
        ("1540014128876", 3),
        ("221234501250", 3),
        ("26123450125000500", 0),
    ],
)
def test_check_digits_of_the_specification(body, digit):
    assert check_digit(body) == digit


@given(st.text("0123456789", min_size=7, max_size=17), st.data())
def test_one_wrong_digit_is_always_noticed(body, data):
    code = body + str(check_digit(body))
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != code[at]]))
    assert has_valid_check_digit(code)
    assert not has_valid_check_digit(code[:at] + other + code[at + 1 :])


@pytest.mark.parametrize(("short", "long"), [("01234565", "012345000065"), ("04252614", "042100005264")])
def test_upc_e_expands(short, long):
    assert expand_upc_e(short) == long


def test_eight_digits_mean_what_the_scanner_says():
    assert parse_plain("01234565", "]E4") == GoodsCode(("00000001234565",))
    assert parse_plain("01234565", "]E0") == GoodsCode(("00012345000065",))
    assert parse_plain("01234565", None) == GoodsCode(("00000001234565", "00012345000065"))


def test_a_wrong_check_digit_is_told_from_an_unknown_code():
    assert parse_plain("6901028075764", None) == WrongCheckDigit("6901028075764")


def test_case_codes_keep_their_indicator():
    assert parse_plain("15400141288763", None) == GoodsCode(("15400141288763",))


def test_gs1_elements_with_a_symbology():
    code = parse_gs1("010690102807576310ABC\x1d172612002155", "]C1", TODAY)
    assert code == GoodsCode(("06901028075763",), batch="ABC", expires=date(2026, 12, 31), serial="55")


def test_weight_and_price_elements():
    code = parse_gs1("0106901028075763310300125039221280", "]d2", TODAY)
    assert isinstance(code, GoodsCode)
    assert (code.weight_g, code.price_fen) == (1250, 1280)


def test_digital_links_on_any_host():
    code = parse_gs1("https://example.cn/p/01/06901028075763/10/B1?17=270131&3103=000500", "]Q1", TODAY)
    assert code == GoodsCode(("06901028075763",), batch="B1", expires=date(2027, 1, 31), weight_g=500)
    assert parse_gs1("https://example.cn/about", None, TODAY) is None


@pytest.mark.parametrize("text", ["9787111128069", "96385074", "101234567890123456", "301234567890123456"])
def test_strings_without_a_symbology_are_not_taken_for_elements(text):
    assert parse_gs1(text, None, TODAY) is None


def test_wrong_check_digit_inside_elements():
    assert parse_gs1("0106901028075764", "]C1", TODAY) == WrongCheckDigit("06901028075764")


def test_dates_slide_over_the_century_and_day_zero_is_the_last():
    assert expiry("260200", TODAY) == date(2026, 2, 28)
    assert expiry("261200", TODAY) == date(2026, 12, 31)
    assert expiry("780101", TODAY) == date(1978, 1, 1)
    assert expiry("750101", TODAY) == date(2075, 1, 1)
    assert expiry("261301", TODAY) is None
    assert expiry("260230", TODAY) is None


PRICE, WEIGHT, BOTH = LabelLayout("22WWWWWEEEEEC"), LabelLayout("21WWWWWNNNNNC"), LabelLayout("23WWWWWEEEEENNNNNC")


def test_labels_give_item_price_and_weight():
    body = "220001101280"
    label = parse_label(body + str(check_digit(body)), (PRICE, WEIGHT, BOTH))
    assert label == GoodsCode(("2200011", "00011"), price_fen=1280)
    body = "23000110128000500"
    label = parse_label(body + str(check_digit(body)), (PRICE, WEIGHT, BOTH))
    assert label == GoodsCode(("2300011", "00011"), price_fen=1280, weight_g=500)


@pytest.mark.parametrize("prefix", ["10", "15", "25", "28", "30"])
def test_layouts_that_look_like_payment_codes_are_refused(prefix):
    fault = layout_fault(f"{prefix}WWWWWEEEEENNNNNC")
    assert fault is not None and "payment codes" in fault


@pytest.mark.parametrize("pattern", ["22WWWWWEEEEEC", "21WWWWWNNNNNC", "20WWWWWEEEEENNNNNC"])
def test_sound_layouts_pass(pattern):
    assert layout_fault(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["", "22WWWWWEEEEEE", "22WWWWWWWWWWC", "2WWWWWWEEEEEC", "22XWWWWEEEEEC", "22WWWWWEEEEC"]
)
def test_unsound_layouts_are_refused(pattern):
    assert layout_fault(pattern) is not None


@given(st.text(max_size=80), st.sampled_from([None, "]C1", "]d2", "]Q3", "]Q1", "]E0"]))
def test_garbage_never_raises(text, symbology):
    parse_gs1(text, symbology, TODAY)
    parse_plain(text, symbology)
    parse_label(text, (PRICE, WEIGHT, BOTH))

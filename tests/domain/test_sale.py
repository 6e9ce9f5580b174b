from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import facts as f
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode
from paybooth.domain.pricing import Rule

CRISPS = Product("A", ("06901028075763",), "薯片", "Crisps", Fen(650), Fen(590))
MILK = Product("B", ("06901234567892",), "牛奶", "Milk", Fen(1490))
APPLES = Product("W", ("2200011",), "苹果", "Apples", Fen(1280), weighed=True)
HALF = Rule("half", "nth_percent", "第二件半价", "2nd half", frozenset({"A"}), n=2, percent=50)
TERMS = s.Terms((HALF,), datetime(2026, 11, 22, 12, 0))
CODE = GoodsCode(("x",))


def opened():
    return s.begin(s.open_sale("20261122-00001", "0001", "1", "zh-CN"))


def do(sale, command, terms=TERMS):
    decision = s.decide(sale, command, terms)
    assert not isinstance(decision, s.Refusal), decision
    for happened in decision:
        sale = s.apply(sale, happened)
    return sale


def refused(sale, command):
    decision = s.decide(sale, command, TERMS)
    assert isinstance(decision, s.Refusal)
    return decision


def basket(*products):
    sale = opened()
    for product in products:
        sale = do(sale, s.AddPiece(product, CODE))
    return sale


def test_the_second_piece_joins_the_line_and_the_rule_applies():
    sale = basket(CRISPS, CRISPS, MILK)
    assert [(li.sku, li.quantity) for li in sale.lines] == [("A", 2), ("B", 1)]
    assert sale.discounts == (f.DiscountEntry(1, "half", "第二件半价", "2nd half", Fen(-325)),)
    assert (sale.total, sale.count, sale.saved) == (650 * 2 - 325 + 1490, 3, 325)


def test_a_piece_scanned_and_then_laid_on_the_pad_is_one_piece():
    def tag(serial):
        return s.AddPiece(CRISPS, GoodsCode(("x",), serial=serial), laid=True)

    one = do(basket(CRISPS, MILK), tag("7"))
    assert [(li.sku, li.serial, li.quantity) for li in one.lines] == [("B", None, 1), ("A", "7", 1)]
    both = do(do(basket(CRISPS, CRISPS), tag("7")), tag("8"))
    assert (both.count, sorted(li.serial for li in both.lines)) == (2, ["7", "8"])
    more = do(both, tag("9"))
    assert (more.count, refused(more, tag("9"))) == (3, s.Refusal.ALREADY_SCANNED)


def test_a_piece_named_by_the_pad_keeps_the_price_it_was_shown_with():
    dearer = replace(MILK, price=Fen(1690), most_per_sale=1)
    named = do(basket(MILK), s.AddPiece(dearer, GoodsCode(("x",), serial="7"), laid=True))
    assert (named.count, named.total) == (1, 1490)


def test_a_scanned_serial_is_a_piece_of_its_own():
    sale = do(basket(MILK), s.AddPiece(MILK, GoodsCode(("x",), serial="7")))
    assert sale.count == 2


def test_at_the_limit_the_pad_may_still_name_what_is_here():
    few = replace(MILK, most_per_sale=2)
    named = do(basket(few, few), s.AddPiece(few, GoodsCode(("x",), serial="7"), laid=True))
    assert named.count == 2
    full = do(named, s.AddPiece(few, GoodsCode(("x",), serial="8"), laid=True))
    assert refused(full, s.AddPiece(few, GoodsCode(("x",), serial="9"), laid=True)) is s.Refusal.QUANTITY_LIMIT


def test_removing_takes_its_discount_along():
    sale = do(basket(CRISPS, CRISPS), s.RemoveLine(1))
    assert (sale.lines, sale.discounts, sale.total) == ((), (), 0)


def test_member_prices_reach_back():
    sale = do(basket(CRISPS, MILK), s.JoinMember("hash", "3806"))
    assert sale.total == 590 + 1490
    assert sale.saved == 60
    assert do(sale, s.AddPiece(CRISPS, CODE)).total == 590 * 2 - 295 + 1490


def test_weighed_goods_by_weight_by_price_and_by_both():
    by_weight = do(opened(), s.AddPiece(APPLES, GoodsCode(("x",), weight_g=672)))
    by_price = do(opened(), s.AddPiece(APPLES, GoodsCode(("x",), price_fen=Fen(860))))
    assert (by_weight.total, by_price.total) == (860, 860)
    assert by_price.lines[0].weight_g == 672
    agrees = GoodsCode(("x",), price_fen=Fen(860), weight_g=672)
    assert do(opened(), s.AddPiece(APPLES, agrees)).total == 860
    differs = GoodsCode(("x",), price_fen=Fen(500), weight_g=672)
    assert refused(opened(), s.AddPiece(APPLES, differs)) is s.Refusal.LABEL_PRICE_MISMATCH


@pytest.mark.parametrize(
    "code", [GoodsCode(("x",)), GoodsCode(("x",), weight_g=0), GoodsCode(("x",), price_fen=Fen(0))]
)
def test_weighed_goods_need_a_sound_label(code):
    refused(opened(), s.AddPiece(APPLES, code))


def test_a_label_price_is_not_believed_for_pieces():
    cheap = GoodsCode(("x",), price_fen=Fen(1))
    assert refused(opened(), s.AddPiece(MILK, cheap)) is s.Refusal.LABEL_PRICE_MISMATCH


def test_expired_today_is_still_sold_yesterday_is_not():
    good = GoodsCode(("x",), expires=date(2026, 11, 22))
    bad = GoodsCode(("x",), expires=date(2026, 11, 21))
    assert do(opened(), s.AddPiece(MILK, good)).lines[0].expires == "2026-11-22"
    assert refused(opened(), s.AddPiece(MILK, bad)) is s.Refusal.EXPIRED


def test_the_last_day_of_sale_is_a_day_of_sale_and_a_code_knows_better():
    noon = TERMS.now.date().isoformat()
    day_before = (TERMS.now.date() - timedelta(days=1)).isoformat()
    last, over = replace(MILK, best_before=noon), replace(MILK, best_before=day_before)
    assert do(opened(), s.AddPiece(last, CODE)).count == 1
    assert refused(opened(), s.AddPiece(over, CODE)) is s.Refusal.EXPIRED
    fresher = GoodsCode(("x",), expires=TERMS.now.date())
    assert do(opened(), s.AddPiece(over, fresher)).count == 1


def test_what_the_catalogue_does_not_sell():
    for change, why in (
        ({"price": None}, s.Refusal.PRICE_MISSING),
        ({"active": False}, s.Refusal.NOT_SOLD_HERE),
        ({"min_age": 18}, s.Refusal.AGE_RESTRICTED),
    ):
        product = Product(**{"sku": "X", "codes": ("x",), "name_zh": "x", "name_en": "", "price": Fen(100), **change})
        assert refused(opened(), s.AddPiece(product, CODE)) is why


def test_a_unique_piece_is_sold_once():
    first = do(opened(), s.AddPiece(MILK, GoodsCode(("x",), serial="7")))
    assert refused(first, s.AddPiece(MILK, GoodsCode(("x",), serial="7"))) is s.Refusal.ALREADY_SCANNED
    assert len(do(first, s.AddPiece(MILK, GoodsCode(("x",), serial="8"))).lines) == 2


@pytest.mark.parametrize("quantity", [0, -1, 100, 10**9])
def test_silly_quantities_change_nothing(quantity):
    assert refused(basket(MILK), s.SetQuantity(1, quantity)) is s.Refusal.QUANTITY_LIMIT


def test_limits():
    few = Product("L", ("x",), "x", "", Fen(100), most_per_sale=2)
    assert refused(basket(few, few), s.AddPiece(few, CODE)) is s.Refusal.QUANTITY_LIMIT
    assert refused(basket(MILK), s.SetQuantity(9, 1)) is s.Refusal.NO_SUCH_LINE


def charge(sale):
    sale = do(sale, s.Confirm(sale.total))
    return do(sale, s.OpenAttempt("N1", Channel.WECHAT, Mode.CODE, "h", "1234", 1))


def test_a_stale_total_is_not_confirmed():
    assert refused(basket(MILK), s.Confirm(Fen(1))) is s.Refusal.TOTAL_CHANGED
    assert refused(opened(), s.Confirm(Fen(0))) is s.Refusal.EMPTY


def test_no_second_attempt_while_one_is_open():
    sale = charge(basket(MILK))
    second = s.OpenAttempt("N2", Channel.ALIPAY, Mode.CODE, "h2", "9999", 2)
    assert refused(sale, second) is s.Refusal.WRONG_PHASE


def test_nothing_changes_while_paying():
    sale = charge(basket(MILK))
    for command in (s.AddPiece(MILK, CODE), s.RemoveLine(1), s.SetQuantity(1, 2), s.Reopen(), s.Abandon("x"), s.Park()):
        assert refused(sale, command) is s.Refusal.WRONG_PHASE


def test_declined_goes_back_and_the_next_attempt_may_start():
    sale = s.apply(charge(basket(MILK)), f.AttemptSettled("N1", "s", "declined"))
    assert sale.phase is s.Phase.CHOOSING
    assert do(sale, s.OpenAttempt("N2", Channel.ALIPAY, Mode.CODE, "h2", "9999", 2)).attempts == 2


COMMANDS = st.lists(
    st.one_of(
        st.builds(s.AddPiece, st.sampled_from([CRISPS, MILK]), st.just(CODE)),
        st.builds(s.SetQuantity, st.integers(1, 6), st.integers(-1, 101)),
        st.builds(s.RemoveLine, st.integers(1, 6)),
        st.just(s.JoinMember("h", "1234")),
        st.just(s.Park()),
        st.just(s.Resume("1")),
        st.just(s.Reopen()),
    ),
    max_size=25,
)


@given(COMMANDS)
def test_whatever_the_shopper_does_the_sums_hold(commands):
    sale = opened()
    for command in commands:
        decision = s.decide(sale, command, TERMS)
        if isinstance(decision, s.Refusal):
            continue
        for happened in decision:
            sale = s.apply(sale, happened)
        assert sale.total >= 0
        assert sale.discounts == s.price(sale, TERMS)
        assert all(li.amount == li.unit_price * li.quantity for li in sale.lines)
        assert len({li.id for li in sale.lines}) == len(sale.lines)

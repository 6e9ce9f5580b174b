from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.money import Fen
from paybooth.domain.pricing import RULES_MOST, Priced, Rule, Window, discounts, outcomes, rule_fault, rules_fault

NOON = datetime(2026, 11, 22, 12, 0)


def line(number, sku, price, quantity=1, *, weighed=False):
    return Priced(number, sku, Fen(price), quantity, Fen(price * quantity), weighed)


def off(lines, *rules, at=NOON, member=False):
    return {d.line: (d.rule, d.amount) for d in discounts(tuple(lines), rules, at, member=member)}


HALF = Rule("half", "nth_percent", "第二件半价", "", n=2, percent=50)
THIRD = Rule("third", "nth_free", "买二送一", "", n=3)
TWO = Rule("two", "bundle", "两件 9.90", "", n=2, price=Fen(990))
TENTH = Rule("tenth", "percent", "九折", "", percent=90)


def test_second_at_half_price():
    assert off([line(1, "A", 650, 2)], HALF) == {1: ("half", -325)}
    assert off([line(1, "A", 650, 3)], HALF) == {1: ("half", -325)}
    assert off([line(1, "A", 650, 4)], HALF) == {1: ("half", -650)}
    assert off([line(1, "A", 650, 1)], HALF) == {}


def test_third_is_free_and_the_cheapest_of_a_mixed_group_goes():
    assert off([line(1, "A", 200, 3)], THIRD) == {1: ("third", -200)}
    assert off([line(1, "A", 500, 2), line(2, "B", 300)], THIRD) == {2: ("third", -300)}


def test_bundle_shares_its_saving_over_its_lines_to_the_fen():
    found = off([line(1, "A", 680), line(2, "B", 630)], TWO)
    assert sum(amount for _, amount in found.values()) == 990 - 680 - 630
    assert set(found) == {1, 2}


def test_a_bundle_dearer_than_its_pieces_takes_nothing():
    assert off([line(1, "A", 400, 2)], TWO) == {}


def test_percent_rounds_once_per_line():
    assert off([line(1, "A", 333, 3)], TENTH) == {1: ("tenth", -(999 - 899))}


def test_a_line_gets_the_better_rule_only():
    assert off([line(1, "A", 1000, 2)], HALF, TENTH) == {1: ("half", -500)}


def test_rules_for_members_and_for_some_goods():
    rule = Rule("m", "percent", "会员九折", "", percent=90, members_only=True, skus=frozenset({"A"}))
    lines = [line(1, "A", 1000), line(2, "B", 1000)]
    assert off(lines, rule) == {}
    assert off(lines, rule, member=True) == {1: ("m", -100)}


def test_weighed_goods_take_percent_but_not_piece_rules():
    lines = [line(1, "W", 1280, 1, weighed=True), line(2, "W", 900, 1, weighed=True)]
    assert off(lines, HALF) == {}
    assert off(lines, TENTH) == {1: ("tenth", -128), 2: ("tenth", -90)}


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        (Window(from_date="2026-11-22", to_date="2026-11-22"), NOON, True),
        (Window(to_date="2026-11-21"), NOON, False),
        (Window(weekdays=(6,)), NOON, True),
        (Window(weekdays=(0, 1)), NOON, False),
        (Window(from_minute=1200, to_minute=360), datetime(2026, 11, 22, 23, 0), True),
        (Window(from_minute=1200, to_minute=360), datetime(2026, 11, 22, 5, 59), True),
        (Window(from_minute=1200, to_minute=360), datetime(2026, 11, 22, 6, 0), False),
        (Window(from_minute=600, to_minute=720), NOON, False),
    ],
)
def test_time_windows(window, at, holds):
    assert window.holds(at) is holds


BASKETS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 100_000), st.integers(1, 9), st.booleans()), max_size=8
).map(lambda rows: [line(n, s, p, 1 if w else q, weighed=w) for n, (s, p, q, w) in enumerate(rows, 1)])
RULES = (HALF, THIRD, TWO, TENTH)


@given(BASKETS, st.permutations(RULES))
def test_discounts_never_exceed_a_line_and_do_not_depend_on_the_order_of_rules(lines, rules):
    found = discounts(tuple(lines), tuple(rules), NOON, member=False)
    amounts = {li.line: li.amount for li in lines}
    assert all(0 < -d.amount <= amounts[d.line] for d in found)
    assert len({d.line for d in found}) == len(found)
    assert found == discounts(tuple(lines), RULES, NOON, member=False)


def test_unsound_rules_are_refused():
    assert rule_fault(Rule("", "percent", "x", "", percent=90))
    assert rule_fault(Rule("a", "bundle", "x", "", n=1, price=Fen(1)))
    assert rule_fault(Rule("a", "percent", "x", "", percent=100))
    assert rule_fault(Rule("a", "nth_free", "x", "", n=1))
    assert all(rule_fault(rule) is None for rule in RULES)


@pytest.mark.parametrize(
    "window",
    [
        Window(from_date="2026-02-30"),
        Window(to_date="22.11.2026"),
        Window(from_date="20261122"),
        Window(from_date="2026-11-22", to_date="2026-11-21"),
        Window(weekdays=(7,)),
        Window(weekdays=(-1,)),
        Window(from_minute=1440, to_minute=60),
        Window(from_minute=-1),
        Window(to_minute=1441),
        Window(from_minute=600, to_minute=600),
    ],
)
def test_times_that_cannot_be_are_refused(window):
    assert rule_fault(Rule("a", "percent", "x", "", percent=90, window=window))


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ((TENTH, TENTH), "rule tenth: another rule has this id"),
        ((Rule("a", "percent", "x", "", frozenset({"A", "Z"}), percent=90),), "rule a: there is no product Z"),
        ((Rule("", "percent", "x", "", percent=90),), "rule 1: a rule needs an id and a label_zh"),
        (tuple(Rule(f"r{n}", "percent", "x", "", percent=90) for n in range(RULES_MOST + 1)), "at most 200 rules"),
        ((Rule("a", "percent", "x\n", "", percent=90),), "printable"),
        ((Rule("a", "bundle", "x", "", n=2, price=Fen(10**9)),), "at most 100000.00"),
    ],
)
def test_rules_that_cannot_stand_together_are_named(rules, why):
    assert why in (rules_fault(rules, {"A": None, "B": None}) or "")
    assert rules_fault(RULES, {"A": None}) is None


def test_what_became_of_each_rule_is_said():
    lines = (line(1, "A", 1000, 2), line(2, "B", 400))
    rules = (
        HALF,  # 500 off A, more than the tenth
        TENTH,  # of B it takes the tenth
        Rule("third", "nth_free", "x", "", frozenset({"B"}), n=3),
        Rule("members", "percent", "x", "", percent=10, members_only=True),
        Rule("morning", "percent", "x", "", percent=10, window=Window(to_minute=600)),
        Rule("others", "percent", "x", "", frozenset({"Z"}), percent=10),
        Rule("dear", "bundle", "x", "", frozenset({"A"}), n=2, price=Fen(9000)),
        Rule("weak", "percent", "x", "", frozenset({"A"}), percent=99),
    )
    found = {rule: (word, int(off)) for rule, (word, off) in outcomes(lines, rules, NOON, member=False).items()}
    assert found == {
        "half": ("took", -500),
        "tenth": ("took", -40),
        "third": ("few", 0),
        "members": ("members", 0),
        "morning": ("time", 0),
        "others": ("goods", 0),
        "dear": ("nothing", 0),
        "weak": ("beaten", 0),
    }


@given(BASKETS, st.booleans())
def test_what_the_rules_took_is_what_was_taken(lines, member):
    found = outcomes(tuple(lines), RULES, NOON, member=member)
    assert sum(off for _, off in found.values()) == sum(
        d.amount for d in discounts(tuple(lines), RULES, NOON, member=member)
    )
    assert all((word == "took") is (off < 0) for word, off in found.values())

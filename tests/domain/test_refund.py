"""Refunds never pass the sale, by piece or by amount, in one slice or many; a second person is another person."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import facts as f
from paybooth.domain import refund as r
from paybooth.domain.money import Fen
from paybooth.domain.payment import Attempt, Channel, Mode, State
from paybooth.domain.sale import Phase, Sale

DAY_MS = 86_400_000


def line(id_: int, quantity: int, unit: int) -> f.Line:
    price = Fen(unit)
    return f.Line(
        id_, f"S{id_}", "奶", "Milk", "", "", "", quantity, price, price, None, Fen(unit * quantity), 130
    )  # fmt: skip


def sold(*lines: f.Line, off: tuple[f.DiscountEntry, ...] = (), phase: Phase = Phase.PAID) -> tuple[Sale, Attempt]:
    sale = Sale("20261122-00001", "0001", "1", phase, lines=lines, discounts=off, attempt="N1", last_line=len(lines))
    attempt = Attempt(
        "N1", sale.id, "1", Channel.WECHAT, Mode.CODE, sale.total, "1234", State.PAID, 0, 1, "T1", sale.total, "", ""
    )
    return sale, attempt


def wish(**more) -> r.Wish:
    return r.Wish(**{"by": "An", "reason": r.Reason.RETURNED, "request": "w-1", **more})


def asked(sale, attempt, earlier, wish_, *, alone=10**9, now_ms=1000):
    return r.ask(sale, attempt, earlier, wish_, alone=Fen(alone), now_ms=now_ms)


def refund_of(facts, state=r.State.DONE) -> r.Refund:
    a = facts[0]
    return r.Refund(a.refund, a.attempt, a.sale, a.amount, a.reason, state, 0, by=a.by, lines=a.lines)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(r.State, r.Event)))
def test_the_machine_is_exhaustive(state, event):
    if (state, event) in r.TRANSITIONS:
        assert r.step(state, event) is r.TRANSITIONS[state, event]
    else:
        with pytest.raises(AssertionError):
            r.step(state, event)


def test_ended_states_have_no_way_out_and_each_other_state_has_one():
    starts = {state for state, _ in r.TRANSITIONS}
    assert starts | r.ENDED == set(r.State)
    assert not starts & r.ENDED


def test_with_neither_goods_nor_amount_all_that_is_left_goes_back():
    sale, attempt = sold(line(1, 2, 500))
    half = asked(sale, attempt, [], wish(amount=Fen(300)))
    rest = asked(sale, attempt, [refund_of(half)], wish())
    assert (half[0].amount, rest[0].amount) == (300, 700)
    assert (half[0].refund, rest[0].refund) == ("N1R1", "N1R2")
    assert asked(sale, attempt, [refund_of(half), refund_of(rest)], wish()) is r.Refusal.NOTHING_LEFT


@given(quantity=st.integers(1, 9), unit=st.integers(1, 999), off=st.integers(0, 500), cuts=st.lists(st.integers(1, 4)))
def test_piece_by_piece_gives_back_the_line_to_the_fen(quantity, unit, off, cuts):
    gross = quantity * unit
    off = min(off, gross - quantity)  # each piece is worth a fen at least
    entries = (f.DiscountEntry(1, "x", "", "", Fen(-off)),) if off else ()
    sale, attempt = sold(line(1, quantity, unit), off=entries)
    earlier, back = [], 0
    for wanted in [*cuts, *itertools.repeat(1, quantity)]:
        cut = min(wanted, quantity - back)
        if cut == 0:
            break
        facts = asked(sale, attempt, earlier, wish(goods=(r.Back(1, cut),)))
        back += cut
        earlier.append(refund_of(facts))
    assert sum(each.amount for each in earlier) == gross - off
    assert asked(sale, attempt, earlier, wish()) is r.Refusal.NOTHING_LEFT


@pytest.mark.parametrize("state", [r.State.ASKED, r.State.OPEN, r.State.DONE])
def test_what_is_asked_on_its_way_or_done_takes_room(state):
    sale, attempt = sold(line(1, 1, 1000))
    first = refund_of(asked(sale, attempt, [], wish(amount=Fen(600))), state)
    assert asked(sale, attempt, [first], wish(amount=Fen(401))) is r.Refusal.TOO_MUCH
    assert asked(sale, attempt, [first], wish(amount=Fen(400)))[0].amount == 400


@pytest.mark.parametrize("state", [r.State.REFUSED, r.State.WITHDRAWN])
def test_what_came_to_nothing_gives_its_room_back_but_not_its_number(state):
    sale, attempt = sold(line(1, 1, 1000))
    first = refund_of(asked(sale, attempt, [], wish()), state)
    again = asked(sale, attempt, [first], wish())
    assert (again[0].amount, again[0].refund) == (1000, "N1R2")


def test_the_limit_holds_for_the_sum_so_slices_do_not_pass_it():
    sale, attempt = sold(line(1, 1, 1000))
    first = asked(sale, attempt, [], wish(amount=Fen(500)), alone=500)
    assert [x.kind for x in first] == ["refund.asked", "refund.opened"]
    second = asked(sale, attempt, [refund_of(first)], wish(amount=Fen(1)), alone=500)
    assert [x.kind for x in second] == ["refund.asked"]


def test_the_second_person_is_another_person():
    waiting = r.Refund("N1R1", "N1", "s", Fen(900), "returned", r.State.ASKED, 0, by="An")
    assert r.approve(waiting, "An") is r.Refusal.SECOND_PERSON
    assert [x.kind for x in r.approve(waiting, "Bo")] == ["refund.approved", "refund.opened"]
    assert [x.kind for x in r.withdraw(waiting, "An", "")] == ["refund.withdrawn"]


@pytest.mark.parametrize("state", [s for s in r.State if s is not r.State.ASKED])
def test_only_a_waiting_one_is_approved_or_withdrawn(state):
    refund = r.Refund("N1R1", "N1", "s", Fen(900), "returned", state, 0, by="An")
    assert r.approve(refund, "Bo") is r.Refusal.NOT_WAITING
    assert r.withdraw(refund, "Bo", "") is r.Refusal.NOT_WAITING


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"amount": Fen(1001)}, r.Refusal.TOO_MUCH),
        ({"amount": Fen(0)}, r.Refusal.BAD_AMOUNT),
        ({"amount": Fen(-5)}, r.Refusal.BAD_AMOUNT),
        ({"goods": (r.Back(9, 1),)}, r.Refusal.NO_SUCH_LINE),
        ({"goods": (r.Back(1, 1), r.Back(1, 1))}, r.Refusal.NO_SUCH_LINE),
        ({"goods": (r.Back(1, 3),)}, r.Refusal.NOT_SO_MANY),
        ({"goods": (r.Back(1, 0),)}, r.Refusal.NOT_SO_MANY),
        ({"goods": (r.Back(1, 1),), "amount": Fen(499)}, r.Refusal.BAD_AMOUNT),
        ({"reason": r.Reason.OTHER}, r.Refusal.NOTE_MISSING),
        ({"reason": r.Reason.OTHER, "note": "  "}, r.Refusal.NOTE_MISSING),
    ],
)
def test_bad_wishes_are_refused(more, why):
    sale, attempt = sold(line(1, 2, 500))
    assert asked(sale, attempt, [], wish(**more)) is why


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.PAID])
def test_a_sale_that_is_not_paid_is_not_refunded(phase):
    sale, attempt = sold(line(1, 1, 500), phase=phase)
    assert asked(sale, attempt, [], wish()) is r.Refusal.NOT_PAID


def test_too_many_and_too_late_are_refused():
    sale, attempt = sold(line(1, 1, 500))
    one = refund_of(asked(sale, attempt, [], wish(amount=Fen(1))))
    assert asked(sale, attempt, [one] * r.MOST_REFUNDS, wish()) is r.Refusal.TOO_MANY_REFUNDS
    assert asked(sale, attempt, [], wish(), now_ms=366 * DAY_MS) is r.Refusal.TOO_LATE

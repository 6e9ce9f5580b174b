"""The match names every disagreement by its kind, and a clean day has none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import match as m
from paybooth.domain import refund as r
from paybooth.domain.bill import Bill, BillKind, BillRow, BillStatus
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, State

DAY = date(2026, 11, 21)


def row(number: str = "N1", amount: int = 1000, **more) -> BillRow:
    base = {
        "line": 2,
        "kind": BillKind.PAYMENT,
        "number": number,
        "transaction": f"T{number}",
        "refund": "",
        "amount": Fen(amount),
        "status": BillStatus.PAID,
        "said": "SUCCESS",
        "at_ms": 0,
        "device": "1",
        "fee_mfen": amount * 6,
    }
    return BillRow(**{**base, **more})


def back(number: str = "N1", refund: str = "N1R1", amount: int = 400, **more) -> BillRow:
    base = {"kind": BillKind.REFUND, "refund": refund, "status": BillStatus.REFUNDED, "said": "SUCCESS", "fee_mfen": 0}
    return row(number, amount, **{**base, **more})


def payment(number: str = "N1", amount: int = 1000, state: State = State.PAID, **more) -> m.Payment:
    told = Fen(amount) if state is State.PAID else None
    base = {"transaction": f"T{number}" if state is State.PAID else "", "told": told}
    return m.Payment(number, f"sale {number}", Fen(amount), state, **{**base, **more})


def refund(number: str = "N1R1", amount: int = 400, state: r.State = r.State.DONE, **more) -> r.Refund:
    return r.Refund(number, number.partition("R")[0], "sale", Fen(amount), "returned", state, 0, 1, **more)


def ours(*payments: m.Payment, refunds: tuple[r.Refund, ...] = (), due: set[str] | None = None) -> m.Ours:
    paid = {p.number for p in payments if p.is_ours} if due is None else due
    done = frozenset(x.number for x in refunds if x.state is r.State.DONE)
    return m.Ours({p.number: p for p in payments}, {x.number: x for x in refunds}, frozenset(paid), done)


def kinds(rows: list[BillRow], known: m.Ours, **more) -> list[str]:
    return [d.kind for d in m.compare(Bill(Channel.WECHAT, DAY, tuple(rows)), known, **more).differences]


def test_a_clean_day_has_no_difference_and_its_sums():
    known = ours(payment(), payment("N2", 500, State.REVERSED), refunds=(refund(),))
    rows = [row(), row("N2", 500, status=BillStatus.REVERSED, said="REVOKED", fee_mfen=0), back()]
    found = m.compare(Bill(Channel.WECHAT, DAY, tuple(rows)), known, fee_permyriad=60)
    assert found.differences == ()
    assert (found.rows, found.matched, found.payments, found.refunds, found.fee_mfen) == (3, 3, 1500, 900, 6000)


@pytest.mark.parametrize(
    ("rows", "known", "kind"),
    [
        ([row(), row("N9")], ours(payment()), m.Kind.MISSING_HERE),
        ([], ours(payment()), m.Kind.MISSING_THERE),
        ([row(amount=999)], ours(payment()), m.Kind.AMOUNT),
        ([row()], ours(payment(state=State.DECLINED)), m.Kind.STATUS),
        ([row()], ours(payment(state=State.REVERSED)), m.Kind.STATUS),
        ([row()], ours(payment(state=State.PARKED)), m.Kind.STATUS),
        ([row(status=BillStatus.OTHER, said="ODD")], ours(payment()), m.Kind.STATUS),
        ([row(transaction="TX")], ours(payment()), m.Kind.STATUS),
        ([row(), row(line=3)], ours(payment()), m.Kind.DUPLICATE),
        ([row(status=BillStatus.REVERSED)], ours(payment()), m.Kind.REVERSED),
        ([row(), back(refund="OTHER")], ours(payment()), m.Kind.REFUND),
        ([row(), back(amount=399)], ours(payment(), refunds=(refund(),)), m.Kind.REFUND),
        ([row(), back(status=BillStatus.FAILED)], ours(payment(), refunds=(refund(),)), m.Kind.REFUND),
        ([row(), back()], ours(payment(), refunds=(refund(state=r.State.REFUSED),)), m.Kind.REFUND),
        ([row(), back()], ours(payment(), refunds=(refund(state=r.State.ASKED),)), m.Kind.REFUND),
        ([row()], ours(payment(), refunds=(refund(),)), m.Kind.REFUND),
        ([row(), back("N2")], ours(payment(), payment("N2"), refunds=(refund(),), due={"N1"}), m.Kind.REFUND),
        ([row(fee_mfen=9000)], ours(payment()), m.Kind.FEE),
        ([row()], ours(payment(told=Fen(999))), m.Kind.JOURNAL),
        ([row()], ours(payment(told=None)), m.Kind.JOURNAL),
    ],
)  # fmt: skip
def test_every_disagreement_has_its_kind(rows, known, kind):
    assert set(kinds(rows, known, fee_permyriad=60)) == {kind}


def test_fees_are_left_alone_where_nobody_told_the_rate():
    assert kinds([row(fee_mfen=9000)], ours(payment())) == []


def test_late_money_that_went_back_is_settled_not_different():
    known = ours(payment(state=State.REVERSED, returned=True), refunds=(refund(amount=1000),))
    found = m.compare(Bill(Channel.WECHAT, DAY, (row(), back(amount=1000))), known)
    assert (found.differences, found.returned) == ((), 1)


def test_late_money_is_named_for_returning_once():
    bill = Bill(Channel.WECHAT, DAY, (row(), row("N2"), row("N3"), row("N4")))
    known = ours(
        payment(state=State.DECLINED),
        payment("N2"),
        payment("N3", state=State.REVERSED, returned=True),
        payment("N4", state=State.UNKNOWN),
    )
    assert list(m.came_late(bill, known.payments)) == ["N1"]


@pytest.mark.parametrize("state", [State.REVERSED, State.DECLINED])
def test_a_reversal_told_as_two_rows_is_one_story(state):
    known = ours(payment(state=state))
    assert kinds([row(), back(refund="", amount=1000)], known) == []
    assert set(kinds([row(), back(refund="", amount=999)], known)) == {m.Kind.STATUS, m.Kind.REFUND}


def test_what_was_taken_back_after_the_day_is_rightly_paid_in_its_bill():
    assert kinds([row()], ours(payment(state=State.REVERSED, undone_later=True))) == []


@given(st.lists(st.tuples(st.integers(1, 99_999), st.booleans(), st.booleans()), max_size=20))
def test_every_row_and_every_due_payment_is_matched_or_named(items):
    payments = [payment(f"N{n}", amount) for n, (amount, _, _) in enumerate(items)]
    known = ours(*(p for p, (_, here, _) in zip(payments, items, strict=True) if here))
    rows = [row(p.number, p.amount) for p, (_, _, there) in zip(payments, items, strict=True) if there]
    found = m.compare(Bill(Channel.ALIPAY, DAY, tuple(rows)), known)
    wanted = [
        (p.number, m.Kind.MISSING_THERE if here else m.Kind.MISSING_HERE)
        for p, (_, here, there) in zip(payments, items, strict=True)
        if here != there
    ]
    assert sorted((d.number, d.kind) for d in found.differences) == sorted(wanted)
    assert found.matched == sum(here and there for _, here, there in items)

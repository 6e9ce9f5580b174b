"""Every bad reply at every question: never a false yes, never a false no, and right as soon as the channel speaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Channel,
    Decline,
    Declined,
    Doubt,
    Mode,
    NeedsUser,
    Paid,
    RefundStatus,
    Undo,
    Unknown,
)
from paybooth.lab.faults import REPLY
from paybooth.lab.keys import Merchant
from paybooth.ports import Presented

from .pay_bench import READ_S, PayBench, pay_bench

pytestmark = pytest.mark.anyio

LATE_S = 5.0
WAITS, SOON_S = ("reply_late", "reply_drips"), 0.2
"""Faults that only the limit of the whole exchange ends, and that limit here."""
EVERY = sorted(REPLY)
NO_AMOUNT = sorted(REPLY - {"wrong_amount"})
"""For replies that state no amount, or to a question that names none."""


@contextmanager
def troubled(bench: PayBench, fault: str, *at: str) -> Iterator[None]:
    """The next answer there is bad."""
    usual_s = bench.driver._http._all_s
    bench.driver._http._all_s = SOON_S if fault in WAITS else usual_s
    bench.faults.arm(bench.kind, fault, 1, LATE_S, at)
    yield
    bench.driver._http._all_s = usual_s
    assert bench.faults.hits[fault] >= 1
    bench.faults.clear()


async def test_an_answer_that_drips_for_ever_is_given_up(bench: PayBench) -> None:
    """Each byte comes within the read timeout; only the limit of the whole exchange ends it."""
    bench.arm("reply_drips")
    bench.driver._http._all_s = READ_S * 1.5
    order = bench.order()
    verdict = await bench.driver.charge(order, bench.code())
    assert verdict == Unknown(Doubt.NO_ANSWER, "timeout TimeoutError")
    assert bench.gateway.requests == 1
    assert isinstance(await bench.driver.query(order), Paid)


@pytest.mark.parametrize("fault", EVERY)
async def test_a_bad_reply_to_a_query_says_nothing(bench: PayBench, fault: str) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    with troubled(bench, fault, "query"):
        assert isinstance(await bench.driver.query(order), Unknown)
    assert isinstance(await bench.driver.query(order), Paid)


@pytest.mark.parametrize("fault", EVERY)
async def test_a_bad_reply_about_a_reversed_order_says_nothing(bench: PayBench, fault: str) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.later(20)
    await bench.driver.undo(order)
    with troubled(bench, fault, "query"):
        first = await bench.driver.query(order)
    verdicts = [first, await bench.driver.query(order)]
    # a taken-back order states no amount that could matter: there a wrong one changes nothing
    wanted = (Declined, Declined) if fault == "wrong_amount" else (Unknown, Declined)
    assert tuple(type(verdict) for verdict in verdicts) == wanted


@pytest.mark.parametrize("fault", NO_AMOUNT)
async def test_a_bad_reply_to_an_undo_is_not_yet(bench: PayBench, fault: str) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.later(20)
    with troubled(bench, fault, "undo"):
        assert await bench.driver.undo(order) is Undo.NOT_YET
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert (bench.bank.net(order.number), bench.bank.given_back()) == (0, order.amount)


@pytest.mark.parametrize("fault", NO_AMOUNT)
async def test_a_bad_reply_while_closing_a_presented_order_is_not_yet(bench: PayBench, fault: str) -> None:
    order = bench.order(mode=Mode.PRESENTED)
    shown = await bench.driver.present(order)
    assert isinstance(shown, Presented)
    with troubled(bench, fault, "undo", "query"):
        assert await bench.driver.undo(order) is Undo.NOT_YET
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert not bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)


@pytest.mark.parametrize("fault", EVERY)
async def test_a_bad_reply_to_a_refund_is_unknown_and_the_same_number_ends_it(bench: PayBench, fault: str) -> None:
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    with troubled(bench, fault, "refund"):
        assert await bench.driver.refund(order, "R1", Fen(400), "bruised") is RefundStatus.UNKNOWN
    assert await bench.driver.refund(order, "R1", Fen(400), "bruised") is RefundStatus.DONE
    assert bench.bank.net(order.number) == 600


@pytest.mark.parametrize("fault", NO_AMOUNT)
async def test_a_bad_reply_about_a_refund_says_nothing(bench: PayBench, fault: str) -> None:
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    await bench.driver.refund(order, "R1", Fen(400), "bruised")
    with troubled(bench, fault, "refund_query"):
        assert await bench.driver.refund_status(order, "R1") is RefundStatus.UNKNOWN
    assert await bench.driver.refund_status(order, "R1") is RefundStatus.DONE


@pytest.mark.parametrize("fault", sorted(REPLY - {"wrong_amount", "wrong_number"}))
async def test_a_bad_reply_to_a_presented_order_shows_no_code(bench: PayBench, fault: str) -> None:
    order = bench.order(mode=Mode.PRESENTED)
    with troubled(bench, fault, "present"):
        assert isinstance(await bench.driver.present(order), Unknown)
    assert isinstance(await bench.driver.present(order), Presented)


# ---------------------------------------------------------------- endings of their own


async def test_a_password_nobody_types_ends_in_a_reverse(bench: PayBench) -> None:
    bench.arm("password_abandoned")
    order = bench.order()
    assert await bench.driver.charge(order, bench.code()) == NeedsUser()
    assert not bench.bank.answer_prompt(bench.wallet, agree=True, now_ms=bench.clock.now)
    bench.later(60)
    assert await bench.driver.query(order) == NeedsUser()
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert isinstance(await bench.driver.query(order), Declined)
    assert bench.bank.charged() == 0


async def test_wechats_payerror_is_over_only_when_reversed(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant) as bench:
        bench.arm("pay_error")
        order = bench.order()
        assert await bench.driver.charge(order, bench.code()) == NeedsUser()
        assert await bench.driver.query(order) == Unknown(Doubt.FAILED, "PAYERROR")
        bench.later(20)
        assert await bench.driver.undo(order) is Undo.UNDONE
        verdict = await bench.driver.query(order)
        assert verdict == Declined(Decline.REVERSED, "REVOKED")
        assert bench.bank.charged() == 0


async def test_alipays_failed_payment_is_a_final_no(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(Channel.ALIPAY, merchant_folder, merchant) as bench:
        bench.arm("pay_error")
        verdict = await bench.driver.charge(bench.order(), bench.code())
        assert verdict == Declined(Decline.REFUSED, "PAYMENT_FAIL")


DAY_S = 24 * 3600


@pytest.fixture
async def too_late(merchant_folder: Path, merchant: Merchant, anyio_backend: str):
    """Alipay, where a charge can be cancelled for a day."""
    async with pay_bench(Channel.ALIPAY, merchant_folder, merchant) as bench:
        yield bench


async def test_too_late_to_cancel_and_paid_is_still_paid(too_late: PayBench) -> None:
    order = too_late.order()
    await too_late.driver.charge(order, too_late.code())
    too_late.later(DAY_S + 1)
    assert await too_late.driver.undo(order) is Undo.STILL_PAID
    assert too_late.bank.net(order.number) == order.amount


async def test_too_late_to_cancel_and_taken_back_before_is_undone(too_late: PayBench) -> None:
    order = too_late.order()
    await too_late.driver.charge(order, too_late.code())
    await too_late.driver.undo(order)
    too_late.later(DAY_S + 1)
    assert await too_late.driver.undo(order) is Undo.UNDONE


async def test_too_late_to_cancel_and_still_waiting_is_asked_again(too_late: PayBench) -> None:
    too_late.arm("password_abandoned")
    order = too_late.order()
    await too_late.driver.charge(order, too_late.code())
    too_late.later(DAY_S + 1)
    assert await too_late.driver.undo(order) is Undo.NOT_YET


@pytest.mark.parametrize("fault", ["reply_lost", "error_5xx", "wrong_amount", "unsigned", "rate_limit"])
async def test_too_late_to_cancel_without_a_clear_state_is_asked_again(too_late: PayBench, fault: str) -> None:
    order = too_late.order()
    await too_late.driver.charge(order, too_late.code())
    too_late.later(DAY_S + 1)
    too_late.arm(fault, at="query")
    assert await too_late.driver.undo(order) is Undo.NOT_YET
    assert await too_late.driver.undo(order) is Undo.STILL_PAID

"""The suite that every PayChannel passes: real driver, real gateway, real sockets; the bank's books are the truth."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
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
from paybooth.drivers.wechat import open_wechat
from paybooth.lab.keys import Merchant
from paybooth.ports import Fault, FaultKind, HealthState, Presented, Secret

from .pay_bench import HandClock, PayBench, RealChance, pay_bench, wechat_settings

pytestmark = pytest.mark.anyio


# ---------------------------------------------------------------- charge


async def test_a_charge_is_paid_and_the_books_agree(bench: PayBench) -> None:
    order = bench.order(1250)
    verdict = await bench.driver.charge(order, bench.code())
    assert isinstance(verdict, Paid)
    assert verdict.payer_paid == 1250
    assert verdict.transaction == bench.bank.orders[order.number].transaction
    assert verdict.paid_at_ms is not None
    assert abs(verdict.paid_at_ms - bench.clock.now) <= 1000
    assert bench.bank.net(order.number) == 1250


@pytest.mark.parametrize(("fault", "reason"), [("code_expired", Decline.CODE_INVALID), ("no_money", Decline.NO_MONEY)])
async def test_a_documented_refusal_is_final(bench: PayBench, fault: str, reason: Decline) -> None:
    bench.arm(fault)
    verdict = await bench.driver.charge(bench.order(), bench.code())
    assert isinstance(verdict, Declined)
    assert verdict.reason is reason
    assert bench.bank.charged() == 0


async def test_a_code_works_once(bench: PayBench) -> None:
    code = bench.code()
    await bench.driver.charge(bench.order(), code)
    again = await bench.driver.charge(bench.order(), code)
    assert isinstance(again, Declined)
    assert again.reason is Decline.CODE_INVALID


async def test_a_code_expires(bench: PayBench) -> None:
    code = bench.code()
    bench.later(61)
    verdict = await bench.driver.charge(bench.order(), code)
    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.CODE_INVALID


async def test_an_empty_wallet_declines(bench: PayBench) -> None:
    bench.wallet.balance = Fen(5)
    verdict = await bench.driver.charge(bench.order(), bench.code())
    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.NO_MONEY


async def test_a_number_used_with_other_data_is_not_a_no(bench: PayBench) -> None:
    order = bench.order(1250)
    await bench.driver.charge(order, bench.code())
    verdict = await bench.driver.charge(replace(order, amount=Fen(900)), bench.code())
    assert isinstance(verdict, Unknown)


async def test_password_then_paid(bench: PayBench) -> None:
    order = bench.order(200_000)
    assert await bench.driver.charge(order, bench.code()) == NeedsUser()
    assert await bench.driver.query(order) == NeedsUser()
    assert bench.bank.answer_prompt(bench.wallet, agree=True, now_ms=bench.clock.now)
    assert isinstance(await bench.driver.query(order), Paid)


async def test_password_abandoned_is_taken_back(bench: PayBench) -> None:
    bench.arm("needs_password")
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.bank.answer_prompt(bench.wallet, agree=False, now_ms=bench.clock.now)
    bench.later(20)
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert isinstance(await bench.driver.query(order), Declined)
    assert bench.bank.charged() == 0


@pytest.mark.parametrize(
    ("fault", "doubts"),
    [
        ("undocumented_code", {Doubt.UNDOCUMENTED}),
        ("garbage", {Doubt.GARBLED}),
        ("cut_json", {Doubt.GARBLED}),
        ("huge_json", {Doubt.GARBLED}),
        ("unsigned", {Doubt.GARBLED}),
        ("bad_signature", {Doubt.GARBLED}),
        ("unsigned_error", {Doubt.GARBLED, Doubt.BUSY}),
        ("error_5xx", {Doubt.BUSY}),
        ("error_5xx_but_paid", {Doubt.BUSY}),
        ("rate_limit", {Doubt.BUSY}),
        ("wrong_amount", {Doubt.INTEGRITY}),
        ("wrong_number", {Doubt.INTEGRITY}),
        ("request_lost", {Doubt.NO_ANSWER}),
        ("reply_lost", {Doubt.NO_ANSWER}),
    ],
)
async def test_no_clear_answer_is_unknown(bench: PayBench, fault: str, doubts: set[Doubt]) -> None:
    bench.arm(fault)
    verdict = await bench.driver.charge(bench.order(), bench.code())
    assert isinstance(verdict, Unknown)
    assert verdict.doubt in doubts
    assert bench.faults.hits[fault] == 1


@pytest.mark.parametrize("fault", ["reply_lost", "error_5xx_but_paid", "wrong_amount", "unsigned", "cut_json"])
async def test_what_was_charged_behind_a_bad_answer_is_found_by_asking(bench: PayBench, fault: str) -> None:
    bench.arm(fault)
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    assert isinstance(await bench.driver.query(order), Paid)
    assert bench.bank.charged() == order.amount


async def test_a_late_answer_is_unknown_and_the_charge_is_sent_once(bench: PayBench) -> None:
    bench.arm("reply_late", seconds=1)
    order = bench.order()
    verdict = await bench.driver.charge(order, bench.code())
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is Doubt.NO_ANSWER
    assert bench.gateway.requests == 1
    assert bench.bank.charged() == order.amount


async def test_a_lost_request_charges_nothing(bench: PayBench) -> None:
    bench.arm("request_lost")
    await bench.driver.charge(bench.order(), bench.code())
    assert bench.gateway.requests == 1
    assert bench.bank.charged() == 0


async def test_no_connection_is_provably_not_sent(bench: PayBench, dead_url: str) -> None:
    _point_at(bench, dead_url)
    verdict = await bench.driver.charge(bench.order(), bench.code())
    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.NOT_SENT


# ---------------------------------------------------------------- query


async def test_an_unknown_number_is_no_proof(bench: PayBench) -> None:
    verdict = await bench.driver.query(bench.order())
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is Doubt.NO_SUCH_ORDER


@pytest.mark.parametrize(("fault", "doubt"), [("query_5xx", Doubt.BUSY), ("query_not_found", Doubt.NO_SUCH_ORDER)])
async def test_a_failing_query_never_declines(bench: PayBench, fault: str, doubt: Doubt) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.arm(fault)
    verdict = await bench.driver.query(order)
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is doubt


# ---------------------------------------------------------------- undo


async def test_a_paid_charge_is_taken_back_once(bench: PayBench) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.later(20)
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert bench.bank.net(order.number) == 0
    assert bench.bank.given_back() == order.amount


@pytest.mark.parametrize("fault", ["reverse_refused", "reverse_5xx"])
async def test_a_refused_undo_is_not_yet_and_works_later(bench: PayBench, fault: str) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.later(20)
    bench.arm(fault)
    assert await bench.driver.undo(order) is Undo.NOT_YET
    assert await bench.driver.undo(order) is Undo.UNDONE


async def test_the_floor_before_a_reverse_is_kept(bench: PayBench) -> None:
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    asked = bench.gateway.requests
    early = bench.driver.timing.reverse_not_before_s - 1
    bench.later(max(early, 0))
    expected = (Undo.NOT_YET, 0) if early > 0 else (Undo.UNDONE, 1)
    assert (await bench.driver.undo(order), bench.gateway.requests - asked) == expected


async def test_an_order_that_never_came_ends_after_all_signatures_are_stale(bench: PayBench) -> None:
    """A lost request cannot arrive once its timestamp is refused, so taking it back must come to an end."""
    bench.arm("request_lost")
    order = bench.order()
    await bench.driver.charge(order, bench.code())
    bench.later(700)
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert bench.bank.charged() == 0


# ---------------------------------------------------------------- refund


async def test_a_refund_number_refunds_once(bench: PayBench) -> None:
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    assert await bench.driver.refund(order, "R1", Fen(400), "bruised") is RefundStatus.DONE
    assert await bench.driver.refund(order, "R1", Fen(400), "bruised") is RefundStatus.DONE
    assert bench.bank.net(order.number) == 600


async def test_refunds_never_exceed_the_payment(bench: PayBench) -> None:
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    await bench.driver.refund(order, "R1", Fen(700), "")
    assert await bench.driver.refund(order, "R2", Fen(301), "") is RefundStatus.REFUSED
    assert bench.bank.net(order.number) == 300


async def test_a_refund_can_be_followed_up(bench: PayBench) -> None:
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    await bench.driver.refund(order, "R1", Fen(400), "")
    assert await bench.driver.refund_status(order, "R1") is RefundStatus.DONE


async def test_a_refund_nobody_knows_is_not_refused(bench: PayBench) -> None:
    """It may still be on its way: calling it refused would invite a second one."""
    order = bench.order(1000)
    await bench.driver.charge(order, bench.code())
    assert await bench.driver.refund_status(order, "R9") in (RefundStatus.UNKNOWN, RefundStatus.PENDING)


# ---------------------------------------------------------------- presented


async def test_a_presented_order_waits_then_is_paid(bench: PayBench) -> None:
    order = bench.order(mode=Mode.PRESENTED)
    shown = await bench.driver.present(order)
    assert isinstance(shown, Presented)
    assert not isinstance(await bench.driver.query(order), (Paid, Declined))
    assert bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)
    assert isinstance(await bench.driver.query(order), Paid)


async def test_a_closed_presented_order_cannot_be_paid(bench: PayBench) -> None:
    order = bench.order(mode=Mode.PRESENTED)
    shown = await bench.driver.present(order)
    assert isinstance(shown, Presented)
    assert await bench.driver.undo(order) is Undo.UNDONE
    assert not bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)


async def test_undoing_a_paid_presented_order_tells_where_the_money_is(bench: PayBench) -> None:
    order = bench.order(mode=Mode.PRESENTED)
    shown = await bench.driver.present(order)
    assert isinstance(shown, Presented)
    bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)
    came_to = await bench.driver.undo(order)
    assert (came_to, bench.bank.net(order.number)) in ((Undo.STILL_PAID, 1250), (Undo.UNDONE, 0))


async def test_a_presented_order_that_never_came_is_undone(bench: PayBench) -> None:
    """Nobody saw its QR, so nobody can pay it."""
    assert await bench.driver.undo(bench.order(mode=Mode.PRESENTED)) is Undo.UNDONE


# ---------------------------------------------------------------- clock, keys, secrets, health


async def test_a_signature_from_another_time_is_not_believed(merchant_folder: Path, merchant: Merchant) -> None:
    """WeChat alone: Alipay's replies carry no time."""
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant) as bench:
        order = bench.order()
        await bench.driver.charge(order, bench.code())
        bench.arm("clock_skew", seconds=400)
        verdict = await bench.driver.query(order)
        assert isinstance(verdict, Unknown)
        assert verdict.doubt is Doubt.GARBLED


async def test_a_small_clock_difference_is_fine(bench: PayBench) -> None:
    bench.arm("clock_skew", seconds=-200)
    assert isinstance(await bench.driver.charge(bench.order(), bench.code()), Paid)


async def test_a_rotated_platform_certificate_is_fetched(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant, public_key_id="") as bench:
        assert isinstance(await bench.driver.charge(bench.order(), bench.code()), Paid)
        bench.gateway.rotate_certificate()
        assert isinstance(await bench.driver.charge(bench.order(), bench.code()), Paid)


async def test_alipay_in_certificate_mode(merchant_folder: Path, merchant: Merchant) -> None:
    files = _certificates(merchant_folder, theirs="wallet_cert.pem")
    async with pay_bench(Channel.ALIPAY, merchant_folder, merchant, **files) as bench:
        assert isinstance(await bench.driver.charge(bench.order(), bench.code()), Paid)


async def test_alipay_with_another_certificate_is_not_believed(merchant_folder: Path, merchant: Merchant) -> None:
    files = _certificates(merchant_folder, theirs="merchant_cert.pem")
    async with pay_bench(Channel.ALIPAY, merchant_folder, merchant, **files) as bench:
        verdict = await bench.driver.charge(bench.order(), bench.code())
        assert isinstance(verdict, Unknown)
        assert verdict.doubt is Doubt.GARBLED


async def test_unfetchable_certificates_leave_a_charge_unknown(
    merchant_folder: Path, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The charge went through; that its proof cannot be fetched must not read as "nothing was sent"."""
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant, public_key_id="") as bench:

        async def unreachable() -> None:
            raise Fault(FaultKind.UNREACHABLE, "down")

        monkeypatch.setattr(bench.driver, "_fetch_certificates", unreachable)
        verdict = await bench.driver.charge(bench.order(), bench.code())
        assert isinstance(verdict, Unknown)
        assert bench.bank.charged() > 0


async def test_the_other_host_answers_questions_but_gets_no_charge(
    merchant_folder: Path, merchant: Merchant, dead_url: str
) -> None:
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant) as bench:
        order = bench.order()
        await bench.driver.charge(order, bench.code())
        bench.driver._hosts = [dead_url, bench.driver._hosts[0]]
        asked = bench.gateway.requests
        assert isinstance(await bench.driver.query(order), Paid)
        await bench.driver.charge(bench.order(), bench.code())
        assert bench.gateway.requests == asked + 1


async def test_a_service_provider_charges_for_its_merchant(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant, sub_mchid="1900000999") as bench:
        order = bench.order()
        assert isinstance(await bench.driver.charge(order, bench.code()), Paid)
        assert isinstance(await bench.driver.query(order), Paid)
        bench.later(20)
        assert await bench.driver.undo(order) is Undo.UNDONE


async def test_codes_and_keys_stay_out_of_words(bench: PayBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    for fault in ("code_expired", "garbage", "reply_lost", "undocumented_code", "unsigned"):
        bench.arm(fault)
        code = bench.code()
        verdict = await bench.driver.charge(bench.order(), code)
        seen.append((code.reveal(), f"{verdict!r} {code!r} {code}"))
    words = caplog.text + repr(bench.driver) + repr(vars(bench.driver)) + "".join(text for _, text in seen)
    assert not [code for code, _ in seen if code in words]
    assert "lab0lab1" not in words
    assert "PRIVATE" not in words


async def test_a_probe_tells_well_busy_and_refused_apart(bench: PayBench, dead_url: str) -> None:
    assert (await bench.driver.probe()).state is HealthState.ONLINE
    bench.arm("query_5xx")
    assert (await bench.driver.probe()).state is HealthState.DEGRADED
    _point_at(bench, dead_url)
    assert (await bench.driver.probe()).state is HealthState.OFFLINE


async def test_plain_http_to_elsewhere_is_refused(merchant_folder: Path, merchant: Merchant) -> None:
    settings = wechat_settings(merchant_folder, merchant, "http://pay.example")
    with pytest.raises(ValueError, match="https"):
        open_wechat(settings, Secret(merchant.api_key), clock=HandClock(), chance=RealChance())


@pytest.fixture
def dead_url() -> str:
    """An address nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _point_at(bench: PayBench, url: str) -> None:
    if bench.kind is Channel.WECHAT:
        bench.driver._hosts = [url]
    else:
        bench.driver._url = url


def test_a_code_never_prints() -> None:
    assert "28" not in repr(Secret("281234567890123456"))


def _certificates(folder: Path, *, theirs: str) -> dict[str, Path]:
    return {
        "app_certificate": folder / "merchant_cert.pem",
        "alipay_certificate": folder / theirs,
        "root_certificates": folder / "wallet_cert.pem",
    }

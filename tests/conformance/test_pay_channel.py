"""What every pay channel must do, proven on the true wire of both wallets. The bank's books have the last word."""

from __future__ import annotations

import json

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
from paybooth.ports import HealthState, Presented, Secret

from .pay_world import pay_world

pytestmark = pytest.mark.anyio
BOTH = pytest.mark.parametrize("kind", list(Channel))


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(params=list(Channel))
async def world(request, keys, anyio_backend):
    async with pay_world(request.param, keys) as made:
        yield made


async def test_a_charge_is_paid_and_the_books_agree(world):
    order = world.order(3575)
    verdict = await world.charge(order)
    assert isinstance(verdict, Paid)
    assert verdict.transaction == world.bank.orders[order.number].transaction
    assert verdict.payer_paid == 3575
    assert abs(verdict.paid_at_ms - world.clock.ms) < 1000
    assert world.bank.net(order.number) == 3575


async def test_a_code_is_used_once(world):
    code = world.code()
    assert isinstance(await world.channel.charge(world.order(), code), Paid)
    again = await world.channel.charge(world.order(), code)
    assert again == Declined(Decline.CODE_INVALID, again.code)


async def test_an_old_code_is_refused(world):
    code = world.code()
    world.clock.ms += 61_000
    assert (await world.channel.charge(world.order(), code)).reason is Decline.CODE_INVALID


async def test_an_empty_wallet_is_refused(world):
    poor = world.shopper("poor")
    poor.balance = Fen(0)
    assert (await world.charge(wallet=poor)).reason is Decline.NO_MONEY
    assert world.bank.charged() == 0


async def test_a_password_makes_it_wait_then_paid(world):
    wallet = world.shopper("careful")
    wallet.ask_always = True
    order = world.order()
    assert await world.charge(order, wallet) == NeedsUser()
    assert await world.channel.query(order) == NeedsUser()
    world.bank.answer_prompt(wallet, agree=True, now_ms=world.clock.ms)
    assert isinstance(await world.channel.query(order), Paid)


async def test_an_abandoned_password_is_taken_back(world):
    wallet = world.shopper("careful")
    wallet.ask_always = True
    order = world.order()
    await world.charge(order, wallet)
    world.clock.ms += 20_000
    assert await world.channel.undo(order) is Undo.UNDONE
    assert isinstance(await world.channel.query(order), Declined)
    assert world.bank.charged() == 0


async def test_a_paid_order_is_given_back_in_full(world):
    order = world.order()
    await world.charge(order)
    world.clock.ms += 20_000
    assert await world.channel.undo(order) is Undo.UNDONE
    assert await world.channel.undo(order) is Undo.UNDONE
    assert (world.bank.charged(), world.bank.net(order.number)) == (1250, 0)


@pytest.mark.parametrize(
    ("fault", "doubt"),
    [
        ("error_5xx", Doubt.BUSY),
        ("rate_limit", Doubt.BUSY),
        ("undocumented_code", Doubt.UNDOCUMENTED),
        ("garbage", Doubt.GARBLED),
        ("cut_json", Doubt.GARBLED),
        ("huge_json", Doubt.GARBLED),
        ("unsigned", Doubt.GARBLED),
        ("bad_signature", Doubt.GARBLED),
        ("unsigned_error", Doubt.GARBLED),
        ("wrong_amount", Doubt.INTEGRITY),
        ("wrong_number", Doubt.INTEGRITY),
        ("error_5xx_but_paid", Doubt.BUSY),
        ("reply_lost", Doubt.NO_ANSWER),
        ("request_lost", Doubt.NO_ANSWER),
    ],
)
async def test_no_clear_answer_is_never_a_no(world, fault, doubt):
    world.arm(fault)
    order = world.order()
    verdict = await world.charge(order)
    assert isinstance(verdict, Unknown), verdict
    assert verdict.doubt is doubt
    assert world.faults.hits[fault] == 1
    # whatever the answer was, asking tells what the books say
    told = await world.channel.query(order)
    if world.bank.net(order.number):
        assert isinstance(told, Paid)
    else:
        assert isinstance(told, Unknown)
        assert told.doubt is Doubt.NO_SUCH_ORDER


async def test_a_late_answer_is_unknown_and_the_money_is_found(world):
    world.arm("reply_late", seconds=1.5)
    order = world.order()
    assert isinstance(await world.charge(order), Unknown)
    assert isinstance(await world.channel.query(order), Paid)


async def test_nobody_there_is_a_provable_no(world):
    dead = world.channel
    target = dead._hosts if hasattr(dead, "_hosts") else None
    if target is not None:
        target[0] = "http://127.0.0.1:9"
    else:
        dead._url = "http://127.0.0.1:9/gateway.do"
    verdict = await world.charge()
    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.NOT_SENT


async def test_an_unknown_number_is_no_proof(world):
    verdict = await world.channel.query(world.order())
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is Doubt.NO_SUCH_ORDER


@pytest.mark.parametrize("fault", ["query_5xx", "query_not_found"])
async def test_a_confused_query_settles_nothing(world, fault):
    order = world.order()
    await world.charge(order)
    world.arm(fault)
    assert isinstance(await world.channel.query(order), Unknown)
    assert isinstance(await world.channel.query(order), Paid)


@pytest.mark.parametrize("fault", ["reverse_refused", "reverse_5xx", "request_lost"])
async def test_an_undo_without_a_clear_answer_is_asked_again(world, fault):
    order = world.order()
    await world.charge(order)
    world.clock.ms += 20_000
    world.arm(fault)
    assert await world.channel.undo(order) is Undo.NOT_YET
    assert await world.channel.undo(order) is Undo.UNDONE
    assert world.bank.net(order.number) == 0


async def test_refunds_once_and_never_too_much(world):
    order = world.order(1000)
    await world.charge(order)
    assert await world.channel.refund(order, f"{order.number}R1", Fen(400), "x") is RefundStatus.DONE
    assert await world.channel.refund(order, f"{order.number}R1", Fen(400), "x") is RefundStatus.DONE
    assert world.bank.net(order.number) == 600
    assert await world.channel.refund(order, f"{order.number}R2", Fen(601), "x") is RefundStatus.REFUSED
    assert await world.channel.refund(order, f"{order.number}R3", Fen(600), "x") is RefundStatus.DONE
    assert world.bank.net(order.number) == 0
    assert await world.channel.refund_status(order, f"{order.number}R1") is RefundStatus.DONE


async def test_a_presented_order_is_paid_by_the_phone(world):
    order = world.order(mode=Mode.PRESENTED)
    shown = await world.channel.present(order)
    assert isinstance(shown, Presented)
    assert not isinstance(await world.channel.query(order), Paid | Declined)
    assert world.bank.pay_presented(shown.url, world.shopper(), world.clock.ms)
    assert isinstance(await world.channel.query(order), Paid)


async def test_a_presented_order_can_be_withdrawn(world):
    order = world.order(mode=Mode.PRESENTED)
    shown = await world.channel.present(order)
    assert await world.channel.undo(order) is Undo.UNDONE
    assert not world.bank.pay_presented(shown.url, world.shopper(), world.clock.ms)


async def test_wechat_close_against_payment_tells_the_truth(keys):
    async with pay_world(Channel.WECHAT, keys) as world:
        order = world.order(mode=Mode.PRESENTED)
        shown = await world.channel.present(order)
        world.bank.pay_presented(shown.url, world.shopper(), world.clock.ms)
        assert await world.channel.undo(order) is Undo.STILL_PAID
        assert world.bank.net(order.number) == 1250


async def test_wechat_never_reverses_before_15_s(keys):
    async with pay_world(Channel.WECHAT, keys) as world:
        order = world.order()
        await world.charge(order)
        before = world.gateway.requests
        world.clock.ms += 14_999
        assert await world.channel.undo(order) is Undo.NOT_YET
        assert world.gateway.requests == before
        world.clock.ms += 1
        assert await world.channel.undo(order) is Undo.UNDONE


async def test_stale_answers_are_not_believed(keys):
    async with pay_world(Channel.WECHAT, keys) as world:
        world.arm("clock_skew", 99, seconds=600)
        verdict = await world.charge()
        assert isinstance(verdict, Unknown)
        assert world.bank.charged() == 0


async def test_platform_certificates_and_their_rotation(keys):
    async with pay_world(Channel.WECHAT, keys, public_key_id="") as world:
        assert isinstance(await world.charge(), Paid)
        world.gateway.rotate_certificate()
        assert isinstance(await world.charge(), Paid)


async def test_the_service_provider_form(keys):
    async with pay_world(Channel.WECHAT, keys, sub_mchid="1900000110", sub_appid="wxsub") as world:
        verdict = await world.charge()
        # the lab answers with a direct merchant's identity: the difference must be noticed
        assert isinstance(verdict, Unknown)
        assert verdict.doubt is Doubt.INTEGRITY


async def test_the_second_host_answers_questions_but_never_a_charge(keys):
    async with pay_world(Channel.WECHAT, keys) as world:
        order = world.order()
        await world.charge(order)
        good = world.channel._hosts[0]
        world.channel._hosts[:] = ["http://127.0.0.1:9", good]
        assert isinstance(await world.channel.query(order), Paid)
        before = len(world.bank.orders)
        assert (await world.charge()).reason is Decline.NOT_SENT
        assert len(world.bank.orders) == before


async def test_health_by_probe(world):
    assert (await world.channel.probe()).state is HealthState.ONLINE
    world.arm("maintenance")
    assert (await world.channel.probe()).state is not HealthState.ONLINE


async def test_a_wrong_key_is_told_as_denied(keys, tmp_path):
    from paybooth.lab.keys import load_or_make

    load_or_make(tmp_path)
    for kind in Channel:
        async with pay_world(kind, keys, private_key=tmp_path / "merchant_key.pem") as world:
            health = await world.channel.probe()
            assert (health.state, health.reasons) == (HealthState.OFFLINE, ("denied",))
            verdict = await world.charge()
            assert isinstance(verdict, Declined)
            assert verdict.reason in (Decline.MERCHANT, Decline.REQUEST)


async def test_notifications_are_believed_only_with_a_good_signature(world):
    order = world.bank.present(_presented(world))
    headers, body = _notification(world, order)
    notice = world.channel.read_notification(headers, body)
    assert notice is not None
    assert notice.number == order.number
    assert world.channel.read_notification(headers, body.replace(b"trade", b"trads", 1)) is None
    assert world.channel.read_notification({}, b"") is None
    assert world.channel.read_notification(headers, b"{") is None


def _presented(world):
    from paybooth.lab.models import BookOrder

    return BookOrder(
        "LANE01N1", Fen(1), "x", world.clock.ms, presented=True, url="u", state="paid", paid_ms=world.clock.ms
    )


def _notification(world, order):
    """The bytes a gateway would POST, without posting them."""
    if world.bank.channel is Channel.WECHAT:
        sealed = world.gateway._seal(json.dumps(world.gateway._state(order)).encode(), "transaction")
        body = json.dumps({"event_type": "TRANSACTION.SUCCESS", "trade": 1, "resource": sealed}).encode()
        headers = {k.lower(): v for k, v in world.gateway._signature(body, by_public_key=True).items()}
        return headers, body
    from urllib.parse import urlencode

    fields = {"app_id": world.gateway.merchant.app_id, "out_trade_no": order.number, "trade_status": "TRADE_SUCCESS"}
    signed = "&".join(f"{k}={v}" for k, v in sorted(fields.items())).encode()
    return {}, urlencode({**fields, "sign_type": "RSA2", "sign": world.gateway._sign(signed)}).encode()


async def test_a_payment_code_appears_nowhere(world, capfd):
    code = Secret("134567890123456789")
    assert "134567890123456789" not in f"{code!r} {code} {code.__dict__ if hasattr(code, '__dict__') else ''}"
    verdict = await world.channel.charge(world.order(), code)
    out = capfd.readouterr()
    assert "134567890123456789" not in f"{verdict!r}{out.out}{out.err}{world.channel!r}"

"""Other people's Python SDKs pay, ask, take back and refund at our gateways, and turn a tampered answer away.

Both are blocking, so they run in a thread beside the gateway's loop.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from alipay import AliPay
from wechatpayv3 import WeChatPay, WeChatPayType

from paybooth.domain.payment import Channel
from paybooth.lab.keys import private_pem, public_pem, serial_hex

from .oracle_world import World

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def _wechat(world: World) -> WeChatPay:
    merchant = world.merchant
    client = WeChatPay(
        wechatpay_type=WeChatPayType.CODEPAY,
        mchid=merchant.mchid,
        private_key=private_pem(merchant.key).decode(),
        cert_serial_no=serial_hex(merchant.certificate),
        appid=merchant.appid,
        apiv3_key=merchant.api_key,
        timeout=(3, 10),
        public_key=public_pem(merchant.platform_key).decode(),
        public_key_id=merchant.public_key_id,
    )
    client._core._gate_way = world.wechat
    return client


def _pay(client: WeChatPay, number: str, code: str) -> tuple[int, str]:
    return client.pay(
        description="milk",
        pay_type=WeChatPayType.CODEPAY,
        out_trade_no=number,
        amount={"total": 1250, "currency": "CNY"},
        payer={"auth_code": code},
        scene_info={"store_info": {"out_id": "s1"}},
    )


async def _beside(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


async def test_wechatpayv3_goes_the_whole_way(world: World) -> None:
    client = _wechat(world)
    code, codes = world.code(Channel.WECHAT), world.code(Channel.WECHAT)
    status, text = await _beside(lambda: _pay(client, "ORACLE0001", code))
    assert (status, json.loads(text)["trade_state"]) == (200, "SUCCESS")
    status, text = await _beside(lambda: client.query(out_trade_no="ORACLE0001"))
    assert json.loads(text)["amount"]["total"] == 1250
    amount = {"refund": 250, "total": 1250, "currency": "CNY"}
    status, text = await _beside(lambda: client.refund(out_refund_no="R1", out_trade_no="ORACLE0001", amount=amount))
    assert (status, json.loads(text)["status"]) == (200, "SUCCESS")
    await _beside(lambda: _pay(client, "ORACLE0002", codes))
    world.ahead_s = 20
    status, _ = await _beside(lambda: client.codepay_reverse(out_trade_no="ORACLE0002"))
    bank = world.banks[Channel.WECHAT]
    assert (status, bank.net("ORACLE0001"), bank.net("ORACLE0002")) == (200, 1000, 0)


async def test_wechatpayv3_turns_a_tampered_answer_away(world: World) -> None:
    client = _wechat(world)
    world.faults.arm(Channel.WECHAT, "bad_signature")
    code = world.code(Channel.WECHAT)
    with pytest.raises(Exception, match=r"^failed to verify the signature$"):
        await _beside(lambda: _pay(client, "ORACLE0003", code))
    assert world.faults.hits["bad_signature"] == 1


def _alipay(world: World) -> AliPay:
    client = AliPay(
        appid=world.merchant.app_id,
        app_private_key_string=private_pem(world.merchant.key).decode(),
        alipay_public_key_string=public_pem(world.merchant.platform_key).decode(),
    )
    client._gateway = world.alipay
    return client


def _alipay_pay(client: AliPay, number: str, code: str) -> dict[str, Any]:
    return client.api_alipay_trade_pay(
        out_trade_no=number, scene="bar_code", auth_code=code, subject="milk", total_amount="12.50"
    )


@pytest.fixture
def beijing(monkeypatch: pytest.MonkeyPatch) -> None:
    """This SDK stamps local time, so it needs the zone that Alipay lives in."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()


async def test_python_alipay_sdk_goes_the_whole_way(world: World, beijing: None) -> None:
    client = await _beside(lambda: _alipay(world))
    first, second = world.code(Channel.ALIPAY), world.code(Channel.ALIPAY)
    assert (await _beside(lambda: _alipay_pay(client, "ORACLE0001", first)))["code"] == "10000"
    asked = await _beside(lambda: client.api_alipay_trade_query(out_trade_no="ORACLE0001"))
    assert (asked["trade_status"], asked["total_amount"]) == ("TRADE_SUCCESS", "12.50")
    refunded = await _beside(
        lambda: client.api_alipay_trade_refund("2.50", out_trade_no="ORACLE0001", out_request_no="R1")
    )
    assert refunded["fund_change"] == "Y"
    await _beside(lambda: _alipay_pay(client, "ORACLE0002", second))
    cancelled = await _beside(lambda: client.api_alipay_trade_cancel(out_trade_no="ORACLE0002"))
    bank = world.banks[Channel.ALIPAY]
    assert (cancelled["action"], bank.net("ORACLE0001"), bank.net("ORACLE0002")) == ("refund", 1000, 0)


async def test_python_alipay_sdk_turns_a_tampered_answer_away(world: World, beijing: None) -> None:
    from alipay.exceptions import AliPayValidationError

    client = await _beside(lambda: _alipay(world))
    world.faults.arm(Channel.ALIPAY, "bad_signature")
    code = world.code(Channel.ALIPAY)
    with pytest.raises(AliPayValidationError):  # this SDK raises it for a signature and nothing else
        await _beside(lambda: _alipay_pay(client, "ORACLE0003", code))
    assert world.faults.hits["bad_signature"] == 1

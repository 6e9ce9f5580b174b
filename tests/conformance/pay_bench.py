"""A bench for the PayChannel suite: one real driver, its real gateway over a real socket, the bank's own books."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, Order
from paybooth.drivers.alipay import AlipayChannel, AlipaySettings, open_alipay
from paybooth.drivers.wechat import WechatChannel, WechatSettings, open_wechat
from paybooth.lab.alipay_gateway import AlipayGateway
from paybooth.lab.faults import Faults
from paybooth.lab.keys import Merchant, serial_hex
from paybooth.lab.models import Bank, Wallet
from paybooth.lab.serve import serve
from paybooth.lab.wechat_gateway import WechatGateway
from paybooth.ports import Secret

NOTIFY = "http://127.0.0.1:9/notify"
READ_S = 0.4
"""Read timeout of the drivers here: a late answer is one second late."""


@dataclass
class HandClock:
    """A clock the test moves: the driver's, the gateway's and the bank's at once."""

    now: int = field(default_factory=lambda: int(time.time() * 1000))

    def now_ms(self) -> int:
        return self.now

    def monotonic_s(self) -> float:
        return self.now / 1000

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a pay driver does not sleep ({seconds})")


class RealChance:
    def token(self, bytes_: int) -> str:
        return secrets.token_hex(bytes_)

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


@dataclass
class PayBench:
    kind: Channel
    driver: WechatChannel | AlipayChannel
    gateway: WechatGateway | AlipayGateway
    bank: Bank
    faults: Faults
    clock: HandClock
    wallet: Wallet
    count: int = 0

    def order(self, amount: int = 1250, mode: Mode = Mode.CODE) -> Order:
        self.count += 1
        number = f"TEST{self.clock.now}{self.count:04d}"
        return Order(number, self.kind, mode, Fen(amount), "巷口小店 3 件", "b1", "s1", self.clock.now)

    def code(self) -> Secret:
        return Secret(self.bank.fresh_code(self.wallet, self.clock.now))

    def arm(self, name: str, times: int = 1, seconds: float = 0.0, at: str = "charge") -> None:
        self.faults.arm(self.kind, name, times, seconds, (at,))

    def later(self, seconds: float) -> None:
        self.clock.now += int(seconds * 1000)


def wechat_settings(folder: Path, merchant: Merchant, url: str, **changes: Any) -> WechatSettings:
    settings = WechatSettings(
        appid=merchant.appid,
        mchid=merchant.mchid,
        serial=serial_hex(merchant.certificate),
        private_key=folder / "merchant_key.pem",
        api_key=folder / "api_key.txt",
        public_key=folder / "wallet_public.pem",
        public_key_id=merchant.public_key_id,
        url=url,
        fallback_url="",
        notify_url=NOTIFY,
        ca=folder / "wallet_cert.pem",  # loads at once; the machine's whole list takes a tenth of a second
        read_timeout_s=READ_S,
    )
    return replace(settings, **changes)


@asynccontextmanager
async def pay_bench(
    kind: Channel,
    folder: Path,
    merchant: Merchant,
    *,
    clock: HandClock | None = None,
    bills_at_once: bool = False,
    **changes: Any,
) -> AsyncIterator[PayBench]:
    """`changes` go to the channel's settings (certificate mode, service provider)."""
    clock, faults = clock or HandClock(), Faults()
    bank = Bank(kind, random.Random(1))
    gateway: WechatGateway | AlipayGateway
    driver: WechatChannel | AlipayChannel
    if kind is Channel.WECHAT:
        gateway = WechatGateway(bank, faults, merchant, clock.now_ms, bills_at_once=bills_at_once)
    else:
        gateway = AlipayGateway(bank, faults, merchant, clock.now_ms, bills_at_once=bills_at_once)
    async with serve(gateway.app) as port:
        url = f"http://127.0.0.1:{port}"
        if kind is Channel.WECHAT:
            settings = wechat_settings(folder, merchant, url, **changes)
            driver = open_wechat(settings, Secret(merchant.api_key), clock=clock, chance=RealChance())
        else:
            settings_a = AlipaySettings(
                app_id=merchant.app_id,
                private_key=folder / "merchant_key.pem",
                public_key=folder / "wallet_public.pem",
                url=f"{url}/gateway.do",
                notify_url=NOTIFY,
                ca=folder / "wallet_cert.pem",
                read_timeout_s=READ_S,
            )
            driver = open_alipay(replace(settings_a, **changes), clock=clock)
        try:
            yield PayBench(kind, driver, gateway, bank, faults, clock, bank.wallet("ann"))
        finally:
            await driver.aclose()
            await gateway.aclose()

"""Both wallets' gateways on real sockets, and the driver that speaks to one of them; one clock for all."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, Order
from paybooth.drivers.alipay import AlipaySettings, open_alipay
from paybooth.drivers.wechat import WechatSettings, open_wechat
from paybooth.lab.alipay_gateway import AlipayGateway
from paybooth.lab.faults import Faults
from paybooth.lab.keys import FILES, Merchant, load_or_make, serial_hex
from paybooth.lab.models import Bank, Wallet
from paybooth.lab.serve import serve
from paybooth.lab.wechat_gateway import WechatGateway
from paybooth.ports import PayChannel, Secret

START_MS = time.time_ns() // 1_000_000
"""The certificates made for the run are valid from now on."""


class TestClock:
    """Moves only when told."""

    __test__ = False

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000

    async def sleep(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


class TestChance:
    __test__ = False

    def token(self, bytes_: int) -> str:
        return secrets.token_hex(bytes_)

    def uniform(self, low: float, high: float) -> float:
        return random.uniform(low, high)


@lru_cache(maxsize=1)
def merchant(folder: str) -> Merchant:
    return load_or_make(Path(folder))


@dataclass
class PayWorld:
    channel: PayChannel
    bank: Bank
    faults: Faults
    gateway: WechatGateway | AlipayGateway
    clock: TestClock
    folder: Path
    port: int
    count: int = 0

    def order(self, amount: int = 1250, mode: Mode = Mode.CODE) -> Order:
        self.count += 1
        number = f"LANE01{self.clock.ms}{self.count:03d}"
        kind = self.bank.channel
        return Order(number, kind, mode, Fen(amount), "巷口小店", "1", "LANE01", self.clock.ms)

    def shopper(self, name: str = "a") -> Wallet:
        return self.bank.wallet(name)

    def code(self, wallet: Wallet | None = None) -> Secret:
        return Secret(self.bank.fresh_code(wallet or self.shopper(), self.clock.ms))

    def arm(self, name: str, times: int = 1, seconds: float = 0.0) -> None:
        self.faults.arm(self.bank.channel, name, times, seconds)

    async def charge(self, order: Order | None = None, wallet: Wallet | None = None):
        return await self.channel.charge(order or self.order(), self.code(wallet))


def wechat_settings(folder: Path, port: int, **more: object) -> WechatSettings:
    keys = merchant(str(folder))
    settings = WechatSettings(
        appid=keys.appid,
        mchid=keys.mchid,
        serial=serial_hex(keys.certificate),
        private_key=folder / FILES[0],
        api_key=folder / FILES[5],
        public_key=folder / FILES[3],
        public_key_id=keys.public_key_id,
        url=f"http://127.0.0.1:{port}",
        fallback_url="",
        notify_url="http://127.0.0.1:9/notify/wechat",
        read_timeout_s=1.0,
    )
    return replace(settings, **more)


def alipay_settings(folder: Path, port: int, **more: object) -> AlipaySettings:
    keys = merchant(str(folder))
    settings = AlipaySettings(
        app_id=keys.app_id,
        private_key=folder / FILES[0],
        public_key=folder / FILES[3],
        url=f"http://127.0.0.1:{port}/gateway.do",
        notify_url="http://127.0.0.1:9/notify/alipay",
        read_timeout_s=1.0,
    )
    return replace(settings, **more)


@asynccontextmanager
async def pay_world(kind: Channel, folder: Path, **settings: object) -> AsyncIterator[PayWorld]:
    clock, faults, keys = TestClock(), Faults(), merchant(str(folder))
    bank = Bank(kind, random.Random(7))
    gateway = (WechatGateway if kind is Channel.WECHAT else AlipayGateway)(bank, faults, keys, clock.now_ms)
    async with serve(gateway.app) as port:
        if kind is Channel.WECHAT:
            channel: PayChannel = open_wechat(
                wechat_settings(folder, port, **settings), Secret(keys.api_key), clock=clock, chance=TestChance()
            )
        else:
            channel = open_alipay(alipay_settings(folder, port, **settings), clock=clock)
        try:
            yield PayWorld(channel, bank, faults, gateway, clock, folder, port)
        finally:
            await channel.aclose()
            await gateway.aclose()

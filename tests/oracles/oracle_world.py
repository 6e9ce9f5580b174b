"""Both gateways on loopback for SDKs that read the wall clock, and the bank's books to judge them by."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paybooth.domain.payment import Channel
from paybooth.lab.alipay_gateway import AlipayGateway
from paybooth.lab.faults import Faults
from paybooth.lab.keys import Merchant, load_or_make
from paybooth.lab.models import Bank
from paybooth.lab.serve import serve
from paybooth.lab.wechat_gateway import WechatGateway


@dataclass
class World:
    folder: Path
    merchant: Merchant
    wechat: str = ""
    alipay: str = ""
    faults: Faults = field(default_factory=Faults)
    banks: dict[Channel, Bank] = field(default_factory=dict)
    ahead_s: float = 0

    def code(self, channel: Channel) -> str:
        bank = self.banks[channel]
        return bank.fresh_code(bank.wallet("ann"), self.now_ms())

    def now_ms(self) -> int:
        """The SDKs read the wall clock, so the gateways start from it and may run a little ahead."""
        return int((time.time() + self.ahead_s) * 1000)


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    made = World(folder, load_or_make(folder))
    made.banks = {channel: Bank(channel, random.Random(2)) for channel in Channel}
    wechat = WechatGateway(made.banks[Channel.WECHAT], made.faults, made.merchant, made.now_ms)
    alipay = AlipayGateway(made.banks[Channel.ALIPAY], made.faults, made.merchant, made.now_ms)
    async with serve(wechat.app) as port, serve(alipay.app) as port_a:
        made.wechat, made.alipay = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port_a}/gateway.do"
        yield made

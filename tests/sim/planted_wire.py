"""Planted bugs that only another level can see: in the drivers, on the wire (wire.py); under the ledger (tests/power)."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from paybooth.drivers import alipay_codec, wechat_codec
from paybooth.drivers.alipay import AlipayChannel
from paybooth.drivers.pay_http import PayHttp
from paybooth.drivers.wechat import WechatChannel
from paybooth.ledger import ledger
from paybooth.ports import Fault, FaultKind

from . import planted, planted_exit
from .planted import Patches, bug

assert planted_exit, "its bugs are registered"

BUGS = planted.BUGS
"""All of them, these included."""


@bug("a reply is believed without its signature", "proof", "every fen", level="wire")
def reply_unverified() -> Patches:
    async def verify(self: WechatChannel, reply: Any) -> None:
        """Believe whoever answers."""

    yield patch.object(WechatChannel, "_verify", verify)
    yield patch.object(alipay_codec, "_verifies", lambda *_: True)


@bug("a driver does not compare the amount of a reply", "every fen", level="wire")
def reply_amount_ignored() -> Patches:
    yield patch.object(wechat_codec, "integrity", lambda *_, **__: None)
    yield patch.object(alipay_codec, "integrity", lambda *_, **__: None)


@bug("a driver believes a notification without its signature", "forged notice", level="wire")
def notice_unverified() -> Patches:
    ours, theirs = WechatChannel.read_notification, AlipayChannel.read_notification

    def read_wechat(self: WechatChannel, headers: Any, body: bytes) -> Any:
        with patch.object(wechat_codec, "is_genuine", lambda *_: True):
            return ours(self, headers, body)

    def read_alipay(self: AlipayChannel, headers: Any, body: bytes) -> Any:
        with patch.object(alipay_codec, "_verifies", lambda *_: True):
            return theirs(self, headers, body)

    yield patch.object(WechatChannel, "read_notification", read_wechat)
    yield patch.object(AlipayChannel, "read_notification", read_alipay)


@bug("a charge that met a bad gateway goes to the second host too", "one charge", level="wire")
def charge_sent_twice() -> Patches:
    real = WechatChannel._signed

    async def signed(self: WechatChannel, method: str, path: str, body: bytes = b"", *, once: bool = False) -> Any:
        del once
        return await real(self, method, path, body)

    yield patch.object(WechatChannel, "_signed", signed)


@bug("a request without an answer counts as never sent", "every fen", "proof", level="wire")
def silence_is_unsent() -> Patches:
    real = PayHttp.send

    async def send(self: PayHttp, *given: Any, **named: Any) -> Any:
        try:
            return await real(self, *given, **named)
        except Fault as fault:
            raise Fault(FaultKind.UNREACHABLE, fault.detail) from fault

    yield patch.object(PayHttp, "send", send)


@bug("a commit is acknowledged before it is synced", "power: acknowledged lost", level="disk")
def fsync_skipped() -> Patches:
    real = ledger.connect

    def connect(path: Any, *, read_only: bool = False) -> Any:
        connection = real(path, read_only=read_only)
        if not read_only:
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    yield patch.object(ledger, "connect", connect)

"""WeChat Pay, APIv3: the connection. What bytes mean is decided in wechat_codec.py.

Every reply is verified over its raw bytes before it may be final; what does not verify is Unknown, never a "no".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Channel,
    Decline,
    Declined,
    Doubt,
    Mode,
    Order,
    Paid,
    RefundStatus,
    Timing,
    Undo,
    Unknown,
    Verdict,
)
from paybooth.ports import Chance, Clock, Fault, FaultKind, Health, HealthState, Notice, PayChannel, Presented, Secret

from . import wechat_codec as codec
from .card import Card
from .pay_http import PayHttp, Reply
from .wechat_codec import Identity

CARD = Card(
    scheme="wechat",
    port="PayChannel",
    title="WeChat Pay (APIv3)",
    capabilities=("code", "presented", "refund", "notification", "service-provider"),
    maturity="demo",
    tested=("lab gateway", "wechatpayv3", "wechatpay-axios-plugin", "wechatpay-node-v3"),
)
NEVER_AFTER_S = 120.0
"""A payment code lives a minute or two: an order the channel does not know by then can no longer be charged."""
PROBE_NUMBER = "PROBE0000000000"


@dataclass(frozen=True, slots=True)
class WechatSettings:
    """One account. Secrets are files, so nothing here is secret. Without a public key, platform certificates are used."""

    mchid: str
    appid: str
    serial: str
    """Hex serial of the merchant API certificate."""
    key_path: Path
    """Merchant private key, PEM."""
    api_key_path: Path
    """The 32-character APIv3 key."""
    public_key_path: Path | None = None
    public_key_id: str = ""
    """`PUB_KEY_ID_…` that belongs to the public key."""
    sub_mchid: str = ""
    sub_appid: str = ""
    notify_url: str = ""
    base_url: str = "https://api.mch.weixin.qq.com"
    fallback_url: str = "https://api2.mch.weixin.qq.com"
    ca_path: Path | None = None
    read_timeout_s: int = 10


@dataclass(frozen=True, slots=True)
class _Answer:
    """A reply after verification: `problem` says why it must not be believed."""

    status: int
    document: dict[str, Any] | None
    problem: str | None


def _rsa_private(path: Path) -> RSAPrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{path.name}: not an RSA private key")
    return key


def _rsa_public(path: Path) -> RSAPublicKey:
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, RSAPublicKey):
        raise TypeError(f"{path.name}: not an RSA public key")
    return key


class WechatChannel:
    """Implements ports.PayChannel. `now` is the wall clock in Unix seconds."""

    def __init__(self, settings: WechatSettings, *, now: Callable[[], float], chance: Chance) -> None:
        self._set = settings
        self._now = now
        self._chance = chance
        self._who = Identity(settings.mchid, settings.appid, settings.sub_mchid, settings.sub_appid)
        self._key = _rsa_private(settings.key_path)
        self._api_key = settings.api_key_path.read_text().strip().encode()
        if len(self._api_key) != 32:
            raise ValueError(f"{settings.api_key_path.name}: an APIv3 key has 32 characters")
        self._keys: dict[str, RSAPublicKey] = {}
        if settings.public_key_path is not None:
            if not settings.public_key_id:
                raise ValueError("a public key needs its id (PUB_KEY_ID_…)")
            self._keys[settings.public_key_id] = _rsa_public(settings.public_key_path)
        urls = [settings.base_url, *([settings.fallback_url] if settings.fallback_url else [])]
        self._hosts = [PayHttp(url, ca_path=settings.ca_path, read_s=settings.read_timeout_s) for url in urls]
        self._refreshing = asyncio.Lock()

    def __repr__(self) -> str:
        return f"WechatChannel(mchid={self._who.mchid})"

    @property
    def channel(self) -> Channel:
        return Channel.WECHAT

    @property
    def timing(self) -> Timing:
        return codec.TIMING

    # ------------------------------------------------------------ port

    async def charge(self, order: Order, code: Secret) -> Verdict:
        body = codec.charge_body(self._who, order, code.reveal())
        return await self._ask(order, "POST", self._who.path("codepay"), body, charge=True)

    async def present(self, order: Order) -> Presented | Verdict:
        body = codec.native_body(self._who, order, self._set.notify_url)
        try:
            answer = await self._once("POST", self._who.path("native"), body)
        except Fault as fault:
            return _doubt(fault)
        url = (answer.document or {}).get("code_url")
        if answer.problem is None and answer.status == 200 and isinstance(url, str) and url:
            return Presented(url)
        return self._read(order, answer, charge=True)

    async def query(self, order: Order) -> Verdict:
        return await self._ask(order, "GET", codec.order_target(self._who, order.number), b"", charge=False)

    async def undo(self, order: Order) -> Undo:
        try:
            return await (self._reverse(order) if order.mode is Mode.CODE else self._close(order))
        except Fault:
            return Undo.NOT_YET

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        body = codec.refund_body(self._who, order, refund_number, amount, reason)
        try:
            answer = await self._anywhere("POST", "/v3/refund/domestic/refunds", body)
        except Fault:
            return RefundStatus.UNKNOWN
        if answer.problem is not None:
            return RefundStatus.UNKNOWN
        return codec.refund_verdict(answer.status, answer.document, refund_number, amount)

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:  # noqa: ARG002: the port's shape
        try:
            answer = await self._anywhere("GET", codec.refund_target(self._who, refund_number), b"")
        except Fault:
            return RefundStatus.UNKNOWN
        if answer.problem is not None:
            return RefundStatus.UNKNOWN
        return codec.refund_verdict(answer.status, answer.document, refund_number, None)

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        seal = codec.seal_of(Reply(0, tuple(headers.items()), body))
        key = self._keys.get(seal.serial) if seal else None
        if seal is None or key is None or codec.check_seal(seal, body, key, self._now()) is not None:
            return None
        opened = codec.decrypt(self._api_key, (codec.parse(body) or {}).get("resource"))
        document = codec.parse(opened) if opened is not None else None
        if document is None or self._who.stated_in(document) != self._who.ours:
            return None
        number = document.get("out_trade_no")
        if not (isinstance(number, str) and number):
            return None
        return Notice(number, b'{"code":"SUCCESS"}', "application/json")

    async def probe(self) -> Health:
        """Ask for an order that cannot exist: a signed "no such order" proves channel, key and clock."""
        try:
            answer = await self._anywhere("GET", codec.order_target(self._who, PROBE_NUMBER), b"")
        except Fault as fault:
            return Health(HealthState.OFFLINE, (fault.kind.value,), fault.detail)
        code = codec.error_code(answer.document)
        if answer.status == 401:
            return Health(HealthState.OFFLINE, ("refused",), code)
        if answer.status >= 500 or answer.status == 429:
            return Health(HealthState.DEGRADED, ("busy",), f"{answer.status} {code}")
        if answer.problem is not None:
            return Health(HealthState.DEGRADED, ("garbled",), answer.problem)
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        for host in self._hosts:
            await host.aclose()

    # ------------------------------------------------------------ taking back

    async def _reverse(self, order: Order) -> Undo:
        age_s = self._now() - order.opened_at_ms / 1000
        if age_s < self.timing.reverse_not_before_s:
            return Undo.NOT_YET
        target = self._who.path(f"out-trade-no/{order.number}/reverse")
        answer = await self._anywhere("POST", target, codec.pack(self._who.fields()))
        if answer.problem is not None:
            return Undo.NOT_YET
        document = answer.document or {}
        if answer.status == 200:
            right = document.get("out_trade_no") == order.number and self._who.stated_in(document) == self._who.ours
            return Undo.UNDONE if right else Undo.NOT_YET
        gone = codec.error_code(document) == "ORDER_NOT_EXIST" and age_s >= NEVER_AFTER_S
        return Undo.UNDONE if gone else Undo.NOT_YET

    async def _close(self, order: Order) -> Undo:
        """Close, then always ask: 204 also comes for wrong numbers, and 429 when it collides with the payment."""
        target = self._who.path(f"out-trade-no/{order.number}/close")
        closed = await self._anywhere("POST", target, codec.pack(self._who.fields(appid=False)))
        verdict = await self.query(order)
        match verdict:
            case Paid():
                return Undo.STILL_PAID
            case Declined(reason=Decline.CLOSED | Decline.REVERSED):
                return Undo.UNDONE
            case Unknown(doubt=Doubt.NO_SUCH_ORDER) if closed.problem is None and closed.status == 204:
                return Undo.UNDONE
            case _:
                return Undo.NOT_YET

    # ------------------------------------------------------------ wire

    async def _ask(self, order: Order, method: str, target: str, body: bytes, *, charge: bool) -> Verdict:
        send = self._once if charge else self._anywhere
        try:
            answer = await send(method, target, body)
        except Fault as fault:
            return _doubt(fault)
        return self._read(order, answer, charge=charge)

    def _read(self, order: Order, answer: _Answer, *, charge: bool) -> Verdict:
        if answer.problem is not None:
            doubt = Doubt.BUSY if answer.status >= 500 or answer.status == 429 else Doubt.GARBLED
            return Unknown(doubt, f"{answer.status}: {answer.problem}")
        if 200 <= answer.status < 300:
            document = answer.document or {}
            if answer.status == 202 and "trade_state" not in document:
                document = {"trade_state": "USERPAYING"}
            return codec.trade_verdict(self._who, order, document)
        return codec.error_verdict(answer.status, codec.error_code(answer.document), charge=charge)

    async def _once(self, method: str, target: str, body: bytes) -> _Answer:
        """One request to one host; never a second."""
        await self._have_keys()
        return await self._verified(await self._send(self._hosts[0], method, target, body))

    async def _anywhere(self, method: str, target: str, body: bytes) -> _Answer:
        """For calls that may be repeated: after no connection or 502/503 ask the other host, and stay with it if it answers."""
        await self._have_keys()
        return await self._verified(await self._failover(method, target, body))

    async def _failover(self, method: str, target: str, body: bytes) -> Reply:
        first = self._hosts[0]
        try:
            reply = await self._send(first, method, target, body)
            if reply.status not in (502, 503) or len(self._hosts) == 1:
                return reply
        except Fault as fault:
            if len(self._hosts) == 1 or fault.kind is not FaultKind.UNREACHABLE or fault.may_have_happened:
                raise
        reply = await self._send(self._hosts[1], method, target, body)
        if reply.status < 500 and self._hosts[0] is first:
            self._hosts.reverse()
        return reply

    async def _send(self, host: PayHttp, method: str, target: str, body: bytes) -> Reply:
        timestamp, nonce = str(int(self._now())), self._chance.token(16)
        message = codec.signing_message(method, target, timestamp, nonce, body)
        headers = {
            "Authorization": codec.authorization(
                self._key,
                mchid=self._who.mchid,
                serial=self._set.serial,
                nonce=nonce,
                timestamp=timestamp,
                message=message,
            ),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "paybooth",
        }
        if self._set.public_key_id:
            headers["Wechatpay-Serial"] = self._set.public_key_id  # the answer is signed with the key we name
        return await host.send(method, target, headers, body)

    async def _verified(self, reply: Reply) -> _Answer:
        problem = self._check(reply)
        if problem == UNKNOWN_SERIAL and not self._set.public_key_id:
            try:
                await self._refresh()
            except Fault as fault:
                return _Answer(reply.status, None, f"{UNKNOWN_SERIAL}; no certificates: {fault.kind}")
            problem = self._check(reply)
        document = codec.parse(reply.body) if reply.body else None
        if problem is None and document is None and reply.status != 204:
            problem = "signed, but not a JSON object"
        return _Answer(reply.status, document, problem)

    def _check(self, reply: Reply) -> str | None:
        seal = codec.seal_of(reply)
        if seal is None:
            return "unsigned"
        key = self._keys.get(seal.serial)
        return UNKNOWN_SERIAL if key is None else codec.check_seal(seal, reply.body, key, self._now())

    async def _have_keys(self) -> None:
        """No request leaves before its answer could be verified."""
        if not self._keys:
            await self._refresh()

    async def _refresh(self) -> None:
        """Download the platform certificates; keeps known keys, for answers already under way. Raises Fault."""
        async with self._refreshing:
            reply = await self._failover("GET", "/v3/certificates", b"")
            if reply.status != 200:
                raise Fault(FaultKind.DENIED if reply.status < 500 else FaultKind.BUSY, f"certificates: {reply.status}")
            found = self._open_certificates(reply)
            seal = codec.seal_of(reply)
            key = found.get(seal.serial) if seal else None
            # The list must be sealed by one of the keys inside it, which only the holder of our APIv3 key can open.
            if seal is None or key is None or codec.check_seal(seal, reply.body, key, self._now()) is not None:
                raise Fault(FaultKind.GARBLED, "certificates: the list is not signed by its own key")
            self._keys.update(found)

    def _open_certificates(self, reply: Reply) -> dict[str, RSAPublicKey]:
        entries = (codec.parse(reply.body) or {}).get("data")
        now = datetime.fromtimestamp(self._now(), UTC)
        found: dict[str, RSAPublicKey] = {}
        for entry in entries if isinstance(entries, list) else []:
            opened = codec.decrypt(self._api_key, entry.get("encrypt_certificate")) if isinstance(entry, dict) else None
            if opened is None:
                continue
            try:
                certificate = load_pem_x509_certificate(opened)
            except ValueError:
                continue
            key = certificate.public_key()
            alive = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
            if alive and isinstance(key, RSAPublicKey):
                found[str(entry.get("serial_no"))] = key
        return found


UNKNOWN_SERIAL = "signed with an unknown key"


def _doubt(fault: Fault) -> Unknown:
    doubts = {FaultKind.BUSY: Doubt.BUSY, FaultKind.DENIED: Doubt.BUSY, FaultKind.GARBLED: Doubt.GARBLED}
    return Unknown(doubts.get(fault.kind, Doubt.NO_ANSWER), fault.detail)


def open_wechat(settings: WechatSettings, *, clock: Clock, chance: Chance) -> PayChannel:
    """The channel of one account. ValueError, TypeError or OSError where a setting or key file is unusable."""
    return WechatChannel(settings, now=lambda: clock.now_ms() / 1000, chance=chance)

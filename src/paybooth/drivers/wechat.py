"""WeChat Pay APIv3: one merchant account as a PayChannel.

Public-key mode (a PEM and its `PUB_KEY_ID_…`) or platform certificates, direct merchant or service provider. The
disaster-recovery host is tried for everything but the charge itself, which leaves the box exactly once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from paybooth.domain.bill import Bill
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
from paybooth.ports import (
    BillFile,
    Chance,
    Clock,
    Fault,
    FaultKind,
    Health,
    HealthState,
    NoBill,
    Notice,
    Presented,
    Secret,
)

from . import wechat_bill
from . import wechat_codec as codec
from .card import Card
from .pay_http import PayHttp, Reply, check_url

CARD = Card(
    scheme="wechat",
    port="PayChannel",
    title="WeChat Pay APIv3",
    capabilities=("payment code", "native QR", "query", "reverse", "close", "refund", "notifications", "bill", "ISV"),
    maturity="lab",
    tested=("wechatpay-axios-plugin and wechatpayv3 speak to the same lab gateway",),
)

TIMING = Timing(
    first_queries_s=(2, 4, 6, 9, 12),
    then_every_s=3,
    deadline_s=45,
    reverse_not_before_s=15,
    reverse_retries_s=(5, 10, 20, 40, 60),
    reverse_then_every_s=300,
    reverse_for_s=7 * 24 * 3600,
    park_after_s=120,
)
PRESENT_VALID_S = 300
NEVER_AFTER_S = 2 * codec.CLOCK_SLACK_S
"""An order unknown to WeChat by then stays unknown: the timestamp in its signature is no longer accepted."""
BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class WechatSettings:
    """`[pay.wechat]`. Key files are PEM; `api_key` is the 32-character APIv3 key's file or `env:NAME`."""

    appid: str
    mchid: str
    serial: str
    """Serial number of the merchant API certificate, hex."""
    private_key: Path
    api_key: Path
    public_key: Path = Path()
    """WeChat's public key; without it, platform certificates are downloaded."""
    public_key_id: str = ""
    sub_mchid: str = ""
    sub_appid: str = ""
    url: str = "https://api.mch.weixin.qq.com"
    fallback_url: str = "https://api2.mch.weixin.qq.com"
    notify_url: str = ""
    ca: Path = Path()
    read_timeout_s: float = 10.0
    fee_permyriad: int = 0
    """What the contract says is kept of each payment, in 1/10,000 (60 is 0.60 %); 0 leaves fees unchecked."""


def open_wechat(
    settings: WechatSettings,
    api_key: Secret,
    *,
    clock: Clock,
    chance: Chance,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> WechatChannel:
    """Build the channel. Raises ValueError or TypeError with the field's name where a key or URL does not load."""
    key = load_pem_private_key(settings.private_key.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("private_key is not an RSA key")
    if len(api_key.reveal().encode()) != 32:
        raise ValueError("api_key must have 32 characters")
    keys: dict[str, RSAPublicKey] = {}
    if settings.public_key_id:
        public = load_pem_public_key(settings.public_key.read_bytes())
        if not isinstance(public, RSAPublicKey):
            raise TypeError("public_key is not an RSA key")
        keys[settings.public_key_id] = public
    http = PayHttp(ca=settings.ca, read_s=settings.read_timeout_s, transport=transport)
    return WechatChannel(settings, key, keys, api_key, clock, chance, http)


class WechatChannel:
    """See ports.PayChannel."""

    channel = Channel.WECHAT
    timing = TIMING

    def __init__(
        self,
        settings: WechatSettings,
        key: RSAPrivateKey,
        keys: dict[str, RSAPublicKey],
        api_key: Secret,
        clock: Clock,
        chance: Chance,
        http: PayHttp,
    ) -> None:
        self._settings = settings
        self._key = key
        self._keys = keys
        self._api_key = api_key
        self._clock = clock
        self._chance = chance
        self._who = codec.Identity(settings.appid, settings.mchid, settings.sub_mchid, settings.sub_appid)
        self._hosts = [check_url(settings.url)]
        if settings.fallback_url:
            self._hosts.append(check_url(settings.fallback_url))
        self._http = http

    # ------------------------------------------------------------ port

    @property
    def fee_permyriad(self) -> int:
        return self._settings.fee_permyriad

    async def charge(self, order: Order, code: Secret) -> Verdict:
        body = codec.codepay(order, self._who, code.reveal())
        try:
            reply = await self._signed("POST", f"{self._who.prefix}/codepay", body, once=True)
        except Fault as fault:
            if not fault.may_have_happened and fault.kind is FaultKind.UNREACHABLE:
                return Declined(Decline.NOT_SENT, fault.detail)
            return _doubt(fault)
        return codec.charge_verdict(reply.status, codec.decode(reply.body), order, self._who)

    async def present(self, order: Order) -> Presented | Verdict:
        expires = datetime.fromtimestamp(order.opened_at_ms / 1000 + PRESENT_VALID_S, BEIJING).isoformat("T", "seconds")
        body = codec.native(order, self._who, self._settings.notify_url, expires)
        try:
            reply = await self._signed("POST", f"{self._who.prefix}/native", body)
        except Fault as fault:
            return _doubt(fault)
        answer = codec.decode(reply.body)
        url = (answer or {}).get("code_url")
        if reply.status == 200 and isinstance(url, str) and 0 < len(url) <= 512:
            return Presented(url)
        return codec.charge_verdict(reply.status, answer, order, self._who)

    async def query(self, order: Order) -> Verdict:
        try:
            reply = await self._signed("GET", f"{self._path(order)}?{self._who.query}")
        except Fault as fault:
            return _doubt(fault)
        return codec.query_verdict(reply.status, codec.decode(reply.body), order, self._who)

    async def undo(self, order: Order) -> Undo:
        if order.mode is Mode.PRESENTED:
            return await self._close(order)
        aged_s = self._clock.now_ms() / 1000 - order.opened_at_ms / 1000
        if 0 <= aged_s < self.timing.reverse_not_before_s:
            return Undo.NOT_YET
        try:
            reply = await self._signed("POST", f"{self._path(order)}/reverse", codec.encode(self._who.fields()))
        except Fault:
            return Undo.NOT_YET
        answer = codec.decode(reply.body)
        if aged_s > NEVER_AFTER_S and codec.is_unknown_order(reply.status, answer):
            return Undo.UNDONE
        return codec.reverse_outcome(reply.status, answer, order)

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        body = codec.refund(order, self._who, refund_number, amount, reason)
        try:
            reply = await self._signed("POST", "/v3/refund/domestic/refunds", body)
        except Fault:
            return RefundStatus.UNKNOWN
        return codec.refund_outcome(reply.status, codec.decode(reply.body), refund_number, amount)

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:  # noqa: ARG002 port
        sub = f"?sub_mchid={self._who.sub_mchid}" if self._who.sub_mchid else ""
        try:
            reply = await self._signed("GET", f"/v3/refund/domestic/refunds/{refund_number}{sub}")
        except Fault:
            return RefundStatus.UNKNOWN
        if reply.status != 200:  # an unknown refund may still be on its way: never "refused"
            return RefundStatus.UNKNOWN
        return codec.refund_outcome(reply.status, codec.decode(reply.body), refund_number)

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        key = self._keys.get(codec.serial_of(headers))
        if key is None or not codec.is_genuine(headers, body, key, self._clock.now_ms() / 1000):
            return None
        event = codec.decode(body)
        resource = (event or {}).get("resource")
        opened = codec.open_envelope(self._api_key.reveal().encode(), resource) if isinstance(resource, dict) else None
        content = codec.decode(opened) if opened is not None else None
        number = (content or {}).get("out_trade_no")
        return Notice(number, b"", "application/json") if isinstance(number, str) and number else None

    async def bill(self, day: date) -> BillFile | NoBill:
        """The file itself comes unsigned: its hash, in the signed answer, is its proof."""
        sub = f"&sub_mchid={self._who.sub_mchid}" if self._who.sub_mchid else ""
        reply = await self._signed("GET", f"/v3/bill/tradebill?bill_date={day}&bill_type=ALL{sub}")
        found = wechat_bill.address(reply.status, codec.decode(reply.body))
        if isinstance(found, NoBill):
            return found
        url, digest = found
        host = next((host for host in self._hosts if url.startswith(f"{host}/")), None)
        if host is None:  # our signature is for WeChat's eyes alone
            raise Fault(FaultKind.GARBLED, "the bill's address is not of WeChat's hosts")
        content = await self._http.download(url, headers=self._headers("GET", url.removeprefix(host), b""))
        if hashlib.sha1(content, usedforsecurity=False).hexdigest() != digest:
            raise Fault(FaultKind.GARBLED, "the bill's hash does not fit")
        return BillFile(f"wechat-{day}.csv", content)

    def read_bill(self, content: bytes, day: date) -> Bill:
        return wechat_bill.read(content, day, mchid=self._who.mchid, sub_mchid=self._who.sub_mchid)

    async def probe(self) -> Health:
        """Ask for an order that cannot exist: 404 proves line, key and clock."""
        try:
            reply = await self._signed("GET", f"{self._who.prefix}/out-trade-no/PROBE0?{self._who.query}")
        except Fault as fault:
            return Health(HealthState.OFFLINE, (fault.kind,), fault.detail)
        if reply.status in (401, 403):
            return Health(HealthState.OFFLINE, ("denied",), f"HTTP {reply.status}")
        if reply.status >= 500 or reply.status == 429:
            return Health(HealthState.DEGRADED, ("busy",), f"HTTP {reply.status}")
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        await self._http.aclose()

    # ------------------------------------------------------------ wire

    def _path(self, order: Order) -> str:
        return f"{self._who.prefix}/out-trade-no/{order.number}"

    async def _close(self, order: Order) -> Undo:
        """Close a native order. 204 has been seen for wrong numbers too, so the query has the last word."""
        try:
            body = codec.encode(self._who.fields(appid=False))
            closed = await self._signed("POST", f"{self._path(order)}/close", body)
        except Fault:
            return Undo.NOT_YET
        verdict = await self.query(order)
        if isinstance(verdict, Paid):
            return Undo.STILL_PAID
        # Closed and unknown: the order never came, and nobody has seen its QR.
        never_came = closed.status == 204 and isinstance(verdict, Unknown) and verdict.doubt is Doubt.NO_SUCH_ORDER
        return Undo.UNDONE if isinstance(verdict, Declined) or never_came else Undo.NOT_YET

    async def _signed(self, method: str, path: str, body: bytes = b"", *, once: bool = False) -> Reply:
        """A signed request and its verified reply. Raises Fault; an unproven reply is GARBLED."""
        hosts = self._hosts[:1] if once else self._hosts
        for host in hosts:
            last = host is hosts[-1]
            try:
                reply = await self._http.send(method, host + path, headers=self._headers(method, path, body), body=body)
            except Fault as fault:
                if last or fault.kind is not FaultKind.UNREACHABLE:
                    raise
                continue
            if reply.status in (502, 503) and not last:
                continue
            await self._verify(reply)
            return reply
        raise AssertionError("no host")

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        headers = {
            "Authorization": codec.authorization(
                method,
                path,
                body,
                mchid=self._settings.mchid,
                serial=self._settings.serial,
                key=self._key,
                now_s=self._clock.now_ms() // 1000,
                nonce=self._chance.token(16),
            ),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "paybooth",
        }
        if self._settings.public_key_id:
            headers["Wechatpay-Serial"] = self._settings.public_key_id
        return headers

    async def _verify(self, reply: Reply) -> None:
        serial = codec.serial_of(reply.headers)
        if serial and serial not in self._keys and not self._settings.public_key_id:
            try:
                await self._fetch_certificates()
            except Fault as fault:
                # The request itself was answered: this must never read as "nothing was sent".
                raise Fault(FaultKind.GARBLED, f"no certificates: {fault.kind}", may_have_happened=True) from fault
        key = self._keys.get(serial)
        if key is None or not codec.is_genuine(reply.headers, reply.body, key, self._clock.now_ms() / 1000):
            raise Fault(FaultKind.GARBLED, f"HTTP {reply.status}: reply not proven", may_have_happened=True)

    async def _fetch_certificates(self) -> None:
        """Learn the platform certificates; the list proves itself by a certificate inside it (as WeChat documents)."""
        path = "/v3/certificates"
        reply = await self._http.send("GET", self._hosts[0] + path, headers=self._headers("GET", path, b""))
        fresh = codec.certificates(self._api_key.reveal().encode(), codec.decode(reply.body))
        keys = {}
        for serial, pem in fresh.items():
            certificate = load_pem_x509_certificate(pem)
            public = certificate.public_key()
            valid = certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc
            if valid and isinstance(public, RSAPublicKey):
                keys[serial] = public
        signer = keys.get(codec.serial_of(reply.headers))
        if signer and codec.is_genuine(reply.headers, reply.body, signer, self._clock.now_ms() / 1000):
            self._keys.update(keys)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)


def _doubt(fault: Fault) -> Unknown:
    doubt = Doubt.GARBLED if fault.kind is FaultKind.GARBLED else Doubt.NO_ANSWER
    return Unknown(doubt, f"{fault.kind} {fault.detail}")

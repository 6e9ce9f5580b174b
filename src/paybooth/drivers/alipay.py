"""Alipay over gateway.do: one application as a PayChannel. Key mode or certificate mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from paybooth.domain.bill import Bill
from paybooth.domain.money import Fen, yuan
from paybooth.domain.payment import (
    Channel,
    Decline,
    Declined,
    Doubt,
    Order,
    Paid,
    RefundStatus,
    Timing,
    Undo,
    Unknown,
    Verdict,
)
from paybooth.ports import BillFile, Clock, Fault, FaultKind, Health, HealthState, NoBill, Notice, Presented, Secret

from . import alipay_bill
from . import alipay_codec as codec
from .card import Card
from .pay_http import PayHttp, check_url, over_tls

CARD = Card(
    scheme="alipay",
    port="PayChannel",
    title="Alipay gateway.do (RSA2)",
    capabilities=(
        "payment code",
        "precreate QR",
        "query",
        "cancel",
        "refund",
        "notifications",
        "bill",
        "certificate mode",
    ),
    maturity="lab",
    tested=("alipay-sdk (npm) and python-alipay-sdk speak to the same lab gateway",),
)

TIMING = Timing(
    first_queries_s=(3,),
    then_every_s=3,
    deadline_s=60,
    reverse_not_before_s=0,
    reverse_retries_s=(2, 5, 10, 30),
    reverse_then_every_s=300,
    reverse_for_s=24 * 3600,
    park_after_s=120,
)


@dataclass(frozen=True, slots=True)
class AlipaySettings:
    """`[pay.alipay]`. Files are PEM. Certificate mode: set all three certificates instead of `public_key`."""

    app_id: str
    private_key: Path
    public_key: Path = Path()
    app_certificate: Path = Path()
    alipay_certificate: Path = Path()
    root_certificates: Path = Path()
    app_auth_token: str = field(default="", repr=False)
    pid: str = ""
    """The account's number, 2088…: bills of another account are refused. Nothing else names an account."""
    url: str = "https://openapi.alipay.com/gateway.do"
    notify_url: str = ""
    ca: Path = Path()
    read_timeout_s: float = 10.0
    fee_permyriad: int = 0
    """What the contract says is kept of each payment, in 1/10,000 (60 is 0.60 %); 0 leaves fees unchecked."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Serial numbers of certificate mode; empty in key mode."""

    app_sn: str = ""
    root_sn: str = ""
    alipay_sn: str = ""


def open_alipay(
    settings: AlipaySettings, *, clock: Clock, transport: httpx2.AsyncBaseTransport | None = None
) -> AlipayChannel:
    """Build the channel. Raises ValueError or TypeError with the field's name where a key or URL does not load."""
    key = load_pem_private_key(settings.private_key.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("private_key is not an RSA key")
    certificates = Certificates()
    if settings.alipay_certificate.name:
        theirs = load_pem_x509_certificate(settings.alipay_certificate.read_bytes())
        app = load_pem_x509_certificate(settings.app_certificate.read_bytes())
        public: Any = theirs.public_key()
        root = codec.root_sn(settings.root_certificates.read_bytes())
        certificates = Certificates(codec.certificate_sn(app), root, codec.certificate_sn(theirs))
    else:
        public = load_pem_public_key(settings.public_key.read_bytes())
    if not isinstance(public, RSAPublicKey):
        raise TypeError("Alipay's public key is not an RSA key")
    http = PayHttp(ca=settings.ca, read_s=settings.read_timeout_s, transport=transport)
    return AlipayChannel(settings, key, public, certificates, clock, http)


class AlipayChannel:
    """See ports.PayChannel."""

    channel = Channel.ALIPAY
    timing = TIMING

    def __init__(
        self,
        settings: AlipaySettings,
        key: RSAPrivateKey,
        public: RSAPublicKey,
        certificates: Certificates,
        clock: Clock,
        http: PayHttp,
    ) -> None:
        self._settings = settings
        self._key = key
        self._public = public
        self._certificates = certificates
        self._clock = clock
        self._url = check_url(settings.url)
        self._http = http

    @property
    def fee_permyriad(self) -> int:
        return self._settings.fee_permyriad

    async def charge(self, order: Order, code: Secret) -> Verdict:
        try:
            reply = await self._call("alipay.trade.pay", codec.pay(order, code.reveal()), notify=True)
        except Fault as fault:
            if not fault.may_have_happened and fault.kind is FaultKind.UNREACHABLE:
                return Declined(Decline.NOT_SENT, fault.detail)
            return _doubt(fault)
        return codec.pay_verdict(reply, order)

    async def present(self, order: Order) -> Presented | Verdict:
        try:
            reply = await self._call("alipay.trade.precreate", codec.precreate(order), notify=True)
        except Fault as fault:
            return _doubt(fault)
        url = reply.get("qr_code")
        if str(reply.get("code")) == "10000" and reply.get("out_trade_no") == order.number and isinstance(url, str):
            return Presented(url)
        verdict = codec.pay_verdict(reply, order)
        return verdict if isinstance(verdict, Declined) else Unknown(Doubt.UNDOCUMENTED, "precreate without qr_code")

    async def query(self, order: Order) -> Verdict:
        try:
            reply = await self._call("alipay.trade.query", codec.biz({"out_trade_no": order.number}))
        except Fault as fault:
            return _doubt(fault)
        return codec.query_verdict(reply, order)

    async def undo(self, order: Order) -> Undo:
        try:
            reply = await self._call("alipay.trade.cancel", codec.biz({"out_trade_no": order.number}))
        except Fault:
            return Undo.NOT_YET
        outcome = codec.cancel_outcome(reply, order)
        if outcome is not Undo.STILL_PAID:
            return outcome
        # "Too late to cancel" does not say that it was paid: only the trade's own state does.
        match await self.query(order):
            case Paid():
                return Undo.STILL_PAID
            case Declined():
                return Undo.UNDONE
            case _:
                return Undo.NOT_YET

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        content = {
            "out_trade_no": order.number,
            "refund_amount": yuan(amount),
            "out_request_no": refund_number,
            "refund_reason": reason[:256],
        }
        try:
            reply = await self._call("alipay.trade.refund", codec.biz(content))
        except Fault:
            return RefundStatus.UNKNOWN
        outcome = codec.refund_outcome(reply, order, amount)
        return await self.refund_status(order, refund_number) if outcome is RefundStatus.PENDING else outcome

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:
        content = {"out_trade_no": order.number, "out_request_no": refund_number}
        try:
            reply = await self._call("alipay.trade.fastpay.refund.query", codec.biz(content))
        except Fault:
            return RefundStatus.UNKNOWN
        return codec.refund_query_outcome(reply, refund_number)

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002 port
        fields = codec.open_notification(body, self._public)
        if fields is None or fields.get("app_id") != self._settings.app_id or not fields.get("out_trade_no"):
            return None
        return Notice(fields["out_trade_no"], b"success", "text/plain")

    async def bill(self, day: date) -> BillFile | NoBill:
        """The signed answer names an address for half a minute; the file itself has no proof but TLS."""
        content = {"bill_type": "trade", "bill_date": str(day)}
        reply = await self._call("alipay.data.dataservice.bill.downloadurl.query", codec.biz(content))
        url = alipay_bill.address(reply, day, self._clock.now_ms())
        if isinstance(url, NoBill):
            return url
        try:
            secure = over_tls(url)  # Alipay's documents still show plain http
        except ValueError as error:
            raise Fault(FaultKind.GARBLED, "the bill's address is not https") from error
        file = await self._http.download(secure, headers={"User-Agent": "paybooth"})
        if not file.startswith(b"PK"):  # an expired address answers a web page, as if all were well
            raise Fault(FaultKind.GARBLED, "what came is not a ZIP")
        return BillFile(f"alipay-{day}.zip", file)

    def read_bill(self, content: bytes, day: date) -> Bill:
        return alipay_bill.read(content, day, pid=self._settings.pid)

    async def probe(self) -> Health:
        """Ask for a trade that cannot exist: ACQ.TRADE_NOT_EXIST proves line, key and clock."""
        try:
            reply = await self._call("alipay.trade.query", codec.biz({"out_trade_no": "PROBE0"}))
        except Fault as fault:
            return Health(HealthState.OFFLINE, (fault.kind,), fault.detail)
        code = str(reply.get("code", ""))
        if code in ("40001", "40002", "40003", "40006", "20001"):
            return Health(HealthState.OFFLINE, ("denied",), f"{code} {reply.get('sub_code', '')}")
        if code in ("20000", "40005"):
            return Health(HealthState.DEGRADED, ("busy",), code)
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        await self._http.aclose()

    # ------------------------------------------------------------ wire

    async def _call(self, method: str, biz_content: str, *, notify: bool = False) -> dict[str, Any]:
        """A signed request and the proven content of its reply. Raises Fault; an unproven reply is GARBLED."""
        settings, sns = self._settings, self._certificates
        parameters = {
            "app_id": settings.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": codec.timestamp(self._clock.now_ms()),
            "version": "1.0",
            "notify_url": settings.notify_url if notify else "",
            "app_auth_token": settings.app_auth_token,
            "app_cert_sn": sns.app_sn,
            "alipay_root_cert_sn": sns.root_sn,
            "biz_content": biz_content,
        }
        parameters = {name: value for name, value in parameters.items() if value}
        parameters["sign"] = codec.sign(parameters, self._key)
        # charset has to be in the URL; everything else, payment codes above all, stays out of proxy logs
        reply = await self._http.send(
            "POST",
            f"{self._url}?charset=utf-8",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8", "User-Agent": "paybooth"},
            body=urlencode(parameters).encode(),
        )
        if reply.status >= 500:
            raise Fault(FaultKind.BUSY, f"HTTP {reply.status}", may_have_happened=True)
        try:
            return codec.open_reply(reply.body.decode(), method, self._public, cert_sn=sns.alipay_sn)
        except (codec.Forged, UnicodeDecodeError) as error:
            raise Fault(FaultKind.GARBLED, f"reply not proven: {error}", may_have_happened=True) from error


def _doubt(fault: Fault) -> Unknown:
    doubts = {FaultKind.GARBLED: Doubt.GARBLED, FaultKind.BUSY: Doubt.BUSY}
    return Unknown(doubts.get(fault.kind, Doubt.NO_ANSWER), f"{fault.kind} {fault.detail}")

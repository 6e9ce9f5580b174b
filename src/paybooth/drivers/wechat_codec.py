"""WeChat Pay APIv3 as pure functions: bodies, signatures, verdicts. No IO, no clock, no chance.

Source: WeChat Pay merchant documents (codepay, native, refund, signature pages), restated in docs/design/payment.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Decline,
    Declined,
    Doubt,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    Timing,
    Unknown,
    Verdict,
    integrity,
)

from .pay_http import Reply

SCHEME = "WECHATPAY2-SHA256-RSA2048"
STALE_S = 300
TIMING = Timing(
    first_queries_s=(2, 4, 6, 9, 12),
    then_every_s=3,
    deadline_s=45,
    reverse_not_before_s=15,
    reverse_retries_s=(5, 10, 20, 40, 60),
    reverse_then_every_s=300,
    reverse_for_s=7 * 86_400,
    park_after_s=120,
)

CHARGE_DECLINES = {
    "PARAM_ERROR": Decline.REQUEST,
    "INVALID_REQUEST": Decline.REQUEST,
    "APPID_MCHID_NOT_MATCH": Decline.MERCHANT,
    "MCH_NOT_EXISTS": Decline.MERCHANT,
    "SIGN_ERROR": Decline.MERCHANT,
    "RULE_LIMIT": Decline.MERCHANT,
    "NO_AUTH": Decline.MERCHANT,
    "NOT_ENOUGH": Decline.NO_MONEY,
    "ACCOUNT_ERROR": Decline.REFUSED,
    "ORDER_CLOSED": Decline.CLOSED,
    "ORDER_REVERSED": Decline.REVERSED,
    "ORDERREVERSED": Decline.REVERSED,
}
"""Final only as a signed 4xx answer to a charge; the same code on a query proves nothing about the charge."""
USER_PAYING = frozenset({"USERPAYING", "USER_PAYING"})
BUSY_CODES = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SYSTEM_ERROR", "BANK_ERROR", "SERVICE_UNAVAILABLE"})
REFUND_STATES = {
    "SUCCESS": RefundStatus.DONE,
    "PROCESSING": RefundStatus.PENDING,
    "ABNORMAL": RefundStatus.PENDING,  # the money is on its way to nowhere; staff finish it, never a second refund
    "CLOSED": RefundStatus.REFUSED,
    "CLOSE": RefundStatus.REFUSED,
}
REFUND_REFUSALS = frozenset(
    {
        "INVALID_REQUEST",
        "PARAM_ERROR",
        "SIGN_ERROR",
        "NO_AUTH",
        "USER_ACCOUNT_ABNORMAL",
        "MCH_NOT_EXISTS",
        "RESOURCE_NOT_EXISTS",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: a direct merchant, or a service provider acting for a sub-merchant."""

    mchid: str
    appid: str
    sub_mchid: str = ""
    sub_appid: str = ""

    @property
    def partner(self) -> bool:
        return bool(self.sub_mchid)

    @property
    def ours(self) -> str:
        """The merchant id that a reply must state."""
        return self.sub_mchid or self.mchid

    def fields(self, *, appid: bool = True) -> dict[str, str]:
        """The identity fields of a body."""
        if not self.partner:
            return {"appid": self.appid, "mchid": self.mchid} if appid else {"mchid": self.mchid}
        found = {"sp_mchid": self.mchid, "sub_mchid": self.sub_mchid}
        if appid:
            found["sp_appid"] = self.appid
            if self.sub_appid:
                found["sub_appid"] = self.sub_appid
        return found

    def path(self, tail: str) -> str:
        return f"/v3/pay/{'partner/' if self.partner else ''}transactions/{tail}"

    def stated_in(self, document: dict[str, Any]) -> str | None:
        value = document.get("sub_mchid" if self.partner else "mchid")
        return value if isinstance(value, str) else None


# ---------------------------------------------------------------- requests


def pack(body: dict[str, Any]) -> bytes:
    """The bytes that are signed and sent: serialised once."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def charge_body(who: Identity, order: Order, code: str) -> bytes:
    """Body of codepay; `store_info.out_id` is our shop's own code."""
    return pack(
        {
            **who.fields(),
            "description": order.description,
            "out_trade_no": order.number,
            "payer": {"auth_code": code},
            "amount": {"total": order.amount, "currency": "CNY"},
            "scene_info": {"device_id": order.booth[:32], "store_info": {"out_id": order.shop[:32]}},
        }
    )


def native_body(who: Identity, order: Order, notify_url: str) -> bytes:
    """Body of native; native requires a notify_url (https, no query string)."""
    return pack(
        {
            **who.fields(),
            "description": order.description,
            "out_trade_no": order.number,
            "notify_url": notify_url,
            "amount": {"total": order.amount, "currency": "CNY"},
        }
    )


def refund_body(who: Identity, order: Order, refund_number: str, amount: Fen, reason: str) -> bytes:
    body: dict[str, Any] = {
        "out_trade_no": order.number,
        "out_refund_no": refund_number,
        "amount": {"refund": amount, "total": order.amount, "currency": "CNY"},
    }
    if reason:
        body["reason"] = reason[:80]
    if who.partner:
        body["sub_mchid"] = who.sub_mchid
    return pack(body)


def order_target(who: Identity, number: str) -> str:
    query = "&".join(f"{key}={quote(value)}" for key, value in who.fields(appid=False).items())
    return f"{who.path('out-trade-no/' + quote(number, safe=''))}?{query}"


def refund_target(who: Identity, refund_number: str) -> str:
    tail = f"?sub_mchid={quote(who.sub_mchid)}" if who.partner else ""
    return f"/v3/refund/domestic/refunds/{quote(refund_number, safe='')}{tail}"


def signing_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Five lines, each closed by LF, over exactly the bytes that are sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def authorization(key: RSAPrivateKey, *, mchid: str, serial: str, nonce: str, timestamp: str, message: bytes) -> str:
    signature = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{serial}",signature="{signature}"'
    )


# ---------------------------------------------------------------- replies


@dataclass(frozen=True, slots=True)
class Seal:
    """The signature headers of a reply or a notification."""

    timestamp: str
    nonce: str
    signature: str
    serial: str


def seal_of(reply: Reply) -> Seal | None:
    """The signature headers, or None where one is missing, repeated, or of an algorithm we do not speak."""
    timestamp, nonce, signature, serial, kind = (
        reply.header(f"wechatpay-{name}") for name in ("timestamp", "nonce", "signature", "serial", "signature-type")
    )
    if kind not in (None, SCHEME) or not (timestamp and nonce and signature and serial):
        return None
    return Seal(timestamp, nonce, signature, serial)


def check_seal(seal: Seal, body: bytes, key: RSAPublicKey, now_s: float) -> str | None:
    """Why the signature over the raw body does not hold, or None when it does."""
    if not (seal.timestamp.isascii() and seal.timestamp.isdigit()) or len(seal.timestamp) > 12:
        return "timestamp unreadable"
    if abs(now_s - int(seal.timestamp)) > STALE_S:
        return "signature stale: clocks differ by more than 300 s"
    try:
        signature = base64.b64decode(seal.signature, validate=True)
        key.verify(signature, f"{seal.timestamp}\n{seal.nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return "bad signature"
    return None


def parse(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def decrypt(api_key: bytes, resource: object) -> bytes | None:
    """Open an AES-256-GCM resource (notification, platform certificate); None where it does not open."""
    if not isinstance(resource, dict) or resource.get("algorithm", "AEAD_AES_256_GCM") != "AEAD_AES_256_GCM":
        return None
    nonce, sealed, extra = resource.get("nonce"), resource.get("ciphertext"), resource.get("associated_data") or ""
    if not (isinstance(nonce, str) and isinstance(sealed, str) and isinstance(extra, str)):
        return None
    try:
        return AESGCM(api_key).decrypt(nonce.encode(), base64.b64decode(sealed, validate=True), extra.encode())
    except (InvalidTag, ValueError):
        return None


def _millis(text: object) -> int | None:
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(when.timestamp() * 1000) if when.tzinfo else None


def _paid(who: Identity, order: Order, document: dict[str, Any]) -> Verdict:
    amount = document.get("amount")
    amounts: dict[str, Any] = amount if isinstance(amount, dict) else {}
    total, payer = amounts.get("total"), amounts.get("payer_total")
    problem = integrity(
        order,
        amount=total if type(total) is int else None,
        currency=amounts.get("currency"),
        merchant=who.stated_in(document),
        ours=who.ours,
        number=document.get("out_trade_no"),
    )
    transaction = document.get("transaction_id")
    if problem is None and not (isinstance(transaction, str) and transaction):
        problem = "paid without a transaction number"
    if problem is not None:
        return Unknown(Doubt.INTEGRITY, problem)
    paid = Fen(payer) if type(payer) is int and payer >= 0 else order.amount
    return Paid(str(transaction), _millis(document.get("success_time")), paid)


def trade_verdict(who: Identity, order: Order, document: dict[str, Any]) -> Verdict:
    """Verdict of a verified 2xx answer by its trade_state."""
    state = document.get("trade_state")
    if state in ("SUCCESS", "REFUND"):
        return _paid(who, order, document)
    stated = document.get("out_trade_no")
    if stated is not None and stated != order.number:
        return Unknown(Doubt.INTEGRITY, "the answer speaks of another order")
    if state in USER_PAYING or state in ("NOTPAY", "ACCEPT"):
        return NeedsUser()
    if stated is not None and state == "REVOKED":
        return Declined(Decline.REVERSED, "REVOKED")
    if stated is not None and state == "CLOSED":
        return Declined(Decline.CLOSED, "CLOSED")
    if state == "PAYERROR":
        # WeChat asks to reverse such an order, so it is not closed yet: not final until the reverse was answered.
        return Unknown(Doubt.BUSY, "PAYERROR: failed, not sealed before it is reversed")
    return Unknown(Doubt.UNDOCUMENTED, f"trade_state {str(state)[:32]!r}")


def error_code(document: dict[str, Any] | None) -> str:
    code = (document or {}).get("code")
    return code[:64] if isinstance(code, str) else ""


def error_verdict(status: int, code: str, *, charge: bool) -> Verdict:
    """Verdict of a verified answer outside 2xx. Only a charge can be declined by a code."""
    if status < 500 and code in USER_PAYING:
        return NeedsUser()
    if status >= 500 or status == 429 or code in BUSY_CODES:
        return Unknown(Doubt.BUSY, f"{status} {code}")
    if code == "ORDER_NOT_EXIST":
        return Unknown(Doubt.NO_SUCH_ORDER, code)
    if charge and 400 <= status < 500:
        if code.startswith(("AUTH_CODE", "AUTHCODE")):
            return Declined(Decline.CODE_INVALID, code)
        if code in CHARGE_DECLINES:
            return Declined(CHARGE_DECLINES[code], code)
    return Unknown(Doubt.UNDOCUMENTED, f"{status} {code}")


def refund_verdict(
    status: int, document: dict[str, Any] | None, refund_number: str, amount: Fen | None
) -> RefundStatus:
    """State of a refund from a verified answer; `amount` None when only following up."""
    document = document or {}
    if status == 200:
        amounts = document.get("amount")
        stated = amounts.get("refund") if isinstance(amounts, dict) else None
        if document.get("out_refund_no") != refund_number or (amount is not None and stated != amount):
            return RefundStatus.UNKNOWN
        return REFUND_STATES.get(str(document.get("status")), RefundStatus.UNKNOWN)
    code = error_code(document)
    if status == 429 or code == "NOT_ENOUGH":
        return RefundStatus.PENDING
    if 400 <= status < 500 and amount is not None and code in REFUND_REFUSALS:
        return RefundStatus.REFUSED
    return RefundStatus.UNKNOWN

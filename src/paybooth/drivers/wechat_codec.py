"""WeChat Pay APIv3 as bytes: what we sign and send, and what a reply means. Pure.

Source: WeChat Pay merchant documents (APIv3 rules, payment-code pay, native pay, refunds), restated in
docs/design/payment.md. Branches on `code`, never on `message`; anything undocumented is unknown.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Decline,
    Declined,
    Doubt,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    Undo,
    Unknown,
    Verdict,
    integrity,
)

SCHEME = "WECHATPAY2-SHA256-RSA2048"
CLOCK_SLACK_S = 300
"""A reply older or newer than this is not believed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who charges: a direct merchant, or a service provider for a sub-merchant (`sub_mchid` set)."""

    appid: str
    mchid: str
    sub_mchid: str = ""
    sub_appid: str = ""

    @property
    def prefix(self) -> str:
        """Path of the transactions family."""
        return "/v3/pay/partner/transactions" if self.sub_mchid else "/v3/pay/transactions"

    def fields(self, *, appid: bool = True) -> dict[str, str]:
        if not self.sub_mchid:
            return {"appid": self.appid, "mchid": self.mchid} if appid else {"mchid": self.mchid}
        both = {"sp_mchid": self.mchid, "sub_mchid": self.sub_mchid}
        if appid:
            both["sp_appid"] = self.appid
            if self.sub_appid:
                both["sub_appid"] = self.sub_appid
        return both

    @property
    def query(self) -> str:
        if self.sub_mchid:
            return f"sp_mchid={self.mchid}&sub_mchid={self.sub_mchid}"
        return f"mchid={self.mchid}"

    def merchant_in(self, reply: Mapping[str, Any]) -> str | None:
        """The merchant a reply names, as one comparable text."""
        if self.sub_mchid:
            return f"{reply.get('sp_mchid')}/{reply.get('sub_mchid')}"
        value = reply.get("mchid")
        return value if isinstance(value, str) else None

    @property
    def ours(self) -> str:
        return f"{self.mchid}/{self.sub_mchid}" if self.sub_mchid else self.mchid


# ---------------------------------------------------------------- out


def encode(body: Mapping[str, Any]) -> bytes:
    """Serialised once: what is signed is what is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def authorization(
    method: str, path: str, body: bytes, *, mchid: str, serial: str, key: RSAPrivateKey, now_s: int, nonce: str
) -> str:
    """The Authorization header of a request; `path` includes the query exactly as sent."""
    message = f"{method}\n{path}\n{now_s}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",timestamp="{now_s}",serial_no="{serial}",signature="{signature}"'
    )


def codepay(order: Order, who: Identity, code: str) -> bytes:
    return encode(
        {
            **who.fields(),
            "description": order.description,
            "out_trade_no": order.number,
            "payer": {"auth_code": code},
            "amount": {"total": order.amount, "currency": "CNY"},
            "scene_info": {"device_id": order.booth, "store_info": {"out_id": order.shop}},
        }
    )


def native(order: Order, who: Identity, notify_url: str, expires: str) -> bytes:
    return encode(
        {
            **who.fields(),
            "description": order.description,
            "out_trade_no": order.number,
            "time_expire": expires,
            "notify_url": notify_url,
            "amount": {"total": order.amount, "currency": "CNY"},
            "scene_info": {"payer_client_ip": "127.0.0.1", "device_id": order.booth},
        }
    )


def refund(order: Order, who: Identity, number: str, amount: Fen, reason: str) -> bytes:
    sub = {"sub_mchid": who.sub_mchid} if who.sub_mchid else {}
    return encode(
        {
            **sub,
            "out_trade_no": order.number,
            "out_refund_no": number,
            "reason": reason[:80],
            "amount": {"refund": amount, "total": order.amount, "currency": "CNY"},
        }
    )


# ---------------------------------------------------------------- in


def serial_of(headers: Mapping[str, str]) -> str:
    """Which key the sender says it signed with; empty where it does not say."""
    return headers.get("wechatpay-serial", "")


def is_genuine(headers: Mapping[str, str], body: bytes, key: RSAPublicKey, now_s: float) -> bool:
    """Verify a reply or notification over its raw bytes, and that it is fresh."""
    stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12 or abs(now_s - int(stamp)) > CLOCK_SLACK_S:
        return False
    message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    try:
        signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def decode(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def open_envelope(api_key: bytes, resource: Mapping[str, Any]) -> bytes | None:
    """Decrypt an AEAD_AES_256_GCM resource (notification, certificate); None where it does not open."""
    try:
        sealed = base64.b64decode(str(resource["ciphertext"]), validate=True)
        nonce, extra = str(resource["nonce"]).encode(), str(resource.get("associated_data") or "").encode()
        return AESGCM(api_key).decrypt(nonce, sealed, extra)
    except (KeyError, ValueError, InvalidTag):
        return None


_DECLINES = {
    "NOT_ENOUGH": Decline.NO_MONEY,
    "NOTENOUGH": Decline.NO_MONEY,
    "ACCOUNT_ERROR": Decline.REFUSED,
    "RULE_LIMIT": Decline.REFUSED,
    "NO_AUTH": Decline.MERCHANT,
    "APPID_MCHID_NOT_MATCH": Decline.MERCHANT,
    "MCH_NOT_EXISTS": Decline.MERCHANT,
    "SIGN_ERROR": Decline.MERCHANT,
    "PARAM_ERROR": Decline.REQUEST,
    "INVALID_REQUEST": Decline.REQUEST,
    "ORDER_CLOSED": Decline.CLOSED,
    "ORDER_REVERSED": Decline.REVERSED,
    "ORDERREVERSED": Decline.REVERSED,
}
"""Documented final refusals of a charge. The rest is asked about."""

_WAITING = frozenset({"USERPAYING", "USER_PAYING"})
_BUSY = frozenset({"SYSTEM_ERROR", "BANK_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SERVICE_UNAVAILABLE"})


def charge_verdict(status: int, reply: Mapping[str, Any] | None, order: Order, who: Identity) -> Verdict:
    """What a verified answer to codepay means. `reply` None: unreadable."""
    if reply is None:
        return Unknown(Doubt.GARBLED, f"HTTP {status}, no JSON")
    code = str(reply.get("code", ""))
    if status in (200, 202) and "trade_state" in reply:
        return state_verdict(reply, order, who)
    if status == 202 or code in _WAITING:
        return NeedsUser()
    if 400 <= status < 500:
        if code.startswith(("AUTH_CODE", "AUTHCODE")):
            return Declined(Decline.CODE_INVALID, code)
        if code in _DECLINES:
            return Declined(_DECLINES[code], code)
    return doubtful(status, code)


def doubtful(status: int, code: str) -> Unknown:
    """An answer that says neither yes nor no."""
    if code in _BUSY or status in (429, 500, 502, 503, 504):
        return Unknown(Doubt.BUSY, f"HTTP {status} {code}")
    return Unknown(Doubt.UNDOCUMENTED, f"HTTP {status} {code[:64]}")


def query_verdict(status: int, reply: Mapping[str, Any] | None, order: Order, who: Identity) -> Verdict:
    """What a verified answer to a query means."""
    if reply is None:
        return Unknown(Doubt.GARBLED, f"HTTP {status}, no JSON")
    if status == 200:
        return state_verdict(reply, order, who)
    code = str(reply.get("code", ""))
    if is_unknown_order(status, reply):
        return Unknown(Doubt.NO_SUCH_ORDER, code)
    return doubtful(status, code)


def is_unknown_order(status: int, reply: Mapping[str, Any] | None) -> bool:
    """WeChat says it never saw the number."""
    codes = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")
    return status == 404 and (reply or {}).get("code") in codes


def state_verdict(reply: Mapping[str, Any], order: Order, who: Identity) -> Verdict:
    """From `trade_state` to a verdict; paid only when amount, currency, merchant and number equal ours."""
    state = str(reply.get("trade_state", ""))
    if reply.get("out_trade_no", order.number) != order.number:
        return Unknown(Doubt.INTEGRITY, "the answer speaks of another order")
    match state:
        case "SUCCESS" | "REFUND":
            return _paid(reply, order, who)
        case "USERPAYING" | "NOTPAY" | "ACCEPT":
            return NeedsUser()
        case "REVOKED":
            return Declined(Decline.REVERSED, state)
        case "CLOSED":
            return Declined(Decline.CLOSED, state)
        case "PAYERROR":  # WeChat asks to reverse such an order; until then it is not over
            return Unknown(Doubt.FAILED, state)
        case _:
            return Unknown(Doubt.UNDOCUMENTED, f"trade_state {state[:32]}")


def _paid(reply: Mapping[str, Any], order: Order, who: Identity) -> Verdict:
    amount = reply.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    total, payer = amount.get("total"), amount.get("payer_total", amount.get("total"))
    number = reply.get("out_trade_no")
    difference = integrity(
        order,
        amount=total if isinstance(total, int) and not isinstance(total, bool) else None,
        currency=str(amount.get("currency", "")),
        merchant=who.merchant_in(reply),
        ours=who.ours,
        number=number if isinstance(number, str) else None,
    )
    if difference is not None:
        return Unknown(Doubt.INTEGRITY, difference)
    return Paid(
        transaction=str(reply.get("transaction_id", "")),
        paid_at_ms=_unix_ms(str(reply.get("success_time", ""))),
        payer_paid=Fen(payer) if isinstance(payer, int) else order.amount,
    )


def _unix_ms(rfc3339: str) -> int | None:
    try:
        return int(datetime.fromisoformat(rfc3339).timestamp() * 1000)
    except ValueError:
        return None


def reverse_outcome(status: int, reply: Mapping[str, Any] | None, order: Order) -> Undo:
    """What a verified answer to a reverse means."""
    if status == 200 and reply is not None and reply.get("out_trade_no") == order.number:
        return Undo.UNDONE
    code = str((reply or {}).get("code", ""))
    return Undo.UNDONE if code in ("ORDER_REVERSED", "ORDERREVERSED", "ORDER_CLOSED") else Undo.NOT_YET


def refund_outcome(status: int, reply: Mapping[str, Any] | None, number: str, asked: Fen | None = None) -> RefundStatus:
    """What a verified answer to a refund or refund query means. Another amount than `asked` says nothing about ours."""
    if reply is None:
        return RefundStatus.UNKNOWN
    amount = reply.get("amount")
    if status == 200 and asked is not None and (not isinstance(amount, dict) or amount.get("refund") != asked):
        return RefundStatus.UNKNOWN
    if status == 200 and reply.get("out_refund_no") == number:
        match reply.get("status"):
            case "SUCCESS":
                return RefundStatus.DONE
            case "CLOSED" | "CLOSE":
                return RefundStatus.REFUSED
            case "PROCESSING" | "ABNORMAL":
                return RefundStatus.PENDING
            case _:
                return RefundStatus.UNKNOWN
    code = str(reply.get("code", ""))
    final = ("INVALID_REQUEST", "PARAM_ERROR", "USER_ACCOUNT_ABNORMAL", "MCH_NOT_EXISTS", "RESOURCE_NOT_EXISTS")
    return RefundStatus.REFUSED if 400 <= status < 500 and code in final else RefundStatus.UNKNOWN


def certificates(api_key: bytes, reply: Mapping[str, Any] | None) -> dict[str, bytes]:
    """Serial → PEM of every platform certificate that opens with our APIv3 key."""
    found = {}
    rows = (reply or {}).get("data")
    for row in rows if isinstance(rows, list) else []:
        sealed = row.get("encrypt_certificate") if isinstance(row, dict) else None
        pem = open_envelope(api_key, sealed) if isinstance(sealed, dict) else None
        if pem is not None:
            found[str(row.get("serial_no", ""))] = pem
    return found

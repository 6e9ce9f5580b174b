"""Alipay's gateway.do (RSA2) as bytes: what we sign and send, and what a reply means. Pure.

Source: Alipay open platform documents (signing, trade.pay, query, cancel, refund, precreate, notifications), restated
in docs/design/payment.md. Signatures are checked over the raw substring as received; JSON is never re-serialised.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate, Name, load_pem_x509_certificates
from cryptography.x509.oid import NameOID

from paybooth.domain.money import Fen, parse_yuan, yuan
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

BEIJING = timezone(timedelta(hours=8))


# ---------------------------------------------------------------- out


def timestamp(now_ms: int) -> str:
    """Beijing time without a zone, whatever zone the box is in."""
    return datetime.fromtimestamp(now_ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def signing_text(parameters: Mapping[str, str], *, drop: frozenset[str] = frozenset({"sign"})) -> bytes:
    """Non-empty parameters sorted by name, `k=v` joined by `&`, values not URL-encoded."""
    kept = sorted((k, v) for k, v in parameters.items() if v and k not in drop)
    return "&".join(f"{k}={v}" for k, v in kept).encode()


def sign(parameters: Mapping[str, str], key: RSAPrivateKey) -> str:
    """The `sign` parameter of a request: RSA2 over all other parameters, `sign_type` included."""
    return base64.b64encode(key.sign(signing_text(parameters), padding.PKCS1v15(), hashes.SHA256())).decode()


def biz(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def pay(order: Order, code: str) -> str:
    return biz(
        {
            "out_trade_no": order.number,
            "total_amount": yuan(order.amount),
            "subject": _subject(order.description),
            "auth_code": code,
            "scene": "bar_code",
            "product_code": "FACE_TO_FACE_PAYMENT",
            "store_id": order.shop,
            "terminal_id": order.booth,
            "timeout_express": "5m",  # the server's own backstop behind our cancel
        }
    )


def precreate(order: Order) -> str:
    return biz(
        {
            "out_trade_no": order.number,
            "total_amount": yuan(order.amount),
            "subject": _subject(order.description),
            "store_id": order.shop,
            "terminal_id": order.booth,
            "timeout_express": "5m",
            "qr_code_timeout_express": "5m",
        }
    )


def _subject(text: str) -> str:
    """Alipay asks to avoid `/`, `=` and `&` in the subject; a comma would break its row of the bill in two."""
    return re.sub(r"[/=&,]", " ", text)


def certificate_sn(certificate: Certificate) -> str:
    """MD5 of issuer string + decimal serial; RDNs in reverse order of encoding, raw values, no escaping."""
    return hashlib.md5(f"{_issuer(certificate.issuer)}{certificate.serial_number}".encode()).hexdigest()  # noqa: S324 Alipay's format


def _issuer(name: Name) -> str:
    short = {
        NameOID.COMMON_NAME: "CN",
        NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
        NameOID.ORGANIZATION_NAME: "O",
        NameOID.COUNTRY_NAME: "C",
        NameOID.LOCALITY_NAME: "L",
        NameOID.STATE_OR_PROVINCE_NAME: "ST",
    }
    return ",".join(f"{short.get(a.oid, a.oid.dotted_string)}={a.value!s}" for a in reversed(list(name)))


def root_sn(bundle: bytes) -> str:
    """The SNs of the RSA roots in a bundle, joined by `_`."""
    rsa = "1.2.840.113549.1.1"
    found = load_pem_x509_certificates(bundle)
    return "_".join(certificate_sn(c) for c in found if c.signature_algorithm_oid.dotted_string.startswith(rsa))


# ---------------------------------------------------------------- in


class Forged(Exception):
    """A reply that is not proven to come from Alipay; its content says nothing."""


def open_reply(text: str, method: str, key: RSAPublicKey, *, cert_sn: str = "") -> dict[str, Any]:
    """The proven content of a reply. Raises Forged where signature, shape or certificate do not fit."""
    name = method.replace(".", "_") + "_response"
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Forged("not JSON") from error
    if not isinstance(envelope, dict):
        raise Forged("not an object")
    if name not in envelope:
        name = "error_response"
    raw = _raw_member(text, name)
    # The content is read from the very characters that were signed: a second member of that name, or the name deeper
    # inside, could otherwise carry a true signature past a false content.
    content, signature = json.loads(raw) if raw is not None else None, envelope.get("sign")
    if raw is None or not isinstance(content, dict) or not isinstance(signature, str):
        raise Forged("unsigned")
    if cert_sn and envelope.get("alipay_cert_sn") != cert_sn:
        raise Forged("signed with another certificate")
    if not _verifies(raw.encode(), signature, key):
        raise Forged("signature does not fit")
    return content


def _raw_member(text: str, name: str) -> str | None:
    """The exact characters of a top-level object member; string-aware, so braces in values do no harm."""
    start = text.find(f'"{name}"')
    if start < 0:
        return None
    colon = text.find(":", start + len(name) + 2)
    begin = len(text) - len(text[colon + 1 :].lstrip())
    try:
        _, end = json.JSONDecoder().raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None
    return text[begin:end]


def _verifies(signed: bytes, signature: str, key: RSAPublicKey) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def open_notification(body: bytes, key: RSAPublicKey) -> dict[str, str] | None:
    """The proven fields of a form notification, or None. Notifications sign everything but `sign` and `sign_type`."""
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=100))
    except ValueError:
        return None
    signed = signing_text(fields, drop=frozenset({"sign", "sign_type"}))
    return fields if _verifies(signed, fields.get("sign", ""), key) else None


_NO_MONEY = "BUYER_BALANCE_NOT_ENOUGH BUYER_BANKCARD_BALANCE_NOT_ENOUGH"
_REFUSED = (
    "BUYER_BANKCARD_INVALID BUYER_BANKCARD_DECLINED ERROR_BALANCE_PAYMENT_DISABLE NO_PAYMENT_INSTRUMENTS_AVAILABLE"
    " BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR BEYOND_PAY_RESTRICTION"
    " BUYER_ENABLE_STATUS_FORBID ERROR_BUYER_CERTIFY_LEVEL_LIMIT NOT_CERTIFIED_USER MOBILE_PAYMENT_SWITCH_OFF"
    " USER_FACE_PAYMENT_SWITCH_OFF BUYER_LIMIT_EXCEEDED PAYMENT_FAIL PAYMENT_REQUEST_HAS_RISK BUYER_SELLER_EQUAL"
    " BUYER_NOT_EXIST"
)
_REQUEST = (
    "INVALID_PARAMETER EXIST_FORBIDDEN_WORD TOTAL_FEE_EXCEED INVALID_STORE_ID AMOUNT_OR_CURRENCY_ERROR"
    " SUB_GOODS_SIZE_MAX_COUNT NOW_TIME_AFTER_EXPIRE_TIME_ERROR"
)
_MERCHANT = (
    "ACCESS_FORBIDDEN PARTNER_ERROR SELLER_BEEN_BLOCKED SELLER_NOT_EXIST BEYOND_PER_RECEIPT_RESTRICTION"
    " BEYOND_PER_RECEIPT_DAY_RESTRICTION BEYOND_PER_RECEIPT_SINGLE_RESTRICTION MERCHANT_STATUS_NOT_NORMAL"
    " MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT MERCHANT_PERM_RECEIPT_SINGLE_LIMIT MERCHANT_PERM_RECEIPT_DAY_LIMIT"
    " RESTRICTED_MERCHANT_INDUSTRY CERT_EXPIRED"
)
_DECLINES: dict[str, Decline] = {
    **dict.fromkeys(_NO_MONEY.split(), Decline.NO_MONEY),
    **dict.fromkeys(_REFUSED.split(), Decline.REFUSED),
    **dict.fromkeys(_REQUEST.split(), Decline.REQUEST),
    **dict.fromkeys(_MERCHANT.split(), Decline.MERCHANT),
    "PAYMENT_AUTH_CODE_INVALID": Decline.CODE_INVALID,
    "TRADE_HAS_CLOSE": Decline.CLOSED,
}
"""Final refusals of trade.pay by sub_code without its `ACQ.` prefix."""

_GATEWAY_DECLINES = {
    "40001": Decline.REQUEST,
    "40002": Decline.REQUEST,
    "40003": Decline.MERCHANT,
    "40006": Decline.MERCHANT,
}
_OUR_ACCOUNT = frozenset({"isv.invalid-signature", "isv.invalid-app-id", "isv.invalid-timestamp"})
"""40002 for reasons of key, account or clock: the channel is out of service here."""


def sub_code(reply: Mapping[str, Any]) -> str:
    """The business code without `ACQ.` (or its real-life misspelling `AQC.`)."""
    return re.sub(r"^(ACQ|AQC)\.", "", str(reply.get("sub_code", "")))


def pay_verdict(reply: Mapping[str, Any], order: Order) -> Verdict:
    """What a proven answer to trade.pay means."""
    code, sub = str(reply.get("code", "")), sub_code(reply)
    if code == "10000":
        return _paid(reply, order, "gmt_payment")
    if code == "10003":
        return NeedsUser()
    if code == "40004" and sub in _DECLINES:
        return Declined(_DECLINES[sub], sub)
    if code == "40002" and reply.get("sub_code") in _OUR_ACCOUNT:
        return Declined(Decline.MERCHANT, str(reply.get("sub_code")))
    if code in _GATEWAY_DECLINES:
        return Declined(_GATEWAY_DECLINES[code], str(reply.get("sub_code", code))[:64])
    return _doubtful(code, sub)


def _doubtful(code: str, sub: str) -> Unknown:
    doubt = Doubt.BUSY if code in ("20000", "40005") or sub == "SYSTEM_ERROR" else Doubt.UNDOCUMENTED
    return Unknown(doubt, f"{code} {sub[:64]}")


def query_verdict(reply: Mapping[str, Any], order: Order) -> Verdict:
    """What a proven answer to trade.query means."""
    code, sub = str(reply.get("code", "")), sub_code(reply)
    if code == "40004" and sub == "TRADE_NOT_EXIST":
        return Unknown(Doubt.NO_SUCH_ORDER, sub)
    if code != "10000":
        return _doubtful(code, sub)
    if reply.get("out_trade_no", order.number) != order.number:
        return Unknown(Doubt.INTEGRITY, "the answer speaks of another order")
    match reply.get("trade_status"):
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return _paid(reply, order, "send_pay_date")
        case "WAIT_BUYER_PAY":
            return NeedsUser()
        case "TRADE_CLOSED":
            return Declined(Decline.CLOSED, "TRADE_CLOSED")
        case status:
            return Unknown(Doubt.UNDOCUMENTED, f"trade_status {str(status)[:32]}")


def _paid(reply: Mapping[str, Any], order: Order, time_field: str) -> Verdict:
    """Alipay replies name no merchant (the signature does); CNY is implied unless `pay_currency` says otherwise."""
    number = reply.get("out_trade_no")
    difference = integrity(
        order,
        amount=parse_yuan(str(reply.get("total_amount", ""))),
        currency=str(reply.get("pay_currency") or "CNY"),
        merchant="",
        ours="",
        number=number if isinstance(number, str) else None,
    )
    if difference is not None:
        return Unknown(Doubt.INTEGRITY, difference)
    payer = parse_yuan(str(reply.get("buyer_pay_amount", "")))
    return Paid(
        transaction=str(reply.get("trade_no", "")),
        paid_at_ms=_unix_ms(str(reply.get(time_field, ""))),
        payer_paid=order.amount if payer is None else payer,
    )


def _unix_ms(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)
    except ValueError:
        return None


def cancel_outcome(reply: Mapping[str, Any], order: Order) -> Undo:
    """What a proven answer to trade.cancel (or trade.close) means; anything else is asked again."""
    code, sub = str(reply.get("code", "")), sub_code(reply)
    if code == "10000" and reply.get("out_trade_no") == order.number and str(reply.get("retry_flag", "N")) == "N":
        return Undo.UNDONE
    if sub in ("TRADE_CANCEL_TIME_OUT", "TRADE_HAS_FINISHED", "CANCEL_NOT_ALLOWED"):
        return Undo.STILL_PAID
    return Undo.NOT_YET


def refund_outcome(reply: Mapping[str, Any], order: Order, asked: Fen) -> RefundStatus:
    """What a proven answer to trade.refund means; `fund_change` N has to be asked about.

    `refund_fee` is the sum of all refunds so far: less than ours, or more than was paid, says nothing about ours.
    """
    code, sub = str(reply.get("code", "")), sub_code(reply)
    so_far = parse_yuan(str(reply.get("refund_fee", "")))
    if code == "10000" and so_far is not None and not asked <= so_far <= order.amount:
        return RefundStatus.UNKNOWN
    if code == "10000" and reply.get("out_trade_no") == order.number:
        return RefundStatus.DONE if reply.get("fund_change") == "Y" else RefundStatus.PENDING
    final = [
        "REFUND_AMT_NOT_EQUAL_TOTAL",
        "TRADE_NOT_EXIST",
        "TRADE_HAS_FINISHED",
        "TRADE_STATUS_ERROR",
        "DISCORDANT_REPEAT_REQUEST",
        "TRADE_NOT_ALLOW_REFUND",
        "TRADE_HAS_CLOSE",
        "NOT_ALLOW_PARTIAL_REFUND",
        "INVALID_PARAMETER",
    ]
    return RefundStatus.REFUSED if code == "40004" and sub in final else RefundStatus.UNKNOWN


def refund_query_outcome(reply: Mapping[str, Any], number: str) -> RefundStatus:
    """Only an explicit REFUND_SUCCESS counts; a missing field means not done."""
    if str(reply.get("code")) == "10000" and reply.get("out_request_no") == number:
        return RefundStatus.DONE if reply.get("refund_status") == "REFUND_SUCCESS" else RefundStatus.PENDING
    return RefundStatus.UNKNOWN

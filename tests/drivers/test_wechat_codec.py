"""WeChat's bytes: the published vectors, the tables, and garbage."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.money import Fen
from paybooth.domain.payment import (
    Channel,
    Decline,
    Declined,
    Doubt,
    Mode,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    Undo,
    Unknown,
)
from paybooth.drivers import wechat_codec as codec

ORDER = Order("T00000001", Channel.WECHAT, Mode.CODE, Fen(1250), "milk", "b1", "s1", 0)
WHO = codec.Identity("wx1", "1900000109")
NOW = 1_800_000_000
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["code", "trade_state", "out_trade_no", "amount", "total", "currency", "mchid", "status", "out_refund_no", "data"]
)
DOCUMENTS = st.dictionaries(NAMES, ANYTHING | st.just("SUCCESS") | st.just(ORDER.number), max_size=8)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def paid(**changes: object) -> dict[str, object]:
    amount = {"total": 1250, "payer_total": 1200, "currency": "CNY"}
    base: dict[str, object] = {
        "mchid": WHO.mchid,
        "out_trade_no": ORDER.number,
        "trade_state": "SUCCESS",
        "transaction_id": "42",
        "success_time": "2026-11-22T12:00:00+08:00",
        "amount": amount,
    }
    return {**base, **changes}


def test_the_envelope_vector_opens() -> None:
    resource = {
        "nonce": "n0n0n0n0n0n0",
        "associated_data": "transaction",
        "ciphertext": "Oc6nRgnnO+xSPQEWtrTUbpHCpqSds+hDY8BDvy1ra1/0IkUc0KIBTKu87QyRRhjMlggEeAl8v+Mtv9PXMQ==",
    }
    opened = codec.open_envelope(b"0123456789abcdef0123456789ABCDEF", resource)
    assert opened == b'{"out_trade_no":"T1","trade_state":"SUCCESS"}'


def test_the_authorization_signs_five_lines(key: RSAPrivateKey) -> None:
    header = codec.authorization("POST", "/v3/x?y=1", b"{}", mchid="m", serial="S", key=key, now_s=7, nonce="n")
    signature = base64.b64decode(header.partition('signature="')[2].rstrip('"'))
    message = b"POST\n/v3/x?y=1\n7\nn\n{}\n"
    key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def test_a_payment_is_read_whole() -> None:
    assert codec.charge_verdict(200, paid(), ORDER, WHO) == Paid("42", 1_795_320_000_000, Fen(1200))


@pytest.mark.parametrize(
    "change",
    [
        {"mchid": "1900000110"},
        {"mchid": None},
        {"out_trade_no": "T00000002"},
        {"out_trade_no": None},
        {"amount": {"total": 1249, "currency": "CNY"}},
        {"amount": {"total": "1250", "currency": "CNY"}},
        {"amount": {"total": 1250, "currency": "USD"}},
        {"amount": {"total": 1250}},
        {"amount": None},
    ],
)
def test_a_payment_that_is_not_ours_is_never_paid(change: dict[str, object]) -> None:
    verdict = codec.charge_verdict(200, paid(**change), ORDER, WHO)
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is Doubt.INTEGRITY


def test_the_end_of_another_order_is_not_the_end_of_ours() -> None:
    verdict = codec.query_verdict(200, {"trade_state": "CLOSED", "out_trade_no": "T00000002"}, ORDER, WHO)
    assert verdict == Unknown(Doubt.INTEGRITY, "the answer speaks of another order")


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (202, {"trade_state": "USERPAYING"}),
        (202, {"code": "USER_PAYING"}),
        (202, {}),
        (400, {"code": "USERPAYING"}),
        (200, {"trade_state": "NOTPAY"}),
        (200, {"trade_state": "ACCEPT"}),
    ],
)
def test_every_spelling_of_waiting(status: int, reply: dict[str, object]) -> None:
    assert codec.charge_verdict(status, reply, ORDER, WHO) == NeedsUser()


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, "PARAM_ERROR", Decline.REQUEST),
        (400, "APPID_MCHID_NOT_MATCH", Decline.MERCHANT),
        (401, "SIGN_ERROR", Decline.MERCHANT),
        (403, "NOT_ENOUGH", Decline.NO_MONEY),
        (403, "ACCOUNT_ERROR", Decline.REFUSED),
        (400, "ORDER_CLOSED", Decline.CLOSED),
        (400, "AUTH_CODE_INVALID", Decline.CODE_INVALID),
        (400, "AUTHCODEEXPIRE", Decline.CODE_INVALID),
    ],
)
def test_documented_refusals(status: int, code: str, reason: Decline) -> None:
    assert codec.charge_verdict(status, {"code": code}, ORDER, WHO) == Declined(reason, code)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "TRADE_ERROR"),
        (403, "OUT_TRADE_NO_USED"),
        (429, "FREQUENCY_LIMITED"),
        (500, "SYSTEM_ERROR"),
        (500, "PARAM_ERROR"),
        (404, "ORDER_NOT_EXIST"),
        (200, "PARAM_ERROR"),
        (418, "TEAPOT"),
    ],
)
def test_everything_else_is_asked_about(status: int, code: str) -> None:
    assert isinstance(codec.charge_verdict(status, {"code": code}, ORDER, WHO), Unknown)


@pytest.mark.parametrize("code", ["PARAM_ERROR", "NOT_ENOUGH", "SIGN_ERROR", "AUTH_CODE_INVALID", "ORDER_CLOSED"])
def test_a_refused_question_declines_nothing(code: str) -> None:
    assert isinstance(codec.query_verdict(400, {"code": code}, ORDER, WHO), Unknown)


def test_a_reverse_counts_only_for_its_own_number() -> None:
    assert codec.reverse_outcome(200, {"out_trade_no": "T00000002"}, ORDER) is Undo.NOT_YET


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("SUCCESS", RefundStatus.DONE),
        ("PROCESSING", RefundStatus.PENDING),
        ("CLOSE", RefundStatus.REFUSED),
        ("CLOSED", RefundStatus.REFUSED),
        ("NEW", RefundStatus.UNKNOWN),
    ],
)
def test_refund_states(state: str, status: RefundStatus) -> None:
    assert codec.refund_outcome(200, {"out_refund_no": "R1", "status": state}, "R1") is status


def test_a_busy_refund_is_not_refused() -> None:
    assert codec.refund_outcome(429, {"code": "FREQUENCY_LIMITED"}, "R1") is not RefundStatus.REFUSED


@pytest.mark.parametrize(
    "stamp", ["", "x", "-1", "9" * 5000, "١٢٣", str(NOW - 301), str(NOW + 301)], ids=lambda s: s[:8] or "empty"
)
def test_a_bad_time_is_not_genuine(key: RSAPrivateKey, stamp: str) -> None:
    signature = key.sign(f"{stamp}\nn\n".encode() + b"{}\n", padding.PKCS1v15(), hashes.SHA256())
    headers = {
        "wechatpay-timestamp": stamp,
        "wechatpay-nonce": "n",
        "wechatpay-signature": base64.b64encode(signature).decode(),
    }
    assert not codec.is_genuine(headers, b"{}", key.public_key(), NOW)


def test_wechats_own_probe_signature_fails(key: RSAPrivateKey) -> None:
    headers = {
        "wechatpay-timestamp": str(NOW),
        "wechatpay-nonce": "n",
        "wechatpay-signature": "WECHATPAY/SIGNTEST/" + "A" * 300,
    }
    assert not codec.is_genuine(headers, b"{}", key.public_key(), NOW)


def test_an_empty_204_verifies(key: RSAPrivateKey) -> None:
    signature = key.sign(f"{NOW}\nn\n\n".encode(), padding.PKCS1v15(), hashes.SHA256())
    headers = {
        "wechatpay-timestamp": str(NOW),
        "wechatpay-nonce": "n",
        "wechatpay-signature": base64.b64encode(signature).decode(),
    }
    assert codec.is_genuine(headers, b"", key.public_key(), NOW)


@given(st.sampled_from([200, 202, 204, 400, 401, 403, 404, 429, 500, 503]), DOCUMENTS)
def test_garbage_is_never_paid(status: int, document: dict[str, object]) -> None:
    answers = (
        codec.charge_verdict(status, document, ORDER, WHO),
        codec.query_verdict(status, document, ORDER, WHO),
    )
    assert not any(isinstance(answer, Paid) for answer in answers)
    codec.reverse_outcome(status, document, ORDER)
    codec.refund_outcome(status, document, "R1")
    codec.certificates(b"k" * 32, document)


@given(st.binary(max_size=200))
def test_garbage_bytes_decode_to_nothing_or_an_object(body: bytes) -> None:
    assert isinstance(codec.decode(body), (dict, type(None)))


@given(DOCUMENTS)
def test_garbage_envelopes_stay_closed(resource: dict[str, object]) -> None:
    assert codec.open_envelope(b"k" * 32, resource) is None


def test_deep_json_is_refused() -> None:
    assert codec.decode(b"[" * 100_000) is None


def test_a_service_provider_names_both_merchants() -> None:
    who = codec.Identity("wx1", "1900000109", "1900000999")
    body = json.loads(codec.codepay(ORDER, who, "13" + "0" * 16))
    assert (body["sp_mchid"], body["sub_mchid"], "mchid" in body) == ("1900000109", "1900000999", False)

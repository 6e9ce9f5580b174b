"""Alipay's bytes: signing, verification over raw characters, the tables, and garbage."""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
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
from paybooth.drivers import alipay_codec as codec

ORDER = Order("T00000001", Channel.ALIPAY, Mode.CODE, Fen(1250), "milk", "b1", "s1", 0)
METHOD = "alipay.trade.pay"
NAME = "alipay_trade_pay_response"
PAID = {"code": "10000", "out_trade_no": ORDER.number, "total_amount": "12.50", "trade_no": "2026"}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def signature(key: RSAPrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def test_the_signing_text_is_sorted_bare_and_without_empties() -> None:
    text = codec.signing_text({"b": "2 &", "a": "中", "sign": "x", "c": "", "sign_type": "RSA2"})
    assert text == "a=中&b=2 &&sign_type=RSA2".encode()


def test_a_subject_cannot_break_its_row_of_the_bill() -> None:
    order = dataclasses.replace(ORDER, description="Joe's, 奶/茶=1&2")
    for content in (codec.pay(order, "28"), codec.precreate(order)):
        assert json.loads(content)["subject"] == "Joe's  奶 茶 1 2"


def test_the_timestamp_is_beijing_time_anywhere() -> None:
    assert codec.timestamp(0) == "1970-01-01 08:00:00"


@pytest.mark.parametrize(
    "content",
    ['{"code":"10000","x":"}{\\"}"}', '{"code":"10000","u":"https:\\/\\/a"}', '{ "code" : "10000" , "n":{"m":[1]}}'],
    ids=["braces", "slashes", "spaces"],
)
def test_the_raw_characters_are_verified(key: RSAPrivateKey, content: str) -> None:
    text = f'{{"{NAME}": {content},"sign":"{signature(key, content)}"}}'
    assert codec.open_reply(text, METHOD, key.public_key()) == json.loads(content)


def test_a_second_member_cannot_ride_on_a_true_signature(key: RSAPrivateKey) -> None:
    true, false = '{"code":"40004"}', json.dumps(PAID)
    text = f'{{"{NAME}":{true},"{NAME}":{false},"sign":"{signature(key, true)}"}}'
    assert codec.open_reply(text, METHOD, key.public_key()) == {"code": "40004"}


def test_a_nested_member_cannot_lend_its_signature(key: RSAPrivateKey) -> None:
    true, false = '{"code":"40004"}', json.dumps(PAID)
    text = f'{{"x":{{"{NAME}":{true}}},"{NAME}":{false},"sign":"{signature(key, true)}"}}'
    assert codec.open_reply(text, METHOD, key.public_key()) == {"code": "40004"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        f'{{"{NAME}":{{"code":"10000"}}}}',
        f'{{"{NAME}":{{"code":"10000"}},"sign":"AAAA"}}',
        f'{{"{NAME}":{{"code":"10000"}},"sign":7}}',
        f'{{"{NAME}":"10000","sign":"AAAA"}}',
    ],
    ids=["empty", "list", "bare", "deep", "unsigned", "forged", "number", "text"],
)
def test_an_unproven_reply_says_nothing(key: RSAPrivateKey, text: str) -> None:
    with pytest.raises(codec.Forged):
        codec.open_reply(text, METHOD, key.public_key())


def test_certificate_mode_refuses_another_certificate(key: RSAPrivateKey) -> None:
    content = '{"code":"10000"}'
    text = f'{{"{NAME}":{content},"alipay_cert_sn":"aa","sign":"{signature(key, content)}"}}'
    assert codec.open_reply(text, METHOD, key.public_key(), cert_sn="aa") == {"code": "10000"}
    with pytest.raises(codec.Forged):
        codec.open_reply(text, METHOD, key.public_key(), cert_sn="bb")


# the other implementation uses calls that its own dependency has deprecated
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_certificate_numbers_agree_with_another_implementation(key: RSAPrivateKey) -> None:
    from alipay import DCAliPay

    who = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Made, up"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "lab"),
            x509.NameAttribute(NameOID.COMMON_NAME, "root"),
        ]
    )
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), 123456789, now, now + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    mine = codec.certificate_sn(x509.load_pem_x509_certificate(pem))
    assert mine == DCAliPay.get_cert_sn(pem.decode())
    assert codec.root_sn(pem + pem) == f"{mine}_{mine}"


def test_a_payment_is_read_whole() -> None:
    reply = {**PAID, "gmt_payment": "2026-11-22 12:00:00", "buyer_pay_amount": "12.00"}
    assert codec.pay_verdict(reply, ORDER) == Paid("2026", 1_795_320_000_000, Fen(1200))


@pytest.mark.parametrize(
    "change",
    [
        {"total_amount": "12.49"},
        {"total_amount": "12.5x"},
        {"total_amount": None},
        {"out_trade_no": "T00000002"},
        {"out_trade_no": None},
        {"pay_currency": "USD"},
    ],
)
def test_a_payment_that_is_not_ours_is_never_paid(change: dict[str, object]) -> None:
    verdict = codec.pay_verdict({**PAID, **change}, ORDER)
    assert isinstance(verdict, Unknown)
    assert verdict.doubt is Doubt.INTEGRITY


@pytest.mark.parametrize(
    ("code", "sub", "reason"),
    [
        ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", Decline.CODE_INVALID),
        ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", Decline.NO_MONEY),
        ("40004", "ACQ.PAYMENT_REQUEST_HAS_RISK", Decline.REFUSED),
        ("40004", "ACQ.INVALID_PARAMETER", Decline.REQUEST),
        ("40004", "ACQ.ACCESS_FORBIDDEN", Decline.MERCHANT),
        ("40004", "ACQ.TRADE_HAS_CLOSE", Decline.CLOSED),
        ("40002", "isv.invalid-signature", Decline.MERCHANT),
        ("40002", "isv.invalid-parameter", Decline.REQUEST),
    ],
)
def test_documented_refusals(code: str, sub: str, reason: Decline) -> None:
    verdict = codec.pay_verdict({"code": code, "sub_code": sub}, ORDER)
    assert isinstance(verdict, Declined)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("code", "sub"),
    [
        ("20000", "isp.unknow-error"),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "AQC.SYSTEM_ERROR"),
        ("40004", "ACQ.TRADE_HAS_SUCCESS"),
        ("40004", "ACQ.CONTEXT_INCONSISTENT"),
        ("40004", "ACQ.NEW_AND_SHINY"),
        ("40005", ""),
        ("77777", ""),
    ],
)
def test_everything_else_is_asked_about(code: str, sub: str) -> None:
    assert isinstance(codec.pay_verdict({"code": code, "sub_code": sub}, ORDER), Unknown)


def test_waiting_for_the_password() -> None:
    assert codec.pay_verdict({"code": "10003"}, ORDER) == NeedsUser()


def test_the_end_of_another_order_is_not_the_end_of_ours() -> None:
    reply = {"code": "10000", "trade_status": "TRADE_CLOSED", "out_trade_no": "T00000002"}
    assert isinstance(codec.query_verdict(reply, ORDER), Unknown)


@pytest.mark.parametrize("sub", ["ACQ.INVALID_PARAMETER", "ACQ.SYSTEM_ERROR", "ACQ.TRADE_NOT_EXIST"])
def test_a_refused_question_declines_nothing(sub: str) -> None:
    assert isinstance(codec.query_verdict({"code": "40004", "sub_code": sub}, ORDER), Unknown)


@pytest.mark.parametrize(
    ("reply", "undo"),
    [
        ({"code": "10000", "retry_flag": "N", "out_trade_no": ORDER.number}, Undo.UNDONE),
        ({"code": "10000", "retry_flag": "Y", "out_trade_no": ORDER.number}, Undo.NOT_YET),
        ({"code": "10000", "retry_flag": "N", "out_trade_no": "T00000002"}, Undo.NOT_YET),
        ({"code": "40004", "sub_code": "AQC.SYSTEM_ERROR"}, Undo.NOT_YET),
    ],
)
def test_cancel_outcomes(reply: dict[str, str], undo: Undo) -> None:
    assert codec.cancel_outcome(reply, ORDER) is undo


def test_a_refund_without_a_status_is_not_done() -> None:
    reply = {"code": "10000", "out_request_no": "R1"}
    assert codec.refund_query_outcome(reply, "R1") is RefundStatus.PENDING


def test_notifications_leave_sign_type_out(key: RSAPrivateKey) -> None:
    fields = {"app_id": "1", "out_trade_no": "T1", "subject": "奶 & 茶", "empty": ""}
    signed = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v)
    form = urlencode({**fields, "sign_type": "RSA2", "sign": signature(key, signed)}).encode()
    opened = codec.open_notification(form, key.public_key())
    assert opened is not None
    assert opened["subject"] == "奶 & 茶"
    assert codec.open_notification(form.replace(b"T1", b"T2"), key.public_key()) is None


@given(st.text(max_size=200))
def test_garbage_text_is_forged(text: str) -> None:
    with pytest.raises(codec.Forged):
        codec.open_reply(text, METHOD, GARBAGE_KEY.public_key())


@given(st.binary(max_size=200))
def test_garbage_notifications_are_turned_away(body: bytes) -> None:
    assert codec.open_notification(body, GARBAGE_KEY.public_key()) is None


@given(
    st.dictionaries(
        st.sampled_from(["code", "sub_code", "trade_status", "out_trade_no", "total_amount", "retry_flag"]),
        st.none() | st.integers() | st.text(max_size=12) | st.lists(st.none(), max_size=2),
    )
)
def test_garbage_replies_are_never_paid(reply: dict[str, object]) -> None:
    answers = (codec.pay_verdict(reply, ORDER), codec.query_verdict(reply, ORDER))
    assert not any(isinstance(answer, Paid) for answer in answers)


GARBAGE_KEY = generate_private_key(65537, 2048)

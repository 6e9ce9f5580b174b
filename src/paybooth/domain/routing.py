"""What a scanned string means: screen state first, shape second.

A payment code is honoured only where the shop asked for one; on the goods screens its shape is a hint, never a charge.
Prefix tables are data because wallets have changed theirs before (Alipay: 28 → 25 to 30).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .barcode import (
    AI_SYMBOLOGIES,
    LONGEST_SCAN,
    GoodsCode,
    LabelLayout,
    WrongCheckDigit,
    parse_gs1,
    parse_label,
    parse_plain,
)
from .payment import Channel


class Screen(StrEnum):
    """What the booth is asking for."""

    GOODS = "goods"
    PAYMENT = "payment"


class PayShape(StrEnum):
    """Payment codes by shape; the last two are real codes of wallets this shop does not take."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNION_PAY = "union_pay"
    ECNY = "ecny"

    @property
    def channel(self) -> Channel | None:
        return _CHANNELS.get(self)


_CHANNELS = {PayShape.WECHAT: Channel.WECHAT, PayShape.ALIPAY: Channel.ALIPAY}

PAY_SHAPES: tuple[tuple[PayShape, re.Pattern[str]], ...] = (
    (PayShape.WECHAT, re.compile(r"1[0-5]\d{16}", re.ASCII)),
    (PayShape.ALIPAY, re.compile(r"(?:2[5-9]|30)\d{14,22}", re.ASCII)),
    (PayShape.UNION_PAY, re.compile(r"62\d{17}", re.ASCII)),
    (PayShape.ECNY, re.compile(r"01\d{17}", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class PaymentScan:
    """A payment code of this shape. The code itself stays with the caller."""

    shape: PayShape


class Oddity(StrEnum):
    """Scans that are neither goods nor payment; each has words on the kiosk."""

    UNREADABLE = "unreadable"
    LINK = "link"  # a web address: a poster, or somebody's collection code
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Odd:
    kind: Oddity


Meaning = GoodsCode | WrongCheckDigit | PaymentScan | Odd


def clean(text: str) -> str | None:
    """The scan without surrounding blanks and control characters (FNC1 stays); None where it is no scan at all."""
    text = text.strip(" \t\r\n\x00\x02\x03\x04")
    if not text or len(text) > LONGEST_SCAN:
        return None
    if text.isascii() and text.isprintable():
        return text
    if any((ord(c) < 32 and c != "\x1d") or ord(c) == 127 or c == "\ufffd" for c in text):
        return None
    return text


def pay_shape(text: str) -> PayShape | None:
    """Which wallet's payment code this has the shape of."""
    compact = text.replace(" ", "")
    return next((shape for shape, pattern in PAY_SHAPES if pattern.fullmatch(compact)), None)


def route(text: str, symbology: str | None, screen: Screen, layouts: tuple[LabelLayout, ...], today: date) -> Meaning:
    """Name the scan. Order: screen state, GS1, in-store labels with a valid check digit, GTIN, payment shape, rest."""
    cleaned = clean(text)
    if cleaned is None:
        return Odd(Oddity.UNREADABLE)
    shape = pay_shape(cleaned) if symbology not in AI_SYMBOLOGIES else None
    if screen is Screen.PAYMENT and shape is not None:
        return PaymentScan(shape)
    gs1 = parse_gs1(cleaned, symbology, today)
    if gs1 is not None:
        return gs1
    label = parse_label(cleaned, layouts)
    if isinstance(label, GoodsCode):
        return label
    plain = parse_plain(cleaned, symbology)
    if isinstance(plain, GoodsCode):
        return plain
    if shape is not None:
        return PaymentScan(shape)
    if cleaned.lower().startswith(("http://", "https://", "wxp://", "weixin://", "alipays://")):
        return Odd(Oddity.LINK)
    if label is not None or plain is not None:
        return label or plain or Odd(Oddity.UNKNOWN)
    if len(cleaned) <= 48 and cleaned.isprintable():
        return GoodsCode(keys=(cleaned,))  # a shop's own code; the catalogue knows or it does not
    return Odd(Oddity.UNREADABLE)

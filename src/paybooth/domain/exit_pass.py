"""The exit pass: a signed, one-time, short-lived right to leave, bound to one sale of one shop. Bytes only, no keys.

It rides in the fragment of the receipt's address (`…/r/<token>#<pass>`), so one QR is receipt and pass, on paper, on
the screen and on the phone, and the fragment never travels to a server. It opens a door for somebody who paid; nobody
needs it to leave.

    1 byte version · 4 bytes shop (first of SHA-256 over its code) · 4 bytes day YYYYMMDD · 4 bytes running number ·
    4 bytes Unix seconds of payment · 64 bytes Ed25519 signature over all before (RFC 8032)
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from enum import StrEnum

from . import seal

PREFIX = "PBX"
"""What a scanner's text carries before the base64url part."""

VERSION = 1
_BODY = struct.Struct(">B4sIII")
VALID_S = 2 * 3600
EARLY_S = 300
"""A box's clock may have been set back between payment and leaving by this much."""


class Refusal(StrEnum):
    MALFORMED = "malformed"
    FORGED = "forged"
    OTHER_SHOP = "other_shop"
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN_SALE = "unknown_sale"


@dataclass(frozen=True, slots=True)
class ExitPass:
    shop: bytes
    sale: str
    paid_s: int


def shop_mark(code: str) -> bytes:
    """4 bytes that tell shops of a chain apart; the signature is what keeps strangers out."""
    return hashlib.sha256(code.encode()).digest()[:4]


def body(shop_code: str, sale: str, paid_s: int) -> bytes:
    """What is signed. `sale` is an id such as `20261122-00417`."""
    day, _, number = sale.partition("-")
    return _BODY.pack(VERSION, shop_mark(shop_code), int(day), int(number), paid_s)


def text(signed: bytes) -> str:
    """Body and signature as a scanner will say them."""
    return seal.text(PREFIX, signed)


def read(scanned: str) -> tuple[bytes, bytes] | None:
    """(body, signature) of a scanned text, alone or behind a receipt's address; None where it is no pass at all."""
    return seal.read(PREFIX, scanned, _BODY.size)


def unpack(body_: bytes) -> ExitPass | None:
    """A body whose signature holds; None for a version we do not know."""
    version, shop, day, number, paid_s = _BODY.unpack(body_)
    return ExitPass(shop, f"{day:08d}-{number:05d}", paid_s) if version == VERSION else None


def check(found: ExitPass, shop_code: str, now_s: float) -> Refusal | None:
    """Whether a genuine pass holds here and now; single use is the ledger's to say."""
    if found.shop != shop_mark(shop_code):
        return Refusal.OTHER_SHOP
    if not -EARLY_S <= now_s - found.paid_s <= VALID_S:
        return Refusal.EXPIRED
    return None

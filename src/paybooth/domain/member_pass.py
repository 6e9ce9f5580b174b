"""The member's code: signed, for some weeks, shown at the entry of a shop that lets members in. It names nobody.

1 byte version · 4 bytes shop (exit_pass.shop_mark) · 8 bytes keyed hash of the member's number · 4 bytes Unix seconds
of its end · 64 bytes Ed25519 signature over all before (RFC 8032)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from . import seal
from .exit_pass import shop_mark

PREFIX = "PBM"
VERSION = 1
_BODY = struct.Struct(">B4s8sI")


@dataclass(frozen=True, slots=True)
class MemberPass:
    shop: bytes
    member: bytes
    until_s: int


def body(shop_code: str, member: bytes, until_s: int) -> bytes:
    """What is signed; `member` is the first 8 bytes of its keyed hash."""
    return _BODY.pack(VERSION, shop_mark(shop_code), member, until_s)


def text(signed: bytes) -> str:
    """Body and signature as a scanner will say them."""
    return seal.text(PREFIX, signed)


def read(scanned: str) -> tuple[bytes, bytes] | None:
    """(body, signature); None where it is no member's code at all."""
    return seal.read(PREFIX, scanned, _BODY.size)


def unpack(body_: bytes) -> MemberPass | None:
    """A body whose signature holds; None for a version we do not know."""
    version, shop, member, until_s = _BODY.unpack(body_)
    return MemberPass(shop, member, until_s) if version == VERSION else None


def holds(found: MemberPass, shop_code: str, now_s: float) -> bool:
    """Whether a genuine code lets its bearer in here and now."""
    return found.shop == shop_mark(shop_code) and now_s <= found.until_s

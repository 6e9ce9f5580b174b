"""Signed words in a QR: a prefix of three letters and base64url of body and Ed25519 signature, alone or behind a #."""

from __future__ import annotations

import base64
import binascii
import re

SIGNATURE_BYTES = 64
LONGEST = 1024


def text(prefix: str, signed: bytes) -> str:
    """Body and signature as a scanner will say them."""
    return prefix + base64.urlsafe_b64encode(signed).decode().rstrip("=")


def read(prefix: str, scanned: str, body_bytes: int) -> tuple[bytes, bytes] | None:
    """(body, signature) of a scanned text; None where it is no such word at all."""
    length = -(-(body_bytes + SIGNATURE_BYTES) * 4 // 3)
    shape = rf"(?:^|#){prefix}([A-Za-z0-9_-]{{{length}}})$"
    found = re.search(shape, scanned.strip()) if len(scanned) <= LONGEST else None
    if found is None:
        return None
    try:
        signed = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    except binascii.Error:
        return None
    return signed[:body_bytes], signed[body_bytes:]

"""Journal rows as bytes: canonical JSON bodies and the hash chain over them."""

from __future__ import annotations

import hashlib

import msgspec

from paybooth.domain import exit_facts, staff_facts
from paybooth.domain.facts import KINDS, Fact

assert exit_facts and staff_facts, "their kinds are registered"

GENESIS = bytes(32)
"""What the first row's hash is chained to."""

encode = msgspec.json.encode
_DECODERS = {kind: msgspec.json.Decoder(cls) for kind, cls in KINDS.items()}


def decode(kind: str, body: bytes) -> Fact:
    """A fact from its journal row. An unknown kind raises KeyError: facts are never skipped."""
    return _DECODERS[kind].decode(body)


def chain(previous: bytes, seq: int, at_ms: int, kind: str, body: bytes) -> bytes:
    """Hash of a journal row: SHA-256 over the hash before, the number, the time, the kind and the exact body."""
    return hashlib.sha256(b"%b%d|%d|%b|%b" % (previous, seq, at_ms, kind.encode(), body)).digest()

"""A journal row as it leaves the box: to pages, streams and webhooks. What a fact masks is masked here, for all."""

from __future__ import annotations

from typing import Any

import msgspec

from .ports import Entry

MASK = "•••"


def entry_json(entry: Entry) -> dict[str, Any]:
    """A journal row for people and machines."""
    fact = msgspec.to_builtins(entry.fact)
    for name in entry.fact.masks:
        if fact[name]:
            fact[name] = MASK
    return {"seq": entry.seq, "at_ms": entry.at_ms, "kind": entry.kind, "fact": fact, "hash": entry.hash.hex()}

"""An anchor: where the journal stood at a moment, kept outside the box. Who has it can tell a journal rewritten since.

One line of JSON per anchor; the same line is written to a file and posted to a webhook.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Anchor:
    shop: str
    day: str
    """The shop day that ended, or that was under way at a stop, as ISO date."""
    seq: int
    hash: str
    """SHA-256 of journal row `seq`, in hex. It covers every row before."""

    def line(self) -> str:
        return json.dumps(asdict(self))


def read_anchor(line: str) -> Anchor | None:
    """The anchor of a line; None for anything else."""
    try:
        found = Anchor(**json.loads(line))
        fits = len(bytes.fromhex(found.hash)) == 32 and found.seq >= 1 and isinstance(found.shop, str)
    except (ValueError, TypeError):
        return None
    return found if fits else None

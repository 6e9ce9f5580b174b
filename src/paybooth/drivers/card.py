"""What a driver says of itself: the row of the table that a shop owner reads before buying (docs/drivers/)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Maturity = Literal["demo", "lab", "field"]
"""demo: shown once · lab: passes its port's conformance suite on the true wire · field: proven on named hardware."""


@dataclass(frozen=True, slots=True)
class Card:
    scheme: str
    port: str
    title: str
    capabilities: tuple[str, ...]
    maturity: Maturity
    tested: tuple[str, ...]
    """Models or peers it was tried with."""

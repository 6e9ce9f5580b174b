"""A driver's card: what it speaks to, how well, and on which models that was seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """The facts behind "does my device work"; docs/drivers is generated from these."""

    scheme: str
    """URL scheme that finds the driver."""
    port: str
    """Name of the port in `paybooth.ports` it implements."""
    title: str
    capabilities: tuple[str, ...]
    maturity: str
    """`demo` (lab only), `beta` (one real site) or `stable`."""
    tested: tuple[str, ...]
    """Models, simulators and foreign implementations it was run against."""

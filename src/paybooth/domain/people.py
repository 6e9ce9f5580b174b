"""How many people are inside, counted by light beams; an estimate, corrected by staff. Goods and faces play no part.

With two beams the order tells the direction. With one, whoever was let in a moment ago comes in, anybody else goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BOTH_BEAMS_S = 3.0
"""A person breaks the second beam within this after the first."""

ADMITTED_S = 15.0
"""Who was let in walks in within this."""

Crossing = Literal["in", "out"]


@dataclass(slots=True)
class People:
    """One gate's count. All calls give the time in seconds, which never runs backwards."""

    inside: int = 0
    _two: bool = False
    """Set by the first edge of the street beam: this gate has one."""
    _first: tuple[bool, float] | None = None
    """Whether the street beam was first, and when."""
    _admitted: list[float] = field(default_factory=list)

    def admit(self, now_s: float) -> None:
        """Somebody was let in."""
        self._admitted = [*(at_s for at_s in self._admitted if now_s - at_s <= ADMITTED_S), now_s]

    def beam(self, now_s: float, *, street: bool) -> Crossing | None:
        """A beam was broken; the crossing this completes."""
        self._two = self._two or street
        if not self._two:
            return self._cross("in" if self._take_admitted(now_s) else "out")
        first, self._first = self._first, None
        if first is None or first[0] is street or now_s - first[1] > BOTH_BEAMS_S:
            self._first = street, now_s
            return None
        return self._cross("out" if street else "in")

    def _take_admitted(self, now_s: float) -> bool:
        self._admitted = [at_s for at_s in self._admitted if now_s - at_s <= ADMITTED_S]
        return bool(self._admitted) and self._admitted.pop(0) is not None

    def _cross(self, way: Crossing) -> Crossing:
        self.inside = self.inside + 1 if way == "in" else max(0, self.inside - 1)
        return way

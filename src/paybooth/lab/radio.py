"""The truth of radio at a gate: where tags are, and which reads an antenna makes of them. Seeded; no clock of its own.

Positions are metres along the way out: the inner antennas stand at −1, the outer ones at +1, shelves begin at −3.
Received power falls with the square of the distance, walls and bodies throw it about by several dB (log-normal), and a
body between tag and antenna swallows whole bursts.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from paybooth.domain.passage import Zone

ANTENNAS = ((Zone.INNER, -1.0), (Zone.OUTER, 1.0))
PAD = ((Zone.PAD, 0.0),)
"""One antenna under a settlement console."""
PAD_M = 0.3
"""From that antenna to what lies on it."""
AT_ONE_METRE_DBM = -46.0
SENSITIVITY_DBM = -72.0
NOISE_DB = 3.0
SIDE_M = 0.9
"""How far beside the antennas people walk."""

BURST_S = 0.4
"""Reads go missing in bursts, while a body stands in the way."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Walking (or standing) from one place to another."""

    from_s: float
    to_s: float
    from_m: float
    to_m: float


@dataclass(slots=True)
class Carrier:
    """Tags that move together: a person's bag, or a shelf that never moves."""

    epcs: tuple[bytes, ...]
    legs: tuple[Leg, ...]
    beside_m: float = SIDE_M

    def at(self, now_s: float) -> float | None:
        """Metres along the way out; None before and after the walk."""
        for leg in self.legs:
            if leg.from_s <= now_s <= leg.to_s:
                share = (now_s - leg.from_s) / (leg.to_s - leg.from_s) if leg.to_s > leg.from_s else 1.0
                return leg.from_m + share * (leg.to_m - leg.from_m)
        return None


def walk(start_s: float, *stops: tuple[float, float]) -> tuple[Leg, ...]:
    """A way through places: each stop is (metres, seconds to get there from the one before; the first has 0)."""
    legs, at_s, at_m = [], start_s, stops[0][0]
    for metres, seconds in stops[1:]:
        legs.append(Leg(at_s, at_s + seconds, at_m, metres))
        at_s, at_m = at_s + seconds, metres
    return tuple(legs)


def out(start_s: float, speed: float = 1.2) -> tuple[Leg, ...]:
    """From the booths through the gate to the street."""
    return walk(start_s, (-4.0, 0.0), (4.0, 8.0 / speed))


@dataclass(slots=True)
class Field:
    """One gate's field. `read_rate`: of the chances a tag in range has to be read, how many it takes."""

    chance: random.Random
    read_rate: float = 0.97
    per_second: float = 25.0
    """Chances a second for each tag and antenna."""
    antennas: tuple[tuple[Zone, float], ...] = ANTENNAS
    """What each side looks at, and where it stands."""
    blind: frozenset[Zone] = frozenset()
    carriers: list[Carrier] = field(default_factory=list)
    _shadow: dict[tuple[bytes, Zone], tuple[float, bool]] = field(default_factory=dict)

    def reads(self, from_s: float, to_s: float) -> list[tuple[float, Zone, bytes, int]]:
        """(seconds, zone, EPC, dBm) of a slice of time, in order. Carriers that have gone are forgotten."""
        self.carriers = [c for c in self.carriers if c.legs and c.legs[-1].to_s >= from_s]
        found = [read for carrier in self.carriers for read in self._of(carrier, from_s, to_s)]
        found.sort()
        return found

    def _of(self, carrier: Carrier, from_s: float, to_s: float) -> Iterator[tuple[float, Zone, bytes, int]]:
        step_s = 1.0 / self.per_second
        for zone, place in self.antennas:
            if zone in self.blind:
                continue
            for epc in carrier.epcs:
                at_s = from_s + self.chance.random() * step_s
                while at_s < to_s:
                    metres = carrier.at(at_s)
                    if metres is not None:
                        power = self._power(metres - place, carrier.beside_m)
                        if power >= SENSITIVITY_DBM and self._gets_through(epc, zone, at_s):
                            yield at_s, zone, epc, round(power)
                    at_s += step_s

    def _power(self, along_m: float, beside_m: float) -> float:
        distance = math.hypot(along_m, beside_m)
        return AT_ONE_METRE_DBM - 20 * math.log10(max(distance, 0.3)) - 2.5 * distance + self.chance.gauss(0, NOISE_DB)

    def _gets_through(self, epc: bytes, zone: Zone, at_s: float) -> bool:
        """A burst is lost as a whole: the chance of a burst is what the read rate leaves."""
        until_s, open_ = self._shadow.get((epc, zone), (-1.0, True))
        if at_s >= until_s:
            open_ = self.chance.random() < self.read_rate
            self._shadow[epc, zone] = at_s + BURST_S, open_
        return open_


def shelf(epcs: Sequence[bytes], metres: float = -4.0, beside_m: float = 2.0) -> Carrier:
    """Goods that lie still, some metres from the gate."""
    return Carrier(tuple(epcs), (Leg(0.0, math.inf, metres, metres),), beside_m)

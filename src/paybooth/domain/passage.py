"""From tag reads to passages: who went out, came in, stands before the gate, or lies beside it. No IO, no clock.

A tag that walks out is strongest at the inner antennas first and at the outer ones later; a tag on a shelf is weak at
both, one left beside the gate is strong at both and does not change. Signal strengths of a walking body jump by many
dB, so what decides is when each side saw the tag best (the strength-weighted middle of its reads) and which side saw it
better before and after it crossed (half way between those middles), not single reads.
The light beam of the passage vouches for somebody being there: with it fewer reads are enough.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple

RULE = "passage-3"
"""Goes into every alarm: what was read can be judged again by the rule that judged it (replay)."""


class Move(StrEnum):
    NEAR = "near"  # stands before the gate, on the shop's side
    OUT = "out"
    IN = "in"
    PARKED = "parked"  # lies in the field without moving: muted until it was gone for a while
    GONE = "gone"  # left the field without passing


class Zone(StrEnum):
    """What a reader's antenna looks at; the driver's address says which antenna is which."""

    INNER = "inner"  # the shop side of the gate
    OUTER = "outer"  # the street side
    PAD = "pad"  # the settlement console of a booth


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as evidence. Decibels are dBm, times seconds; each can be set per gate."""

    window_s: float = 6.0
    """Reads older than this say nothing any more."""
    min_reads: int = 5
    min_reads_seen: int = 3
    """Where the light beam was broken around that time."""
    eye_s: float = 3.0
    near_dbm: int = -57
    """Stronger than this at an inner antenna, in the mean of the last moment: stands before the gate."""
    through_dbm: int = -58
    """The far side's best read must be at least this strong."""
    lag_s: float = 0.4
    """How much later the far side must have seen it best."""
    lead_db: float = 2.0
    """How much stronger the far side must see it now, and the near side before it crossed."""
    fade_db: float = 5.0
    """How much the near side must have faded since it crossed."""
    rise_db: float = 3.0
    """And how much the far side must have risen."""
    parked_s: float = 30.0
    parked_gone_s: float = 10.0
    gone_s: float = 2.0
    again_s: float = 5.0
    """A tag that passed is not judged again within this."""


NEVER_S = -1e9


class Bin:
    """What both sides saw of one tag in a tenth of a second: [inner, outer] each. All integers, so that what is kept
    as evidence is exactly what was judged.
    """

    __slots__ = ("best", "n", "power", "start_ms")

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.n = [0, 0]
        self.best = [-999, -999]
        self.power = [0, 0]
        """Sum of received power, in units of 10⁻¹³ mW."""


@dataclass(slots=True)
class Track:
    """One tag in the field."""

    first_s: float
    last_s: float
    near: bool = False
    parked: bool = False
    passed_s: float = NEVER_S
    judged_s: float = NEVER_S
    bins: deque[Bin] = field(default_factory=lambda: deque(maxlen=BINS_KEPT))


BIN_MS = 100
BINS_KEPT = 64
"""Of one tag: the window, whatever the reader's speed, and the evidence of an alarm."""

RECENT_MS = 500
AROUND_MS = 300
SILENCE_MS = 600
"""A body swallows reads for some tenths of a second; being out of range lasts longer."""

JUDGE_EVERY_S = 0.05
"""A tag under a strong reader is judged this often, not at each of its reads."""

TRACKS_MOST = 4096
"""Tags in the field at once; a flood beyond it is dropped and counted."""

_POWER = tuple(round(1000 * 10 ** (db / 10)) for db in range(101))
"""By dBm + 100."""


def own_settings(rule: Rule) -> tuple[tuple[str, float], ...]:
    """What is not as by default."""
    both = ((each.name, getattr(rule, each.name), getattr(Rule(), each.name)) for each in fields(Rule))
    return tuple((name, value) for name, value, usual in both if value != usual)


class Slice(NamedTuple):
    """What one side saw of a tag in a tenth of a second that a decision looked at."""

    at_ms: int
    """Before the decision: 0 or negative."""
    outer: bool
    n: int
    best: int
    """dBm."""
    power: int
    """Sum over the reads, 10⁻¹³ mW."""


@dataclass(frozen=True, slots=True)
class Event:
    """`slices` and `eye_ms` are all that the rule looked at, for moves through the gate."""

    epc: bytes
    move: Move
    at_s: float
    slices: tuple[Slice, ...] = ()
    eye_ms: int | None = None
    """When the light beam was last broken, against the decision; None where not since the start."""


class Passages:
    """The passage machine of one gate. Calls must come in order of time."""

    def __init__(self, rule: Rule, wanted: Callable[[bytes], bool]) -> None:
        """`wanted`: whether a tag is looked at; asked once for each appearance."""
        self.rule = rule
        self.dropped = 0
        self._wanted = wanted
        self._tracks: dict[bytes, Track] = {}
        self._ignored: dict[bytes, float] = {}
        self._eye_s = NEVER_S

    def eye(self, at_s: float) -> None:
        """Somebody stands in the light beam."""
        self._eye_s = at_s

    @property
    def busy(self) -> bool:
        """Whether time alone may bring something."""
        return bool(self._tracks or self._ignored)

    def parked(self) -> list[bytes]:
        """Goods that lie in the field: staff should move them away."""
        return [epc for epc, track in self._tracks.items() if track.parked]

    def take(self, reads: Iterable[tuple[bytes, bool, int, float]]) -> list[Event]:
        """Reads as (epc, outer, dBm, seconds), oldest first."""
        events: list[Event] = []
        tracks, ignored = self._tracks, self._ignored
        for epc, outer, rssi, at_s in reads:
            track = tracks.get(epc)
            if track is None:
                if epc in ignored:
                    ignored[epc] = at_s
                    continue
                track = self._appear(epc, at_s)
                if track is None:
                    continue
            track.last_s = at_s
            bins, at_ms = track.bins, int(at_s * 1000)
            if not bins or at_ms - bins[-1].start_ms >= BIN_MS:
                bins.append(Bin(at_ms))
            bin_ = bins[-1]
            bin_.n[outer] += 1
            bin_.power[outer] += _POWER[min(max(rssi + 100, 0), 100)]
            bin_.best[outer] = max(bin_.best[outer], rssi)
            if not track.parked and at_s - track.judged_s >= JUDGE_EVERY_S:
                self._judge(epc, track, at_s, events)
        return events

    def _appear(self, epc: bytes, at_s: float) -> Track | None:
        if not self._wanted(epc):
            if len(self._ignored) < TRACKS_MOST:
                self._ignored[epc] = at_s
            return None
        if len(self._tracks) >= TRACKS_MOST:
            self.dropped += 1
            return None
        track = self._tracks[epc] = Track(at_s, at_s)
        return track

    def _judge(self, epc: bytes, track: Track, now_s: float, events: list[Event]) -> None:
        track.judged_s = now_s
        if now_s - track.passed_s < self.rule.again_s:
            return
        now_ms, passed_ms = int(now_s * 1000), int(track.passed_s * 1000)
        oldest_ms = now_ms - int(self.rule.window_s * 1000)
        sides = _Side(), _Side()
        for bin_ in track.bins:
            if bin_.start_ms >= oldest_ms and bin_.start_ms > passed_ms:
                for side in (0, 1):
                    if bin_.n[side]:
                        at_ms = bin_.start_ms - now_ms
                        sides[side].add(Slice(at_ms, bool(side), bin_.n[side], bin_.best[side], bin_.power[side]))
        eye_ms = int(self._eye_s * 1000) - now_ms if self._eye_s > NEVER_S else None
        move = moved(sides, eye_ms, self.rule)
        if move is not None:
            track.passed_s, track.near = now_s, False
            slices = tuple(sorted((*sides[0].slices, *sides[1].slices)))
            events.append(Event(epc, move, now_s, slices, eye_ms))
        elif not track.near and self._is_near(sides[0]):
            track.near = True
            events.append(Event(epc, Move.NEAR, now_s))

    def _is_near(self, inner: _Side) -> bool:
        return inner.recent_n >= self.rule.min_reads_seen and inner.level() >= _POWER[self.rule.near_dbm + 100]

    def tick(self, now_s: float) -> list[Event]:
        """What time alone brings: tags gone, tags parked. Call a few times a second."""
        events: list[Event] = []
        for epc, track in list(self._tracks.items()):
            silent_s = now_s - track.last_s
            gone_s = self.rule.parked_gone_s if track.parked else self.rule.gone_s
            if silent_s >= gone_s and now_s - track.passed_s >= self.rule.again_s:
                del self._tracks[epc]
                if track.near:
                    events.append(Event(epc, Move.GONE, now_s))
            elif not track.parked and now_s - max(track.first_s, track.passed_s) > self.rule.parked_s:
                track.parked, was_near, track.near = True, track.near, False
                if was_near:
                    events.append(Event(epc, Move.PARKED, now_s))
        for epc, last_s in list(self._ignored.items()):
            if now_s - last_s > self.rule.parked_gone_s:
                del self._ignored[epc]
        return events


def moved(sides: tuple[_Side, _Side], eye_ms: int | None, rule: Rule) -> Move | None:
    """The rule: OUT, IN or nothing, from what the inner and the outer side saw."""
    seen = eye_ms is not None and abs(eye_ms) <= rule.eye_s * 1000
    least = rule.min_reads_seen if seen else rule.min_reads
    lead = 10 ** (rule.lead_db / 10)
    for near, far, move in ((sides[0], sides[1], Move.OUT), (sides[1], sides[0], Move.IN)):
        # the far side must see it now, well, and better than the near side
        if near.n + far.n < least or far.recent_n < 2 or far.best < rule.through_dbm:
            continue
        if not _beats(far, near, -SILENCE_MS, lead):
            continue
        if not near.n:
            if seen and far.n >= least and move is Move.OUT:
                return move  # the near side missed it, but somebody is in the passage
            continue
        if far.middle() - near.middle() < rule.lag_s * 1000 or near.best < rule.through_dbm:
            continue
        # before it crossed it was the other way round; and since then the one faded and the other rose, which what lies
        # still and swaps sides in the noise does not do
        crossed = _crossed(near, far)
        near_then, far_then = near.before(crossed), far.before(crossed)
        near_now, far_now = near.around(-SILENCE_MS, AROUND_MS), far.around(-SILENCE_MS, AROUND_MS)
        fade, rise = 10 ** (rule.fade_db / 10), 10 ** (rule.rise_db / 10)
        if near_then >= far_then * lead and near_now * fade <= near_then and far_then * rise <= far_now:
            return move
    return None


def _sides(slices: Iterable[Slice]) -> tuple[_Side, _Side]:
    sides = _Side(), _Side()
    for each in sorted(slices):
        sides[each.outer].add(each)
    return sides


def replay(slices: Iterable[Slice], eye_ms: int | None, rule: Rule) -> Move | None:
    """Judge again what an Event kept: the same move, unless somebody changed it."""
    return moved(_sides(slices), eye_ms, rule)


class Figures(NamedTuple):
    """What the rule compares, for people. Decibels, dBm and milliseconds; None where a side saw nothing."""

    reads: int
    inner_best: int | None
    outer_best: int | None
    lag_ms: float | None
    """How much later the outer side saw it best."""
    lead_db: float | None
    """How much stronger the outer side saw it at the end."""
    fade_db: float | None
    """How much the inner side had faded since it crossed."""
    rise_db: float | None
    """How much the outer side had risen."""


def figures(slices: Iterable[Slice]) -> Figures:
    inner, outer = _sides(slices)
    reads = inner.n + outer.n
    best_in, best_out = (side.best if side.n else None for side in (inner, outer))
    if best_in is None or best_out is None:
        return Figures(reads, best_in, best_out, None, None, None, None)
    end, crossed = -SILENCE_MS, _crossed(inner, outer)
    return Figures(
        reads,
        best_in,
        best_out,
        lag_ms=outer.middle() - inner.middle(),
        lead_db=_ratio_db(outer.around(end, AROUND_MS), inner.around(end, AROUND_MS)),
        fade_db=_ratio_db(inner.before(crossed), inner.around(end, AROUND_MS)),
        rise_db=_ratio_db(outer.around(end, AROUND_MS), outer.before(crossed)),
    )


def _ratio_db(power: float, against: float) -> float | None:
    """None where one of them is silence."""
    return 10 * math.log10(power / against) if power > 0 and against > 0 else None


def _crossed(near: _Side, far: _Side) -> float:
    """When it went from one side to the other, milliseconds before now: half way between where each saw it best."""
    return (near.middle() + far.middle()) / 2


def _beats(strong: _Side, weak: _Side, at_ms: float, lead: float) -> bool:
    """Whether one side clearly saw it better around that moment. Silence counts only when it is no mere burst."""
    other = weak.around(at_ms, AROUND_MS)
    if other == 0.0 and weak.around(at_ms, SILENCE_MS) > 0.0:
        return False
    return strong.around(at_ms, AROUND_MS) >= other * lead


class _Side:
    """What the antennas of one side saw within the window."""

    __slots__ = ("best", "n", "recent", "recent_n", "slices", "sum_p", "sum_pt")

    def __init__(self) -> None:
        self.n = self.recent_n = self.recent = 0
        self.best = -999
        self.sum_p = self.sum_pt = 0.0
        self.slices: list[Slice] = []
        """Oldest first."""

    def add(self, seen: Slice) -> None:
        self.n += seen.n
        self.best = max(self.best, seen.best)
        if seen.at_ms >= -RECENT_MS:
            self.recent_n += seen.n
            self.recent += seen.power
        # the mean of a slice, so that a faster antenna weighs no more than a slower one
        power = seen.power / seen.n
        self.sum_p += power
        self.sum_pt += power * seen.at_ms
        self.slices.append(seen)

    def around(self, at_ms: float, half_ms: int) -> float:
        """Mean received power around a moment; 0 where nothing was read."""
        powers = [seen.power / seen.n for seen in self.slices if abs(seen.at_ms - at_ms) <= half_ms]
        return sum(powers) / len(powers) if powers else 0.0

    def before(self, at_ms: float) -> float:
        """Mean received power up to a moment; 0 where nothing was read."""
        powers = [seen.power / seen.n for seen in self.slices if seen.at_ms <= at_ms]
        return sum(powers) / len(powers) if powers else 0.0

    def middle(self) -> float:
        """When it was seen best: milliseconds before now, weighted by received power."""
        return self.sum_pt / self.sum_p

    def level(self) -> float:
        """Mean received power of the last moment; 0 where nothing was read."""
        return self.recent / self.recent_n if self.recent_n else 0.0

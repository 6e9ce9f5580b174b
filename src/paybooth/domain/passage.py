"""From tag reads to passages: who went out, came in, stands before the gate, or lies beside it. No IO, no clock.

A tag that walks out is strongest at the inner antennas first and at the outer ones later; a tag on a shelf is weak at
both, one left beside the gate is strong at both and does not change. Signal strengths of a walking body jump by many
dB, so what decides is when each side saw the tag best (the strength-weighted middle of its reads), not single reads.
The light beam of the passage vouches for somebody being there: with it fewer reads are enough.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

RULE = "passage-1"
"""Goes into every alarm: reads can be judged again by the rule that judged them."""


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
    """How much stronger the far side must see it now."""
    fade_db: float = 5.0
    """How much the near side must have faded since it saw it best."""
    rise_db: float = 3.0
    """And how much the far side must have risen."""
    parked_s: float = 30.0
    parked_gone_s: float = 10.0
    gone_s: float = 2.0
    again_s: float = 5.0
    """A tag that passed is not judged again within this."""


class Bin:
    """What both sides saw of one tag in a tenth of a second: [inner, outer] each."""

    __slots__ = ("best", "n", "power", "start_s")

    def __init__(self, start_s: float) -> None:
        self.start_s = start_s
        self.n = [0, 0]
        self.best = [-999, -999]
        self.power = [0.0, 0.0]
        """Sum of received power, in units of 10⁻¹⁰ mW."""


@dataclass(slots=True)
class Track:
    """One tag in the field."""

    first_s: float
    last_s: float
    near: bool = False
    parked: bool = False
    passed_s: float = -1e9
    judged_s: float = -1e9
    bins: deque[Bin] = field(default_factory=lambda: deque(maxlen=BINS_KEPT))


BIN_S = 0.1
BINS_KEPT = 64
"""Of one tag: the window, whatever the reader's speed, and the evidence of an alarm."""

RECENT_S = 0.5
AROUND_S = 0.3
SILENCE_S = 0.6
"""A body swallows reads for some tenths of a second; being out of range lasts longer."""

JUDGE_EVERY_S = 0.05
"""A tag under a strong reader is judged this often, not at each of its reads."""

TRACKS_MOST = 4096
"""Tags in the field at once; a flood beyond it is dropped and counted."""

_POWER = tuple(10 ** (db / 10) for db in range(101))
"""By dBm + 100."""


@dataclass(frozen=True, slots=True)
class Event:
    epc: bytes
    move: Move
    at_s: float


class Passages:
    """The passage machine of one gate. Calls must come in order of time."""

    def __init__(self, rule: Rule, wanted: Callable[[bytes], bool]) -> None:
        """`wanted`: whether a tag is looked at; asked once for each appearance."""
        self.rule = rule
        self.dropped = 0
        self._wanted = wanted
        self._tracks: dict[bytes, Track] = {}
        self._ignored: dict[bytes, float] = {}
        self._eye_s = -1e9

    def eye(self, at_s: float) -> None:
        """Somebody stands in the light beam."""
        self._eye_s = at_s

    def reads_of(self, epc: bytes) -> list[tuple[float, bool, int]]:
        """The evidence, a tenth of a second each: (seconds, outer, best dBm), oldest first."""
        track = self._tracks.get(epc)
        bins = track.bins if track else ()
        return [(b.start_s, bool(side), b.best[side]) for b in bins for side in (0, 1) if b.n[side]]

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
            bins = track.bins
            if not bins or at_s - bins[-1].start_s >= BIN_S:
                bins.append(Bin(at_s))
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
        sides = _Side(), _Side()
        for bin_ in track.bins:
            if now_s - bin_.start_s <= self.rule.window_s and bin_.start_s > track.passed_s:
                sides[0].add(bin_, 0, now_s)
                sides[1].add(bin_, 1, now_s)
        move = self._moved(sides, now_s)
        if move is not None:
            track.passed_s, track.near = now_s, False
            events.append(Event(epc, move, now_s))
        elif not track.near and self._is_near(sides[0]):
            track.near = True
            events.append(Event(epc, Move.NEAR, now_s))

    def _is_near(self, inner: _Side) -> bool:
        return inner.recent_n >= self.rule.min_reads_seen and inner.level() >= _POWER[self.rule.near_dbm + 100]

    def _moved(self, sides: tuple[_Side, _Side], now_s: float) -> Move | None:
        rule = self.rule
        seen = abs(now_s - self._eye_s) <= rule.eye_s
        least = rule.min_reads_seen if seen else rule.min_reads
        lead = 10 ** (rule.lead_db / 10)
        for near, far, move in ((sides[0], sides[1], Move.OUT), (sides[1], sides[0], Move.IN)):
            # the far side must see it now, well, and better than the near side
            if near.n + far.n < least or far.recent_n < 2 or far.best < rule.through_dbm:
                continue
            if not _beats(far, near, -SILENCE_S, lead):
                continue
            if not near.n:
                if seen and far.n >= least and move is Move.OUT:
                    return move  # the near side missed it, but somebody is in the passage
                continue
            # and there was a time when it was the other way round
            if far.middle() - near.middle() < rule.lag_s or near.best < rule.through_dbm:
                continue
            # what lies still swaps sides in the noise now and then, but neither does one fade nor the other rise
            fade, rise = 10 ** (rule.fade_db / 10), 10 ** (rule.rise_db / 10)
            faded = near.around(-SILENCE_S, AROUND_S) * fade <= near.around(near.middle(), AROUND_S)
            risen = far.around(near.middle(), AROUND_S) * rise <= far.around(-SILENCE_S, AROUND_S)
            if faded and risen and _beats(near, far, near.middle(), lead):
                return move
        return None

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


def _beats(strong: _Side, weak: _Side, at_s: float, lead: float) -> bool:
    """Whether one side clearly saw it better around that moment. Silence counts only when it is no mere burst."""
    other = weak.around(at_s, AROUND_S)
    if other == 0.0 and weak.around(at_s, SILENCE_S) > 0.0:
        return False
    return strong.around(at_s, AROUND_S) >= other * lead


class _Side:
    """What the antennas of one side saw within the window."""

    __slots__ = ("best", "bins", "n", "recent", "recent_n", "sum_p", "sum_pt")

    def __init__(self) -> None:
        self.n = self.recent_n = 0
        self.best = -999
        self.sum_p = self.sum_pt = self.recent = 0.0
        self.bins: list[tuple[float, float]] = []
        """(seconds before now, mean received power), oldest first."""

    def add(self, bin_: Bin, side: int, now_s: float) -> None:
        n = bin_.n[side]
        if not n:
            return
        ago_s = bin_.start_s - now_s
        self.n += n
        self.best = max(self.best, bin_.best[side])
        if ago_s >= -RECENT_S:
            self.recent_n += n
            self.recent += bin_.power[side]
        # the mean of a bin, so that a faster antenna weighs no more than a slower one
        power = bin_.power[side] / n
        self.sum_p += power
        self.sum_pt += power * ago_s
        self.bins.append((ago_s, power))

    def around(self, at_s: float, half_s: float) -> float:
        """Mean received power around a moment; 0 where nothing was read."""
        powers = [power for ago_s, power in self.bins if abs(ago_s - at_s) <= half_s]
        return sum(powers) / len(powers) if powers else 0.0

    def middle(self) -> float:
        """When it was seen best: seconds before now, weighted by received power."""
        return self.sum_pt / self.sum_p

    def level(self) -> float:
        """Mean received power of the last moment; 0 where nothing was read."""
        return self.recent / self.recent_n if self.recent_n else 0.0

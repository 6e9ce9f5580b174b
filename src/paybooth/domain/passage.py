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


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as evidence. Decibels are dBm, times seconds; each can be set per gate."""

    window_s: float = 6.0
    """Reads older than this say nothing any more."""
    min_reads: int = 5
    min_reads_seen: int = 3
    """Where the light beam was broken around that time."""
    eye_s: float = 3.0
    near_dbm: int = -60
    """Stronger than this at an inner antenna: stands before the gate."""
    through_dbm: int = -58
    """The far side's best read must be at least this strong."""
    lag_s: float = 0.45
    """How much later the far side must have seen it best."""
    parked_s: float = 30.0
    parked_gone_s: float = 10.0
    gone_s: float = 2.0
    again_s: float = 5.0
    """A tag that passed is not judged again within this."""


@dataclass(slots=True)
class Track:
    """One tag in the field."""

    first_s: float
    last_s: float
    near: bool = False
    parked: bool = False
    passed_s: float = -1e9
    judged_s: float = -1e9
    reads: deque[tuple[float, bool, int]] = field(default_factory=lambda: deque(maxlen=READS_KEPT))


READS_KEPT = 64
"""Of one tag: enough for two seconds of a strong reader, and for the evidence of an alarm."""

JUDGE_EVERY_S = 0.05
"""A tag under a strong reader is judged this often, not at each of its reads."""

TRACKS_MOST = 4096
"""Tags in the field at once; a flood beyond it is dropped and counted."""


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
        """The evidence: (seconds, outer, dBm), oldest first."""
        track = self._tracks.get(epc)
        return list(track.reads) if track else []

    @property
    def busy(self) -> bool:
        """Whether time alone may bring something."""
        return bool(self._tracks or self._ignored)

    def in_field(self) -> list[bytes]:
        """Tags that are here and not parked."""
        return [epc for epc, track in self._tracks.items() if not track.parked]

    def parked(self) -> list[bytes]:
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
            track.reads.append((at_s, outer, rssi))
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
        move = self._moved(track, now_s)
        if move is not None:
            track.passed_s, track.near = now_s, False
            events.append(Event(epc, move, now_s))
        elif not track.near and self._is_near(track, now_s):
            track.near = True
            events.append(Event(epc, Move.NEAR, now_s))

    def _moved(self, track: Track, now_s: float) -> Move | None:
        rule = self.rule
        sides = (_Side(), _Side())
        for at_s, outer, rssi in track.reads:
            if now_s - at_s <= rule.window_s and at_s > track.passed_s:
                sides[outer].add(at_s - now_s, rssi)
        inner, outer_ = sides
        seen = abs(now_s - self._eye_s) <= rule.eye_s
        least = rule.min_reads_seen if seen else rule.min_reads
        if inner.n + outer_.n < least:
            return None
        for near, far, move in ((inner, outer_, Move.OUT), (outer_, inner, Move.IN)):
            # the far side must be where it is now, well read and strong
            if far.n < 2 or far.best < rule.through_dbm or far.latest_s < near.latest_s or far.recent < near.recent:
                continue
            if near.n and far.middle() - near.middle() >= rule.lag_s:
                return move
            if not near.n and seen and far.n >= least and move is Move.OUT:
                return move  # the near side missed it, but somebody is in the passage
        return None

    def _is_near(self, track: Track, now_s: float) -> bool:
        strong = [
            1 for at_s, outer, rssi in track.reads if not outer and rssi >= self.rule.near_dbm and now_s - at_s <= 2
        ]
        return len(strong) >= 3

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
                events.append(Event(epc, Move.PARKED, now_s))
                if was_near:
                    events.append(Event(epc, Move.GONE, now_s))
        for epc, last_s in list(self._ignored.items()):
            if now_s - last_s > self.rule.parked_gone_s:
                del self._ignored[epc]
        return events


class _Side:
    """What the antennas of one side saw."""

    __slots__ = ("best", "latest_s", "n", "recent", "sum_w", "sum_wt")

    def __init__(self) -> None:
        self.n, self.best, self.latest_s, self.recent = 0, -999, -1e9, -999
        self.sum_w = self.sum_wt = 0.0

    def add(self, ago_s: float, rssi: int) -> None:
        self.n += 1
        self.best = max(self.best, rssi)
        self.latest_s = max(self.latest_s, ago_s)
        if ago_s >= -RECENT_S:
            self.recent = max(self.recent, rssi)
        weight = _WEIGHTS[min(max(rssi + 100, 0), 80)]
        self.sum_w += weight
        self.sum_wt += weight * ago_s

    def middle(self) -> float:
        """When it was seen best: seconds before now, weighted by received amplitude."""
        return self.sum_wt / self.sum_w


RECENT_S = 0.5
_WEIGHTS = tuple(10 ** (db / 20) for db in range(81))

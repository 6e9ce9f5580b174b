"""Goods that a booth knows by their tags: put the basket down, and all lines appear at once.

A pad's reader sees the neighbouring shelf now and then, and goes on seeing what was paid a moment ago: a piece counts
after some strong reads in a row, is offered once for as long as it lies there, and only while nobody has paid it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paybooth.domain.barcode import GoodsCode
from paybooth.domain.epc import decode
from paybooth.domain.passage import Zone
from paybooth.ports import Clock, TagRead

from .bell import Bell
from .pieces import Pieces

STEADY_READS, STEADY_S = 4, 0.5
"""Strong reads in a row, none later than this after the one before; a stray has one now and then."""

GATHER_S = 0.3
"""No new piece for this long: the basket stands still, and its lines appear together."""

LIFTED_S = 3.0
"""Unseen for this long: taken off the pad. Laid down again it counts anew."""

LYING_MOST = 500


@dataclass(frozen=True, slots=True)
class Tagged:
    """A booth's message: these pieces lie on its pad, or are to be paid at it."""

    codes: tuple[GoodsCode, ...]
    alone: bool = False
    """Only where nobody shops: never into somebody else's basket."""


@dataclass(slots=True)
class Lying:
    reads: int
    last_s: float
    offered: bool = False


class Pad:
    """The tag reader under one settlement console."""

    def __init__(self, pieces: Pieces, post: Callable[[Tagged], bool], clock: Clock, weakest_dbm: int) -> None:
        self._pieces = pieces
        self._post = post
        self._clock = clock
        self._weakest = weakest_dbm
        self._lying: dict[bytes, Lying] = {}
        self._news_s: float | None = None
        self._bell = Bell()

    def on_reads(self, reads: Sequence[TagRead]) -> None:
        for read in reads:
            if read.zone is not Zone.PAD or read.rssi < self._weakest:
                continue
            lying = self._lying.get(read.epc)
            if lying is None:
                if len(self._lying) >= LYING_MOST:
                    continue
                lying = self._lying[read.epc] = Lying(0, read.at_s)
            in_a_row = lying.offered or read.at_s - lying.last_s <= STEADY_S
            lying.reads, lying.last_s = lying.reads + 1 if in_a_row else 1, read.at_s
            if lying.reads == STEADY_READS:
                self._news_s = self._clock.monotonic_s()
                self._bell.ring()

    async def run(self) -> None:
        while True:
            await self._bell.wait(None if self._news_s is None and not self._lying else GATHER_S)
            now_s = self._clock.monotonic_s()
            self._lying = {epc: x for epc, x in self._lying.items() if now_s - x.last_s < LIFTED_S}
            if self._news_s is not None and now_s - self._news_s >= GATHER_S:
                self._news_s = None
                self._offer()

    def _offer(self) -> None:
        fresh = [epc for epc, lying in self._lying.items() if not lying.offered and lying.reads >= STEADY_READS]
        for epc in fresh:
            self._lying[epc].offered = True
        ours = [epc for epc in fresh if (found := self._pieces.known(epc)) and not self._pieces.owned(found[0])]
        if ours:
            self._post(Tagged(as_scans(ours)))


def as_scans(epcs: Sequence[bytes]) -> tuple[GoodsCode, ...]:
    """What a scan of each piece's 2D code would say."""
    tags = [tag for epc in epcs if (tag := decode(epc)) is not None]
    return tuple(GoodsCode((tag.gtin14,), serial=tag.serial) for tag in tags)

"""The outputs of one relay board: what they should be, written at once, and again until the board confirms."""

from __future__ import annotations

import asyncio

import structlog

from paybooth.domain.door import Output
from paybooth.ports import Board, Clock, Fault

from .bell import Bell

log = structlog.get_logger()

RETRY_S = 0.2


class Relays:
    """Wanted outputs of a gate. Without a board nothing is ever confirmed, and nothing breaks."""

    def __init__(self, board: Board | None, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self.wanted: dict[Output, bool] = dict.fromkeys(Output, False)
        self._written: dict[Output, bool] = {}
        self._until: dict[Output, float] = {}
        self._bell = Bell()
        self._confirmed: list[asyncio.Future[None]] = []

    def want(self, output: Output, on: bool, for_s: float | None = None) -> None:
        """Switch; with `for_s` it goes off again by itself. Takes effect at once, before any journal."""
        self.wanted[output] = on
        if on and for_s is not None:
            self._until[output] = self._clock.monotonic_s() + for_s
        else:
            self._until.pop(output, None)
        self._bell.ring()

    async def confirmed(self) -> None:
        """Wait until the board has confirmed all that is wanted now."""
        if self._board is None:
            await asyncio.Event().wait()
        if self._differing():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._confirmed.append(future)
            await future

    def lost(self) -> None:
        """The board is gone or came back: what it holds is no longer known."""
        self._written.clear()
        self._bell.ring()

    def _differing(self) -> dict[Output, bool]:
        return {output: on for output, on in self.wanted.items() if self._written.get(output) is not on}

    async def run(self) -> None:
        """Write for ever; each round also turns off what ran out."""
        board = self._board
        if board is None:
            await asyncio.Event().wait()
            return
        while True:
            now_s = self._clock.monotonic_s()
            for output in [o for o, until in self._until.items() if until <= now_s]:
                del self._until[output]
                self.wanted[output] = False
            differing = self._differing()
            if differing and not await self._write(board, differing):
                await self._bell.wait(RETRY_S)
                continue
            if not self._differing():
                waiting, self._confirmed = self._confirmed, []
                for future in waiting:
                    if not future.done():
                        future.set_result(None)
                ends = min(self._until.values(), default=None)
                await self._bell.wait(None if ends is None else max(0.01, ends - self._clock.monotonic_s()))

    async def _write(self, board: Board, differing: dict[Output, bool]) -> bool:
        try:
            await board.write(differing)
        except Fault as fault:
            log.warning("relay not written", outputs=sorted(differing), fault=str(fault))
            return False
        self._written.update(differing)
        return True

    async def feed(self) -> None:
        """Feed the hardware watchdog for ever. Dies with the floor: that is its purpose."""
        board = self._board
        if board is None:
            return
        fed_s = -1e9
        while True:
            try:
                await board.feed()
            except Fault as fault:
                log.warning("watchdog not fed", fault=str(fault))
            else:
                now_s = self._clock.monotonic_s()
                if now_s - fed_s >= board.watchdog_s:
                    self.lost()  # it had dropped everything
                fed_s = now_s
            await self._clock.sleep(board.watchdog_s / 3)  # two feeds may be lost

"""What one actor waits on: rung by others, or over after so many seconds. No queue, no message, no clock of its own."""

from __future__ import annotations

import asyncio


class Bell:
    """One waiter. Rung while nobody waits, the next wait is over at once."""

    __slots__ = ("_rung", "_waiter")

    def __init__(self) -> None:
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        self._rung = True
        _end(self._waiter)

    def hush(self) -> None:
        """Forget a ring that was not waited for."""
        self._rung = False

    async def wait(self, seconds: float | None) -> bool:
        """Until rung or, unless None, so many seconds; True when rung. Half the work of a time-out around an event."""
        if not self._rung:
            loop = asyncio.get_running_loop()
            waiter = self._waiter = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, _end, waiter)
            try:
                await waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        rung, self._rung = self._rung, False
        return rung


def _end(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)

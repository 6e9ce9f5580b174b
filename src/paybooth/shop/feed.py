"""The latest view of each screen, numbered; subscribers get whole snapshots, never patches.

A slow page loses intermediate snapshots (it gets the newest) and old cues; it never slows the shop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from paybooth.ports import Chance, Clock

from .views import Cue, Sound

CUES_KEPT = 4
"""A page that is behind by more sounds than this gets only the newest: a late beep is worse than none."""

SUBSCRIBERS_MOST = 64
"""Pages watching one screen; one more is refused."""

View = TypeVar("View")


class Frame:
    """A snapshot on its way: encoded once, by the first page that takes it; one that nobody takes costs nothing."""

    __slots__ = ("_bytes", "snapshot")

    def __init__(self, snapshot: msgspec.Struct) -> None:
        self.snapshot = snapshot
        self._bytes: bytes | None = None

    def encoded(self) -> bytes:
        if self._bytes is None:
            self._bytes = msgspec.json.encode(self.snapshot)
        return self._bytes


class Subscriber:
    """One page: at most one snapshot and a few cues wait for it. `something` is shared where a page watches more."""

    def __init__(self, something: asyncio.Event | None = None) -> None:
        self._snapshot: Frame | None = None
        self._cues: deque[bytes] = deque(maxlen=CUES_KEPT)
        self._something = something or asyncio.Event()

    def offer_snapshot(self, frame: Frame) -> None:
        self._snapshot = frame
        self._something.set()

    def offer_cue(self, frame: bytes) -> None:
        self._cues.append(frame)
        self._something.set()

    async def next_frames(self) -> list[bytes]:
        """Wait for something, then take all of it: the cues first, so that sound and line come together."""
        await self._something.wait()
        self._something.clear()
        return self.take()

    def take(self) -> list[bytes]:
        """What waits now."""
        frames = list(self._cues)
        self._cues.clear()
        return [*frames, *self.take_snapshot()]

    def take_snapshot(self) -> list[bytes]:
        """The snapshot that waits, if one does."""
        frame, self._snapshot = self._snapshot, None
        return [] if frame is None else [frame.encoded()]


class Feed(Generic[View]):
    """The views of one screen. `epoch` changes with every start of the box, `rev` counts up within it.

    `snapshot` makes the frame of (epoch, rev, Unix milliseconds, view).
    """

    def __init__(self, clock: Clock, chance: Chance, snapshot: Callable[[str, int, int, View], msgspec.Struct]) -> None:
        self._clock = clock
        self._snapshot = snapshot
        self.epoch = chance.token(4)
        self.rev = 0
        self.view: View | None = None
        self._frame: Frame | None = None
        self._cue = 0
        self._subscribers: dict[Subscriber, None] = {}  # in the order they came

    def publish(self, view: View) -> None:
        """Make this the screen's view and hand it to every page."""
        self.rev += 1
        self.view = view
        self._frame = Frame(self._snapshot(self.epoch, self.rev, self._clock.now_ms(), view))
        for subscriber in self._subscribers:
            subscriber.offer_snapshot(self._frame)

    def cue(self, sound: Sound) -> None:
        """Play a sound on every page that is here now; it is never replayed."""
        self._cue += 1
        if not self._subscribers:
            return
        frame = msgspec.json.encode(Cue(self._cue, sound))
        for subscriber in self._subscribers:
            subscriber.offer_cue(frame)

    @property
    def room(self) -> bool:
        """Whether one more page may watch."""
        return len(self._subscribers) < SUBSCRIBERS_MOST

    @property
    def watchers(self) -> int:
        return len(self._subscribers)

    def subscribe(self, subscriber: Subscriber | None = None) -> Subscriber | None:
        """A new page, with the current view waiting for it; None when too many watch."""
        if not self.room:
            return None
        subscriber = subscriber or Subscriber()
        if self._frame is not None:
            subscriber.offer_snapshot(self._frame)
        self._subscribers[subscriber] = None
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.pop(subscriber, None)

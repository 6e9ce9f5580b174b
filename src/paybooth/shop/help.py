"""A shopper's call for help at one booth: called, seen by staff, ended. Each step is on disk before it shows.

How staff sign in and reach the booth is not here: they post a `StaffHelp` into its mailbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from paybooth.domain import facts as f
from paybooth.ports import Clock

from .views import HelpView


@dataclass(frozen=True, slots=True)
class StaffHelp:
    """What staff did about a call: somebody is on the way, or the shopper has been helped."""

    done: Literal["seen", "helped"]


class HelpCall:
    """At most one call per booth; it ends with the visit at the latest."""

    def __init__(self, booth: str, clock: Clock, commit: Callable[[f.Fact], Awaitable[None]]) -> None:
        self._booth = booth
        self._clock = clock
        self._commit = commit
        self._sale: str | None = None
        """The sale it was made in (empty without one), until its end is on disk."""
        self.view: HelpView | None = None

    async def call(self, sale: str) -> None:
        if self.view is None:
            await self.tidy()
            await self._commit(f.HelpCalled(self._booth, sale))
            self._sale = sale
            self.view = HelpView("calling", self._clock.now_ms())

    async def seen(self, by: str) -> None:
        """Somebody is on the way; nothing where nobody calls, or it was seen before."""
        if self.view is not None and self.view.state == "calling":
            await self._commit(f.HelpSeen(self._booth, self._sale or "", by))
            self.view = replace(self.view, state="seen")

    async def on_staff(self, act: StaffHelp) -> None:
        """Without a call there is nothing to see or end: a second member of staff was quicker."""
        if act.done == "helped":
            await self.end("staff")
        else:
            await self.seen("staff")

    async def end(self, by: Literal["shopper", "staff", "left"]) -> None:
        if self._sale is not None:
            await self._commit(f.HelpEnded(self._booth, self._sale, by))
            self._sale, self.view = None, None

    def leave(self) -> None:
        """The visit is over: nothing to show; `tidy` writes it down."""
        self.view = None

    async def tidy(self) -> None:
        if self.view is None:
            await self.end("left")

"""When the pages of each booth last said that they painted: what tells a frozen screen from a quiet one."""

from __future__ import annotations

from collections.abc import Callable


class Painted:
    """A page says `applied` behind each paint and pings every two seconds.

    A ping counts as long as nothing newer waits to be painted: where only the drawing hangs, pings go on.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._at: dict[str, tuple[float, int]] = {}

    def applied(self, booth: str, rev: int) -> None:
        """A page of this booth has drawn this revision."""
        self._at[booth] = (self._now_s(), rev)

    def pinged(self, booth: str, newest: int) -> None:
        """A page of this booth lives, while `newest` is the revision it should show."""
        _, rev = self._at.get(booth, (0.0, -1))
        if rev >= newest:
            self._at[booth] = (self._now_s(), rev)

    def age_ms(self, booth: str) -> int | None:
        """None where no page has painted since the box started."""
        found = self._at.get(booth)
        return None if found is None else max(0, int((self._now_s() - found[0]) * 1000))

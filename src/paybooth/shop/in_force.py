"""The settings the shop works by: the file's, with what staff set laid over. Changed on disk first, then everywhere."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from paybooth.domain.staff_facts import SettingChange, SettingsChanged
from paybooth.ports import Clock, Ledger

from .dials import UnfitSettingError, dials, overlay, read, said
from .settings import ShopSettings


class StaleSettingsError(Exception):
    """Somebody changed settings since they were seen."""

    def __init__(self) -> None:
        super().__init__("somebody changed the settings meanwhile; nothing was changed by you")


class InForce:
    """Whoever works by settings is told when they are others."""

    def __init__(self, file: ShopSettings, ledger: Ledger, clock: Clock) -> None:
        self.file = file
        self.over = ledger.settings()
        """What staff set, by key."""
        self.now = overlay(file, self.over)
        self.dials = dials(file)
        self._ledger = ledger
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.on_change: Callable[[ShopSettings], None] = lambda _: None

    @property
    def version(self) -> str:
        """Another one with every change."""
        told = repr((sorted(self.over.items()), [said(self.file, dial) for dial in self.dials.values()]))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    async def change(self, wanted: Mapping[str, str | None], seen: str, by: str, reason: str) -> None:
        """Set some, by key; None goes back to the file's. In effect when it returns.

        Raises StaleSettingsError, UnfitSettingError, LedgerFault with nothing changed.
        """
        async with self._one_at_a_time:
            if seen != self.version:
                raise StaleSettingsError
            changes = []
            for key, text in sorted(wanted.items()):
                dial = self.dials.get(key)
                if dial is None:
                    raise UnfitSettingError(key, "there is no such setting, or it is changed in the file alone")
                after = None if text is None else str(read(dial, text.strip()))
                if after != self.over.get(key):
                    changes.append(SettingChange(key, self.over.get(key), after))
            if not changes:
                return
            await self._ledger.commit(SettingsChanged(tuple(changes), by, reason), at_ms=self._clock.now_ms())
            for each in changes:
                self.over.pop(each.key, None)
                if each.after is not None:
                    self.over[each.key] = each.after
            self.now = overlay(self.file, self.over)
            self.on_change(self.now)

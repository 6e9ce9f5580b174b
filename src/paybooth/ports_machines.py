"""The floor plan's sheet for machines: programs that are told every fact, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .ports import Entry


@dataclass(frozen=True, slots=True)
class Batch:
    """Journal rows in (after, until], as far as this hook wants them. None: only to hear that the other side lives."""

    shop: str
    """Its code."""
    hook: str
    after: int
    until: int
    entries: tuple[Entry, ...]


class Answer(StrEnum):
    TAKEN = "taken"
    GONE = "gone"  # never send anything here again


class Hook(Protocol):
    """A program that is told facts."""

    @property
    def name(self) -> str: ...

    async def deliver(self, batch: Batch) -> Answer:
        """One try. Raises Fault; the same batch again is the same delivery, and does no harm."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a hook stands: it has everything through `after`; what is behind, through `until`, may be on its way."""

    after: int
    until: int


class MarkKeeper(Protocol):
    """Keeps marks beside the ledger. Both calls block for a moment and raise LedgerFault."""

    def mark(self, name: str) -> Mark | None:
        """None where nothing was ever kept."""
        ...

    def keep(self, name: str, mark: Mark) -> None:
        """On disk and synced when it returns."""
        ...

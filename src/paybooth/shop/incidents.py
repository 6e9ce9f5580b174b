"""Incidents as the floor keeps them: reported in memory first, so that a console sees them whatever the disk does.

The same thing again joins the open incident. Claims and verdicts of staff are on disk before they count. Who is told
when nobody claims is the ladder's (ladder.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain import incident as i
from paybooth.domain.facts import Fact
from paybooth.domain.incident import MANNERS, Incident, Kind, Refusal, State
from paybooth.ports import Clock, Ledger

from .scribe import Scribe

log = structlog.get_logger()

LIVE_MOST = 500
"""Open incidents at once; one more of a kind joins the oldest of its kind instead of opening."""

_SEVERITY = {severity: n for n, severity in enumerate(i.Severity)}

Listener = Callable[[Incident, Fact], None]


class Incidents:
    """All that is not resolved, and the way there."""

    def __init__(self, ledger: Ledger, clock: Clock, scribe: Scribe) -> None:
        self._ledger = ledger
        self._clock = clock
        self._scribe = scribe
        self.live = {found.id: found for found in ledger.live_incidents()}
        self._last = ledger.last_incident()
        self._listeners: list[Listener] = []
        self._one_at_a_time = asyncio.Lock()
        self._ending: int | None = None
        """Staff are resolving this one: nothing joins it any more."""

    def listen(self, listener: Listener) -> None:
        """Call with the incident as it is now and the fact that made it so."""
        self._listeners.append(listener)

    def worst_first(self) -> list[Incident]:
        return sorted(self.live.values(), key=lambda found: (_SEVERITY[found.severity], found.id))

    # ------------------------------------------------------------ by the box

    def report(
        self,
        kind: Kind,
        place: str,
        detail: str = "",
        items: Sequence[x.ItemSeen] = (),
        evidence: x.Evidence | None = None,
        *,
        join: int | None = None,
    ) -> int:
        """Something staff must look at; the incident's number. `join`: it belongs to this one, if still open."""
        known = self._alike(kind, place, detail) if join is None or join == self._ending else self.live.get(join)
        if known is not None:
            self._apply(known, x.IncidentRepeated(known.id, detail, tuple(items), evidence))
            return known.id
        self._last += 1
        manner = MANNERS[kind]
        opened = x.IncidentOpened(self._last, kind, manner.severity, place, detail, tuple(items), evidence)
        at_ms = self._scribe.write(opened, must=True)
        found = self.live[self._last] = i.begin(opened, at_ms)
        log.warning("incident", number=found.id, kind=kind, place=place, detail=detail)
        self._tell(found, opened)
        return found.id

    def _alike(self, kind: Kind, place: str, detail: str) -> Incident | None:
        """The open incident of the same thing. Goods that rang are their own matter each; a flood still joins."""
        alike = [found for found in self.live.values() if found.kind is kind and found.id != self._ending]
        if kind is Kind.UNPAID and len(self.live) < LIVE_MOST:
            return None
        if len(self.live) >= LIVE_MOST and alike:
            return alike[0]
        same = kind is not Kind.MONEY
        return next((f for f in alike if f.place == place and (same or f.detail == detail)), None)

    def heal(self, kind: Kind, place: str, verdict: i.Verdict = i.Verdict.REPAIRED) -> None:
        """The trouble is over by itself."""
        for found in [f for f in self.live.values() if f.kind is kind and f.place == place and f.id != self._ending]:
            self._apply(found, x.IncidentResolved(found.id, i.THE_BOX, verdict, ""))

    def told(self, incident: int, target: str, step: int, why: str) -> None:
        """The ladder told a target, or gave up on it (`why`)."""
        happened = x.IncidentTold(incident, target, step, why)
        found = self.live.get(incident)
        if found is not None:
            self._apply(found, happened)
        else:
            self._scribe.write(happened)

    def _apply(self, found: Incident, happened: Fact) -> None:
        at_ms = self._scribe.write(happened, must=True)
        self._settle(i.apply(found, happened, at_ms), happened)

    def _settle(self, found: Incident, happened: Fact) -> None:
        if found.state is State.RESOLVED:
            self.live.pop(found.id, None)
        else:
            self.live[found.id] = found
        self._tell(found, happened)

    def _tell(self, found: Incident, happened: Fact) -> None:
        for listener in self._listeners:
            listener(found, happened)

    # ------------------------------------------------------------ by staff

    async def claim(self, incident: int, by: str, *, take_over: bool = False) -> Incident | Refusal | None:
        """The claimed incident, why not, or None where there is none. Raises LedgerFault."""
        return await self._act(incident, lambda found: i.claim(found, by, take_over=take_over))

    async def note(self, incident: int, by: str, text: str) -> Incident | Refusal | None:
        """A word for the next shift; also about one that is over."""
        noted = x.IncidentNoted(incident, by, text[: i.NOTE_MOST])
        if incident not in self.live and self._ledger.incident(incident) is not None:
            await self._scribe.written(noted)
            return self._ledger.incident(incident)
        return await self._act(incident, lambda _: noted)

    async def resolve(self, incident: int, by: str, verdict: str, note: str) -> Incident | Refusal | None:
        return await self._act(incident, lambda found: i.resolve(found, by, verdict, note))

    async def _act(self, incident: int, decide: Callable[[Incident], Fact | Refusal]) -> Incident | Refusal | None:
        """On disk first. One at a time, so that two people never own one incident."""
        async with self._one_at_a_time:
            found = self.live.get(incident)
            if found is None:
                return Refusal.RESOLVED if self._ledger.incident(incident) is not None else None
            decided = decide(found)
            if isinstance(decided, Refusal):
                return decided
            self._ending = incident if isinstance(decided, x.IncidentResolved) else None
            try:
                at_ms = await self._scribe.written(decided)
            finally:
                self._ending = None
            found = i.apply(self.live.get(incident, found), decided, at_ms)
            if incident in self.live:
                self._settle(found, decided)
            return found

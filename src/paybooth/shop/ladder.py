"""The ladder: who is told when nobody at a console takes an incident, one rung after another, and again until it works.

Each rung has a lane of its own, so a dead target delays no other. What was told is in the journal: a restart tells
nobody twice and forgets nobody. A target that fails is named to staff like a dead device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain.facts import Fact
from paybooth.domain.incident import Call, Incident, Kind, Severity, State
from paybooth.domain.staff_facts import NotifyTested
from paybooth.ports import Clock, Fault, Ledger, Notifier

from .bell import Bell
from .incidents import Incidents
from .settings import RungSettings, ShopSettings
from .words import Words

log = structlog.get_logger()

RETRIES_S = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Waits after failures; the last one repeats."""

GIVE_UP_S = 24 * 3600.0
NAMED_AFTER = 3
"""Failures in a row after which the target is an incident of its own."""

_RANK = {severity: n for n, severity in enumerate(Severity)}


class Rung:
    """One target and what waits for it."""

    def __init__(self, settings: RungSettings, notifier: Notifier, step: int) -> None:
        self.settings = settings
        self.notifier = notifier
        self.step = step
        self.due: dict[int, float] = {}
        """Incident → Clock.monotonic_s of the next try."""
        self.began: dict[int, float] = {}
        self.tries: dict[int, int] = {}
        self.failures = 0
        self.bell = Bell()

    def wants(self, found: Incident) -> bool:
        own = found.kind is Kind.DEVICE and found.place == f"notify:{self.settings.name}"
        return _RANK[found.severity] <= _RANK[Severity(self.settings.least)] and not own

    def put(self, incident: int, now_s: float, at_s: float) -> None:
        self.due[incident] = at_s
        self.began[incident] = max(now_s, at_s)
        self.bell.ring()

    def drop(self, incident: int) -> None:
        for table in (self.due, self.began, self.tries):
            table.pop(incident, None)


class Ladder:
    """All rungs of a shop."""

    def __init__(
        self,
        settings: ShopSettings,
        notifiers: Mapping[str, Notifier],
        incidents: Incidents,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._incidents = incidents
        self._ledger = ledger
        self._clock = clock
        self._words = Words("notify")
        self._rungs = [Rung(each, notifiers[each.name], n) for n, each in enumerate(settings.rungs, 1)]
        incidents.listen(self._on_incident)

    async def run(self) -> None:
        for found in self._incidents.live.values():
            self._take_up(found)
        async with asyncio.TaskGroup() as tasks:
            for rung in self._rungs:
                tasks.create_task(self._climb(rung), name=f"notify {rung.settings.name}")

    async def aclose(self) -> None:
        for rung in self._rungs:
            await rung.notifier.aclose()

    @property
    def targets(self) -> frozenset[str]:
        return frozenset(rung.settings.name for rung in self._rungs)

    async def test(self, target: str, by: str, reason: str) -> str:
        """Have a target told that this is a test; why not, or nothing. Raises LedgerFault where it is not on record."""
        (rung,) = [rung for rung in self._rungs if rung.settings.name == target]
        say = self._words.in_language(rung.settings.language)
        shop = self._settings.name_zh if rung.settings.language == "zh-CN" else self._settings.name_en
        now_ms = self._clock.now_ms()
        call = Call(
            shop=self._settings.code,
            incident=0,
            kind="test",
            severity=Severity.INFO.value,
            place="",
            detail=reason,
            goods=(),
            opened_ms=now_ms,
            title=f"{shop}: {say('test')}",
            text=say("test-text", by=by, reason=reason),
            url="",
        )
        outcome = ""
        try:
            await rung.notifier.tell(call)
        except Fault as fault:
            outcome = f"{fault.kind} {fault.detail}".strip()[:200]
        await self._ledger.commit(NotifyTested(target, by, reason, outcome), at_ms=self._clock.now_ms())
        return outcome

    # ------------------------------------------------------------ what is due

    def _take_up(self, found: Incident) -> None:
        """After a restart: whoever was told is not told again."""
        if found.state is not State.OPEN:
            return
        steps = self._ledger.incident_steps(found.id)
        told = {s.fact.target for s in steps if isinstance(s.fact, x.IncidentTold) and not s.fact.why}
        age_s = max(0.0, (self._clock.now_ms() - found.opened_ms) / 1000)
        self._put(found, age_s, told)

    def _on_incident(self, found: Incident, happened: Fact) -> None:
        if isinstance(happened, x.IncidentOpened):
            self._put(found, 0.0, set())
        elif found.state is not State.OPEN:
            for rung in self._rungs:
                rung.drop(found.id)

    def _put(self, found: Incident, age_s: float, told: set[str]) -> None:
        now_s = self._clock.monotonic_s()
        for rung in self._rungs:
            if rung.wants(found) and rung.settings.name not in told:
                rung.put(found.id, now_s, now_s + rung.settings.after_s - age_s)

    # ------------------------------------------------------------ telling

    async def _climb(self, rung: Rung) -> None:
        while True:
            incident = min(rung.due, key=rung.due.__getitem__, default=None)
            now_s = self._clock.monotonic_s()
            if incident is None or rung.due[incident] > now_s:
                await rung.bell.wait(None if incident is None else rung.due[incident] - now_s)
                continue
            found = self._incidents.live.get(incident)
            if found is None or found.state is not State.OPEN:
                rung.drop(incident)
                continue
            await self._tell(rung, found)

    async def _tell(self, rung: Rung, found: Incident) -> None:
        name = rung.settings.name
        try:
            await rung.notifier.tell(self.call(found, rung.settings.language))
        except Fault as fault:
            log.warning("not told", target=name, incident=found.id, why=fault.kind, detail=fault.detail)
            self._failed(rung, found, f"{fault.kind} {fault.detail}".strip())
            return
        rung.failures = 0
        rung.drop(found.id)
        self._incidents.told(found.id, name, rung.step, "")
        self._incidents.heal(Kind.DEVICE, f"notify:{name}")

    def _failed(self, rung: Rung, found: Incident, why: str) -> None:
        tries = rung.tries[found.id] = rung.tries.get(found.id, 0) + 1
        rung.failures += 1
        now_s = self._clock.monotonic_s()
        if found.id not in rung.due:
            return  # somebody took it meanwhile
        if now_s - rung.began[found.id] >= GIVE_UP_S:
            rung.drop(found.id)
            self._incidents.told(found.id, rung.settings.name, 0, f"given up: {why}"[:200])
        else:
            rung.due[found.id] = now_s + RETRIES_S[min(tries, len(RETRIES_S)) - 1]
            if tries == 1:
                self._incidents.told(found.id, rung.settings.name, 0, why[:200])
        if rung.failures == NAMED_AFTER:
            self._incidents.report(Kind.DEVICE, f"notify:{rung.settings.name}", why[:80])

    def call(self, found: Incident, language: str) -> Call:
        """The words for one incident."""
        say = self._words.in_language(language)
        zh = language == "zh-CN"
        shop = self._settings.name_zh if zh else self._settings.name_en
        goods = tuple(f"{item.name_zh if zh else item.name_en} × {item.count}" for item in found.items)
        title = say(f"kind-{found.kind.replace('_', '-')}")
        lines = [say("where", shop=shop, place=found.place)]
        if goods:
            lines.append(say("goods", goods=(say("comma")).join(goods)))
        if found.detail:
            lines.append(say("detail", detail=found.detail))
        lines.append(say("nobody"))
        public = self._settings.public_url.rstrip("/")
        url = f"{public}/console/incidents/{found.id}" if public else ""
        return Call(
            shop=self._settings.code,
            incident=found.id,
            kind=found.kind.value,
            severity=found.severity.value,
            place=found.place,
            detail=found.detail,
            goods=goods,
            opened_ms=found.opened_ms,
            title=f"{shop}: {title}",
            text="\n".join(lines),
            url=url,
        )

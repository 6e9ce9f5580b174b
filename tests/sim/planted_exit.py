"""Planted bugs of the exit: in what may leave, in the passage, at the door, in what staff are told."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch

from paybooth.domain import leave, passage
from paybooth.domain.door import Output
from paybooth.domain.incident import Incident, Kind
from paybooth.domain.leave import Judged, Rights, Standing
from paybooth.domain.passage import Passages
from paybooth.shop.exits import Exits
from paybooth.shop.gate import Gate
from paybooth.shop.incidents import Incidents
from paybooth.shop.ladder import Ladder, Rung
from paybooth.shop.passes import Passes
from paybooth.shop.relays import Relays

from .planted import Patches, bug

SILENT = "an unpaid piece rings and is named"
TOLD = "somebody is told"
FALSE = "a paid piece never rings"
PAID = "a paid piece leaves as paid"


@bug("goods of a paid sale get no right to leave", PAID)
def right_forgotten() -> Patches:
    yield patch.object(Rights, "release", lambda *_: None)


@bug("a sale of three pieces releases only one", FALSE)
def one_unit_only() -> Patches:
    real = Rights.release

    def release(self: Rights, sale: str, lines: Any, paid_ms: int) -> None:
        real(self, sale, [leave.Sold(x.sku, x.serial, 1) for x in lines], paid_ms)

    yield patch.object(Rights, "release", release)


@bug("whatever the books do not know may leave", SILENT)
def unknown_is_paid() -> Patches:
    real = Rights.judge

    def judge(self: Rights, keys: Any, now_ms: int) -> list[Judged]:
        found = real(self, keys, now_ms)
        return [Judged(Standing.BROUGHT_IN) if j.standing is Standing.UNPAID else j for j in found]

    yield patch.object(Rights, "judge", judge)


@bug("a passage out is taken for one in", SILENT)
def out_is_in() -> Patches:
    real = Passages.take

    def take(self: Passages, reads: Any) -> list[passage.Event]:
        return real(self, [(epc, not outer, rssi, at_s) for epc, outer, rssi, at_s in reads])

    yield patch.object(Passages, "take", take)


@bug("an alarm is judged and then dropped", SILENT)
def alarm_unsaid() -> Patches:
    yield patch.object(Gate, "_alarm", lambda *_: None)


@bug("the siren's relay is never written", SILENT)
def siren_mute() -> Patches:
    real = Relays.want

    def want(self: Relays, output: Output, on: bool, for_s: float | None = None) -> None:
        real(self, output, on and output is not Output.SIREN, for_s)

    yield patch.object(Relays, "want", want)


@bug("a dead device is nobody's business", "silence is an alarm")
def death_unnamed() -> Patches:
    real = Incidents.report

    def report(self: Incidents, kind: Kind, *rest: Any, **more: Any) -> int:
        return 0 if kind is Kind.DEVICE else real(self, kind, *rest, **more)

    yield patch.object(Incidents, "report", report)


@bug("a relay that was not written is taken for written", SILENT)
def lost_write_believed() -> Patches:
    real = Relays._write

    async def write(self: Relays, board: Any, differing: Any) -> bool:
        if not await real(self, board, differing):
            self._written.update(differing)
        return True

    yield patch.object(Relays, "_write", write)


@bug("who calls for help at the door stays alone", "help is answered")
def help_alone() -> Patches:
    async def keep_company(self: Exits) -> None:
        await asyncio.Event().wait()

    yield patch.object(Exits, "_keep_company", keep_company)


@bug("whom nobody could be told of is forgotten", TOLD)
def told_once() -> Patches:
    def failed(self: Ladder, rung: Rung, found: Incident, why: str) -> None:
        rung.drop(found.id)

    yield patch.object(Ladder, "_failed", failed)


@bug("after a restart nobody is told of what was open", TOLD)
def told_not_again() -> Patches:
    yield patch.object(Ladder, "_take_up", lambda *_: None)


@bug("an exit pass opens twice", "no lost fact")
def pass_twice() -> Patches:
    real = Passes._take

    def take(self: Passes, scanned: str, gate: str) -> Any:
        self._used.clear()
        with patch.object(type(self._ledger), "pass_used", lambda *_: False):
            return real(self, scanned, gate)

    yield patch.object(Passes, "_take", take)

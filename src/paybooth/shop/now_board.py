"""The shop at a glance for all consoles: booths, devices, takings. Drawn four times a second at most, and only for
somebody who watches: selling pays nothing for a console that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from paybooth.domain import exit_facts as x
from paybooth.ports import Clock, Entry, Ledger
from paybooth.ports_console import HandoverRow

from . import now_views as v
from .bell import Bell
from .booth import Booth
from .feed import Feed
from .plans import Plans
from .settings import ShopSettings
from .takings import Takings
from .till import Till
from .views import BoothView, Words
from .watch import Watch

DRAWN_EVERY_S = 0.25
LINES_SHOWN = 5


class NowBoard:
    """One for all consoles of a shop."""

    def __init__(
        self,
        settings: ShopSettings,
        booths: Mapping[str, Booth],
        watch: Watch,
        till: Till,
        ledger: Ledger,
        clock: Clock,
        feed: Feed[v.NowView],
        plans: Plans,
    ) -> None:
        self.feed = feed
        self._settings = settings
        self._booths = booths
        self._watch = watch
        self._till = till
        self._ledger = ledger
        self._clock = clock
        self._plans = plans
        self._bell = Bell()
        self._takings = Takings(ledger, clock, settings.zone)
        self._phases: dict[str, tuple[str, int]] = {}
        self._resolved: tuple[str, int] = ("", 0)
        ledger.listen(self._on_entries)
        watch.listen(self._ring)
        plans.listen(self._ring)
        for booth in booths.values():
            booth.listen(self._ring)

    def _ring(self) -> None:
        if self.feed.watchers:
            self._bell.ring()

    def _on_entries(self, entries: Sequence[Entry]) -> None:
        self._takings.on_entries(entries)
        day = self._resolved[0]
        if day == self._today():
            over = sum(isinstance(entry.fact, x.IncidentResolved) for entry in entries)
            self._resolved = day, self._resolved[1] + over
        self._ring()

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, self._settings.zone).date().isoformat()

    async def run(self) -> None:
        while True:
            await self._bell.wait(None)
            self.show()
            await self._clock.sleep(DRAWN_EVERY_S)

    def show(self) -> None:
        """Draw the shop as it is; a console that comes wants it at once."""
        drawn = self._view()
        if drawn != self.feed.view:
            self.feed.publish(drawn)

    def _view(self) -> v.NowView:
        today = self._today()
        if self._resolved[0] != today:
            begin = datetime.fromisoformat(today).replace(tzinfo=self._settings.zone)
            self._resolved = today, self._ledger.incidents_resolved_since(int(begin.timestamp() * 1000))
        return v.NowView(
            name=Words(self._settings.name_zh, self._settings.name_en),
            utc_offset_minutes=self._settings.utc_offset_minutes,
            booths=tuple(self._card(name, booth) for name, booth in self._booths.items()),
            devices=self.devices(),
            takings=self._takings.view(self._till.in_flight),
            resolved_today=self._resolved[1],
            handover=_handover(self._ledger.last_handover()),
            plan=self._plans.now.number,
        )

    def devices(self) -> tuple[v.DeviceView, ...]:
        """Everything with a wire, as it is."""
        return tuple(
            v.DeviceView(
                device=status.device,
                state=status.health.state.value,
                reasons=status.health.reasons,
                detail=status.health.detail,
                since_ms=status.since_ms,
                heard_ms=self._watch.heard.get(status.device, 0),
                maintenance=self._watch.maintenance.get(status.device, ""),
            )
            for status in self._watch.table.values()
        )

    def _card(self, name: str, booth: Booth) -> v.BoothCard:
        shown = booth.feed.view
        assert shown is not None, "a booth shows itself before anything else happens"
        known = self._phases.get(name)
        if known is None or known[0] != shown.phase:
            known = self._phases[name] = shown.phase, self._clock.now_ms()
        return _card(shown, known[1], page=booth.feed.watchers > 0)


def _handover(last: HandoverRow | None) -> v.HandoverView | None:
    if last is None:
        return None
    return v.HandoverView(last.id, last.at_ms, last.by, last.text, last.incidents, last.taken_by)


def _card(shown: BoothView, since_ms: int, *, page: bool) -> v.BoothCard:
    sale, payment = shown.sale, shown.payment
    lines = sale.lines if sale is not None else ()
    return v.BoothCard(
        booth=shown.booth,
        phase=shown.phase,
        closed_reason=shown.closed_reason,
        sale=sale.number if sale is not None else "",
        lines=tuple(v.CardLine(line.name, line.quantity, line.amount_fen) for line in lines[:LINES_SHOWN]),
        more=max(0, len(lines) - LINES_SHOWN),
        count=sale.count if sale is not None else 0,
        total_fen=sale.total_fen if sale is not None else 0,
        channel=(payment.channel or "") if payment is not None else "",
        notice=shown.notice.kind if shown.notice is not None else "",
        paper=shown.paper,
        help=shown.help,
        helper=shown.helper,
        since_ms=since_ms,
        page=page,
    )

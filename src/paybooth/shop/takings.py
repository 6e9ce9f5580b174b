"""What came in today by hour and wallet, beside the same weekday a week ago: read once a day, kept by facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from paybooth.domain import facts as f
from paybooth.ports import Clock, Entry, Ledger

from .now_views import ChannelTakings, TakingsView

HOURS = 24
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FRESH_MS = 60_000
"""The comparison up to this time of day is summed anew after this."""


class Takings:
    """Of one shop; nothing is read before somebody looks."""

    def __init__(self, ledger: Ledger, clock: Clock, zone: timezone) -> None:
        self._ledger = ledger
        self._clock = clock
        self._zone = zone
        self._day: datetime | None = None
        self._hours = [0] * HOURS
        self._before = (0,) * HOURS
        self._channels: dict[str, list[int]] = {}
        self._refunded = 0
        self._so_far = (0, 0)

    def on_entries(self, entries: Sequence[Entry]) -> None:
        """The entries of a commit; None of them is counted before the day was read."""
        if self._day is None or self._now() >= self._day + DAY:
            return
        for entry in entries:
            match entry.fact:
                case f.SalePaid(total=total, attempt=number):
                    attempt = self._ledger.attempt(number)
                    assert attempt is not None, number
                    self._add(self._hour(entry.at_ms), attempt.channel, 1, total)
                case f.RefundSettled(refund=number, status="done"):
                    refund = self._ledger.refund(number)
                    self._refunded += refund.amount if refund is not None else 0

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, self._zone)

    def _hour(self, at_ms: int) -> int:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).hour

    def _add(self, hour: int, channel: str, count: int, fen: int) -> None:
        self._hours[hour] += fen
        kept = self._channels.setdefault(channel, [0, 0])
        kept[0] += count
        kept[1] += fen

    def _read(self, day: datetime) -> None:
        """The day as the ledger has it, and the one a week before."""
        self._day, self._hours, self._channels, self._so_far = day, [0] * HOURS, {}, (0, 0)
        for hour, channel, count, fen in self._ledger.takings_by_hour(_ms(day), _ms(day + DAY)):
            self._add(hour, channel, count, fen)
        before = [0] * HOURS
        for hour, _, __, fen in self._ledger.takings_by_hour(_ms(day - WEEK), _ms(day - WEEK + DAY)):
            before[hour] += fen
        self._before = tuple(before)
        self._refunded = self._ledger.sums_between(_ms(day), _ms(day + DAY))[2]

    def view(self, open_attempts: int) -> TakingsView:
        now = self._now()
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day:
            self._read(day)
        now_ms = self._clock.now_ms()
        if now_ms - self._so_far[0] > FRESH_MS:
            self._so_far = now_ms, self._ledger.sums_between(_ms(day - WEEK), _ms(now - WEEK))[1]
        return TakingsView(
            day=day.date().isoformat(),
            count=sum(count for count, _ in self._channels.values()),
            fen=sum(self._hours),
            refunded_fen=self._refunded,
            hours=tuple(self._hours),
            before=self._before,
            before_so_far_fen=self._so_far[1],
            channels=tuple(ChannelTakings(name, *sums) for name, sums in sorted(self._channels.items())),
            open_attempts=open_attempts,
        )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)

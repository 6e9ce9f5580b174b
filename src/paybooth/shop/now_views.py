"""What a console's first page shows of the shop: booths, devices, takings. One numbered snapshot for all.

Amounts are integer fen, times Unix milliseconds of the box. Incidents and doors have a snapshot of their own
(`gate_views.IncidentList`); a booth's own screen is mirrored from the very snapshot its kiosk gets.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .views import HelpView, Phase, Words


class CardLine(msgspec.Struct, frozen=True):
    """A line on a booth's card."""

    name: Words
    quantity: int
    amount_fen: int


class BoothCard(msgspec.Struct, frozen=True):
    """One booth as staff see it beside the others."""

    booth: str
    phase: Phase
    closed_reason: str
    sale: str
    """Number of the sale on it; empty without one."""
    lines: tuple[CardLine, ...]
    """The newest few, newest first."""
    more: int
    """Lines that are not among them."""
    count: int
    total_fen: int
    channel: Literal["wechat", "alipay", ""]
    notice: str
    """The slip that lies over the paper; empty for none."""
    paper: Literal["ok", "near_end", "none", "unknown"]
    help: HelpView | None
    helper: str
    """Who of staff is helping here; empty for nobody."""
    since_ms: int
    """When this phase began."""
    page: bool
    """Whether a screen shows this booth now."""


class DeviceView(msgspec.Struct, frozen=True):
    """One row of the health table."""

    device: str
    """Kind and place, such as `printer:1`; wallets are `pay:wechat`."""
    state: Literal["unknown", "online", "degraded", "offline"]
    reasons: tuple[str, ...]
    detail: str
    since_ms: int
    heard_ms: int
    """Last report; 0 where it never said anything."""
    maintenance: str
    """Who has it in maintenance; empty when it is in service."""


class ChannelTakings(msgspec.Struct, frozen=True):
    channel: str
    count: int
    fen: int


class TakingsView(msgspec.Struct, frozen=True):
    """Today beside the same weekday a week ago, by hours of the shop's day."""

    day: str
    """ISO date in the shop's zone."""
    count: int
    fen: int
    refunded_fen: int
    hours: tuple[int, ...]
    """24 sums of fen."""
    before: tuple[int, ...]
    before_so_far_fen: int
    """Of that day, up to this time of day."""
    channels: tuple[ChannelTakings, ...]
    open_attempts: int
    """Charges without a final word."""


class HandoverView(msgspec.Struct, frozen=True):
    """What whoever went left to whoever comes; the newest."""

    id: int
    at_ms: int
    by: str
    text: str
    incidents: tuple[int, ...]
    taken_by: str


class NowView(msgspec.Struct, frozen=True):
    name: Words
    utc_offset_minutes: int
    booths: tuple[BoothCard, ...]
    devices: tuple[DeviceView, ...]
    takings: TakingsView
    resolved_today: int
    handover: HandoverView | None
    plan: int
    """Version of the floor plan; 0 where nobody drew one."""


class NowSnapshot(msgspec.Struct, frozen=True):
    """Frame of topic `now`."""

    epoch: str
    rev: int
    server_time_ms: int
    now: NowView
    type: Literal["now"] = "now"

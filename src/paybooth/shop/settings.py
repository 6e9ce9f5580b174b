"""What a shop can set about its floor: names, booths, waits. Built by config.py from TOML; defaults are the house's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import cache
from typing import Literal

from paybooth.domain.barcode import LabelLayout
from paybooth.domain.passage import Rule


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds until the booth acts by itself. A payment in flight has no wait here: only the till ends it."""

    empty_s: float = 30
    idle_s: float = 60
    idle_ring_s: float = 30
    choose_s: float = 60
    align_s: float = 45
    align_tries: int = 3
    present_s: float = 120
    declined_s: float = 45
    done_s: float = 20
    staff_s: float = 60
    notice_s: float = 10
    park_s: float = 600
    help_s: float = 180
    """A call for help holds its page this long after the last touch."""


@dataclass(frozen=True, slots=True)
class BoothSettings:
    """One checkout place. Sides say where the hardware stands, seen by the shopper."""

    id: str
    scanners: tuple[str, ...] = ()
    printer: str = ""
    wedge: bool = True
    pad: str = ""
    """Tag reader under the console: goods laid down appear at once."""
    pad_dbm: int = -50
    """Weaker reads are of goods beside the pad."""
    port_side: Literal["below", "left", "right", "above"] = "below"
    slot_side: Literal["below", "below_left", "below_right", "left", "right"] = "below_left"
    exit_side: Literal["left", "right", "ahead", "behind"] = "right"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """One exit. Times in seconds; nothing here can lock anybody in."""

    id: str
    readers: tuple[str, ...] = ()
    board: str = ""
    scanners: tuple[str, ...] = ()
    """Scanners at the door, for exit passes."""
    entry: tuple[str, ...] = ()
    """Scanners and keypads on the street side: members' codes, staff tokens and PINs."""
    hours: str = ""
    """Opening hours such as 07:00-23:00; empty for always."""
    night: Literal["staff", "closed"] = "staff"
    """The mode between closing and opening."""
    sweep_s: float = 600.0
    """After closing time, how long whoever is still inside is asked to leave before staff are told."""
    booth: str = ""
    """The booth that takes money for what is not paid yet; empty for none."""
    booth_here: bool = False
    """Whether that booth's kiosk is the gate's own screen."""
    mode: Literal["open", "members", "staff", "delivery", "cleaning", "closing", "closed"] = "members"
    limit: int = 0
    """People inside at most; 0 for no limit. Above it entry waits, never exit."""
    withhold_s: float = 0.0
    """How long the convenience opening is held back from somebody with unpaid goods: off. At most 15 s by law."""
    pulse_s: float = 6.0
    button_s: float = 30.0
    """How long the exit button keeps the lock released, as its timer relay does in the wiring."""
    held_s: float = 45.0
    siren_s: float = 30.0
    quiet_s: float = 300.0
    """The same goods do not ring again within this."""
    self_test_s: float = 3600.0
    rule: Rule = field(default_factory=Rule)


@dataclass(frozen=True, slots=True)
class RungSettings:
    """One rung of the ladder: who is told when nobody at a console took an incident."""

    name: str
    after_s: float = 30.0
    least: Literal["critical", "warning", "info"] = "critical"
    """What is less severe is not told."""
    language: Literal["zh-CN", "en"] = "zh-CN"


@dataclass(frozen=True, slots=True)
class HookSettings:
    """A program that is told facts."""

    name: str
    kinds: tuple[str, ...] = ()
    """Of which kinds; empty for all."""
    after: int = 0
    """A hook that is new begins behind this journal number; 0 is the first row."""
    heartbeat_s: float = 10.0
    """Nothing happened for so long: an empty batch shows whether the receiver lives. 0 for never."""


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """The shop itself. `code` is 2 to 6 capital letters and digits; it begins every order number."""

    code: str
    name_zh: str
    name_en: str
    tagline_zh: str = "自助结账，24 小时营业"
    tagline_en: str = "Self-checkout, open 24 hours"
    address: str = ""
    tax_number: str = ""
    receipt_note_zh: str = "谢谢光临"
    receipt_note_en: str = "Thank you"
    language: Literal["zh-CN", "en"] = "zh-CN"
    utc_offset_minutes: int = 480
    booths: tuple[BoothSettings, ...] = (BoothSettings("1"),)
    gates: tuple[GateSettings, ...] = ()
    leave_s: float = 7200.0
    """How long after paying goods leave without a question; later a person is asked to look, without a siren."""
    help_s: float = 30.0
    """A call for help that nobody answered in this time is answered by the box: it speaks and opens the exit."""
    rungs: tuple[RungSettings, ...] = ()
    webhooks: tuple[HookSettings, ...] = ()
    label_layouts: tuple[LabelLayout, ...] = ()
    waits: Waits = field(default_factory=Waits)
    shared_accounts: bool = False
    """Other shops use the same merchant accounts: of a bill, only orders that begin with our code are ours."""
    refund_alone_fen: int = 5000
    """What one member of staff may give back of a sale alone; above it a second person has to agree."""
    public_url: str = ""
    """Where a phone reaches receipts (Wi-Fi or internet); empty: the address the page was loaded from."""

    @property
    def zone(self) -> timezone:
        return _zone(self.utc_offset_minutes)


@cache
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))

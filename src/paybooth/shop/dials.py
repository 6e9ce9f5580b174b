"""What staff may set over the configuration file: which, within which bounds, and how the two lie over each other.

Pure: text in, settings out. A value is kept as text, as people type it; the file's own is shown the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from paybooth.domain.entry import parse_hours

from .settings import GateSettings, ShopSettings, Waits

Kind = Literal["text", "seconds", "count", "money", "hours", "night"]


@dataclass(frozen=True, slots=True)
class Dial:
    """One setting that may be changed while the shop runs."""

    key: str
    kind: Kind
    least: int = 0
    most: int = 0
    """Of a text: its longest."""


_WAITS = {
    "empty_s": (10, 600),
    "idle_s": (20, 900),
    "idle_ring_s": (10, 300),
    "choose_s": (20, 600),
    "align_s": (15, 300),
    "align_tries": (1, 10),
    "present_s": (60, 600),
    "declined_s": (15, 300),
    "done_s": (5, 120),
    "staff_s": (15, 600),
    "notice_s": (3, 60),
    "park_s": (60, 7200),
    "help_s": (60, 1800),
}
assert set(_WAITS) == {field.name for field in fields(Waits)}
_SHOP = (
    Dial("tagline_zh", "text", 0, 40),
    Dial("tagline_en", "text", 0, 60),
    Dial("receipt_note_zh", "text", 0, 60),
    Dial("receipt_note_en", "text", 0, 80),
    Dial("help_s", "seconds", 10, 600),
    Dial("refund_alone_fen", "money", 0, 1_000_000),
)


class UnfitSettingError(Exception):
    """A value cannot be; the text says what would."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}; nothing was changed")
        self.key = key


def dials(settings: ShopSettings) -> dict[str, Dial]:
    """All of a shop, by key."""
    found = [*_SHOP]
    found += [
        Dial(f"waits.{name}", "count" if name == "align_tries" else "seconds", least, most)
        for name, (least, most) in _WAITS.items()
    ]
    for gate in settings.gates:
        found += [Dial(f"gate.{gate.id}.hours", "hours"), Dial(f"gate.{gate.id}.night", "night")]
    return {dial.key: dial for dial in found}


def said(settings: ShopSettings, dial: Dial) -> str:
    """The value of a setting, as text."""
    value: Any = getattr(_holder(settings, dial.key), dial.key.rpartition(".")[2])
    return f"{value:g}" if isinstance(value, float) else str(value)


def _holder(settings: ShopSettings, key: str) -> ShopSettings | Waits | GateSettings:
    group, _, rest = key.partition(".")
    if not rest:
        return settings
    if group == "waits":
        return settings.waits
    return next(gate for gate in settings.gates if gate.id == rest.partition(".")[0])


def read(dial: Dial, text: str) -> str | int:
    """The value of a text. Raises UnfitSettingError."""
    match dial.kind:
        case "text":
            if len(text) > dial.most or not text.isprintable():
                raise UnfitSettingError(dial.key, f"one line of at most {dial.most} letters")
            return text
        case "hours":
            try:
                parse_hours(text)
            except ValueError as error:
                raise UnfitSettingError(dial.key, "hours are like 07:00-23:00, or empty for always") from error
            if len(text) > 11:
                raise UnfitSettingError(dial.key, "hours are like 07:00-23:00, or empty for always")
            return text
        case "night":
            if text not in ("staff", "closed"):
                raise UnfitSettingError(dial.key, "staff or closed")
            return text
        case _:
            if not (text.isascii() and text.isdigit() and len(text) < 9 and dial.least <= int(text) <= dial.most):
                unit = {"seconds": " seconds", "money": " fen", "count": ""}[dial.kind]
                raise UnfitSettingError(dial.key, f"a whole number, {dial.least} to {dial.most}{unit}")
            return int(text)


def overlay(file: ShopSettings, over: Mapping[str, str]) -> ShopSettings:
    """The file's settings with what staff set; what no longer is a setting, or no longer fits, is left out."""
    known = dials(file)
    shop: dict[str, Any] = {}
    waits: dict[str, Any] = {}
    gates: dict[str, dict[str, Any]] = {}
    for key, text in over.items():
        dial = known.get(key)
        try:
            value = read(dial, text) if dial is not None else None
        except UnfitSettingError:
            continue  # bounds were wider once: the file's holds
        if value is None:
            continue
        group, _, rest = key.partition(".")
        if not rest:
            shop[key] = value
        elif group == "waits":
            waits[rest] = value
        else:
            gate, _, name = rest.partition(".")
            gates.setdefault(gate, {})[name] = value
    return replace(
        file,
        **shop,
        waits=replace(file.waits, **waits),
        gates=tuple(replace(gate, **gates.get(gate.id, {})) for gate in file.gates),
    )

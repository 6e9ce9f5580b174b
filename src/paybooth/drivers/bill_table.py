"""What both channels' bill files share: values under a header's text, exact yuan, Beijing time, faults by line. Pure.

What a column means, and which file it stands in, is the codec's of its channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from paybooth.domain.bill import BillError
from paybooth.domain.money import Fen

BEIJING = timezone(timedelta(hours=8))
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def next_day_ms(day: date, hour: int) -> int:
    """That hour of the next day in Beijing; Unix milliseconds."""
    return int(datetime.combine(day + timedelta(days=1), time(hour), BEIJING).timestamp() * 1000)


def exact(text: str) -> Decimal | None:
    """The number a text states, or None; never through a float."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


class Faults:
    """Everything wrong with a file, as sentences for staff: of the whole file first, then by line."""

    def __init__(self) -> None:
        self._said: list[tuple[int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._said)

    def say(self, sentence: str, line: int = 0) -> None:
        self._said.append((line, f"line {line}: {sentence}" if line else sentence))

    def stop(self) -> None:
        """Raise BillError where something is wrong."""
        if self._said:
            raise BillError(tuple(sentence for _, sentence in sorted(self._said, key=lambda said: said[0])))


def header(names: Sequence[str], needed: Iterable[str], line: int, faults: Faults) -> None:
    """Check a header: each name once, and all that are needed."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.say(f"the column {name} is there twice", line)
    missing = [name for name in needed if name not in names]
    if missing:
        columns = f"column {missing[0]} is" if len(missing) == 1 else f"columns {', '.join(missing)} are"
        faults.say(f"the {columns} missing", line)


def places(names: Sequence[str]) -> dict[str, int]:
    """Where each column stands; shared by all rows."""
    return {name: n for n, name in enumerate(names)}


class Row:
    """One line's values by column. A value that does not read is said, and stands for nothing."""

    __slots__ = ("_faults", "_fits", "_places", "_values", "line")

    def __init__(self, line: int, places: Mapping[str, int], values: Sequence[str], faults: Faults) -> None:
        self.line = line
        self._faults, self._places, self._values = faults, places, values
        self._fits = len(places) == len(values)
        if not self._fits:
            faults.say(f"it has {len(values)} values, but the header names {len(places)} columns", line)

    def say(self, sentence: str) -> None:
        """A row whose values do not fit its columns has said all it can."""
        if self._fits:
            self._faults.say(sentence, self.line)

    def text(self, name: str) -> str:
        """The value, or empty where there is none."""
        place = self._places.get(name, -1)
        return self._values[place] if 0 <= place < len(self._values) else ""

    def name(self, name: str) -> str:
        """A number of an order or refund; must be there."""
        value = self.text(name)
        if value in ("", "0"):
            self.say(f"{name} is empty")
        return value

    def sum(self, name: str) -> Decimal:
        """The value for adding up; empty counts as nothing."""
        return exact(self.text(name) or "0") or Decimal(0)

    def is_zero(self, name: str) -> bool:
        return exact(self.text(name)) == 0

    def fen(self, name: str, *, sign: int = 1) -> Fen:
        """Yuan as fen; the amount itself, which the file states with that sign."""
        fen = self._scaled(name, 2)
        if fen is not None and fen * sign <= 0:
            self.say(f"{name} is {self.text(name)}, but must be {'above' if sign > 0 else 'below'} zero")
        return Fen(abs(fen or 0))

    def mfen(self, name: str) -> int:
        """Yuan as thousandths of a fen."""
        return self._scaled(name, 5) or 0

    def _scaled(self, name: str, places: int) -> int | None:
        value = exact(self.text(name))
        scaled = None if value is None else value.scaleb(places)
        if scaled is None or scaled != scaled.to_integral_value():
            self.say(f"{name} is {self.text(name)!r}, not an amount in yuan with at most {places} decimals")
            return None
        return int(scaled)

    def at_ms(self, name: str, day: date) -> int:
        """Beijing time of that day as Unix milliseconds."""
        text = self.text(name)
        try:
            at = datetime.fromisoformat(text).replace(tzinfo=BEIJING) if _MOMENT.fullmatch(text) else None
        except ValueError:
            at = None
        if at is None:
            self.say(f"{name} is {text!r}, not a time such as {day} 08:30:00")
            return 0
        if at.date() != day:
            self.say(f"it is of {at.date()}, not of {day}")
        return int(at.timestamp() * 1000)

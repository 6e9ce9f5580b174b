"""A receipt as a printer-neutral document: what stands on the paper, not how it gets there.

One document feeds the ESC/POS printer, the digital receipt (HTML) and its PDF, so the three can never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from unicodedata import east_asian_width


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; wraps at the paper's width. `scale` 2 is double width and height."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """Left text (wraps) and a right-aligned figure on its last line."""

    left: str
    right: str
    bold: bool = False
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line across the paper."""


@dataclass(frozen=True, slots=True)
class Feed:
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of `data`, centred, `side_mm` wide."""

    data: str
    side_mm: int = 26


@dataclass(frozen=True, slots=True)
class Logo:
    """The shop's own mark, a 1-bit picture: rows of bytes, MSB left, 1 is black."""

    width_px: int
    rows: tuple[bytes, ...]


Element = Text | Row | Rule | Feed | Qr | Logo
Document = tuple[Element, ...]


def display_width(text: str) -> int:
    """Columns a text takes on the paper: East Asian wide and fullwidth characters take two."""
    return sum(2 if east_asian_width(c) in "WFA" and c not in "·—…×°±" else 1 for c in text)


def plain(document: Document, columns: int = 42) -> str:
    """The document as text, for files and eyes; a code stands as what it says."""
    out: list[str] = []
    for part in document:
        match part:
            case Text(text=text, align=align):
                room = max(0, columns - display_width(text))
                before = {Align.LEFT: 0, Align.CENTER: room // 2, Align.RIGHT: room}[align]
                out.append(" " * before + text)
            case Row(left=left, right=right):
                out.append(left + " " * max(1, columns - display_width(left) - display_width(right)) + right)
            case Rule():
                out.append("-" * columns)
            case Feed(lines=lines):
                out += [""] * lines
            case Qr(data=data):
                out.append(f"[{data}]")
            case Logo():
                pass
    return "\n".join(line.rstrip() for line in out) + "\n"

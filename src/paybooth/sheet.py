"""Draws one A4 page for people who look rather than read: a verdict, figures, tables, bars. Words are the caller's."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from .paper import Font, fit, font

DPI = 200
WIDTH, HEIGHT = 1654, 2339
MARGIN = 110
ROOM = WIDTH - 2 * MARGIN
Tone = Literal["ok", "warn", "bad"]

INK, INK_2, CAPTION, LINE = "#15171a", "#4a4d52", "#5f6267", "#d9d4c8"
PAPER, PAPER_2, MARK = "#ffffff", "#f6f2e9", "#ffd83d"
TONES: dict[Tone, tuple[str, str]] = {
    "ok": ("#146c43", "#e2f3e9"),
    "warn": ("#8a5300", "#fdf0d5"),
    "bad": ("#a3211b", "#fbe6e3"),
}


@dataclass(frozen=True, slots=True)
class Banner:
    """The verdict: one line, and a smaller one below."""

    text: str
    detail: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Figures:
    """A few large figures side by side: (label, value)."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is left-aligned, the others right unless they are named in `left`. `most` rows are drawn."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """Shares of the page's width."""
    left: frozenset[int] = frozenset({0})
    total: bool = False
    """The last row is a sum."""
    most: int = 12
    more: str = ""
    """Said where rows are left out."""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar per value, labelled below; the tallest says its figure."""

    title: str
    values: tuple[int, ...]
    labels: tuple[str, ...]
    tallest: str


@dataclass(frozen=True, slots=True)
class Small:
    """Lines of small print at the foot."""

    lines: tuple[str, ...]


Part = Banner | Figures | Table | Bars | Small


def pdf(title: str, subtitle: str, parts: Sequence[Part]) -> bytes:
    """One A4 page as PDF."""
    out = io.BytesIO()
    draw(title, subtitle, parts).save(out, "PDF", resolution=float(DPI), title=f"{title} {subtitle}")
    return out.getvalue()


def draw(title: str, subtitle: str, parts: Sequence[Part]) -> Image.Image:
    """The page. Parts follow each other from the top; they have to fit."""
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = _Pen(ImageDraw.Draw(page))
    pen.text(MARGIN, title, font(52, bold=True))
    pen.text(WIDTH - MARGIN, subtitle, font(30), INK_2, right=True, down=16)
    pen.top += 84
    pen.rule(INK, 4)
    pen.top += 34
    for part in parts:
        match part:
            case Banner():
                _banner(pen, part)
            case Figures():
                _figures(pen, part)
            case Table():
                _table(pen, part)
            case Bars():
                _bars(pen, part)
            case Small():
                _small(pen, part)
    assert pen.top <= HEIGHT - MARGIN // 2, "one page is one page"
    return page


class _Pen:
    """Draws at the current height."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw
        self.top = MARGIN

    def text(self, x: float, text: str, face: Font, colour: str = INK, *, right: bool = False, down: int = 0) -> None:
        left = x - face.getlength(text) if right else x
        self.draw.text((left, self.top + down), text, font=face, fill=colour)

    def rule(self, colour: str = LINE, width: int = 2) -> None:
        self.draw.line((MARGIN, self.top, WIDTH - MARGIN, self.top), fill=colour, width=width)

    def heading(self, text: str) -> None:
        self.top += 30
        self.text(MARGIN, text, font(30, bold=True))
        self.top += 54


def _small(pen: _Pen, part: Small) -> None:
    """At the foot of the page, or below what reaches further."""
    pen.top = max(pen.top + 16, HEIGHT - MARGIN - 32 * len(part.lines))
    for line in part.lines:
        pen.text(MARGIN, line, font(21), CAPTION)
        pen.top += 32


def _banner(pen: _Pen, part: Banner) -> None:
    ink, ground = TONES[part.tone]
    box = (MARGIN, pen.top, WIDTH - MARGIN, pen.top + 128)
    pen.draw.rounded_rectangle(box, 14, fill=ground)
    pen.draw.rounded_rectangle((MARGIN, pen.top, MARGIN + 14, pen.top + 128), 7, fill=ink)
    pen.top += 22
    pen.text(MARGIN + 44, part.text, font(38, bold=True), ink)
    pen.text(MARGIN + 44, part.detail, font(25), INK_2, down=56)
    pen.top += 106 + 40


def _figures(pen: _Pen, part: Figures) -> None:
    step = ROOM / len(part.pairs)
    for index, (label, value) in enumerate(part.pairs):
        left = MARGIN + index * step
        pen.text(left, label, font(25), CAPTION)
        pen.text(left, value, font(50, bold=True), down=36)
    pen.top += 128


def _table(pen: _Pen, part: Table) -> None:
    pen.heading(part.title)
    edges = [MARGIN + ROOM * sum(part.widths[:n]) / sum(part.widths) for n in range(len(part.widths) + 1)]

    def row(cells: Sequence[str], face: Font, colour: str) -> None:
        for n, cell in enumerate(cells):
            if n in part.left:
                pen.text(edges[n] + 8, fit(cell, face, edges[n + 1] - edges[n] - 16), face, colour)
            else:
                pen.text(edges[n + 1] - 8, cell, face, colour, right=True)

    if not part.rows:
        pen.text(MARGIN + 8, part.empty, font(26), INK_2)
        pen.top += 46
        return
    row(part.head, font(23), CAPTION)
    pen.top += 40
    pen.rule(INK_2)
    shown = part.rows if len(part.rows) <= part.most else part.rows[: part.most - 1]
    for number, cells in enumerate(shown):
        is_sum = part.total and number == len(part.rows) - 1
        if is_sum:
            pen.rule(INK_2)
        elif number % 2:
            pen.draw.rectangle((MARGIN, pen.top + 2, WIDTH - MARGIN, pen.top + 46), fill=PAPER_2)
        pen.top += 3
        row(cells, font(26, bold=is_sum), INK)
        pen.top += 43
    if len(shown) < len(part.rows):
        pen.text(MARGIN + 8, part.more, font(24), INK_2, down=6)
        pen.top += 44


def _bars(pen: _Pen, part: Bars) -> None:
    pen.heading(part.title)
    tall, most = 170, max(part.values, default=0)
    step = ROOM / len(part.values)
    pen.top += 34
    for index, value in enumerate(part.values):
        left = MARGIN + index * step
        height = round(tall * value / most) if most > 0 and value > 0 else 0
        bottom = pen.top + tall
        if height:
            is_tallest = value == most
            pen.draw.rectangle((left + 6, bottom - height, left + step - 6, bottom), fill=MARK if is_tallest else LINE)
            if is_tallest:
                face = font(22, bold=True)
                middle = left + step / 2 - face.getlength(part.tallest) / 2
                x = min(max(middle, MARGIN), WIDTH - MARGIN - face.getlength(part.tallest))
                pen.draw.text((x, bottom - height - 32), part.tallest, font=face, fill=INK)
        face = font(20)
        label = part.labels[index]
        pen.draw.text((left + step / 2 - face.getlength(label) / 2, bottom + 8), label, font=face, fill=CAPTION)
    pen.draw.line((MARGIN, pen.top + tall, WIDTH - MARGIN, pen.top + tall), fill=INK_2, width=2)
    pen.top += tall + 50

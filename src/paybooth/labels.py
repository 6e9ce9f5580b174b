"""Draws shelf labels at true size: name, price, and the product's barcode as bars or QR. Words are the caller's.

Bars are whole dots wide and keep their quiet zones (GS1 General Specifications §5.2: bars of 0.26 to 0.66 mm), so that
a booth's scanner reads what an office printer made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import segno
import zxingcpp
from PIL import Image, ImageDraw

from .paper import Font, fit, font

DPI = 300
MM = DPI / 25.4
"""Dots."""
Symbol = Literal["bars", "qr"]
PIXELS_AT_ONCE = 9_000_000
"""Of pages in memory, a byte each: the booths live in the same box."""
NARROWEST = 2
"""Dots of the thinnest bar: 0.17 mm, what a hand scanner still reads on good paper."""
WIDEST = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """A page and its labels, millimetres. A roll has one label a page."""

    page: tuple[float, float]
    label: tuple[float, float]
    columns: int = 1
    rows: int = 1


A4 = (210.0, 297.0)
LAYOUTS: dict[str, Layout] = {
    "a4-24": Layout(A4, (70.0, 37.0), 3, 8),
    "a4-8": Layout(A4, (105.0, 74.0), 2, 4),
    "roll-58": Layout((58.0, 40.0), (58.0, 40.0)),
    "roll-40": Layout((40.0, 30.0), (40.0, 30.0)),
}


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    price: str
    """In yuan, `12.50`."""
    unit: str
    """What the price is for: `/ 袋`."""
    member: str
    """A member's price in words; empty for none."""
    sku: str
    code: str
    """A GTIN-14 or the shop's own; empty for none: the scale prints that of what is weighed."""


class UnfitLabelError(Exception):
    """The barcode cannot stand on a label of this size; the text says which."""


def pages(labels: Sequence[Label], layout: Layout, symbol: Symbol) -> Iterator[Image.Image]:
    """Grey pages at 300 dpi one after another (8 MiB each on A4), labels row by row. Raises UnfitLabelError."""
    each = layout.columns * layout.rows
    width, height = (round(side * MM) for side in layout.label)
    for first in range(0, len(labels), each):
        page = Image.new("L", (round(layout.page[0] * MM), round(layout.page[1] * MM)), 255)
        left = (page.width - layout.columns * width) // 2
        top = (page.height - layout.rows * height) // 2
        for n, label in enumerate(labels[first : first + each]):
            at = (left + n % layout.columns * width, top + n // layout.columns * height)
            page.paste(draw(label, width, height, symbol), at)
        if each > 1:
            _cut_marks(page, layout, left, top, width, height)
        yield page


def pdf(labels: Sequence[Label], layout: Layout, symbol: Symbol, title: str) -> bytes:
    """Black on white, no greys: bars stay bars. Raises UnfitLabelError."""
    black = (page.point(lambda grey: 255 if grey > 127 else 0).convert("1") for page in pages(labels, layout, symbol))
    at_once = max(1, PIXELS_AT_ONCE // round(layout.page[0] * MM * layout.page[1] * MM))
    out = io.BytesIO()
    while some := list(islice(black, at_once)):
        first, *others = some
        more = out.tell() > 0
        first.save(out, "PDF", resolution=float(DPI), title=title, save_all=True, append_images=others, append=more)
        out.seek(0, io.SEEK_END)
    return out.getvalue()


def draw(label: Label, width: int, height: int, symbol: Symbol) -> Image.Image:
    """One label, in dots: the name above; below it price and code, side by side where there is room."""
    picture = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(picture)
    pad = round(2.5 * MM)
    wide = width >= 1.6 * height
    room = width - 2 * pad
    name_tall = round(height * (0.34 if wide else 0.25)) - pad
    _name(pen, label.name, (pad, pad), room, name_tall)
    below = pad + name_tall
    if not label.code:
        _price(pen, label, (pad, below), room, height - pad - below)
    elif wide:
        code = _code(label.code, symbol, round(room * 0.52), height - below - pad)
        picture.paste(code, (width - pad - code.width, height - pad - code.height))
        _price(pen, label, (pad, below), room - code.width - pad, height - pad - below)
    else:
        code = _code(label.code, symbol, room, round(height * (0.3 if symbol == "bars" else 0.5)))
        beside = symbol == "qr"
        picture.paste(
            code, (width - pad - code.width if beside else (width - code.width) // 2, height - pad - code.height)
        )
        tall = height - pad - below - (0 if beside else code.height)
        _price(pen, label, (pad, below), room - (code.width + pad if beside else 0), tall)
    return picture


def _name(pen: ImageDraw.ImageDraw, text: str, at: tuple[int, int], room: int, tall: int) -> None:
    """As large as two lines allow; a word is broken only where it is longer than a line."""
    size = round(tall * 0.62)
    while True:
        face = font(size, bold=True)
        lines = _lines(text, face, room)
        step = round(size * 1.22)
        if (len(lines) <= 2 and step * len(lines) <= tall) or size <= 18:
            break
        size -= 2
    if len(lines) > 2:
        lines = [lines[0], fit(" ".join(lines[1:]), face, room)]
    for n, line in enumerate(lines):
        pen.text((at[0], at[1] + n * step), line, font=face, fill=0)


def _lines(text: str, face: Font, room: int) -> list[str]:
    lines = [""]
    for word in _words(text):
        if face.getlength((lines[-1] + word).rstrip()) <= room:
            lines[-1] += word
        elif face.getlength(word.strip()) <= room:
            lines.append(word.lstrip())
        else:
            for letter in word:
                if face.getlength(lines[-1] + letter) > room:
                    lines.append("")
                lines[-1] += letter
    return [line.strip() for line in lines if line.strip()]


def _words(text: str) -> list[str]:
    """Latin words with the blank behind them; each Chinese character by itself."""
    found: list[str] = []
    for letter in text:
        if found and found[-1][-1] != " " and letter < "⺀" and found[-1][-1] < "⺀":
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _price(pen: ImageDraw.ImageDraw, label: Label, at: tuple[int, int], room: int, tall: int) -> None:
    """¥ small, yuan large, fen raised; unit, member's price and number below."""
    whole, _, cents = label.price.partition(".")
    size = round(tall * 0.62)
    while True:
        small, large = font(max(14, round(size * 0.42)), bold=True), font(size, bold=True)
        width = small.getlength("¥") + large.getlength(whole) + small.getlength(f".{cents}") + size * 0.12
        if width <= room or size <= 24:
            break
        size -= 2
    x, base = float(at[0]), at[1] + round(size * 1.02)
    for text, face, y in (("¥", small, base), (whole, large, base), (f".{cents}", small, base - round(size * 0.36))):
        pen.text((x, y), text, font=face, fill=0, anchor="ls")
        x += face.getlength(text) + size * 0.04
    note = max(16, round(tall * 0.12))
    y = base + round(note * 0.5)
    for text, face in ((label.member, font(note, bold=True)), (f"{label.unit}  {label.sku}", font(note))):
        if text:
            pen.text((at[0], y), fit(text, face, room), font=face, fill=0)
            y += round(note * 1.2)


def _code(code: str, symbol: Symbol, room: int, tall: int) -> Image.Image:
    """Bars with their digits below, or a square; quiet zones included."""
    modules = _modules(code, symbol)
    most = min(room // modules.width, tall // modules.height if symbol == "qr" else WIDEST)
    if most < NARROWEST:
        raise UnfitLabelError(f"the code {_shown(code)} is too long for a label of this size")
    wide = modules.width * most
    if symbol == "qr":
        return modules.resize((wide, wide), Image.Resampling.NEAREST)
    digits = round(min(tall * 0.2, 3.0 * MM))
    picture = Image.new("L", (wide, tall), 255)
    picture.paste(modules.resize((wide, tall - round(digits * 1.3)), Image.Resampling.NEAREST), (0, 0))
    ImageDraw.Draw(picture).text((wide / 2, tall - 2), _shown(code), font=font(digits), fill=0, anchor="ms")
    return picture


def _modules(code: str, symbol: Symbol) -> Image.Image:
    """A pixel each, black or white, quiet zones included; bars are one row.

    EAN-13 or EAN-8 of a GTIN that has one, ITF-14 of a case, Code 128 of the shop's own; as QR a GS1 Digital Link,
    which a booth reads too.
    """
    text, _ = marked(code, symbol)
    if symbol == "qr":
        rows = [
            bytes(0 if dark else 255 for dark in row) for row in segno.make_qr(text, error="m").matrix_iter(border=4)
        ]
        return Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    drawn: Any = zxingcpp.create_barcode(text, _format(code)).to_image(scale=1)  # a buffer, which its stub does not say
    _, wide = drawn.shape
    return Image.frombytes("L", (wide, 1), memoryview(drawn).tobytes()[:wide])


def marked(code: str, symbol: Symbol) -> tuple[str, str]:
    """What a scanner reads off the label: the text, and the symbology's AIM identifier."""
    if symbol == "qr":
        return (f"https://id.gs1.org/01/{code}" if _is_worldwide(code) else _digits(code)), "]Q1"
    if not _is_gtin(code):
        return code, "]C0"
    return _digits(code), "]E4" if code.startswith("000000") else "]E0" if code.startswith("0") else "]I1"


def _is_worldwide(code: str) -> bool:
    """Whether the number means the same everywhere: prefixes 2, 02 and 04 are each shop's own (GS1 §2.1.11)."""
    return _is_gtin(code) and code[1] != "2" and code[1:3] not in ("02", "04")


def _is_gtin(code: str) -> bool:
    return len(code) == 14 and code.isascii() and code.isdigit()


def _format(code: str) -> zxingcpp.BarcodeFormat:
    formats = zxingcpp.BarcodeFormat
    if not _is_gtin(code):
        return formats.Code128
    if code.startswith("0"):
        return formats.EAN8 if code.startswith("000000") else formats.EAN13
    return formats.ITF


def _digits(code: str) -> str:
    """What the symbol says: a GTIN without the zeros that make it fourteen digits."""
    if not _is_gtin(code) or not code.startswith("0"):
        return code
    return code[6:] if code.startswith("000000") else code[1:]


def _shown(code: str) -> str:
    text = _digits(code)
    return f"{text[0]} {text[1:7]} {text[7:]}" if len(text) == 13 and _is_gtin(code) else text


def _cut_marks(page: Image.Image, layout: Layout, left: int, top: int, width: int, height: int) -> None:
    """Short lines where labels meet, light enough to stay on the waste."""
    pen, arm = ImageDraw.Draw(page), round(1.2 * MM)
    for column in range(layout.columns + 1):
        for row in range(layout.rows + 1):
            x, y = left + column * width, top + row * height
            pen.line((x - arm, y, x + arm, y), fill=0)
            pen.line((x, y - arm, x, y + arm), fill=0)

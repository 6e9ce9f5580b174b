"""Interprets ESC/POS bytes one by one and draws the paper, Chinese included; apart from the product's encoder."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

WIDTH_PX = 576
DOTS_PER_MM = 8
CELL_W, CELL_H, LINE_H = 12, 24, 32


@dataclass(frozen=True, slots=True)
class Sheet:
    """One receipt, cut off the roll."""

    number: int
    text: str
    """What a reader would type off it, line by line; a QR is `[QR data]`."""
    png: bytes
    length_mm: float


@dataclass(frozen=True, slots=True)
class Event:
    """What a byte made happen."""

    fed_mm: float = 0.0
    sheet: Sheet | None = None
    ask_paper: bool = False


@dataclass(slots=True)
class _Style:
    align: int = 0
    bold: bool = False
    wide: int = 1
    tall: int = 1


@dataclass(slots=True)
class Interpreter:
    """One printer's brain. `fonts` are the regular and bold faces; without them Chinese is drawn as boxes."""

    fonts: tuple[Path, Path] | None = None
    sheets: int = 0
    _style: _Style = field(default_factory=_Style)
    _pending: bytearray = field(default_factory=bytearray)
    _line: list[tuple[str, _Style]] = field(default_factory=list)
    _rows: list[Image.Image] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _qr: dict[int, bytes] = field(default_factory=dict)

    def reset(self) -> None:
        """The buffer was cleared: what was half printed stays on the paper until the next cut."""
        self._pending.clear()
        self._line.clear()
        self._style = _Style()

    def feed(self, byte: int) -> Event | None:
        """Take one byte; an event when something became visible or a question was asked."""
        self._pending.append(byte)
        done = self._command(bytes(self._pending))
        if done is _MORE:
            return None
        self._pending.clear()
        return done if isinstance(done, Event) else None

    def _command(self, data: bytes) -> object:
        """_MORE while a command is incomplete, an Event or None when it is done."""
        first = data[0]
        if first == 0x0A:
            return self._newline()
        if first == 0x1B:
            return self._escape(data)
        if first == 0x1C:
            return _MORE if len(data) < 2 else None
        if first == 0x1D:
            return self._group(data)
        if first >= 0x81 and len(data) < 2:
            return _MORE
        if first >= 0x20:
            self._line.append((data.decode("gb18030", "replace"), self._style))
        return None

    def _escape(self, data: bytes) -> object:
        if len(data) < 2:
            return _MORE
        if data[1] == 0x40:
            self._style = _Style()
            return None
        if len(data) < 3:
            return _MORE
        style, value = self._style, data[2]
        match data[1]:
            case 0x61:
                self._style = _Style(value, style.bold, style.wide, style.tall)
            case 0x45:
                self._style = _Style(style.align, bool(value & 1), style.wide, style.tall)
            case 0x64:
                self._rows.append(Image.new("L", (WIDTH_PX, LINE_H * value), 255))
                self._text += [""] * value
                return Event(LINE_H * value / DOTS_PER_MM)
        return None

    def _group(self, data: bytes) -> object:
        if len(data) < 3:
            return _MORE
        match data[1]:
            case 0x21:
                style = self._style
                self._style = _Style(style.align, style.bold, (data[2] >> 4) + 1, (data[2] & 15) + 1)
                return None
            case 0x72:
                return Event(ask_paper=True)
            case 0x56:
                if data[2] in (0x41, 0x42) and len(data) < 4:
                    return _MORE
                return self._cut()
            case 0x76:
                return self._raster(data)
            case 0x28:
                return self._two_d(data)
        return None

    def _newline(self) -> Event:
        """Print the line buffer."""
        style = self._line[0][1] if self._line else self._style
        tall = max((s.tall for _, s in self._line), default=1)
        row = Image.new("L", (WIDTH_PX, LINE_H * tall), 255)
        pen = ImageDraw.Draw(row)
        widths = [CELL_W * s.wide * (2 if len(c.encode("gb18030")) > 1 else 1) for c, s in self._line]
        left = (0, (WIDTH_PX - sum(widths)) // 2, WIDTH_PX - sum(widths))[style.align if style.align < 3 else 0]
        for (char, each), width in zip(self._line, widths, strict=True):
            face = _face(self.fonts, CELL_H * each.tall, each.bold)
            pen.text((left, 2), char, font=face, fill=0)
            left += width
        self._text.append("".join(c for c, _ in self._line))
        self._line.clear()
        self._rows.append(row)
        return Event(row.height / DOTS_PER_MM)

    def _raster(self, data: bytes) -> object:
        if len(data) < 8:
            return _MORE
        stride, height = data[4] | data[5] << 8, data[6] | data[7] << 8
        if len(data) < 8 + stride * height:
            return _MORE
        picture = Image.frombytes("1", (stride * 8, height), data[8:]).point(lambda bit: 0 if bit else 255).convert("L")
        row = Image.new("L", (WIDTH_PX, height), 255)
        row.paste(picture, ((WIDTH_PX - picture.width) // 2 if self._style.align == 1 else 0, 0))
        self._rows.append(row)
        self._text.append("[picture]")
        return Event(height / DOTS_PER_MM)

    def _two_d(self, data: bytes) -> object:
        """GS ( k: QR codes."""
        if len(data) < 5 or len(data) < 5 + (data[3] | data[4] << 8):
            return _MORE
        if data[5] != 0x31:
            return None
        function, payload = data[6], data[7:]
        self._qr[function] = payload
        if function != 0x51:
            return None
        content = self._qr.get(0x50, b"0")[1:]
        module = (self._qr.get(0x43) or b"\x04")[0]
        code = segno.make(content.decode("utf-8", "replace"), error="m", micro=False)
        out = io.BytesIO()
        code.save(out, kind="png", scale=max(1, module), border=4)
        picture = Image.open(io.BytesIO(out.getvalue())).convert("L")
        row = Image.new("L", (WIDTH_PX, picture.height), 255)
        row.paste(picture, ((WIDTH_PX - picture.width) // 2 if self._style.align == 1 else 0, 0))
        self._rows.append(row)
        self._text.append(f"[QR {content.decode('utf-8', 'replace')}]")
        return Event(picture.height / DOTS_PER_MM)

    def _cut(self) -> Event:
        height = sum(row.height for row in self._rows) + 2 * LINE_H
        paper = Image.new("L", (WIDTH_PX + 64, height), 255)
        top = LINE_H
        for row in self._rows:
            paper.paste(row, (32, top))
            top += row.height
        out = io.BytesIO()
        paper.save(out, "PNG")
        self.sheets += 1
        sheet = Sheet(self.sheets, "\n".join(self._text), out.getvalue(), height / DOTS_PER_MM)
        self._rows, self._text = [], []
        return Event(8.0, sheet)


_MORE = object()


@lru_cache(maxsize=16)
def _face(fonts: tuple[Path, Path] | None, size: int, bold: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if fonts is None or not fonts[bold].is_file():
        return ImageFont.load_default(size)
    return ImageFont.truetype(io.BytesIO(fonts[bold].read_bytes()), size - 2)

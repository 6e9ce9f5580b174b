"""Draws a receipt document as a picture: for raster printing, the digital receipt's PDF, and printers without Chinese.

The face is Noto Sans SC (OFL), built into the package with the pages; without it (a bare source tree) Pillow's own face
stands in, which has no Chinese.
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import as_file, files

import segno
from PIL import Image, ImageDraw, ImageFont

from .domain.document import Align, Document, Element, Feed, Logo, Qr, Row, Rule, Text

SIZE_PX = 24
LINE_PX = 32
MARGIN_PX = 24
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=8)
def font(size_px: int, *, bold: bool = False) -> Font:
    """The receipt face at a size."""
    face = files("paybooth") / "_ui" / "fonts" / f"receipt-{700 if bold else 400}.woff"
    if not face.is_file():
        return ImageFont.load_default(size_px)
    with as_file(face) as path:
        return ImageFont.truetype(io.BytesIO(path.read_bytes()), size_px)


def fit(text: str, face: Font, room: float) -> str:
    """The text, or its beginning with an ellipsis, in so many pixels."""
    if face.getlength(text) <= room:
        return text
    while text and face.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def draw(document: Document, width_px: int = 576) -> Image.Image:
    """The paper, black on white, as tall as it needs to be."""
    pieces = [_draw(element, width_px) for element in document]
    total = Image.new("L", (width_px, sum(piece.height for piece in pieces) + 2 * MARGIN_PX), 255)
    top = MARGIN_PX
    for piece in pieces:
        total.paste(piece, (0, top))
        top += piece.height
    return total


def _draw(element: Element, width_px: int) -> Image.Image:
    match element:
        case Text():
            return _text(element, width_px)
        case Row():
            return _row(element, width_px)
        case Rule():
            return _rule(width_px)
        case Feed():
            return Image.new("L", (width_px, LINE_PX * element.lines), 255)
        case Qr():
            return _qr(element, width_px)
        case Logo():
            return _logo(element, width_px)


def _wrap(text: str, face: Font, room_px: float) -> list[str]:
    lines, line = [], ""
    for char in text:
        if line and face.getlength(line + char) > room_px:
            cut = line.rfind(" ") if char != " " else len(line)
            head, rest = (line[:cut], line[cut + 1 :]) if cut > len(line) // 2 else (line, "")
            lines.append(head)
            line = rest
        line += char
    return [*lines, line]


def _text(element: Text, width_px: int) -> Image.Image:
    face = font(SIZE_PX * element.scale, bold=element.bold)
    lines = _wrap(element.text, face, width_px)
    step = LINE_PX * element.scale
    piece = Image.new("L", (width_px, step * len(lines)), 255)
    pen = ImageDraw.Draw(piece)
    for number, line in enumerate(lines):
        left = {Align.LEFT: 0.0, Align.CENTER: (width_px - face.getlength(line)) / 2}.get(
            element.align, width_px - face.getlength(line)
        )
        pen.text((left, number * step), line, font=face, fill=0)
    return piece


def _row(element: Row, width_px: int) -> Image.Image:
    face = font(SIZE_PX * element.scale, bold=element.bold)
    right = face.getlength(element.right)
    lines = _wrap(element.left, face, max(width_px - right - SIZE_PX, width_px / 3))
    step = LINE_PX * element.scale
    piece = Image.new("L", (width_px, step * len(lines)), 255)
    pen = ImageDraw.Draw(piece)
    for number, line in enumerate(lines):
        pen.text((0, number * step), line, font=face, fill=0)
    pen.text((width_px - right, (len(lines) - 1) * step), element.right, font=face, fill=0)
    return piece


def _rule(width_px: int) -> Image.Image:
    piece = Image.new("L", (width_px, LINE_PX // 2), 255)
    pen = ImageDraw.Draw(piece)
    for left in range(0, width_px, 12):
        pen.line((left, LINE_PX // 4, left + 6, LINE_PX // 4), fill=0, width=2)
    return piece


def _qr(element: Qr, width_px: int) -> Image.Image:
    code = segno.make(element.data, error="m", micro=False)
    side_px = min(width_px, element.side_mm * 8)
    scale = max(2, side_px // (code.symbol_size(border=0)[0] + 8))
    out = io.BytesIO()
    code.save(out, kind="png", scale=scale, border=4)
    picture = Image.open(io.BytesIO(out.getvalue())).convert("L")
    piece = Image.new("L", (width_px, picture.height), 255)
    piece.paste(picture, ((width_px - picture.width) // 2, 0))
    return piece


def _logo(element: Logo, width_px: int) -> Image.Image:
    picture = Image.frombytes("1", (element.width_px, len(element.rows)), b"".join(element.rows))
    piece = Image.new("L", (width_px, picture.height), 255)
    black = picture.point(lambda bit: 0 if bit else 255).convert("L")
    piece.paste(black, ((width_px - picture.width) // 2, 0))
    return piece


def rows(picture: Image.Image) -> tuple[bytes, ...]:
    """A picture as raster rows: 1 is black, MSB left."""
    bits = picture.point(lambda grey: 255 if grey < 128 else 0).convert("1")
    stride = (bits.width + 7) // 8
    data = bits.tobytes()
    return tuple(data[top * stride : (top + 1) * stride] for top in range(bits.height))


def pdf(document: Document) -> bytes:
    """One page as long as the receipt, at the printer's 203 dpi."""
    out = io.BytesIO()
    picture = draw(document)
    page = Image.new("L", (picture.width + 64, picture.height), 255)
    page.paste(picture, (32, 0))
    page.save(out, "PDF", resolution=203.2)
    return out.getvalue()


def png(document: Document) -> bytes:
    out = io.BytesIO()
    draw(document).save(out, "PNG", optimize=True)
    return out.getvalue()
